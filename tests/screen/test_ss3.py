from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.screen.ss3 import masked, screen
from headgate.shapes import Batch
from headgate.texts.ss3_files import load, save
from headgate.texts.ss3_train import fit

TEXTS = [f"the pump leaks oil {n % 7}" for n in range(60)] + [f"the violin plays music {n % 7}" for n in range(60)]
LABELS = ["parts"] * 60 + ["music"] * 60


def batch(texts: list[str]) -> Batch:
    return Batch([sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in texts], texts)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    save(fit(TEXTS, LABELS), tmp_path / "model.json")
    return tmp_path / "model.json"


def test_the_class_asked_for_is_the_headline_and_each_class_an_axis(model: Path) -> None:
    screener = screen(model=model, of="parts")
    assert screener.axes == ("music", "parts")
    found = screener.score(batch(["a pump, leaking oil", "Violin music", "nothing known here", ""]))
    assert found.score.dtype == found.axes.dtype == np.float32
    assert found.axes[:2].tolist() == [[0, 1], [1, 0]]
    assert found.score[:2].tolist() == [1, 0]
    assert np.isnan(found.score[2:]).all()
    assert screen(model=model).score(batch(["violin"])).score.tolist() == [1]


def test_evidence_is_the_words_that_weigh_most_masked(model: Path) -> None:
    found = screen(model=model).score(batch(["violin plays pump nothing", "unknown"])).evidence
    assert found is not None
    assert found[0] is not None
    assert found[0].startswith("music: ")
    assert "pl*ys" not in found[0]
    assert "p***s" in found[0]
    assert "vi**in" in found[0]
    assert "violin" not in found[0]
    assert found[1] is None


def test_masking_leaves_no_word_whole() -> None:
    assert [masked(word) for word in ("a", "ab", "abc", "abcde", "abcdef", "河")] == [
        "a*",
        "a*",
        "a*c",
        "a***e",
        "ab**ef",
        "河*",
    ]
    assert masked("red pump") == "r*d p**p"
    assert masked("河 水 上 涨") == "河* * * *"
    assert len(masked("x" * 1000)) < 30


def test_the_name_of_a_class_is_plain_in_the_evidence(tmp_path: Path) -> None:
    save(fit(["pump"] * 9 + ["tune"] * 9, ["a\x1b[31m\n"] * 9 + ["b"] * 9), tmp_path / "m.json")
    (told,) = screen(model=tmp_path / "m.json").score(batch(["pump"])).evidence or []
    assert told == "a\ufffd[31m\ufffd: p**p 1.00"


@pytest.mark.parametrize("grams", [1, 4])
def test_a_short_chinese_text_is_not_in_its_evidence(tmp_path: Path, grams: int) -> None:
    save(fit(["河水上涨"] * 30 + ["音乐会好"] * 30, ["river"] * 30 + ["music"] * 30, grams=grams), tmp_path / "m.json")
    (told,) = screen(model=tmp_path / "m.json").score(batch(["河水上涨"])).evidence or []
    assert told is not None
    assert told.startswith("river: ")
    assert sum(character in told for character in "河水上涨") < 4


def test_disguises_are_undone_where_asked_and_then_no_errors_hold(model: Path) -> None:
    texts = ["the p u m p leaks 0il now", "a vi\u043elin plays music", "the pump leaks oil now"]
    plain, undone = (screen(model=model, of="parts", deobfuscate=flag) for flag in (False, True))
    assert (undone.score(batch(texts)).score > 0.5).tolist() == [True, False, True]
    (shown, *_) = undone.score(batch(texts[:1])).evidence or []
    assert shown is not None
    assert "p**p" in shown
    assert "p**p" not in str(plain.score(batch(texts[:1])).evidence)
    told = replace(load(model), held={kind: [9, 10, 9, 10] for kind in ("music", "parts")})
    save(told, model)
    assert len(screen(model=model).errors) == 3
    assert screen(model=model, deobfuscate=True).errors == ()


def test_words_of_the_model_are_no_misspellings(tmp_path: Path) -> None:
    save(fit(["the huose leaks"] * 30 + ["the violin plays"] * 30, ["a"] * 30 + ["b"] * 30), tmp_path / "m.json")
    assert screen(model=tmp_path / "m.json", deobfuscate=True).score(batch(["the huose here"])).score[0] > 0.9


def test_scores_do_not_depend_on_the_batch(model: Path) -> None:
    screener = screen(model=model)
    texts = [*TEXTS[::9], "", "\ud800 pump", "violin pump"]
    together = screener.score(batch(texts))
    apart = [screener.score(batch([text])) for text in texts]
    np.testing.assert_array_equal(together.axes, np.vstack([one.axes for one in apart]))
    assert together.evidence == [one.evidence[0] for one in apart if one.evidence]
    assert screener.score(batch([])).axes.shape == (0, 2)


def test_training_measures_errors_and_a_lead_and_keeps_the_model(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    kinds = {"parts": [f"pump{n}" for n in range(9)], "music": [f"tune{n}" for n in range(9)]}
    lines = ["text,label"]
    for n in range(800):
        kind = ("parts", "music")[n % 2]
        lines.append(" ".join(rng.choice(kinds[kind], 12)) + f",{kind}")
    (tmp_path / "rows.csv").write_text("\n".join(lines))
    screener = screen(train=tmp_path / "rows.csv", model=tmp_path / "new.json", of="music")
    assert [error.axis for error in screener.errors] == ["", "music", "parts"]
    headline = screener.errors[0]
    assert headline.hits == headline.positives
    assert headline.passed == headline.negatives
    assert 100 < headline.positives + headline.negatives < 230
    again = screen(model=tmp_path / "new.json", of="music")
    one, other = (s.score(batch(["tune1 tune2 tune3 pump1 tune4 tune5"])) for s in (screener, again))
    assert one.evidence == other.evidence
    assert one.evidence is not None
    assert one.evidence[0] is not None
    assert "; decided at word 1 of 6" in one.evidence[0]
    assert screen(model=tmp_path / "new.json", threshold=0.8).errors == ()  # they were counted at 0.5


def test_what_is_missing_is_said(model: Path) -> None:
    with pytest.raises(UsageError, match="--train FILE"):
        screen()
    with pytest.raises(UsageError, match=r"no class 'x'; it has music, parts\."):
        screen(model=model, of="x")
    with pytest.raises(UsageError, match="out of range"):
        screen(model=model, threshold=0)
    with pytest.raises(UsageError, match="out of range"):
        screen(model=model, grams=9)
