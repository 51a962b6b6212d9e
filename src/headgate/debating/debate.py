"""A debate about one item: both sides argue for some rounds, then judges decide; the order of the sides is controlled.

Debaters speak in turn, each hearing what was said before; judges hear the debaters and not one another. With the order
swapped the whole debate is held twice, once with either side first, and a label stands only if both agree. A label
needs more than half of all judges: who refused, did not answer or cannot be read is one of them, for neither side.

Reference: C. Yeh et al. (2024), T2Vs meet VLMs: a scalable multimodal dataset for visual harmfulness recognition
(VHD11K): two debaters, two rounds, one judge. There a refusal counts as harmful, a verdict is any "yes," in the answer,
and the order is fixed; here a refusal is an outcome, a verdict is strict JSON, and the order is a control.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from headgate.debating.verdicts import ROLES, Ask, Heard, Reply, Verdict, parse, prompt, prompt_hash
from headgate.errors import UsageError

Speak = Callable[[Ask], Reply]
MOST_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Player:
    """Who takes part: a name, a role of `ROLES`, what it is (told in transcripts), and how it answers."""

    name: str
    role: str
    kind: str
    speak: Speak


@dataclass(frozen=True, slots=True)
class Turn:
    """One answer: whose, in which order and round, hash and length of what was asked, what came and what it means."""

    name: str
    role: str
    order: str
    round: int
    asked: str
    asked_length: int
    reply: Reply
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Result:
    """How a debate ended.

    `label` is yes, no, refused, unparsable, unanswered (of more than half of the judges, in every order) or abstain.
    `votes` counts the outcomes of all judges in all orders; `labels` has the label of each order.
    """

    item: str
    label: str
    votes: Counter[str]
    labels: tuple[str, ...]
    turns: tuple[Turn, ...]

    @property
    def swapped(self) -> bool | None:
        """Whether the order of the sides changed the label; None where one order alone was held."""
        return len(set(self.labels)) > 1 if len(self.labels) > 1 else None

    @property
    def share(self) -> float | None:
        """The share of yes among the judges' votes, None where the label is neither yes nor no."""
        return self.votes["yes"] / self.votes.total() if self.label in ("yes", "no") else None


@dataclass(frozen=True, slots=True)
class Cost:
    """What debates took: calls, characters asked and answered, and tokens where the judges told them."""

    calls: int
    characters_in: int
    characters_out: int
    tokens_in: int
    tokens_out: int


def check(players: Sequence[Player], rounds: int) -> None:
    """Raise `UsageError` where these players cannot hold a debate of so many rounds."""
    counts = Counter(player.role for player in players)
    if set(counts) - set(ROLES) or not counts["judge"]:
        msg = f"a debate needs a judge, and roles among {', '.join(ROLES)}; these are {dict(counts)}."
        raise UsageError(msg)
    if len({player.name for player in players}) < len(players):
        msg = "two judges have one name. Give each a name of its own."
        raise UsageError(msg)
    if not 0 <= rounds <= MOST_ROUNDS:
        msg = f"{rounds} rounds are out of range. Give 0 to {MOST_ROUNDS}."
        raise UsageError(msg)


def debate(
    text: str, question: str, players: Sequence[Player], *, rounds: int = 2, order_swap: bool = True
) -> Result:  # fmt: skip
    """Hold the debate about `text`. Nothing is drawn at random: it ends the same where its players answer the same."""
    check(players, rounds)
    item = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    orders = ["yes first", "no first"] if order_swap else ["yes first"]
    held = [_held(item, text, question, players, rounds, order) for order in orders]
    labels = tuple(label(turn.verdict for turn in turns if turn.role == "judge") for turns in held)
    turns = tuple(turn for one in held for turn in one)
    votes = Counter(turn.verdict.outcome for turn in turns if turn.role == "judge")
    return Result(item, labels[0] if len(set(labels)) == 1 else "abstain", votes, labels, turns)


def label(verdicts: Iterable[Verdict]) -> str:
    """What more than half of all judges say, abstain where there is no such thing; unsure is no label."""
    counts = Counter(verdict.outcome for verdict in verdicts)
    most, number = counts.most_common(1)[0]
    return most if 2 * number > counts.total() and most != "unsure" else "abstain"


def cost(results: Iterable[Result]) -> Cost:
    """What the debates took, the same when they are replayed."""
    turns = [turn for result in results for turn in result.turns]
    return Cost(
        len(turns), sum(turn.asked_length for turn in turns), sum(len(turn.reply.text or "") for turn in turns),
        sum(turn.reply.tokens_in or 0 for turn in turns), sum(turn.reply.tokens_out or 0 for turn in turns),
    )  # fmt: skip


def _held(item: str, text: str, question: str, players: Sequence[Player], rounds: int, order: str) -> list[Turn]:
    sides = ("affirmative", "negative") if order == "yes first" else ("negative", "affirmative")
    debaters = [player for side in sides for player in players if player.role == side]
    turns: list[Turn] = []
    for number in range(1, rounds + 1):
        for player in debaters:
            turns.append(_turn(player, item, text, question, order, number, turns))
    judges = [player for player in players if player.role == "judge"]
    heard = list(turns)
    return turns + [_turn(player, item, text, question, order, rounds + 1, heard) for player in judges]


def _turn(player: Player, item: str, text: str, question: str, order: str, number: int, before: Sequence[Turn]) -> Turn:
    heard = tuple(Heard(turn.role, turn.verdict) for turn in before)
    ask = Ask(item, text, question, player.name, player.role, order, number, heard)
    reply = player.speak(ask)
    asked = prompt_hash(ask)
    return Turn(player.name, player.role, order, number, asked, len(prompt(ask)), reply, parse(ask, reply))
