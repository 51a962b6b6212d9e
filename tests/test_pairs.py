from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headgate import pairs
from headgate.errors import BadInput, UsageError
from headgate.pairs import GATES, Counts
from headgate.texts import linear_text, linear_text_file


@pytest.fixture
def lexicon(tmp_path: Path) -> Path:
    file = tmp_path / "terms.csv"
    file.write_text("class,term\nrude,grumble\nrude,bad wugs\nlewd,blicket\n", encoding="utf-8")
    return file


def test_terms_are_whole_words_in_any_case(lexicon: Path) -> None:
    scorer = pairs.by_lexicon(lexicon)
    assert scorer.names == ("lewd", "rude")
    texts = ["They GRUMBLE, loudly", "grumbles", "bad wugs!", "bad, other wugs", "a Blicket; bad wugs", "", "bad\nwugs"]
    assert scorer.score(texts, {}).tolist() == [[0, 1], [0, 0], [0, 1], [0, 0], [1, 1], [0, 0], [0, 1]]
    assert not scorer.graded


@pytest.mark.parametrize(
    ("text", "says"),
    [("a,b\n1,2\n", "is no lexicon"), ("class,term\n", "has no terms"), ("class,term\nx,!!\n", "not of 1 to 4 words"),
     ("class,term\nx,a b c d e\n", "not of 1 to 4 words"), ("class,term\nx\n", "is no lexicon")],
)  # fmt: skip
def test_other_files_are_one_error(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "l.csv"
    file.write_text(text)
    with pytest.raises(BadInput, match=says):
        pairs.by_lexicon(file)
    with pytest.raises(BadInput, match="is no lexicon"):
        pairs.by_lexicon(tmp_path / "absent.csv")


def test_columns_are_scores_and_absent_ones_count_as_none() -> None:
    scorer = pairs.by_columns("hateful, targeted")
    made = scorer.score(["a"] * 4, {"hateful": [0.5, None, "0.25", "x"], "targeted": [1, float("nan"), 0, 0.0]})
    assert made.tolist() == [[0.5, 1], [0, 0], [0.25, 0], [0, 0]]
    with pytest.raises(UsageError, match=r"no column 'targeted'\. The columns are: hateful"):
        scorer.score(["a"], {"hateful": [1]})


def test_a_model_s_axes_are_multiplied_by_toxic(tmp_path: Path) -> None:
    weights = np.zeros((2, 2**10), np.int8)
    place, *_ = linear_text.places(["grumble"], ("w1",), 10)
    weights[:, place] = 4
    ones, none = np.ones(2, np.float32), np.zeros(2, np.float32)
    made = linear_text.Model(("toxic", "religion"), ("w1",), weights, ones, none, none, np.zeros(0, np.uint32))
    linear_text_file.save(made, tmp_path / "m.npz")
    scores = pairs.by_model(tmp_path / "m.npz").score(["grumble", "fine", ""], {})
    sure = 1 / (1 + np.exp(-4.0))
    assert scores == pytest.approx(np.array([[sure, sure * sure], [0.5, 0.25], [0, 0]]), abs=1e-6)


def test_counts_add_up() -> None:
    scores = np.array([[0.2, 0.9], [0.0, 0.0], [0.6, 0.5], [0.5, 0.5]], np.float32)
    named = np.array([[True], [True], [False], [False]])
    whole, parts = Counts(), Counts()
    pairs.add(whole, scores, 0.5, named, ["UNSAFE", "ok", "ok", "ok"])
    for n in range(4):
        pairs.add(parts, scores[n : n + 1], 0.5, named[n : n + 1], [["UNSAFE", "ok", "ok", "ok"][n]])
    for one in (whole, parts):
        assert (one.rows, one.flagged, one.classes.tolist()) == (4, 2, [1, 1])  # 0.5 itself is not over 0.5
        assert dict(zip(GATES, one.over.tolist(), strict=True)) == {
            0.1: 3, 0.2: 3, 0.3: 3, 0.4: 3, 0.5: 2, 0.6: 1, 0.7: 1, 0.8: 1,
        }  # fmt: skip
        assert (one.named.tolist(), one.named_flagged.tolist()) == ([2], [1])
        assert (dict(one.tags), {k: v for k, v in one.tags_flagged.items() if v}) == (
            {"UNSAFE": 1, "ok": 3}, {"UNSAFE": 1, "ok": 1},
        )  # fmt: skip


def test_tags_are_words_and_never_links_or_sentences() -> None:
    columns: dict[str, list[object]] = {
        "nsfw": ["UNLIKELY", None, "https://x.example/a.jpg", "some long text", "", "UN_SURE"]
    }
    assert pairs.image_tags(columns, "nsfw", 0.5) == ["UNLIKELY", "none", "other", "other", "none", "UN_SURE"]
    scores: dict[str, list[object]] = {"p": [0.7, "0.2", 0.5, float("nan")]}
    assert pairs.image_tags(scores, "p", 0.5) == ["over 0.5", "not over 0.5", "not over 0.5", "none"]


def test_free_text_in_the_column_of_tags_is_not_kept() -> None:
    counts = Counts()
    number = 100
    pairs.add(
        counts, np.zeros((number, 1), np.float32), 0.5, np.zeros((number, 1), bool), [f"t{n}" for n in range(number)]
    )
    assert len(counts.tags) == pairs.MOST_TAGS + 1
    assert counts.tags.total() == number


def test_identities_are_of_people() -> None:
    axes, named = pairs.identities()
    assert "violence" not in axes
    assert named(["a book about women", "the kernel module"])[:, axes.index("gender_sex")].tolist() == [True, False]
