"""Transcripts: replayed without asking anybody, resumed after a kill, refused where they are about something else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from headgate.debating import transcripts
from headgate.debating.debate import debate
from headgate.debating.verdicts import Reply
from headgate.errors import BadInput, UsageError
from tests.debaters import SIDES, follows_first, player, says, writes

PLAYERS = [
    *SIDES,
    player("j", "judge", says("yes")),
    player("k", "judge", follows_first),
    player("l", "judge", writes("no idea")),
]
TOLD = transcripts.header("Is it?", PLAYERS, 2, True)
TEXTS = ["one", "two \ud800", "three\u2028"]


def written(path: Path) -> list[Any]:
    transcripts.begin(path, TOLD)
    results = [debate(text, "Is it?", PLAYERS) for text in TEXTS]
    for result in results:
        transcripts.add(path, result)
    return results


def test_a_replay_ends_as_the_debate_did_and_asks_nobody(tmp_path: Path) -> None:
    results = written(tmp_path / "t.jsonl")
    told, answers = transcripts.read(tmp_path / "t.jsonl")
    assert told == TOLD
    asked: list[str] = []
    silent = [transcripts.remembering(one, answers, asked) for one in transcripts.silent(told)]
    assert [debate(text, told["question"], silent) for text in TEXTS] == results
    assert asked == []
    with pytest.raises(transcripts.NotThere):
        debate("four", "Is it?", silent)
    with pytest.raises(transcripts.NotThere):
        debate("one", "Is it not?", silent)
    with pytest.raises(transcripts.NotThere):
        debate("one", "Is it?", silent, rounds=1)
    assert transcripts.line(debate("one", "Is it?", silent)) == transcripts.line(results[0])


def test_no_item_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    transcripts.begin(path, TOLD)
    transcripts.add(path, debate("a quite particular text", "Is it?", PLAYERS))
    assert "particular" not in path.read_text()


def test_after_a_kill_only_the_rest_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    results = written(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])  # cut in the last debate
    answers = transcripts.begin(path, TOLD)
    assert whole.startswith(path.read_bytes())
    assert path.read_bytes().count(b"\n") == 3
    asked: list[str] = []
    players = [transcripts.remembering(one, answers, asked) for one in PLAYERS]
    assert debate("one", "Is it?", players) == results[0]
    assert asked == []
    again = debate(TEXTS[2], "Is it?", players)
    assert again == results[2]
    assert asked == [turn.asked for turn in again.turns]
    transcripts.add(path, again)
    assert path.read_bytes() == whole


def test_what_was_not_answered_is_asked_again_and_replayed_as_it_was(tmp_path: Path) -> None:
    players = [player("j", "judge", writes(None))]
    result = debate("one", "Is it?", players)
    answers = {turn.asked: turn.reply for turn in result.turns}
    asked: list[str] = []
    back = debate("one", "Is it?", [transcripts.remembering(player("j", "judge", says("yes")), answers, asked)])
    assert (back.label, len(asked)) == ("yes", 2)
    told = transcripts.header("Is it?", players, 2, True)
    replayed = debate("one", "Is it?", [transcripts.remembering(one, answers, []) for one in transcripts.silent(told)])
    assert replayed == result
    refused = {key: Reply(None, refused=True) for key in answers}
    asked.clear()
    assert (
        debate("one", "Is it?", [transcripts.remembering(player("j", "judge", says("yes")), refused, asked)]).label
        == "refused"
    )
    assert asked == []


def test_another_debate_is_not_mixed_in(tmp_path: Path) -> None:
    written(tmp_path / "t.jsonl")
    other = transcripts.header("Is it red?", PLAYERS[:3], 2, True)
    with pytest.raises(UsageError, match="another players, question"):
        transcripts.begin(tmp_path / "t.jsonl", other)
    with pytest.raises(UsageError, match="no transcripts at"):
        transcripts.read(tmp_path / "absent.jsonl")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\n", b"null\n", b"{}\n", b"[1]\n", b"\xff\n", b'{"format": "headgate debate 1"}\n', b"[" * 100_000 + b"\n",
        json.dumps({**TOLD, "players": [1]}).encode() + b"\n", json.dumps({**TOLD, "players": 5}).encode() + b"\n",
        json.dumps({**TOLD, "rounds": "2"}).encode() + b"\n", json.dumps(TOLD).encode() + b"\n{}\n",
        json.dumps(TOLD).encode() + b'\n{"turns": [{"asked": 1, "said": "x", "refused": false, "tokens": [null, null]}]}\n',
        json.dumps(TOLD).encode() + b'\n{"turns": [{"asked": "a", "said": 5, "refused": false, "tokens": [null, null]}]}\n',
        json.dumps(TOLD).encode() + b'\n{"turns": [{"asked": "a", "said": "x", "refused": false, "tokens": 3}]}\n',
    ],
)  # fmt: skip
def test_a_file_of_something_else_is_one_line(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "t.jsonl").write_bytes(body)
    with pytest.raises(BadInput, match="holds no transcripts"):
        transcripts.read(tmp_path / "t.jsonl")
