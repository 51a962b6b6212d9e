from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import BadInput, UsageError
from headgate.screen.debate import AXES, screen
from headgate.shapes import Batch, Finding, Items
from tests.chat_server import ChatServer, judged, writes

JUDGES = """
[[judge]]
name = "for"
role = "affirmative"
kind = "words"
words = ["pump", "valve"]
[[judge]]
name = "against"
role = "negative"
kind = "words"
words = ["pump"]
[[judge]]
name = "one"
role = "judge"
kind = "words"
words = ["pump"]
[[judge]]
name = "two"
role = "judge"
kind = "words"
words = ["valve"]
[[judge]]
name = "three"
role = "judge"
kind = "words"
words = ["leak"]
"""
TEXTS = ["pump valve", "a violin", "pump leak", "valve", "pump \ud800"]
LABELS = ["Yes", "no", "1", None, "0"]


def items(tmp_path: Path, texts: list[str] = TEXTS, size: int = 2) -> Items:
    def batches() -> Iterator[Batch]:
        for low in range(0, len(texts), size):
            some = texts[low : low + size]
            ids = [sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in some]
            yield Batch(ids, some, more={"text": list(some), "said": list(LABELS[low : low + size])})

    return Items(batches, tmp_path, tmp_path)


@pytest.fixture
def judges(tmp_path: Path) -> Path:
    (tmp_path / "judges.toml").write_text(JUDGES)
    return tmp_path / "judges.toml"


def run(made) -> tuple[list[str], np.ndarray, np.ndarray, list[str | None], dict[str, Finding]]:  # type: ignore[no-untyped-def]
    parts = list(made.parts)
    found = made.findings()
    return (
        [one for ids, _ in parts for one in ids],
        np.concatenate([scores.score for _, scores in parts]),
        np.concatenate([scores.axes for _, scores in parts]),
        [one for _, scores in parts for one in scores.evidence],
        {one.axis: one for one in found},
    )


def test_items_are_debated_and_summed_up(tmp_path: Path, judges: Path) -> None:
    made = screen(items(tmp_path), question="Is it a part?", judges=judges, label="said")
    assert made.axes == AXES
    ids, score, axes, evidence, found = run(made)
    assert len(ids) == 5
    # judges lean 0.3 towards the debaters: 0.8 and 0.8 (pump valve), 0.2 and 0.2 (violin), (0.8 + 0.2) / 2 (valve)
    np.testing.assert_allclose(score, [2 / 3, 0, 2 / 3, 1 / 3, 1 / 3], rtol=1e-6)
    assert score.dtype == axes.dtype == np.float32
    np.testing.assert_allclose(axes[:, :4], 0)
    np.testing.assert_allclose(axes[:, 4], [2 / 3, 1, 2 / 3, 2 / 3, 2 / 3], rtol=1e-6)
    assert evidence[0] == "yes: votes no 2, yes 4; 14 answers"
    assert (found[""].value, found[""].n) == (0.4, 5)
    assert (found["kappa"].value, found["kappa"].n) == (1.0, 4)
    assert found["refused"].value == 0


def test_a_transcript_replays_the_same_and_does_not_depend_on_batches(tmp_path: Path, judges: Path) -> None:
    path = tmp_path / "t.jsonl"
    first = run(screen(items(tmp_path), question="Is it a part?", judges=judges, transcripts=path, label="said"))
    again = run(screen(items(tmp_path, size=3), replay=path, label="said"))
    assert first[0] == again[0]
    np.testing.assert_array_equal(first[1], again[1])
    np.testing.assert_array_equal(first[2], again[2])
    assert first[3:] == again[3:]
    written = path.read_bytes()
    run(screen(items(tmp_path), question="Is it a part?", judges=judges, transcripts=path))
    assert path.read_bytes() == written  # what is known is not asked again
    more = run(screen(items(tmp_path, [*TEXTS, "something else"]), replay=path))
    assert np.isnan(more[1][-1])
    assert np.isnan(more[2][-1]).all()
    assert more[3][-1] is None
    assert "; 1 items are not in the transcripts; " in more[4][""].evidence


def test_refusals_of_a_chat_endpoint_are_no_yes_and_an_interrupted_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADGATE_MAX_WAIT", "0")
    with ChatServer(judged("yes"), judged("yes"), writes("I'm sorry, I can't help with that.")) as server:
        path, judges = tmp_path / "t.jsonl", tmp_path / "chat.toml"
        judges.write_text(
            f'[[judge]]\nname = "m"\nrole = "judge"\nkind = "chat"\nurl = "{server.url}/v1"\nmodel = "small"\n'
        )
        made = screen(items(tmp_path), question="q", judges=judges, transcripts=path)
        parts = iter(made.parts)
        next(parts)
        assert len(server.seen) == 4
        del parts, made
        _, score, axes, evidence, found = run(screen(items(tmp_path), question="q", judges=judges, transcripts=path))
        assert len(server.seen) == 10
    assert score[0] == 1
    assert np.isnan(score[1:]).all()
    assert axes[:, 0].tolist() == [0, 1, 1, 1, 1]
    assert evidence[1] == "refused: votes refused 2; 2 answers"
    assert (found[""].value, found[""].n, found["refused"].value) == (1.0, 1, 0.8)
    assert "10 answers" in found[""].evidence
    assert "tokens 110 and 50 where told" in found[""].evidence
    replayed = run(screen(items(tmp_path), replay=path))  # the server is gone
    assert replayed[4] == found


def test_what_is_missing_is_said(tmp_path: Path, judges: Path) -> None:
    with pytest.raises(UsageError, match="needs --question TEXT and --judges FILE"):
        screen(items(tmp_path), judges=judges)
    with pytest.raises(UsageError, match="needs --question TEXT and --judges FILE"):
        screen(items(tmp_path), question="q")
    with pytest.raises(UsageError, match="9 rounds"):
        screen(items(tmp_path), question="q", judges=judges, rounds=9)
    with pytest.raises(BadInput, match="no column 'zzz'"):
        run(screen(items(tmp_path), question="q", judges=judges, label="zzz"))
    path = tmp_path / "t.jsonl"
    run(screen(items(tmp_path), question="q", judges=judges, transcripts=path))
    with pytest.raises(UsageError, match="another question"):
        screen(items(tmp_path), question="other", replay=path)
    with pytest.raises(UsageError, match="another question"):
        run(screen(items(tmp_path), question="other", judges=judges, transcripts=path))
    textless = Items(lambda: iter([Batch(["a"], more={"x": [1]})]), tmp_path, tmp_path)
    with pytest.raises(BadInput, match="name it with --text"):
        run(screen(textless, question="q", judges=judges))
