from __future__ import annotations

import pytest

from headgate.drift.rings import radius, rings
from headgate.errors import UsageError
from headgate.evidence.group_gaps import difference

ORDER = ("direct", "indirect", "peripheral", "control")


def asked(*changed: tuple[str, int, int]) -> tuple[list[bool], list[str]]:
    flags = [n < hits for _, hits, of in changed for n in range(of)]
    return flags, [ring for ring, _, of in changed for _ in range(of)]


def test_rings_are_counted_and_compared_with_the_control() -> None:
    found = rings(*asked(("control", 2, 100), ("direct", 9, 10), ("indirect", 20, 40)), ORDER)
    assert [(one.ring, one.changed, one.of) for one in found] == [
        ("direct", 9, 10), ("indirect", 20, 40), ("control", 2, 100)
    ]  # fmt: skip
    assert found[1].excess == pytest.approx(0.48)
    # two comparisons at 95 % together: 97.5 % each
    assert (found[1].excess_low, found[1].excess_high) == difference(20, 40, 2, 100, confidence=0.975)
    assert found[2].excess is None
    assert radius(found) == "indirect"


def test_the_radius_ends_where_chance_begins() -> None:
    near = rings(*asked(("direct", 9, 10), ("peripheral", 3, 100), ("control", 2, 100)), ORDER)
    assert radius(near) == "direct"
    assert radius(rings(*asked(("direct", 0, 10), ("control", 0, 100)), ORDER)) is None


def test_without_a_control_nothing_is_over_it() -> None:
    found = rings(*asked(("direct", 9, 10), ("indirect", 3, 10)), ORDER)
    assert [one.excess for one in found] == [None, None]
    assert radius(found) is None


def test_what_cannot_be_compared_is_told() -> None:
    with pytest.raises(UsageError, match="the rings far are not among"):
        rings(*asked(("direct", 1, 2), ("far", 1, 2)), ORDER)
    with pytest.raises(UsageError, match="only one ring was asked"):
        rings(*asked(("direct", 1, 2)), ORDER)
