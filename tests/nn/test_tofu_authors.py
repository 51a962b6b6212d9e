from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import BadInput
from headgate.nn.causal import CAUSAL
from headgate.nn.tofu_authors import FOLDER, Setting, behaviour, half, restored, setting, truth_ratios
from tests.tofu_files import write


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    return setting(write(tmp_path_factory.mktemp("tofu")), 0, epochs=6)


def test_two_late_authors_are_forgotten_and_four_others_kept(given: Setting) -> None:
    texts = given.subject.train.texts or ()
    authors = [int(one.split("author ")[1].split(" ")[0]) for one in texts]
    assert len(texts) == 120
    assert all(len(set(authors[n : n + 20])) == 1 for n in range(0, 120, 20))
    assert len(set(authors)) == 6
    assert min(authors[:40]) >= 180 > max(authors[40:])
    assert given.forget.ids == given.subject.train.ids[:40]
    assert given.kept.ids == given.subject.train.ids[40:]
    assert [one.ids for one in given.authors] == [given.forget.ids[:20], given.forget.ids[20:]]
    assert given.seconds > 0


def test_the_retrained_model_never_saw_them(given: Setting) -> None:
    forgotten = [
        CAUSAL.outcomes(one, given.subject.train)[:40].mean() for one in (given.subject.model, given.retrained)
    ]
    kept = [CAUSAL.outcomes(one, given.kept).mean() for one in (given.subject.model, given.retrained)]
    assert forgotten[0] > 1.5 * forgotten[1]
    assert kept[1] > forgotten[1]


def test_what_proves_was_never_judged_by(given: Setting) -> None:
    trial, proof = (behaviour(given, role) for role in ("validation", "proof"))  # type: ignore[arg-type]
    for kind in ("queries", "clean"):
        ids = [set(getattr(part, kind).ids) for part in (trial, proof)]
        assert not ids[0] & ids[1]
        assert len(ids[0]) == len(ids[1]) == (20 if kind == "queries" else 40)
    assert half(given.kept, "proof").ids == given.kept.ids[1::2]


def test_relearning_one_author_is_judged_on_the_other(given: Setting) -> None:
    before = CAUSAL.outcomes(given.retrained, given.subject.train)
    found = restored(given, given.retrained, "proof")
    assert found.shape == (20,)
    assert restored(given, given.retrained, "validation").shape == (10,)
    assert (restored(given, given.retrained, "proof") == found).all()
    assert (CAUSAL.outcomes(given.retrained, given.subject.train) == before).all()


def test_truth_ratios_by_hand(given: Setting) -> None:
    found = truth_ratios(given, given.subject.model)
    assert found.shape == (40,)
    paraphrase, *wrong = [CAUSAL.outcomes(given.subject.model, one) for one in given.wrong]
    assert len(wrong) == 5
    assert found[3] == pytest.approx(float(np.prod([one[3] for one in wrong])) ** (1 / 5) / paraphrase[3], rel=1e-6)


def test_files_that_are_absent_or_short_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no data at"):
        setting(tmp_path, 0)
    write(tmp_path)
    (tmp_path / FOLDER / "full.json").write_text(json.dumps([{"question": "a", "answer": "b"}]))
    with pytest.raises(BadInput, match="as the question of item"):
        setting(tmp_path, 0)
    rows = json.loads((write(tmp_path) / FOLDER / "forget10_perturbed.json").read_text())
    for wrong in (None, ["a"] * 4, "abcde", [1, 2, 3, 4, 5]):
        (tmp_path / FOLDER / "forget10_perturbed.json").write_text(
            json.dumps([{**row, "perturbed_answer": wrong} for row in rows])
        )
        with pytest.raises(BadInput, match="perturbed_answer"):
            setting(tmp_path, 0, epochs=0)
