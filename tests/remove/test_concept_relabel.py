"""A class of digits erased by relabelling, beside fine-tuning without it."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from headgate.errors import UsageError
from headgate.nn.adapters import REGRESSION
from headgate.remove import finetune
from headgate.remove.concept_relabel import inferred, relabelled, remove
from headgate.repair.examples import among
from headgate.repair.shapes import ForgetSet
from tests.erasing import class_subject


@pytest.mark.parametrize("labels", ["targeted", "random"])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_class_is_no_longer_given_and_the_others_stay(seed: int, labels: str) -> None:
    subject, forget, parts = class_subject(seed, 3 + seed)
    proof, outcomes = parts["proof"], subject.adapter.outcomes
    made = remove(subject, forget, parts["validation"], labels=labels, epochs=2, seed=seed)  # type: ignore[arg-type]
    plain = finetune.remove(subject, forget, parts["validation"], rate=2e-3, epochs=2, seed=seed)
    assert outcomes(subject.model, proof.queries).mean() > 0.85
    assert outcomes(made.model, proof.queries).mean() <= 0.1
    assert outcomes(plain.model, proof.queries).mean() > 0.2  # fine-tuning for as long leaves some of it
    assert outcomes(made.model, proof.clean).mean() >= outcomes(subject.model, proof.clean).mean() - 0.05
    assert not made.collapsed


def test_the_note_tells_what_carried_the_class_and_what_was_lost() -> None:
    subject, forget, parts = class_subject(0)
    part = parts["validation"]
    made = remove(subject, forget, part)
    found = re.search(r"activation: 3 ([\d.-]+) to ([\d.-]+)", made.note)
    assert found
    assert float(found[1]) > 0.5
    assert float(found[2]) < 0
    lost = (
        subject.adapter.outcomes(subject.model, part.clean).mean()
        - subject.adapter.outcomes(made.model, part.clean).mean()
    )
    assert f"over-unlearning {lost:.3f} of utility" in made.note
    assert f"under-unlearning {subject.adapter.outcomes(made.model, part.queries).mean():.3f} still given" in made.note
    probe = re.search(
        r"strongest carrier's probe ([\d.]+) to ([\d.]+), by a new linear probe ([\d.]+) to ([\d.]+)", made.note
    )
    assert probe
    assert float(probe[1]) > 0.9
    assert float(probe[2]) < 0.65  # near chance, or beyond
    assert not [one for one in subject.train.ids if one in made.note]


def test_the_class_s_own_concept_is_what_carries_it() -> None:
    subject, forget, _ = class_subject(0)
    found = inferred(subject, forget, "classes", 0.5)
    assert found.erased == 3
    assert found.bank.names[found.strongest] == "3"
    assert found.carriers[found.strongest]
    assert found.carriers.sum() < 4


def test_targets_are_the_nearest_classes_and_nothing_but_the_forget_items_changes() -> None:
    subject, forget, _ = class_subject(0)
    train, out = subject.train, among(subject.train, forget.ids)
    before = train.y.copy()
    found = inferred(subject, forget, "classes", 0.5)
    targeted, drawn = (relabelled(subject, forget, found, labels, 0) for labels in ("targeted", "random"))
    assert (train.y == before).all()  # the copy is private
    for one in (targeted, drawn):
        assert (one.y[~out] == before[~out]).all()
        assert not (one.y[out] == 3).any()
    assert len(np.unique(drawn.y[out])) == 9
    # the probability of its new class without the erased one: nearest beats random
    with torch.no_grad():
        logits = subject.model(torch.as_tensor(train.x[out]))
    logits[:, 3] = -torch.inf
    p = logits.softmax(1).numpy()
    rows = np.arange(len(p))
    assert p[rows, targeted.y[out]].mean() > 2 * p[rows, drawn.y[out]].mean()


def test_mislabelled_items_are_never_given_their_own_label_again() -> None:
    subject, forget, _ = class_subject(0)
    mixed = ForgetSet(
        forget.ids + tuple(one for one, y in zip(subject.train.ids, subject.train.y, strict=True) if y == 5)[:10], ""
    )
    out = among(subject.train, mixed.ids)
    for labels in ("targeted", "random"):
        changed = relabelled(subject, mixed, inferred(subject, mixed, "classes", 0.5), labels, 0)
        assert not (changed.y[out] == subject.train.y[out]).any()
        assert not (changed.y[out] == 3).any()


def test_only_concepts_that_do_not_carry_the_class_decide_who_is_nearest() -> None:
    subject, forget, _ = class_subject(0)
    found = inferred(subject, forget, "classes", 0.5)
    lone = replace(found, carriers=np.asarray([name != "8" for name in found.bank.names]))
    changed = relabelled(subject, forget, lone, "targeted", 0)
    train, out = subject.train, among(subject.train, forget.ids)
    eight = found.bank.activations(subject.adapter.features(subject.model, train))[:, 8]
    means = {one: eight[train.y == one].mean() for one in range(10) if one != 3}
    nearest = [min(means, key=lambda one, value=value: abs(means[one] - value)) for value in eight[out]]
    assert changed.y[out].tolist() == nearest


def test_members_of_the_class_that_stay_draw_nobody_back() -> None:
    subject, forget, _ = class_subject(0)
    fives = tuple(np.asarray(subject.train.ids)[subject.train.y == 5][:20].tolist())
    half = ForgetSet(forget.ids[: len(forget.ids) // 2] + fives, "half of a class, and others")
    out = among(subject.train, half.ids)
    for labels in ("targeted", "random"):
        changed = relabelled(subject, half, inferred(subject, half, "classes", 0.5), labels, 0)
        assert not (changed.y[out] == 3).any()


def test_concepts_may_be_groups() -> None:
    subject, forget, parts = class_subject(0)
    with pytest.raises(UsageError, match="have no groups"):
        remove(subject, forget, parts["validation"], concepts="groups")
    named = replace(subject, train=replace(subject.train, groups=tuple("loop" if y in (0, 6, 8, 9) else "odd" if y == 3 else "line"
                                                                        for y in subject.train.y)))  # fmt: skip
    found = inferred(named, forget, "groups", 0.5)
    assert found.bank.names == ("line", "loop", "odd")
    assert found.bank.names[found.strongest] == "odd"


def test_it_is_the_same_again_and_the_source_is_untouched() -> None:
    subject, forget, parts = class_subject(0)
    was = [one.clone() for one in subject.model.parameters()]
    first, second = (remove(subject, forget, parts["validation"], epochs=1, seed=3) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first.model.parameters(), second.model.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in zip(was, subject.model.parameters(), strict=True))


def test_a_floor_that_is_broken_ends_it() -> None:
    subject, forget, parts = class_subject(0)
    made = remove(subject, forget, parts["validation"], rate=1.0, weight=50.0)
    assert made.collapsed
    assert "; concepts that carried the class" in made.note  # after what the guard said
    assert not made.note.startswith("concepts")


def test_the_proof_part_and_other_kinds_are_refused() -> None:
    subject, forget, parts = class_subject(0)
    with pytest.raises(UsageError, match="proof part"):
        remove(subject, forget, parts["proof"])
    with pytest.raises(UsageError, match="needs classes"):
        remove(replace(subject, adapter=REGRESSION), forget, parts["validation"])


def test_shares_and_sets_that_leave_nothing_to_do_are_refused() -> None:
    subject, forget, parts = class_subject(0)
    for share in (0.0, 1.5, float("nan")):
        with pytest.raises(UsageError, match="share of"):
            remove(subject, forget, parts["validation"], share=share)
    for ids, said in (((), "holds 0 of"), (subject.train.ids, "must stay")):
        with pytest.raises(UsageError, match=said):
            remove(subject, ForgetSet(ids, ""), parts["validation"])
