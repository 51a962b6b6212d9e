"""Whether two statements of licences agree, and whether one allows more than the other. Pure functions."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from headgate.licences.knowledge import UNSPECIFIED, USES, licence

# Ids without a version, and what they may mean.
_VERSIONLESS = {
    "cc": r"cc\b.*|cc0-.*",
    **{f"cc-{kind}": rf"cc-{kind}-\d.*" for kind in ("by", "by-sa", "by-nd", "by-nc", "by-nc-sa", "by-nc-nd")},
    "gpl": r"gpl-.*", "lgpl": r"lgpl-.*", "gfdl": r"gfdl-.*", "bsd": r"bsd-.*|0bsd",
    "public-domain": r"cc0-.*|unlicense|pddl-.*",
    "openrail": r".*openrail.*|bigscience-bloom-rail.*", "tencent-hunyuan-community": r"tencent-hunyuan-.*",
    "falcon-llm-license": r"falcon-.*", "non-commercial": r"cc-by-nc.*", "mit": r"x11|mit-0|modified-mit",
}  # fmt: skip
_SUFFIX = re.compile(r"-(?:only|or-later)$")


def agree(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether some licence of `first` may be the same as one of `second`.

    A version that one side leaves out, and `only` against `or-later`, which hub labels do not tell apart, agree.
    """
    return any(_same(a, b) for a in first for b in second)


@functools.lru_cache(maxsize=100_000)
def _same(first: str, second: str) -> bool:
    a, b = (_SUFFIX.sub("", one.lower()) for one in (first, second))
    if a == b:
        return True
    return any(bool(re.fullmatch(_VERSIONLESS.get(x, r"(?!)"), y)) for x, y in ((a, b), (b, a)))


def looser(first: Sequence[str], second: Sequence[str]) -> bool | None:
    """Whether even the strictest of `first` allows more use than any of `second`; None where a use is not known."""
    mine, theirs = (_places(one) for one in (first, second))
    if mine is None or theirs is None:
        return None
    return max(mine) < min(theirs)


def _places(ids: Sequence[str]) -> list[int] | None:
    known = [licence(id_) for id_ in ids]
    uses = [one.use if one else UNSPECIFIED for one in known]
    return [USES.index(use) for use in uses] if uses and UNSPECIFIED not in uses else None
