from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from headgate.synthetic import families
from tests.synthetic.dumps import Dumps


def test_keys_are_picked_as_often_as_their_share_says() -> None:
    rng = Random(1)
    picked = Counter(families.pick(rng, {"a": 60, "b": 20, "never": 0}) for _ in range(8000))
    assert picked["a"] / 8000 == pytest.approx(0.75, abs=0.02)
    assert picked.keys() == {"a", "b"}


def test_moments_lie_between_two_dates_and_mostly_late() -> None:
    rng, first, last = Random(1), datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 11, tzinfo=UTC)
    made = [families.moment(rng, first, last) for _ in range(8000)]
    assert first <= min(made) < max(made) < last
    # u ** 0.55 > 1/2 just where u > 2 ** (-1 / 0.55) = 0.2836
    assert sum(m >= first + timedelta(days=5) for m in made) / 8000 == pytest.approx(0.716, abs=0.02)


@pytest.mark.parametrize("number", [12, 60])
def test_base_models_come_in_families_and_some_alone(number: int) -> None:
    made = families.roots(Random(1), number)
    assert len({repo.id for repo in made}) == len(made) == number
    assert made == sorted(made, key=lambda repo: repo.created)
    assert all((repo.relation, repo.parents, repo.depth) == ("root", [], 0) for repo in made)
    assert all(repo.licence == repo.family.licence for repo in made)
    images = {repo.family.base: repo.ref for repo in made if repo.family.image}
    assert images == {base: ref for base, ref in families.BASE_REF.items() if base != "Pony"}
    assert images["SDXL 1.0"] == "hf:model:stabilityai/stable-diffusion-xl-base-1.0"
    loners = [repo for repo in made if repo.size == 0.3]
    assert loners
    assert {repo.family.architecture for repo in loners} <= {"bert", "t5", "whisper", "vit"}
    sizes = Counter((repo.author, repo.family.name) for repo in made if not repo.family.image and repo not in loners)
    assert max(sizes.values()) in (2, 3)


def test_datasets_have_a_licence_only_where_they_have_a_card() -> None:
    made = families.corpora(Random(1), 400, ["ann", "bob"])
    assert len({corpus.id for corpus in made}) == len(made) > 390
    assert [corpus.topic == "refusal-pairs" for corpus in made[:3]] == [True, True, False]
    assert all(corpus.has_card for corpus in made if corpus.licence)
    assert sum(corpus.has_card for corpus in made) / len(made) == pytest.approx(0.9, abs=0.05)
    assert sum(corpus.licence is not None for corpus in made) / len(made) == pytest.approx(0.9 * 0.78, abs=0.07)
    assert all(corpus.created.year == 2023 for corpus in made[:10])


def test_licences_are_missing_where_the_truth_says_so(dumps: Dumps) -> None:
    silent, bare = set(), set()
    for kind, records in (("model", dumps.models), ("dataset", dumps.datasets)):
        for record in records:
            tagged = [t for t in record["tags"] if t.startswith("license:")]
            assert bool(tagged) == ("license" in record.get("cardData", {}))
            if not tagged:
                silent.add(f"hf:{kind}:{record['id']}")
                bare |= set() if "cardData" in record else {f"hf:{kind}:{record['id']}"}
    assert (silent, bare) == (dumps.truth.without_licence, dumps.truth.without_card)
    assert 0.18 < len(silent) / (len(dumps.models) + len(dumps.datasets)) < 0.32
