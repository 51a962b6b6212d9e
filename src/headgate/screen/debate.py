"""Items judged by a debate of two sides before judges whom you name, on a question that you ask; replayable.

Reads: texts, a file that says who judges (docs/methods/debate.md), and people's labels in a column where there are any.
Finds: for each item yes, no or no label, with the share of judges' votes for yes; refusals, unreadable and missing
answers as outcomes of their own; whether swapping the order of the sides changed the label. Of the whole: the share of
yes among labelled items, the shares of each other outcome, kappa against people, and what it cost.
Cannot see: images and videos; anything that its judges do not. Judges of one family err alike, and what they agree on
is not thereby true: without a labelled column nothing here says how right they are. An item may talk a model round.
Reference: C. Yeh et al. (2024), T2Vs meet VLMs (VHD11K, S039); refusals, verdicts and order are treated otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from headgate.debating import transcripts
from headgate.debating.debate import Player, Result, check, debate
from headgate.debating.debate_summary import Seen, count, findings
from headgate.debating.judges import players
from headgate.errors import BadInput, UsageError
from headgate.shapes import Batch, Items, Scores, Screened

READS = "table"
RISKS = ("1.3",)
AXES = ("refused", "unparsable", "unanswered", "order_changed", "agreed")


def screen(
    items: Items, *, question: str | None = None, judges: Path | None = None, rounds: int = 2, order_swap: bool = True,
    transcripts: Path | None = None, replay: Path | None = None, label: str | None = None, yes: str = "yes,true,1",
) -> Screened:  # fmt: skip
    """Debate each item.

    `question` is what is asked of every item, answered by yes or no; `judges` is a TOML file of who takes part;
    `rounds` is how often each side speaks; `order_swap` holds every debate twice, once with either side first;
    `transcripts` is a file that keeps every answer, from which an interrupted run goes on; `replay` is such a file, to
    hold the same debates again without asking anybody; `label` is a column of what people said; `yes` lists the
    values of that column that mean yes, with commas.
    """
    told, known = _known(question, judges, rounds, order_swap, replay)
    seen, meanings = Seen(), {one.strip().casefold() for one in yes.split(",")}
    kept = None if transcripts is None or replay is not None else transcripts
    parts = _parts(items, told, known, kept, seen, (label, meanings))
    return Screened(parts, AXES, partial(findings, seen))


@dataclass(frozen=True, slots=True)
class _Told:
    question: str
    players: Sequence[Player]
    rounds: int
    order_swap: bool


def _known(
    question: str | None, judges: Path | None, rounds: int, order_swap: bool, replay: Path | None
) -> tuple[_Told, transcripts.Answers]:
    if replay is not None:
        told, answers = transcripts.read(replay)
        if question not in (None, told["question"]):
            msg = f"{replay} holds debates of another question. Leave --question out to replay them."
            raise UsageError(msg)
        who = transcripts.silent(told)
        check(who, told["rounds"])
        return _Told(told["question"], who, told["rounds"], told["order_swap"]), answers
    if question is None or not question.strip() or judges is None:
        msg = "a debate needs --question TEXT and --judges FILE, or --replay FILE."
        raise UsageError(msg)
    who = players(judges)
    check(who, rounds)
    return _Told(question, who, rounds, order_swap), {}


def _parts(
    items: Items, told: _Told, known: transcripts.Answers, kept: Path | None, seen: Seen,
    people: tuple[str | None, set[str]],
) -> Iterator[tuple[Sequence[str], Scores]]:  # fmt: skip
    if kept is not None:
        known = transcripts.begin(kept, transcripts.header(told.question, told.players, told.rounds, told.order_swap))
    asked: list[str] = []
    who = [transcripts.remembering(player, known, asked) for player in told.players]
    for batch in items.batches():
        if len(batch.texts) != len(batch.ids):
            msg = "no column of texts is known by its name; name it with --text."
            raise BadInput(msg)
        results: list[Result | None] = []
        for text in batch.texts:
            asked.clear()
            try:
                result = debate(text, told.question, who, rounds=told.rounds, order_swap=told.order_swap)
            except transcripts.NotThere:
                results.append(None)
                continue
            if kept is not None and asked:
                transcripts.add(kept, result)
            results.append(result)
        count(seen, results, _said(batch, *people))
        yield batch.ids, _scores(results)


def _said(batch: Batch, column: str | None, meanings: set[str]) -> list[str | None]:
    """What people said of each item: yes, no, or None."""
    if column is None:
        return [None] * len(batch.ids)
    if column not in batch.more:
        msg = f"no column {column!r} of labels."
        raise BadInput(msg)
    told = [None if value is None else str(value).strip().casefold() for value in batch.more[column]]
    return [("yes" if value in meanings else "no") if value else None for value in told]


def _scores(results: Sequence[Result | None]) -> Scores:
    score = np.full(len(results), np.nan, np.float32)
    axes = np.full((len(results), len(AXES)), np.nan, np.float32)
    evidence: list[str | None] = []
    for n, result in enumerate(results):
        evidence.append(None if result is None else _evidence(result))
        if result is None:
            continue
        votes, number = result.votes, result.votes.total()
        score[n] = np.nan if result.share is None else result.share
        changed = np.nan if result.swapped is None else float(result.swapped)
        most = max(votes.values()) / number
        axes[n] = [*(votes[name] / number for name in AXES[:3]), changed, most]
    return Scores(score, axes, evidence)


def _evidence(result: Result) -> str:
    votes = ", ".join(f"{name} {number}" for name, number in sorted(result.votes.items()))
    order = "; the order of the sides changed it" if result.swapped else ""
    return f"{result.label}: votes {votes}{order}; {len(result.turns)} answers"
