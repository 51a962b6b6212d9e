"""The triage by hand, grades of models made here, and what the shipped model says of mild stand-ins."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import BadInput, UsageError
from headgate.screen.toxicity import SEEN, SHIPPED, screen, triage
from headgate.shapes import Batch, Scores
from headgate.texts.linear_text_file import load, prefixes, save
from headgate.texts.toxicity_model import AXES, TOXIC, train_toxicity
from tests.text_models import invented, model

LABELS = (TOXIC, *AXES)


def batch(*texts: str) -> Batch:
    return Batch([hashlib.sha256(t.encode("utf-8", "surrogatepass")).hexdigest() for t in texts], list(texts))


def by_hand(path: Path, **facts: object) -> Path:
    """`blorf` is toxic at odds of 99 to 1, `glim` at 4 to 1; `stone` is about religion at 99 to 1."""
    sure, likely = (round(math.log(odds) * 20) for odds in (99, 4))
    words = {"blorf": [sure, 0, 0, 0, 0, 0], "glim": [likely, 0, 0, 0, 0, 0], "stone": [0, 0, 0, sure, 0, 0]}
    save(replace(model(words, LABELS, 0.05), facts=dict(facts)), path)
    return path


@pytest.mark.parametrize(
    ("grades", "told"),
    [
        ((0, 0, 0, 0, 0), 0),
        ((1, 1, 1, 0, 0), 0),  # sum 3, highest 2 or less
        ((2, 1, 0, 0, 0), 0),
        ((3, 0, 0, 0, 0), 1),  # sum 3, highest 3
        ((2, 2, 0, 0, 0), 1),
        ((3, 3, 0, 0, 0), 1),
        ((2, 2, 2, 1, 0), 2),
        ((2.9, 2.9, 2.9, 0.9, 0), 1),  # whole grades count: 2, 2, 2, 0
        ((3, 3, 3, 3, 3), 2),
    ],
)
def test_the_triage_is_celadon_s(grades: tuple[float, ...], told: int) -> None:
    assert triage(np.array([grades], np.float32)).tolist() == [told]


def test_the_triage_follows_its_flags() -> None:
    table = np.array([[2, 1, 0], [1, 0, 0]], np.float32)
    assert triage(table, 0, 2, 3).tolist() == [2, 1]
    assert triage(table, 3, 1, 7).tolist() == [1, 0]
    assert np.isnan(triage(np.array([[np.nan, 1]], np.float32))).all()


def test_grades_say_how_sure(tmp_path: Path) -> None:
    screener = screen(model=by_hand(tmp_path / "m.npz"))
    assert screener.axes == (*LABELS, SEEN)
    scores = screener.score(batch("blorf", "glim", "neither", "stone"))
    assert scores.axes[:, 0].tolist() == pytest.approx([3, 2 + 0.05 / 0.15, 1, 1], abs=0.02)
    # an axis is the product of two probabilities: .99 x .5, .8 x .5, .5 x .5 and .5 x .99
    assert scores.axes[:, 3].tolist() == pytest.approx([0.99, 0.8, 0.5, 0.99], abs=0.02)
    assert scores.score.tolist() == [1, 0, 0, 0]


def test_scores_do_not_depend_on_company_or_length_of_batches(tmp_path: Path) -> None:
    screener = screen(model=by_hand(tmp_path / "m.npz", letters=[[65, 122]]), passage=7)
    texts = [f"{'glim ' * (n % 5)}stone {'ж' * (n % 9)} {'blorf' * (n % 2)}" for n in range(40)]
    whole = screener.score(batch(*texts))
    parts = [screener.score(batch(*texts[n : n + 7])) for n in range(0, 40, 7)]
    for name in ("score", "axes"):
        joined = np.concatenate([getattr(part, name) for part in parts])
        assert joined.tobytes() == getattr(whole, name).tobytes()


def test_what_the_model_cannot_read_is_not_told(tmp_path: Path) -> None:
    screener = screen(model=by_hand(tmp_path / "m.npz", letters=[[0x41, 0x24F], [0x4E00, 0x9FFF]]))
    scores = screener.score(batch("", "12 34", "привет мир", "stone мир", "你好", "Ähnlich 42", "\ud800"))
    assert np.isnan(scores.score).tolist() == [True, False, True, False, False, False, True]
    assert np.isnan(scores.axes[:, 0]).tolist() == np.isnan(scores.score).tolist()
    assert scores.axes[:, -1].tolist() == [0] * 7


def test_many_long_texts_are_told_by_their_own_script(tmp_path: Path) -> None:
    screener = screen(model=by_hand(tmp_path / "m.npz", letters=[[0x41, 0x24F]]))
    texts = ["мир " * 200_000, "stone " * 200_000, "мир", "stone"] * 2
    assert np.isnan(screener.score(batch(*texts)).score).tolist() == [True, False] * 4


def test_texts_of_the_training_set_are_told(tmp_path: Path) -> None:
    path = by_hand(tmp_path / "m.npz")
    one = batch("blorf", "never seen")
    save(replace(load(path), seen=prefixes(one.ids[:1])), path)
    assert screen(model=path).score(one).axes[:, -1].tolist() == [1, 0]


def test_errors_hold_for_the_settings_they_were_measured_with(tmp_path: Path) -> None:
    measured = {"axis": "", "hits": 8, "positives": 10, "passed": 90, "negatives": 100, "rows": "mine"}
    path = by_hand(tmp_path / "m.npz", errors=[measured])
    assert [one.hits for one in screen(model=path).errors] == [8]
    assert screen(model=path, toxic_sum=6).errors == ()
    assert screen(model=path, passage=500).errors == ()


@pytest.mark.parametrize("wrong", [{"hits": 11}, {"passed": -1}, {"positives": math.inf}, {"negatives": 2**50}])
def test_errors_that_cannot_be_are_told(tmp_path: Path, wrong: dict[str, float]) -> None:
    given = {"axis": "", "hits": 8, "positives": 10, "passed": 90, "negatives": 100, "rows": "mine", **wrong}
    with pytest.raises(BadInput, match="errors"):
        screen(model=by_hand(tmp_path / "m.npz", errors=[given]))


def test_disguises_are_undone_where_asked_and_then_no_errors_hold(tmp_path: Path) -> None:
    measured = {"axis": "", "hits": 8, "positives": 10, "passed": 90, "negatives": 100, "rows": "mine"}
    path = tmp_path / "m.npz"
    save(replace(model({"people": [92, 0, 0, 0, 0, 0]}, LABELS, 0.05), facts={"errors": [measured]}), path)
    texts = batch("these p30ple are here", "these p\u0435\u043eple are here", "these people are here", "", "\ud800")
    plain, undone = screen(model=path), screen(model=path, deobfuscate=True)
    grades = undone.score(texts)
    assert plain.score(texts).axes[:3, 0].tolist() == pytest.approx([1, 1, 3], abs=0.5)
    assert np.ptp(grades.axes[:3, 0]) == 0
    assert grades.axes[0, 0] > 2
    assert np.isnan(grades.score).tolist() == [False, False, False, True, True]
    assert (len(plain.errors), undone.errors) == (1, ())
    assert plain.score(texts).axes[2].tolist() == grades.axes[2].tolist()


def test_what_was_seen_is_told_of_the_text_as_written(tmp_path: Path) -> None:
    path, one = by_hand(tmp_path / "m.npz"), batch("these p30ple are here")
    save(replace(load(path), seen=prefixes(one.ids)), path)
    assert screen(model=path, deobfuscate=True).score(one).axes[0, -1] == 1


def test_own_labels_make_a_model(tmp_path: Path) -> None:
    texts, toxic = invented(400)
    texts = [f"{text} {('muslim', 'women', 'deaf', 'korean', 'punch')[n // 2 % 5]}" for n, text in enumerate(texts)]
    save(train_toxicity(texts, toxic, bits=12), tmp_path / "own.npz")
    scores = screen(model=tmp_path / "own.npz").score(batch("word1 word2 blorf women", "word1 word2 kindly women"))
    assert scores.score[0] >= 1
    assert scores.score[1] == 0


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"passage": 0}, "passage 0"),
        ({"none_sum": 7}, "none_sum 7"),
        ({"none_max": -1}, "none_max -1"),
        ({"toxic_labels": "bad"}, "is for a classifier in a folder"),
    ],
)
def test_wrong_flags_are_told(flags: dict[str, int], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        screen(**flags)  # type: ignore[arg-type]


def test_a_wrong_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "m.npz").write_bytes(b"no model")
    with pytest.raises(BadInput, match="is no model of Headgate"):
        screen(model=tmp_path / "m.npz")
    save(model({}, ("spam",)), tmp_path / "m.npz")
    with pytest.raises(BadInput, match="has the outputs spam"):
        screen(model=tmp_path / "m.npz")
    damaged = {"axis": "", "hits": "many"}
    with pytest.raises(BadInput, match="errors"):
        screen(model=by_hand(tmp_path / "m.npz", errors=[damaged]))
    with pytest.raises(BadInput, match="letters"):
        screen(model=by_hand(tmp_path / "m.npz", letters="all"))


def shipped(*texts: str) -> Scores:
    return screen().score(batch(*texts))


def test_the_shipped_model_is_small_and_holds_no_words() -> None:
    assert SHIPPED.stat().st_size <= 2_000_000
    held = load(SHIPPED)
    assert held.weights.dtype == np.int16
    assert len(held.seen) * 4 <= 500_000
    text = repr(held.facts)
    assert len(text) < 4_000
    assert {one.axis for one in screen().errors} == {"", *LABELS}


def test_the_shipped_model_tells_plain_from_insulting_text() -> None:
    plain = (
        "The table lists the annual rainfall of each station in millimetres.",
        "这个数据集包含每个车站的降雨量。",
        "Die Tabelle enthält die Niederschläge jeder Station.",
    )
    insults = ("You are a stupid idiot and I hate you, you disgusting idiot.", "du bist eine dumme widerliche person")
    assert shipped(*plain).score.tolist() == [0, 0, 0]
    assert (shipped(*insults).score >= 1).all()


def test_the_shipped_model_knows_its_training_texts_and_not_those_it_was_judged_on(data: Path) -> None:
    import csv

    with (data / "content" / "cold" / "dev.csv").open(encoding="utf-8-sig", newline="") as file:
        trained = [row["TEXT"] for row in csv.DictReader(file)][:500]
    with (data / "content" / "hatecheck" / "test_suite_cases.csv").open(encoding="utf-8", newline="") as file:
        judged = [row["test_case"] for row in csv.DictReader(file)]
    assert (shipped(*trained).axes[:, -1] == 1).all()
    assert (shipped(*judged).axes[:, -1] == 1).sum() <= 2


def test_a_model_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no model at"):
        screen(model=tmp_path / "absent.npz")
