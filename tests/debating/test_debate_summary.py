from __future__ import annotations

import pytest

from headgate.debating.debate import debate
from headgate.debating.debate_summary import Seen, count, findings
from headgate.evidence.intervals import wilson
from tests.debaters import SIDES, follows_first, player, says, writes


def result(text: str, *speak):  # type: ignore[no-untyped-def]
    return debate(text, "q", [*SIDES, *(player(f"j{n}", "judge", one) for n, one in enumerate(speak))])


def test_each_outcome_has_its_share_and_none_counts_as_another() -> None:
    seen = Seen()
    yes, no = result("a", says("yes")), result("b", says("no"))
    refused, broken = result("c", writes("I'm sorry, I can't.")), result("d", writes("hm"))
    silent, order = result("e", writes(None)), result("f", follows_first)
    count(seen, [yes, no, yes, refused, broken], ["yes", "yes", None, "yes", "no"])
    count(seen, [silent, order, None, no], [None, "no", "yes", "no"])
    found = {one.axis: one for one in findings(seen)}
    assert (found[""].value, found[""].n) == (0.5, 4)
    assert (found[""].low, found[""].high) == wilson(2, 4)
    assert found[""].evidence.startswith(
        "yes among 4 labelled of 8 debated; 1 items are not in the transcripts; 80 answers, "
    )
    for axis in ("abstain", "refused", "unparsable", "unanswered"):
        assert (found[axis].value, found[axis].n) == (1 / 8, 8)
    assert (found["order_changed"].value, found["order_changed"].n) == (1 / 8, 8)
    # both labelled: yes-yes, no-yes, no-no; by hand: agreed 2/3, by chance (1/3)(2/3) + (2/3)(1/3) = 4/9
    assert found["kappa"].value == pytest.approx((2 / 3 - 4 / 9) / (1 - 4 / 9))
    assert found["kappa"].n == 3
    assert found["kappa"].evidence == "Cohen's kappa with people; 2 of 3 items that both labelled alike"


def test_nothing_debated_is_no_share() -> None:
    found = findings(Seen())
    assert [(one.axis, one.value, one.n) for one in found] == [
        ("", None, 0), ("abstain", None, 0), ("refused", None, 0), ("unparsable", None, 0), ("unanswered", None, 0),
    ]  # fmt: skip
