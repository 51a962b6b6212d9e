from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from headgate.errors import BadInput
from headgate.repair.certificate import place, statement
from headgate.web import repairs
from headgate.web.snapshot import Snapshot, take
from tests.repairs import CHECKS, certificate
from tests.web.repaired import BAD, MADE, SOURCE, repaired


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return take(repaired(tmp_path_factory.mktemp("repairs") / "w"))


def test_what_was_made_proved_and_traced(snapshot: Snapshot) -> None:
    known = repairs.known(snapshot)
    (one,) = known.made
    assert (one.ref, one.parent, one.method, one.name, one.hidden) == (
        MADE,
        SOURCE,
        "npo",
        "digits without 2 items",
        False,
    )
    told = {(c.test, c.axis): (c.verdict, c.before, c.after, c.low, c.n) for c in known.checks[MADE]}
    assert told == {(c.test, c.axis): (c.verdict, c.before, c.after, c.low, c.n) for c in CHECKS}
    (trace,) = known.traced[SOURCE]
    assert (trace.items, trace.above, trace.untold, trace.least, trace.median, trace.most) == (4, 2, 1, -1.0, 0.5, 3.0)
    assert known.hidden == frozenset()


def test_influences_in_bins_by_hand(snapshot: Snapshot) -> None:
    # -1, 0.5 and 3 over 20 bins of 0.2 from -1 on: the first, the eighth (0.4 to 0.6) and the last
    bins = repairs.bins(snapshot, SOURCE, "tracin")
    assert [count for _, count in bins] == [1, *[0] * 6, 1, *[0] * 11, 1]
    assert bins[7][0] == pytest.approx(0.4)
    assert repairs.bins(snapshot, SOURCE, "nothing") == ()


def test_the_grade_is_that_of_the_tests_that_held() -> None:
    assert repairs.grade(CHECKS) == "suppressed"  # of the grades' tests behaviour_rate alone held
    assert repairs.grade(()) == "attempted"


def test_a_certificate_is_taken_if_it_agrees(snapshot: Snapshot) -> None:
    found = repairs.certified(snapshot, MADE)
    assert found is not None
    assert found[0] == certificate()
    assert found[1].decode() == statement(certificate()) + "\n"
    assert repairs.certified(snapshot, SOURCE) is None
    assert repairs.certified(snapshot, "hf:model:../../etc") is None


@pytest.mark.parametrize("change", [("not held", "held"), ("12" * 32, "13" * 32), ("{", " {")])
def test_a_certificate_that_was_changed_is_refused(tmp_path: Path, change: tuple[str, str]) -> None:
    snapshot = take(repaired(tmp_path / "w"))
    file: Any = place(snapshot.path, MADE)
    file.write_text(file.read_text().replace(*change, 1))
    with pytest.raises(BadInput):
        repairs.certified(snapshot, MADE)
    file.write_bytes(b"\xff")
    with pytest.raises(BadInput, match="cannot be read"):
        repairs.certified(snapshot, MADE)


def test_what_depicts_a_person_is_hidden(tmp_path: Path) -> None:
    known = repairs.known(take(repaired(tmp_path / "w", person=True)))
    assert known.hidden == {BAD}
    assert [one.parent for one in known.made] == [None]
