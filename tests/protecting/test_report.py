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
    # 40 of 100 pictures are lost and none is won: variance .4 x .6 x 100 / 99
    half = 1.96 * math.sqrt(0.4 * 0.6 * 100 / 99 / 100)
    assert (drop.value, drop.low, drop.high) == pytest.approx((0.4, 0.4 - half, 0.4 + half))
    assert found["filters_seen"].evidence.startswith("class told from local figures; 0.300 at most")
    assert found["fitted"].value == 1


def test_a_counter_measure_breaks_it_that_brings_half_back() -> None:
    assert report.breaking(TRIALS) == ["grey"]
    assert report.verdict(TRIALS).endswith("(clean-test accuracy 0.800 to 0.400); broken by grey")
    assert "none of the counter-measures tried" in report.verdict(TRIALS[:3])
    assert report.breaking([TRIALS[0], trial("protected", "", 80), trial("protected", "blur", 90)]) == []


@pytest.mark.parametrize("hits", [80, 79, 90])
def test_no_drop_is_no_protection(hits: int) -> None:
    assert report.verdict([TRIALS[0], trial("protected", "", hits)]).startswith("no protection was measured")


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
