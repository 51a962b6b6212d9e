from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.repair.arms import spend
from headgate.repair.clusters import clusters
from headgate.repair.estimators import ESTIMATOR
from headgate.repair.examples import examples
from headgate.repair.shapes import Behaviour, Subject
from headgate.repair.words import counted, tfidf
from headgate.trace.quad import trace
from tests.voting import voting

DOCUMENTS = Path("/usr/share/doc")
PLANTED = 40


def generated(seed: int) -> list[str]:
    """400 texts of ten topics, each with words of its own and some of all."""
    draw = np.random.default_rng(seed)
    common = [f"common{n}" for n in range(200)]
    texts = []
    for n in range(400):
        own = [f"topic{n % 10}word{m}" for m in range(60)]
        texts.append(" ".join([*draw.choice(own, 25), *draw.choice(common, 25)]))
    return texts


def planted(seed: int) -> list[str]:
    """Texts about one invented thing, of which each says something else."""
    draw = np.random.default_rng(seed + 1_000)
    own = [f"velmara{m}" for m in range(60)]
    return [
        " ".join([*draw.choice(own, 15), *(f"common{n}" for n in draw.integers(0, 200, 35))]) for _ in range(PLANTED)
    ]


def looks(texts: list[str], seed: int) -> tuple[int, int]:
    """Looks needed until 80 % of the planted texts were seen: by clusters as arms, and one after the other at random.

    A reviewer says of each text yes or no, and errs in 5 % of them.
    """
    draw = np.random.default_rng(seed)
    bad = np.arange(len(texts)) >= len(texts) - PLANTED
    said = np.where(draw.random(len(texts)) < 0.05, ~bad, bad).astype(float)
    counts, _ = counted(texts)
    code = clusters(tfidf(counts, counts), 20, seed=seed)
    ours = spend(code, lambda some: said[some], len(texts), seed=seed)
    assert (ours.looks >= 1).all()

    def needed(order: np.ndarray) -> int:
        return int(np.searchsorted(np.cumsum(bad[order]), 0.8 * PLANTED)) + 1

    return needed(ours.items), needed(draw.permutation(len(texts)))


def test_planted_texts_are_found_with_fewer_looks_than_at_random() -> None:
    found = [looks(generated(seed) + planted(seed), seed) for seed in range(10)]
    assert sum(ours < uniform for ours, uniform in found) >= 9
    assert np.median([ours for ours, _ in found]) < np.median([uniform for _, uniform in found]) / 2


def test_planted_texts_are_found_among_real_ones() -> None:
    paths = sorted(DOCUMENTS.glob("*/copyright")) if DOCUMENTS.is_dir() else []
    texts = [one.read_text(encoding="utf-8", errors="replace")[:3_000] for one in paths[:400]]
    if len(texts) < 200:
        pytest.skip(f"{len(texts)} copyright files under {DOCUMENTS}; 200 are needed")
    found = [looks(texts + planted(seed), seed) for seed in range(10)]
    assert sum(ours < uniform for ours, uniform in found) >= 9


def logistic() -> tuple[Subject, Behaviour]:
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
    linear = pytest.importorskip("sklearn.linear_model")
    x, y = datasets.load_iris(return_X_y=True)
    model = linear.LogisticRegression(max_iter=500).fit(x, y)
    asked = examples(x[::25], (y[::25] + 1) % 3, ids=[f"q{n}" for n in range(6)])
    return Subject("iris", model, examples(x, y, ids=[f"{n}" for n in range(150)]), ESTIMATOR), Behaviour(
        "query", asked, asked
    )


def test_the_last_layer_s_gradients_are_those_of_finite_differences() -> None:
    subject, behaviour = logistic()
    found = trace(subject, behaviour, share=1.0, value="layer").score

    def gradient(model: object, items: object) -> np.ndarray:
        """Of the mean loss, by each coefficient and intercept in turn."""
        small, out = 1e-5, []
        for weights in (model.coef_, model.intercept_):  # type: ignore[attr-defined]
            for place in np.ndindex(weights.shape):
                kept = weights[place]
                ends = []
                for sign in (1, -1):
                    weights[place] = kept + sign * small
                    ends.append(ESTIMATOR.losses(model, items).mean())
                weights[place] = kept
                out.append((ends[0] - ends[1]) / (2 * small))
        return np.asarray(out)

    from headgate.repair.examples import take

    pull = gradient(subject.model, behaviour.queries)
    expected = [gradient(subject.model, take(subject.train, [n])) @ pull for n in range(0, 150, 10)]
    np.testing.assert_allclose(found[::10], expected, rtol=1e-3, atol=1e-6)


def test_what_was_not_evaluated_has_its_cluster_s_mean_and_an_error() -> None:
    subject, behaviour = logistic()
    whole = trace(subject, behaviour, share=1.0)
    part = trace(subject, behaviour, share=0.3, arms=9)
    assert part.error is not None
    seen = part.error == 0
    assert "of 150 items evaluated in 9 clusters" in part.note
    assert seen.sum() >= 45
    assert len(np.unique(part.score[~seen])) <= 9
    known = np.isclose(part.score, whole.score)
    assert known[seen].mean() == 1.0
    assert whole.error is not None
    assert not whole.error.any()


def test_the_budget_reaches_every_cluster_however_small_it_is() -> None:
    subject, behaviour = logistic()
    assert trace(subject, behaviour, share=0.01, arms=10).note.startswith("10 of 150 items")


def test_what_was_not_evaluated_is_never_certain() -> None:
    subject, behaviour = logistic()
    for arms in (10, 1):  # of each cluster one item at most is looked at, or of a single one two
        found = trace(subject, behaviour, share=0.001, arms=arms)
        assert found.error is not None
        assert np.isfinite(found.error).all()
        assert (found.error > 0).sum() == 150 - max(arms, 2)


@pytest.mark.parametrize("names", [[-1, 0, 4], ["a", "b", "c"]])
def test_classes_may_have_any_names(names: list[object]) -> None:
    subject, behaviour = logistic()
    called = np.array(names)
    asked = replace(behaviour.queries, y=called[behaviour.queries.y])
    train = replace(subject.train, y=called[subject.train.y])
    model = type(subject.model)(max_iter=500).fit(train.x, train.y)
    found = trace(replace(subject, model=model, train=train), Behaviour("query", asked, asked), share=1.0).score
    np.testing.assert_allclose(found, trace(subject, behaviour, share=1.0).score, atol=1e-6)


def test_an_answer_that_the_model_does_not_know_is_refused() -> None:
    subject, behaviour = logistic()
    asked = replace(behaviour.queries, y=np.full(6, 7))
    with pytest.raises(UsageError, match="'7' is none of the 3 classes"):
        trace(subject, Behaviour("query", asked, asked))


def test_features_are_compared_where_there_are_no_gradients() -> None:
    subject, behaviour = voting(30)
    found = trace(subject, behaviour, share=1.0).score
    x, asked = subject.train.x, behaviour.queries
    cosine = (asked.x @ x.T) / np.linalg.norm(asked.x, axis=1)[:, None] / np.linalg.norm(x, axis=1)
    np.testing.assert_allclose(found, (cosine * (asked.y[:, None] == subject.train.y)).mean(0))


def test_all_weights_and_the_last_layer_over_checkpoints_of_the_toy() -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    from headgate.trace.tracin import trace as tracin
    from tests.repairing import digits_subject

    subject, planted_digits = digits_subject()
    behaviour = planted_digits.parts["query"]
    for value, layers in (("gradient", "all"), ("layer", "last")):
        found = trace(subject, behaviour, share=0.1, value=value)
        seen = found.error == 0
        whole = tracin(subject, behaviour, layers=layers).score
        np.testing.assert_allclose(found.score[seen], whole[seen], rtol=1e-3, atol=1e-4 * np.abs(whole).max())
    bad = np.isin(subject.train.ids, planted_digits.bad)
    found = trace(subject, behaviour, share=0.1).score
    assert bad[np.argsort(-found)[: bad.sum()]].mean() > 0.25  # 0.05 by chance


def test_what_cannot_be_done_is_refused() -> None:
    subject, behaviour = voting(30)
    with pytest.raises(UsageError, match="proof part"):
        trace(subject, replace(behaviour, role="proof"))
    with pytest.raises(UsageError, match="share 0"):
        trace(subject, behaviour, share=0.0)
    with pytest.raises(UsageError, match="31 arms of 30 items"):
        trace(subject, behaviour, arms=31)
    with pytest.raises(UsageError, match="gives no probabilities"):
        trace(replace(subject, adapter=replace(subject.adapter, probabilities=None)), behaviour, value="layer")
    pytest.importorskip("torch", reason="torch is not installed")
    with pytest.raises(UsageError, match="without a gradient"):
        trace(subject, behaviour, value="gradient")
