from __future__ import annotations

import math

import numpy as np
import pytest

from headgate.evidence.intervals import wilson
from headgate.protecting import report
from headgate.protecting.filters import Told
from headgate.protecting.trials import Trial
from headgate.protecting.visible import Visible

SEEN = Visible(24.0, 11.5, 90)


def trial(learnt: str, counter: str, hits: int, of: int = 100) -> Trial:
    return Trial(learnt, counter, np.arange(of) < hits, np.ones(of, bool))


TRIALS = [
    trial("clean", "", 80),
    trial("protected", "", 40),
    trial("protected", "blur", 59),
    trial("protected", "grey", 60),
]


def test_figures_by_hand() -> None:
    found = {one.axis: one for one in report.findings(SEEN, TRIALS, Told(0.9, 0.8, 0.95, 0.3, 19, 100, 3))}
    assert found["psnr"].value == 24.0
    assert (found["protected_accuracy.grey"].low, found["protected_accuracy.grey"].high) == wilson(60, 100)
    drop = found["drop"]
    # 40 of 100 pictures are lost and none is won: Newcombe's interval, worked out by hand
    (low, high), (other_low, other_high) = wilson(80, 100) or (0, 0), wilson(40, 100) or (0, 0)
    together = (40 * 20 - 0 - 50) / math.sqrt(80 * 20 * 40 * 60)
    down, up = 0.8 - low, other_high - 0.4
    expected = 0.4 - math.sqrt(down**2 - 2 * together * down * up + up**2)
    down, up = 0.4 - other_low, high - 0.8
    assert (drop.value, drop.low) == pytest.approx((0.4, expected))
    assert drop.high == pytest.approx(0.4 + math.sqrt(down**2 - 2 * together * down * up + up**2))
    assert found["filters_seen"].evidence.startswith("class told from local figures; 0.300 at most")
    assert found["fitted"].value == 1


def test_a_counter_measure_breaks_it_that_brings_half_back() -> None:
    assert report.breaking(TRIALS) == ["grey"]
    assert report.verdict(TRIALS).endswith("(clean-test accuracy 0.800 to 0.400); broken by grey, perhaps by blur")
    assert "none of the counter-measures tried" in report.verdict([*TRIALS[:2], trial("protected", "blur", 42)])
    assert report.breaking([TRIALS[0], trial("protected", "", 80), trial("protected", "blur", 90)]) == []


@pytest.mark.parametrize("hits", [80, 79, 90])
def test_no_drop_is_no_protection(hits: int) -> None:
    assert report.verdict([TRIALS[0], trial("protected", "", hits)]).startswith("no protection was measured")


def test_four_pictures_show_no_protection() -> None:
    # all four are lost, which happens by chance once in eight
    few = [trial("clean", "", 4, 4), trial("protected", "", 0, 4), trial("protected", "blur", 0, 4)]
    assert report.verdict(few).startswith("no protection was measured")
    many = [trial("clean", "", 6, 6), trial("protected", "", 0, 6)]
    assert report.verdict(many).startswith("learning is hindered")


def test_what_was_not_measured_is_said() -> None:
    found = report.findings(Visible(math.inf, 0.0, 0), (), None)
    assert [one.axis for one in found] == ["psnr", "mean_change"]
    assert found[0].value is None
    lines = report.lines(found, (), "no trial was asked for")
    assert "not measured: no trial was asked for" in lines
    assert lines[-2:] == ["how far the protection holds was not measured", report.LIMITED]
    assert "limited in time" in lines[-1]


def test_every_accuracy_is_printed_with_its_interval() -> None:
    lines = report.lines(report.findings(SEEN, TRIALS, None), TRIALS, "")
    (grey,) = [line for line in lines if "accuracy.grey" in line]
    assert "0.6 (0.502 to 0.6906)" in grey
    assert not [line for line in lines if "drop." in line]
