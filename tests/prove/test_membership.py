from __future__ import annotations

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from headgate.errors import UsageError
from headgate.prove.membership import _ratios, _under, placements, prove
from headgate.repair.examples import examples, take
from headgate.repair.shapes import Adapter, Behaviour, Case, Check, Doubles, Examples, ForgetSet, Subject

FORGET, UNSEEN = 60, 300
TRAIN = examples(np.arange(200.0)[:, None], np.zeros(200, int), ids=[f"t{n}" for n in range(200)])
QUERIES = examples(np.arange(500.0, 620)[:, None], np.zeros(120, int), ids=[f"q{n}" for n in range(120)])
CLEAN = examples(np.arange(1000.0, 1000 + UNSEEN)[:, None], np.zeros(UNSEEN, int), ids=[f"c{n}" for n in range(UNSEEN)])
Model = tuple[int, float]  # seed, and how far the losses of the forget items lie below those of unseen ones


def losses(model: Model, items: Examples) -> Doubles:
    """Each item is as hard for every model; a model adds noise of its own."""
    seed, gap = model
    places = items.x[:, 0].astype(int)
    hard = np.random.default_rng(99).normal(size=2000)[places]
    noise = np.random.default_rng(seed).normal(size=2000)[places]
    return np.asarray(np.exp(hard + 0.3 * noise - gap * (places < FORGET)), float)


def case(after: Model, references: int = 3) -> Case:
    adapter = Adapter("estimator", losses, losses, losses, lambda model: model)
    forget = ForgetSet(TRAIN.ids[:FORGET], "")
    gold = tuple((10 + n, 0.0) for n in range(references))
    return Case(Subject("toy", (1, 3.0), TRAIN, adapter), after, gold, forget, Behaviour("proof", QUERIES, CLEAN))


def both(made: Case, **flags: object) -> dict[str, Check]:
    return {one.axis: one for one in prove(made, **flags)}  # type: ignore[arg-type]


def test_the_area_is_mann_whitney_s() -> None:
    drawn = np.random.default_rng(0)
    inside, outside = drawn.integers(0, 9, 40).astype(float), drawn.integers(2, 11, 70).astype(float)
    higher, lower = placements(inside, outside)
    expected = 1 - mannwhitneyu(inside, outside).statistic / (40 * 70)
    assert higher.mean() == pytest.approx(expected)
    assert lower.mean() == pytest.approx(expected)


def test_the_hits_are_those_under_the_unseen_items_lowest_hundredth() -> None:
    found = both(case((2, 2.0)))["hits"]
    inside, outside = losses((2, 2.0), TRAIN)[:FORGET], losses((2, 2.0), CLEAN)
    # 3 of 300 unseen items are false alarms
    assert found.after == np.mean(inside < np.sort(outside)[3])
    assert np.sum(outside < np.sort(outside)[3]) == 3


@pytest.mark.parametrize(
    ("gap", "verdict"), [(0.0, "held"), (3.0, "leaks"), (1.5, "leaks"), (-1.5, "over"), (-6.0, "over")]
)
def test_losses_that_tell_either_way_are_found(gap: float, verdict: str) -> None:
    found = both(case((2, gap)))[""]
    assert found.verdict == verdict
    assert (found.n, found.margin) == (FORGET, 0.1)
    assert found.before == pytest.approx(
        placements(losses((1, 3.0), TRAIN)[:FORGET], losses((1, 3.0), CLEAN))[0].mean()
    )


def test_the_ratio_finds_what_the_loss_alone_does_not() -> None:
    weak = case((2, 0.35), references=8)
    loss, ratio = both(weak)[""], both(weak, attack="ratio")[""]
    assert loss.verdict != "leaks"
    assert (ratio.after or 0) > (loss.after or 0) + 0.1
    assert ratio.verdict == "leaks"
    # the mean of the retrained is about chance, as each is judged by the others
    assert ratio.reference == pytest.approx(0.5, abs=0.06)


def test_a_ratio_is_the_distance_to_the_mean_of_the_other_retrained_models() -> None:
    odds = np.array([[5.0, 0.0], [1.0, 3.0], [0.0, 0.0], [1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])  # four retrained
    found = _ratios(np.log1p(np.exp(odds)))
    # against all four: means 1.5 and 3, variances 5/3 and 20/3, of 3 degrees of freedom beside 4 of their mean 25/6
    spread = [sqrt((3 * own + 4 * 25 / 6) / 7) for own in (5 / 3, 20 / 3)]
    assert found[0] == pytest.approx([3.5 / spread[0], -3 / spread[1]])
    assert found[1] == pytest.approx([-0.5 / spread[0], 0])
    # the first retrained against the other three: means 2 and 4, variances 1 and 4 beside 2.5
    spread = [sqrt((2 * own + 4 * 2.5) / 6) for own in (1, 4)]
    assert found[2] == pytest.approx([-2 / spread[0], -4 / spread[1]])


def test_losses_of_any_height_are_told_apart_by_the_ratio() -> None:
    high = np.array([[60.0], [90.0], [70.0], [80.0], [75.0], [85.0]])
    found = _ratios(high)[:, 0]
    assert found[0] < 0 < found[1]
    assert found[1] == pytest.approx((90 - 77.5) / np.std([70, 80, 75, 85], ddof=1))


def test_without_unseen_items_nothing_is_concluded_and_no_model_asked() -> None:
    def none(_: object, items: Examples) -> Doubles:
        raise AssertionError(len(items))

    made = case((2, 3.0))
    silent = replace(made, subject=replace(made.subject, adapter=replace(made.subject.adapter, losses=none)),
                     behaviour=Behaviour("proof", QUERIES, take(CLEAN, [])))  # fmt: skip
    found = prove(silent)
    assert [one.verdict for one in found] == ["inconclusive"] * 2
    assert {one.evidence for one in found} == {"no unseen items among the clean"}


def test_few_unseen_items_leave_more_open() -> None:
    made = case((2, 0.7), references=1)
    few = replace(made, behaviour=Behaviour("proof", QUERIES, take(CLEAN, np.arange(15))))
    many, some = (both(one)[""] for one in (made, few))
    assert (some.high or 0) - (some.low or 0) > 1.5 * ((many.high or 0) - (many.low or 0))


def test_a_loss_at_the_threshold_is_no_hit() -> None:
    assert _under(np.array([[1.0, 2.0, 3.0]]), np.array([2.0])).tolist() == [[1.0, 0.0, 0.0]]


def test_the_interval_is_hardly_wider_than_drawing_the_items_again_says() -> None:
    found = both(case((2, 0.7), references=1))
    inside, outside = (np.array([losses(model, items) for model in ((2, 0.7), (10, 0.0))]) for items in (TRAIN, CLEAN))
    drawn, apart = np.random.default_rng(0), {"": list[float](), "hits": list[float]()}
    for _ in range(500):
        some, others = drawn.integers(FORGET, size=FORGET), drawn.integers(UNSEEN, size=UNSEEN)
        areas, hits = zip(*(
            (placements(one[some], rest[others])[0].mean(), np.mean(one[some] < np.sort(rest[others])[3]))
            for one, rest in zip(inside, outside, strict=True)
        ), strict=True)  # fmt: skip
        apart[""].append(areas[0] - areas[1])
        apart["hits"].append(hits[0] - hits[1])
    for axis, most in (("", 1.6), ("hits", 1.6)):
        wide = (found[axis].high or 0) - (found[axis].low or 0)
        # the items added each way make it wider, most where the two models hardly differ
        assert 0.95 < wide / (2 * 1.96 * np.std(apart[axis])) < most


def test_a_retrained_model_is_rarely_called_anything_but_held() -> None:
    verdicts = [both(case((seed, 0.0)))[""].verdict for seed in range(100, 160)]
    assert set(verdicts) <= {"held", "inconclusive"}
    assert verdicts.count("held") > 45


def test_unseen_items_may_be_the_queries() -> None:
    found = both(case((2, 0.0)), unseen="queries")
    assert "120 unseen items (queries)" in found[""].evidence
    assert found["hits"].after is not None


def test_few_unseen_items_cannot_tell_one_per_cent() -> None:
    made = case((2, 3.0))
    few = examples(CLEAN.x[:99], CLEAN.y[:99], ids=CLEAN.ids[:99])
    found = both(replace(made, behaviour=Behaviour("proof", QUERIES, few)))
    assert found[""].verdict == "leaks"
    assert (found["hits"].verdict, found["hits"].after) == ("inconclusive", None)
    assert "need 100 unseen items" in found["hits"].evidence


def test_without_references_nothing_is_concluded() -> None:
    found = both(case((2, 3.0), references=0))
    assert {one.verdict for one in found.values()} == {"inconclusive"}
    assert found[""].after is not None
    assert found[""].evidence.endswith("no model was retrained")


def test_what_cannot_be_told_is_inconclusive() -> None:
    made = case((2, 0.0))
    broken = replace(made.subject.adapter, losses=lambda model, items: np.full(len(items), np.nan))
    found = prove(replace(made, subject=replace(made.subject, adapter=broken)))
    assert {one.verdict for one in found} == {"inconclusive"}
    empty = Behaviour("proof", QUERIES, examples(np.zeros((0, 1)), np.zeros(0, int), ids=[]))
    assert {one.verdict for one in prove(replace(made, behaviour=empty))} == {"inconclusive"}


def test_answers_of_many_tokens_count_by_the_token() -> None:
    made = case((2, 0.0))
    asked = np.where(np.arange(200)[:, None] < 100, 5, -100) * np.ones((1, 2), int)
    asked[:, 0] = 5  # two tokens of the first half, one of the rest
    train = replace(made.subject.train, y=asked)
    whole = replace(
        made.subject.adapter,
        losses=lambda m, items: losses(m, items) * (items.y != -100).reshape(len(items), -1).sum(1),
    )
    proof = Behaviour("proof", QUERIES, replace(CLEAN, y=np.full((UNSEEN, 3), 5)))
    tokens = replace(made, subject=replace(made.subject, train=train, adapter=whole), behaviour=proof)
    assert both(tokens)[""] == both(made)[""]


@pytest.mark.parametrize("kind", ["estimator", "trees"])
def test_fitted_estimators_and_trees_have_losses_too(kind: str) -> None:
    pytest.importorskip("sklearn")
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.tree import DecisionTreeClassifier

    from headgate.repair.estimators import ESTIMATOR
    from headgate.repair.trees import TREES

    drawn = np.random.default_rng(0)
    x, y = drawn.normal(size=(500, 4)), drawn.integers(2, size=500)  # nothing to learn but by heart
    items = examples(x, y, ids=[f"i{n}" for n in range(500)])
    train, kept, rest = (take(items, range(*ends)) for ends in ((0, 200), (60, 200), (200, 500)))

    def fitted(some: Examples, seed: int) -> object:
        if kind == "trees":
            return GradientBoostingClassifier(n_estimators=60, max_depth=5, random_state=seed).fit(some.x, some.y)
        return DecisionTreeClassifier(random_state=seed).fit(some.x, some.y)

    subject = Subject("toy", fitted(train, 0), train, TREES if kind == "trees" else ESTIMATOR)
    part = Behaviour("proof", take(rest, range(50)), take(rest, range(50, 300)))
    gold = tuple(fitted(kept, 1 + n) for n in range(3))
    forget = ForgetSet(train.ids[:60], "")
    assert both(Case(subject, subject.model, gold, forget, part))[""].verdict == "leaks"
    assert both(Case(subject, fitted(kept, 9), gold, forget, part))[""].verdict != "leaks"


def test_the_same_seed_gives_the_same_interval() -> None:
    made = case((2, 1.0))
    assert prove(made, seed=4) == prove(made, seed=4)
    assert [one.low for one in prove(made, seed=4)] != [one.low for one in prove(made, seed=5)]


def test_it_refuses_what_it_cannot_do() -> None:
    with pytest.raises(UsageError, match="needs 4 retrained models, not 3"):
        prove(case((2, 0.0)), attack="ratio")
    made = case((2, 0.0))
    with pytest.raises(UsageError, match="prove was given the query part"):
        prove(replace(made, behaviour=replace(made.behaviour, role="query")))
