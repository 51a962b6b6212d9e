"""The letter that goes with a recall: who can act, what was found, what to do, how to appeal. Markdown, no links.

Every word from a hub stands in a code span, where nothing is markup, a mention or a link. The letter names accounts
as their hub does and no person, and it says nothing of sensitive checks.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from headgate.label_text import shown
from headgate.recall import Kin, Recall
from headgate.recall_facts import Lever

HOLDERS = 20  # accounts that a letter names
KIN = 20  # artifacts behind it that a letter names
_TICKS = re.compile(r"`+")
_ASKED = {
    "author": "correct it, label it, take it down, or tell those who built on it",
    "dataset owner": "correct the data, label it, take it down, or tell those who trained on it",
    "hub": "put it behind a gate, label it, or remove it",
}
_REASONS = {
    "copied the weights": "copied the weights and keep what was in them, whatever happens here",
    "needs retraining": "were trained on it; only training again without it changes them",
    "behind": "derive from one of those, or got it another way as well",
}


class Evidence(NamedTuple):
    """What one check that is not sensitive found: its `words`, and the day (YYYY-MM-DD) it looked."""

    check: str
    words: str
    day: str


def notice(
    made: Recall,
    evidence: Sequence[Evidence] = (),
    *,
    day: str,
    hidden: Collection[str] = (),
    holders: int | None = None,
) -> str:
    """The letter about `made`, written on `day` (YYYY-MM-DD); `hidden` are refs that it must not name.

    Where the lists of `made` were cut, `holders` is how many levers it had; its own fix says how many descendants.
    """
    lines = [f"# Notice about {code(made.ref)}", ""]
    lines += [f"Written {code(day)} from public records of the hub{_state(made)}", ""]
    parts = (
        ("Whom this is for", _holders(made.levers, holders or len(made.levers))),
        ("What was found", _found(made, evidence)),
        ("What a correction reaches", _reach(made)), ("What was built on it", _kin(made, hidden)),
        ("What you can do", _asked(made.levers)), ("If this is wrong", _appeal(made)),
    )  # fmt: skip
    for heading, body in parts:
        if body:
            lines += [f"## {heading}", "", *body, ""]
    return "\n".join(lines).rstrip() + "\n"


def foremost(kin: Iterable[Kin], hidden: Collection[str] = ()) -> list[Kin]:
    """Those of `kin` that a letter names: first what a correction does not reach, then the nearest."""
    told = (one for one in kin if one.ref not in hidden and not one.ref.startswith("name:"))
    return heapq.nsmallest(KIN, told, key=lambda one: (one.fix == "reached", one.depth))


def code(text: object, width: int = 200) -> str:
    """Hub text as a Markdown code span: one line, no control characters, no links, no back-ticks of its own."""
    # a back-slash before the closing tick is no escape in Markdown, but is one for some readers of it
    safe = _TICKS.sub("'", shown(text, width)).replace("\\", "/").strip()
    return f"`{safe or '-'}`"


def _state(made: Recall) -> str:
    if made.status == "gone":
        return ". The hub does not have it any more; what copied it is still there."
    return "." if made.status == "present" else ", which name it without holding it."


def _holders(levers: Sequence[Lever], number: int) -> list[str]:
    said = []
    for one in levers[:HOLDERS]:
        places = ((one.here, "this artifact"), (one.upstream, "upstream"), (one.downstream, "downstream"))
        held = ", ".join(where if where == "this artifact" else f"{held:,} {where}" for held, where in places if held)
        said.append(f"- {code(one.holder)}, {one.role} on {code(one.hub)}: holds {held}")
    more = number - HOLDERS
    return [*said, f"- and {more:,} more who hold artifacts of this family"] if more > 0 else said


def _found(made: Recall, evidence: Sequence[Evidence]) -> list[str]:
    said = [f"- {code(one.check)}, looked {code(one.day)}: {code(one.words, 400)}" for one in evidence]
    if not said:
        said = ["No check whose findings may be told of single artifacts found anything here."]
    if made.harm != "not stated":
        said += ["", f"This kind of harm arises by {made.harm}."]
    return [*said, "", "A finding is a measurement with an error of its own, and no judgement of anybody."]


def _reach(made: Recall) -> list[str]:
    own = next((fix for fix in made.fixes if fix.where == "recalled"), None)
    if own is None or not own.downstream:
        return ["Nothing is known to derive from it."]
    said = [
        f"{own.downstream:,} artifacts are known to derive from it. A correction here reaches {own.reached:,} of them."
    ]
    counts = {"copied the weights": own.copied, "needs retraining": own.retrain, "behind": own.behind}
    if missed := [f"- {number:,} {_REASONS[why]}" for why, number in counts.items() if number]:
        said += ["", "It does not reach the others:", "", *missed]
    return said


def _kin(made: Recall, hidden: Collection[str]) -> list[str]:
    said = [
        f"- {code(one.ref)}: {code(one.relation)} of {'one that is withheld' if one.via in hidden else code(one.via)}, "
        f"{code(one.how)}; {one.fix}" for one in foremost(made.descendants, hidden)
    ]  # fmt: skip
    own = next((fix.downstream for fix in made.fixes if fix.where == "recalled"), len(made.descendants))
    return [*said, f"- and {own - len(said):,} more"] if own > len(said) > 0 else said


def _asked(levers: Sequence[Lever]) -> list[str]:
    roles = sorted({one.role for one in levers})
    return [f"- As {role} of something named here: {_ASKED[role]}." for role in roles if role in _ASKED]


def _appeal(made: Recall) -> list[str]:
    said = [
        f"Answer with {code(made.ref)}, the name of the check and why it is wrong, in up to 500 characters and without "
        "names of people. The appeal is recorded (`headgate appeal`), stands beside the finding from then on, and a "
        "person rules on it."
    ]
    if made.contested:
        said += ["", f"{len(made.contested):,} open so far; nobody has ruled on them."]
    return said
