from __future__ import annotations

import pytest

from headgate.errors import UsageError
from headgate.nn.diffusion import LabelFilter
from headgate.nn.networks import perceptron
from headgate.prove.residual_capability import prove
from tests.drawn_models import ANCHOR, ERASED, models


@pytest.mark.parametrize("seed", [0, 1])
def test_a_mere_label_filter_leaks_though_its_label_gives_nothing(seed: int) -> None:
    m = models()
    searched, label = prove(m.case(LabelFilter(m.subject.model, (ERASED,), ANCHOR)), seed=seed)
    assert (searched.axis, label.axis) == ("", "label")
    assert searched.verdict == "leaks"
    assert searched.after is not None
    assert searched.after > 0.7
    assert label.after == 0
    assert label.verdict == "held"


@pytest.mark.parametrize("seed", [0, 1])
def test_a_model_never_trained_on_the_class_has_nothing_to_leak(seed: int) -> None:
    m = models()
    searched, _ = prove(m.case(m.references[2]), seed=seed)
    assert searched.verdict == "held"
    assert searched.after is not None
    assert searched.after < 0.25


def test_no_search_finds_nothing() -> None:
    m = models()
    searched, _ = prove(m.case(LabelFilter(m.subject.model, (ERASED,), ANCHOR)), steps=0)
    assert searched.after is not None
    assert searched.after < 0.3


def test_a_layer_that_cannot_be_asked_by_a_condition_is_refused() -> None:
    with pytest.raises(UsageError, match="lacks `conditions` or `at`"):
        prove(models().case(perceptron(64, 10)))
