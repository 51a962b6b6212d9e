"""Examples by place and by id: taken, joined, looked up, and named by their content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.repair.shapes import Array, Examples, ForgetSet


def examples(x: Array, y: Array, *, texts: Sequence[str] | None = None, groups: Sequence[str] | None = None,
             ids: Sequence[str] | None = None) -> Examples:  # fmt: skip
    """Examples of `x` and `y` (first axis n), named by `ids`, or by the hash of their content and of earlier equals.

    Raises `UsageError` where lengths differ, an id comes twice, or is not one line of text without space around it.
    """
    x, y = np.asarray(x), np.asarray(y)
    lengths = {len(x), len(y), *(len(one) for one in (ids, texts, groups) if one is not None)}
    if len(lengths) > 1:
        msg = f"columns of examples differ in length: {sorted(lengths)}. Give one row an item in each."
        raise UsageError(msg)
    named = tuple(ids) if ids is not None else _content_ids(x, y)
    if len(set(named)) < len(named):
        twice = Counter(named).most_common(1)[0][0]
        msg = f"the id {twice[:80]!r} comes twice. Give each item an id of its own."
        raise UsageError(msg)
    # ids go into tables, into files of a line each and into the hashes of certificates
    if not all(one and one.isprintable() and one == one.strip() for one in named):
        msg = "an id is empty, begins or ends with a space, or holds a line break or control character. Give other ids."
        raise UsageError(msg)
    return Examples(
        named, x, y, tuple(texts) if texts is not None else None, tuple(groups) if groups is not None else None
    )


def take(given: Examples, places: npt.ArrayLike) -> Examples:
    """The examples at `places`: indices, or one truth value an item."""
    where = np.asarray(places)
    index = np.flatnonzero(where) if where.dtype == bool else where.astype(np.intp)

    def chosen(column: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if column is None else tuple(column[n] for n in index)

    return replace(given, ids=tuple(given.ids[n] for n in index), x=given.x[index], y=given.y[index],
                   texts=chosen(given.texts), groups=chosen(given.groups))  # fmt: skip


def joined(first: Examples, second: Examples) -> Examples:
    """Both, one after the other."""
    both = first.texts is not None and second.texts is not None
    grouped = first.groups is not None and second.groups is not None
    return examples(
        np.concatenate([first.x, second.x]), np.concatenate([first.y, second.y]), ids=first.ids + second.ids,
        texts=(first.texts or ()) + (second.texts or ()) if both else None,
        groups=(first.groups or ()) + (second.groups or ()) if grouped else None,
    )  # fmt: skip


def among(given: Examples, ids: Iterable[str]) -> npt.NDArray[np.bool_]:
    """Which of the examples have one of `ids`; raises `UsageError` where an id is of none of them."""
    wanted = set(ids)
    absent = wanted.difference(given.ids)
    if absent:
        msg = f"no training item has the id {min(absent)[:80]!r} ({len(absent)} such). Name items by their ids."
        raise UsageError(msg)
    return np.fromiter((one in wanted for one in given.ids), bool, len(given.ids))


def parted(train: Examples, forget: ForgetSet) -> tuple[Examples, Examples]:
    """The forget items and the others, which are to be kept. Raises `UsageError` where either would be none."""
    out = among(train, forget.ids)
    if not out.any() or out.all():
        msg = f"the forget set holds {int(out.sum())} of {len(train)} training items. Some must go and some must stay."
        raise UsageError(msg)
    return take(train, out), take(train, ~out)


def asked(given: Examples) -> npt.NDArray[np.int64]:
    """How many answers are asked of each item: the tokens of an answer, or one."""
    if given.y.ndim < 2 or not np.issubdtype(given.y.dtype, np.integer):
        return np.ones(len(given), np.int64)
    found: npt.NDArray[np.int64] = np.maximum((given.y != -100).sum(1), 1)
    return found


def digest(ids: Iterable[str]) -> str:
    """sha256 in hex of `ids`, whatever their order."""
    return sha256("\n".join(sorted(ids)).encode()).hexdigest()


def contents(x: Array, y: Array) -> list[str]:
    """sha256 in hex of each item, input and answer: equal items have equal ones."""
    return [
        sha256(np.ascontiguousarray(one).tobytes() + b"\0" + np.ascontiguousarray(answer).tobytes()).hexdigest()
        for one, answer in zip(x, y, strict=True)
    ]


def _content_ids(x: Array, y: Array) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    found = []
    for name in contents(x, y):
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return tuple(found)
