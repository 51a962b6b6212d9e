"""Players for debates: what they say is scripted, or follows a rule, never drawn at random."""

from __future__ import annotations

from collections.abc import Callable

from headgate.debating.debate import Player
from headgate.debating.verdicts import Ask, Reply, answer

Says = Callable[[Ask], Reply]


def says(verdict: str, sure: float = 0.9, reason: str = "because") -> Says:
    return lambda ask: answer(ask, verdict, sure, (reason,))


def writes(text: str | None) -> Says:
    return lambda ask: Reply(text)


def follows_first(ask: Ask) -> Reply:
    """A judge with no mind of its own: whoever spoke first is right."""
    first = ask.before[0].role if ask.before else "affirmative"
    return answer(ask, "yes" if first == "affirmative" else "no", 0.9)


def player(name: str, role: str, speak: Says, kind: str = "test") -> Player:
    return Player(name, role, kind, speak)


SIDES = [player("for", "affirmative", says("yes")), player("against", "negative", says("no"))]
