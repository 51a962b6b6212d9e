from __future__ import annotations

import pytest

from headgate.diff_shapes import CONDITIONS, KINDS, Diff, Occurs, Unknown

BLOCKED = Occurs("new-block", 0, others=True)
WHOLE = Unknown("decisions: none on old", ("new-block", "new-unknown"), whole=True)
SOME = Unknown("of 3 artifacts only one side recorded a licence", ("licence-change",), whole=False)


def made(occurring: tuple[Occurs, ...] = (), unknown: tuple[Unknown, ...] = ()) -> Diff:
    return Diff("old", "new", dict.fromkeys(KINDS, 0), (), (), unknown, occurring)


@pytest.mark.parametrize(
    ("occurring", "unknown", "fail_on", "code"),
    [((), (), CONDITIONS, 0), ((BLOCKED,), (), (), 0), ((BLOCKED,), (), ("gone",), 0), ((BLOCKED,), (), ("new-block",), 1),
     ((), (WHOLE,), (), 2), ((), (SOME,), (), 0), ((), (SOME,), ("licence-change",), 2), ((), (WHOLE,), ("gone",), 0),
     ((BLOCKED,), (WHOLE, SOME), ("licence-change", "new-block"), 1)],
)  # fmt: skip
def test_what_occurs_is_worse_than_what_cannot_be_told(
    occurring: tuple[Occurs, ...], unknown: tuple[Unknown, ...], fail_on: tuple[str, ...], code: int
) -> None:
    assert made(occurring, unknown).exit_code(fail_on) == code
