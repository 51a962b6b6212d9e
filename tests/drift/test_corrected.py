from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from headgate.drift.corrected import Corrected, corrected
from headgate.evidence.screened import true_share


def labelled(hits: int, missed: int, false: int, spared: int) -> np.ndarray:
    """So many completions of each kind, each of another prompt."""
    return np.repeat(np.eye(4, dtype=np.int64), (hits, missed, false, spared), axis=0)


def drawn(found: int, of: int) -> np.ndarray:
    return np.random.default_rng(5).beta(found + 0.5, of - found + 0.5, 20_000)


def correct(point: float, flags: np.ndarray, said: np.ndarray, **how: Any) -> Corrected:
    """Labels of other prompts than the flags: their weights are drawn apart."""
    weights = np.random.default_rng(6).standard_gamma(1, size=(len(flags), len(said)))
    return corrected(point, flags, said, weights @ said, **({"correction": "rogan_gladen"} | how))


def test_rogan_and_gladen_s_point_and_lang_and_reiczigel_s_interval() -> None:
    known = labelled(80, 20, 15, 285)
    found = correct(0.3, drawn(120, 400), known)
    assert found.point == pytest.approx((0.3 + 0.95 - 1) / (0.8 + 0.95 - 1))
    theirs = true_share(120, 400, hits=80, positives=100, passed=285, negatives=300)
    assert found.draws is not None
    low, high = np.quantile(found.draws, (0.025, 0.975))
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=0.012)


def test_double_sampling_s_point_and_its_variance() -> None:
    known = labelled(45, 30, 15, 210)
    found = correct(0.2, drawn(400, 2000), known, correction="double_sampling")
    right, missed = 45 / 60, 30 / 240
    assert found.point == pytest.approx(0.2 * right + 0.8 * missed)
    variance = (
        0.2 * 0.8 / 2000 * (right - missed) ** 2
        + 0.04 * right * (1 - right) / 60 + 0.64 * missed * (1 - missed) / 240
    )  # fmt: skip
    assert found.draws is not None
    assert found.draws.std() == pytest.approx(np.sqrt(variance), rel=0.05)


def test_a_perfect_judge_changes_little() -> None:
    flags = drawn(60, 300)
    for how in ("rogan_gladen", "double_sampling"):
        found = correct(0.2, flags, labelled(500, 0, 0, 500), correction=how)
        assert found.point == pytest.approx(0.2)
        assert found.draws is not None
        assert found.draws.std() == pytest.approx(flags.std(), rel=0.1)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (labelled(5, 5, 0, 0), "no labelled completion is negative"),
        (labelled(0, 0, 3, 9), "no labelled completion is positive"),
        (labelled(0, 0, 0, 0), "no labelled completion is positive"),
        (labelled(20, 20, 20, 20), "flags may tell nothing"),
        (labelled(2, 1, 30, 60), "flags may tell nothing"),
        (labelled(90, 10, 60, 40), "labelled ones are unlike others"),
    ],
)
def test_what_labels_cannot_tell_is_not_told(known: np.ndarray, said: str) -> None:
    found = correct(0.2, drawn(100, 500), known)
    assert (found.point, found.draws) == (None, None)
    assert said in found.why


def test_without_labels_double_sampling_tells_nothing() -> None:
    found = correct(0.2, drawn(1, 5), labelled(0, 0, 0, 0), correction="double_sampling")
    assert (found.point, found.why) == (None, "no completion is labelled")


def test_labels_of_one_prompt_are_worth_less() -> None:
    apart = labelled(80, 20, 10, 290)
    alike = apart.reshape(20, 20, 4).sum(1)  # the same counts, of twenty prompts
    single = apart.sum(0, keepdims=True)
    spread = [float(np.std(correct(0.3, drawn(1200, 4000), said).draws)) for said in (apart, alike)]  # type: ignore[arg-type]
    assert spread[1] > 1.5 * spread[0]
    lone = correct(0.3, drawn(120, 400), single, correction="double_sampling").draws
    assert lone is not None
    assert lone.std() > 0.15


@pytest.mark.parametrize("how", ["rogan_gladen", "double_sampling"])
def test_everything_labelled_is_what_people_say(how: Any) -> None:
    # flags and labels of the same prompts: what they share is not counted twice
    said = labelled(60, 40, 20, 380)
    weights = np.random.default_rng(7).standard_gamma(1, size=(20_000, 500))
    found = corrected(0.16, weights[:, said[:, 0] + said[:, 2] > 0].sum(1) / weights.sum(1), said, weights @ said,
                      correction=how)  # fmt: skip
    assert found.point == pytest.approx(0.2)
    assert found.draws is not None
    assert found.draws.std() == pytest.approx(np.sqrt(0.2 * 0.8 / 501), rel=0.1)
