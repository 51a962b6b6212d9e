"""Verdicts for people: a table for the terminal, Markdown for a pull request, JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from headgate.gate import Verdict
from headgate.label_text import shown
from headgate.mentions import Mention
from headgate.plain import markdown, plain

_NEXT = re.compile(r"; (?=(?:broken|not known|waived|appeal|contested|also listed as)\b)")  # where a reason begins
_NOTES = 3  # appeals shown with a verdict; JSON gives all

Places = Mapping[Verdict, Sequence[Mention]]


def as_table(verdicts: Sequence[Verdict], places: Places) -> str:
    """One line for each verdict, and below it one for each reason and each place that names the artifact."""
    lines = []
    for verdict in verdicts:
        lines.append(f"{verdict.decision:7}  {plain(verdict.ref)}  ({_seen(verdict)})")
        lines += [f"         {reason}" for reason in _NEXT.split(because(verdict))]
        lines += [f"         at {_place(mention)}" for mention in places.get(verdict, ())]
    return "\n".join(lines)


def as_markdown(verdicts: Sequence[Verdict], places: Places) -> str:
    """A table to put into a pull request."""
    head = "| decision | ref | because | seen |" if not places else "| decision | ref | because | seen | named at |"
    lines = [head, "|---" * head.count(" |") + "|"]
    for verdict in verdicts:
        reasons = "<br>".join(markdown(reason) for reason in _NEXT.split(because(verdict)))
        cells = [verdict.decision, markdown(plain(verdict.ref)), reasons, _seen(verdict)]
        if places:
            cells.append(markdown(", ".join(_place(mention) for mention in places.get(verdict, ()))))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def as_json(verdict: Verdict, places: Places) -> dict[str, object]:
    """One verdict as JSON values, with every appeal and place."""
    when = verdict.observed.isoformat() if verdict.observed else None
    noted = [{"check": one.check, "note": shown(one.note), "made": one.made.isoformat()} for one in verdict.contested]
    at = [{"path": plain(m.path), "line": m.line, "column": m.column} for m in places.get(verdict, ())]
    return verdict._asdict() | {"observed": when, "contested": noted} | ({"places": at} if at else {})


def because(verdict: Verdict) -> str:
    """Why, in one line, with the newest appeals."""
    notes = [f"contested: {shown(appeal.note)}" for appeal in verdict.contested[:_NOTES]]
    if len(verdict.contested) > _NOTES:
        notes.append(f"contested {len(verdict.contested) - _NOTES} more times")
    return "; ".join([plain(verdict.because or "every rule is kept", 900), *notes])


def _place(mention: Mention) -> str:
    return f"{plain(mention.path)}:{mention.line}"


def _seen(verdict: Verdict) -> str:
    return f"last seen {verdict.observed:%Y-%m-%d}" if verdict.observed else "never seen"
