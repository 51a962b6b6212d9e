"""Transcripts of debates as JSON Lines, and debates replayed from them without asking anybody.

The first line says what was debated and by whom; each further line is one debate, written when it is over, so that a
kill loses one at most and the same command goes on. Items are named by their hash. Answers stand as they came, and
may quote the item: keep the file as you keep the dataset.
A replay holds the debate again and takes each answer from the file by the hash of what was asked; where question,
players, rounds or item differ, the hash does, and the item counts as not debated.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from headgate.debating.debate import Player, Result
from headgate.debating.verdicts import ROLES, Ask, Reply, prompt_hash
from headgate.errors import BadInput, UsageError
from headgate.plain import plain

FORMAT = "headgate debate 1"
_LONGEST = 64 * 2**20  # characters of a line

Answers = dict[str, Reply]


class NotThere(Exception):
    """A replay was asked for an answer that the transcripts do not have."""


def header(question: str, players: Sequence[Player], rounds: int, order_swap: bool) -> dict[str, Any]:
    """What the first line says."""
    named = [{"name": player.name, "role": player.role, "kind": player.kind} for player in players]
    return {"format": FORMAT, "question": question, "rounds": rounds, "order_swap": order_swap, "players": named}


def line(result: Result) -> str:
    """One debate as a line."""
    turns = [
        {
            "name": turn.name, "role": turn.role, "order": turn.order, "round": turn.round, "asked": turn.asked,
            "said": turn.reply.text, "refused": turn.reply.refused, "outcome": turn.verdict.outcome,
            "tokens": [turn.reply.tokens_in, turn.reply.tokens_out],
        }
        for turn in result.turns
    ]  # fmt: skip
    return json.dumps({"item": result.item, "label": result.label, "turns": turns})


def begin(path: Path, told: dict[str, Any]) -> Answers:
    """Make ready to add debates to the file at `path`, and give the answers that are there already.

    A last line that was cut is dropped. Raises `UsageError` where the file is about another debate.
    """
    if not path.exists():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(told) + "\n", encoding="utf-8")
        except OSError as error:
            msg = f"transcripts cannot be written to {path} ({error.strerror}). Name another file."
            raise UsageError(msg) from error
        return {}
    found, answers = read(path)
    if found != told:
        differ = sorted(name for name in told if found.get(name) != told[name])
        msg = f"{path} holds debates with another {', '.join(differ)}. Name another file for these."
        raise UsageError(msg)
    body = path.read_bytes()
    if not body.endswith(b"\n"):
        with path.open("rb+") as file:
            file.truncate(body.rfind(b"\n") + 1)
    return answers


def add(path: Path, result: Result) -> None:
    """Add one debate to the file at `path`."""
    with path.open("a", encoding="utf-8") as file:
        file.write(line(result) + "\n")


def read(path: Path) -> tuple[dict[str, Any], Answers]:
    """The first line of the file at `path` and all answers by the hash of what was asked.

    Raises `UsageError` where there is no file and `BadInput` where it holds no debates.
    """
    answers: Answers = {}
    told: dict[str, Any] | None = None
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            while text := file.readline(_LONGEST):
                if not text.endswith("\n"):
                    break  # the last line was cut
                if told is None:
                    told = _first(json.loads(text))
                else:
                    _answers(json.loads(text), answers)
    except OSError as error:
        msg = f"no transcripts at {path} ({error.strerror}). Write them with --transcripts {path}."
        raise UsageError(msg) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        msg = f"{path} holds no transcripts of debates ({plain(error, 60)}). Name a file that --transcripts wrote."
        raise BadInput(msg) from None
    if told is None:
        msg = f"{path} holds no transcripts of debates (it is empty or cut). Name a file that --transcripts wrote."
        raise BadInput(msg)
    return told, answers


def silent(told: dict[str, Any]) -> list[Player]:
    """The players that the first line names, who have nothing to say but what was written down."""
    return [Player(one["name"], one["role"], one["kind"], _nothing) for one in told["players"]]


def remembering(player: Player, answers: Answers, asked: list[str]) -> Player:
    """`player`, asked only what is not in `answers` or was not answered; what it is asked is added to `asked`."""

    def speak(ask: Ask) -> Reply:
        key = prompt_hash(ask)
        known = answers.get(key)
        if known is not None and (known.text is not None or known.refused):
            return known
        try:
            reply = player.speak(ask)
        except NotThere:
            if known is None:
                raise
            return known
        asked.append(key)
        return reply

    return replace(player, speak=speak)


def _nothing(_: Ask) -> Reply:
    raise NotThere


def _first(told: Any) -> dict[str, Any]:
    if told["format"] != FORMAT or not isinstance(told["question"], str) or type(told["order_swap"]) is not bool:
        msg = "its first line is of another format"
        raise ValueError(msg)
    if type(told["rounds"]) is not int or not all(_is_player(one) for one in told["players"]):
        msg = "its first line names no players"
        raise ValueError(msg)
    return {name: told[name] for name in ("format", "question", "rounds", "order_swap", "players")}


def _is_player(one: Any) -> bool:
    return (
        set(one) == {"name", "role", "kind"} and all(isinstance(v, str) for v in one.values()) and one["role"] in ROLES
    )


def _answers(told: Any, answers: Answers) -> None:
    for turn in told["turns"]:
        said, refused, (into, out) = turn["said"], turn["refused"], turn["tokens"]
        numbers = all(number is None or type(number) is int for number in (into, out))
        if not isinstance(turn["asked"], str) or not (said is None or isinstance(said, str)) or not numbers:
            msg = "a turn is damaged"
            raise ValueError(msg)
        answers[turn["asked"]] = Reply(said, refused is True, into, out)
