"""Debates: who hears what, what makes a label, and what the order of the sides may not decide."""

from __future__ import annotations

from collections import Counter

import pytest

from headgate.debating.debate import Player, cost, debate, label
from headgate.debating.verdicts import Ask, Reply, Verdict, answer, prompt
from headgate.errors import UsageError
from tests.debaters import SIDES, follows_first, player, says, writes


def held(*judges: Player, sides: list[Player] = SIDES, **options: object):  # type: ignore[no-untyped-def]
    return debate("an item", "Is it?", [*sides, *judges], **options)  # type: ignore[arg-type]


def test_sides_speak_in_turn_and_judges_hear_them_and_not_one_another() -> None:
    heard: list[tuple[str, str, int, list[str]]] = []

    def listening(verdict: str):  # type: ignore[no-untyped-def]
        def speak(ask: Ask) -> Reply:
            heard.append((ask.name, ask.order, ask.round, [h.role for h in ask.before]))
            return answer(ask, verdict, 0.9)

        return speak

    a, n = "affirmative", "negative"
    players = [player("j1", "judge", listening("yes")), player("n", n, listening("no")), player("a", a, listening("yes")),
               player("j2", "judge", listening("yes"))]  # fmt: skip
    debate("x", "q", players, rounds=2, order_swap=True)
    assert heard == [
        ("a", "yes first", 1, []), ("n", "yes first", 1, [a]), ("a", "yes first", 2, [a, n]), ("n", "yes first", 2, [a, n, a]),
        ("j1", "yes first", 3, [a, n, a, n]), ("j2", "yes first", 3, [a, n, a, n]),
        ("n", "no first", 1, []), ("a", "no first", 1, [n]), ("n", "no first", 2, [n, a]), ("a", "no first", 2, [n, a, n]),
        ("j1", "no first", 3, [n, a, n, a]), ("j2", "no first", 3, [n, a, n, a]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ("yes yes no", "yes"), ("no no yes", "no"), ("yes no", "abstain"), ("yes yes no no", "abstain"), ("yes", "yes"),
        ("yes yes refused refused", "abstain"), ("refused refused yes", "refused"), ("unsure unsure unsure", "abstain"),
        ("unparsable unparsable no", "unparsable"), ("unanswered", "unanswered"), ("yes refused unsure", "abstain"),
        ("yes yes refused unparsable unsure", "abstain"), ("yes yes yes refused refused", "yes"),
    ],
)  # fmt: skip
def test_a_label_needs_more_than_half_of_all_judges(outcomes: str, expected: str) -> None:
    assert label(Verdict(outcome) for outcome in outcomes.split()) == expected


def test_a_refusal_is_never_a_yes() -> None:
    found = held(*(player(f"j{n}", "judge", writes("I'm sorry, I can't help with that.")) for n in range(3)))
    assert found.label == "refused"
    assert found.share is None
    assert found.votes == Counter(refused=6)


def test_where_the_order_decides_there_is_no_label() -> None:
    found = held(player("j", "judge", follows_first))
    assert found.labels == ("yes", "no")
    assert (found.label, found.swapped, found.share) == ("abstain", True, None)
    once = held(player("j", "judge", follows_first), order_swap=False)
    assert (once.label, once.swapped, once.share) == ("yes", None, 1.0)
    firm = held(player("j", "judge", says("no")))
    assert (firm.label, firm.swapped, firm.share) == ("no", False, 0.0)


def test_the_share_is_of_all_votes_and_on_its_label_s_side() -> None:
    found = held(
        player("a", "judge", says("yes")), player("b", "judge", says("yes")), player("c", "judge", follows_first)
    )
    assert found.votes == Counter(yes=5, no=1)
    assert (found.label, found.share) == ("yes", 5 / 6)
    refusing = held(*(player(n, "judge", says("no")) for n in "ab"), player("c", "judge", writes("I cannot")))
    assert (refusing.label, refusing.share) == ("no", 0.0)


def test_the_cost_is_what_was_asked_and_answered() -> None:
    found = held(player("j", "judge", lambda ask: Reply("hm", tokens_in=7, tokens_out=2)), sides=[], rounds=1)
    asked = [
        len(prompt(Ask(found.item, "an item", "Is it?", "j", "judge", order, 2))) for order in ("yes first", "no first")
    ]
    spent = cost([found, found])
    assert (spent.calls, spent.characters_in, spent.characters_out) == (4, 2 * sum(asked), 8)
    assert (spent.tokens_in, spent.tokens_out) == (28, 8)


def test_judges_alone_and_no_rounds_are_a_vote() -> None:
    assert held(player("j", "judge", says("yes")), sides=[], rounds=0).label == "yes"


@pytest.mark.parametrize(
    ("players", "rounds", "said"),
    [
        (SIDES, 2, "needs a judge"), ([player("j", "chair", says("yes"))], 2, "needs a judge"), ([], 1, "needs a judge"),
        ([player("j", "judge", says("yes"))] * 2, 2, "one name"), ([player("j", "judge", says("yes"))], 9, "9 rounds"),
        ([player("j", "judge", says("yes"))], -1, "rounds"),
    ],
)  # fmt: skip
def test_what_cannot_be_held_is_told(players: list[Player], rounds: int, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        debate("x", "q", players, rounds=rounds)
