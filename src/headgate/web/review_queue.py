"""The queue of a browser: which items it was served, with what chance, and what it says of them.

What was served stays here until it is answered, and a form names it by a token that only its browser was given: neither
the item nor the chance it was drawn with is taken from a form. In memory only.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from pathlib import Path

from headgate import label_text, labels, review, review_items
from headgate.errors import UsageError
from headgate.labels import Label
from headgate.plain import plain
from headgate.review_items import Item
from headgate.shapes import Db
from headgate.web import hidden
from headgate.web.sessions import Session
from headgate.workspace import Workspace, open_workspace

BATCH = 20  # items drawn at a time
MEMORY = "400MB"  # that a draw may take; what does not fit is spilled
ANSWERS = ("yes", "no", "unsure", "skip")
_DRAW = threading.Lock()  # one at a time: a draw reads all findings of a check
WRITE = threading.Lock()  # one writer of labels in this process
_PEOPLE = """
SELECT DISTINCT folded(ref) FROM all_artifacts
WHERE person AND folded(ref) IN (SELECT folded(unnest($refs::VARCHAR[])))
"""
_FOLDED = "SELECT ref, folded(ref) FROM (SELECT unnest($refs::VARCHAR[]) AS ref)"
_SURE = """
SELECT subject, any_value(high - low), any_value(n) FROM findings
WHERE "check" = $check AND subject IN (SELECT unnest($refs::VARCHAR[])) GROUP BY subject
"""


@dataclass(frozen=True, slots=True)
class Served:
    """An item that a browser was given to label; `width` of the check's interval, from `n` looks, as far as stated."""

    item: Item
    width: float | None
    n: int | None
    token: str = field(default_factory=lambda: secrets.token_urlsafe(12))


@dataclass(slots=True)
class Queue:
    """What one browser has before it for one check and role; `others` are left to somebody who did not review them."""

    labeller: str
    waiting: list[Served] = field(default_factory=list)
    skipped: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)  # tokens, for a button that was pressed twice
    others: int = 0
    withheld: bool = False  # items that depict a real person were left out


def opened(path: Path) -> Workspace:
    """The workspace at `path` as it is now, all findings, for one request."""
    ws = open_workspace(path)
    ws.db.execute(f"SET memory_limit = '{MEMORY}'")
    return ws


def queue_of(session: Session, check: str, role: str, who: str) -> Queue:
    """The queue of `session`, begun anew where somebody else sits before it; `who` is the pseudonym."""
    found = session.asked.get((check, role))
    if not isinstance(found, Queue) or found.labeller != who:
        found = session.asked[(check, role)] = Queue(who)
    return found


def head(ws: Workspace, queue: Queue, check: str, role: str, *, sensitive: bool) -> Served | None:
    """The item before the browser, drawn if there is none; what others finished meanwhile is passed over."""
    if queue.waiting and queue.waiting[0].item.ref not in _open(ws, queue, check, role):
        still = _open(ws, queue, check, role)
        queue.waiting = [one for one in queue.waiting if one.item.ref in still]
    if not queue.waiting:
        with _DRAW:
            queue.waiting = _drawn(ws, queue, check, role, sensitive)
            if not queue.waiting and queue.skipped:
                queue.skipped.clear()
                queue.waiting = _drawn(ws, queue, check, role, sensitive)
    return next(iter(queue.waiting), None)


def answer(
    ws: Workspace, queue: Queue, check: str, role: str, *, token: str, said: str, labeller: str, reason: str
) -> None:
    """Keep what the browser says of the item `token` as a label by `labeller`; a skipped item may come again.

    Raises `UsageError` for a token of no item that this browser has before it: nothing is kept then.
    """
    with WRITE:
        if token in queue.answered:
            return
        served = queue.waiting[0] if queue.waiting else None
        if served is None or served.token != token or said not in ANSWERS:
            msg = "that item is not before you any more, and nothing was kept. Open the queue again for what is."
            raise UsageError(msg)
        ref = served.item.ref
        if said == "skip":
            queue.skipped.add(ref)
        else:
            if role == "adjudication" and ref not in _open(ws, queue, check, role):
                msg = "that item was ruled on meanwhile, or you have reviewed it. Open the queue again for the next."
                raise UsageError(msg)
            labels.add(ws, [Label(ref, check, said, labeller, role, reason, None, served.item.chance)])
        queue.answered.add(token)
        queue.waiting = [one for one in queue.waiting if one.token != token]


def _open(ws: Workspace, queue: Queue, check: str, role: str) -> set[str]:
    """Those of the items of `queue` that still want a label of whoever sits before it."""
    said = review_items.said(ws.db, check)
    refs = {one.item.ref for one in queue.waiting}
    if role == "adjudication":
        needed = review.unsettled(said)
        return {ref for ref in refs if ref in needed and queue.labeller not in needed[ref]}
    # a first label by somebody else leaves it open to a second
    return refs - (review.closed(said) - set(review.waiting(said, queue.labeller)))


def _drawn(ws: Workspace, queue: Queue, check: str, role: str, sensitive: bool) -> list[Served]:
    # what was skipped or may not be shown comes first again and again, so more are asked for until some are left
    for size in (BATCH, 5 * BATCH, 50 * BATCH):
        size += len(queue.skipped)
        if role == "adjudication":
            found, queue.others = review_items.to_settle(ws, check, queue.labeller, size=size)
        else:
            found = review_items.next_items(ws, check, queue.labeller, size=size)
        shown = found
        if not sensitive:
            people = _people(ws.db, [one.ref for one in found])
            shown = [one for one in found if one.ref not in people]
            queue.withheld = queue.withheld or bool(people)
        items = [one for one in shown if one.ref not in queue.skipped][:BATCH]
        if items or len(found) < size:
            break
    sure = {
        row[0]: row[1:] for row in ws.db.execute(_SURE, {"check": check, "refs": [one.ref for one in items]}).fetchall()
    }
    return [Served(one, *sure.get(one.ref, (None, None))) for one in items]


def _people(db: Db, refs: list[str]) -> set[str]:
    """Those of `refs` that depict a real person: they are shown to the host's own team only."""
    folded = {row[0] for row in db.execute(_PEOPLE, {"refs": refs}).fetchall()}
    return {ref for ref, name in db.execute(_FOLDED, {"refs": refs}).fetchall() if name in folded}


def facts(item: Item, db: Db | None) -> tuple[tuple[str, str], ...]:
    """What is known of `item` for a screen: no links, no control characters.

    With `db`, a cursor of the index, what may not be named on a page is told as withheld: for checks that are open.
    """
    told = list(item.facts) if db is None else [(what, _nameable(db, what, text)) for what, text in item.facts]
    return tuple((what, label_text.shown(text, 300)) for what, text in told if text)


def _nameable(db: Db, what: str, text: str) -> str:
    if what == "base":
        refs = {base: f"hf:model:{base}" for base in text.split(", ")}
        may = hidden.nameable(db, refs.values())
        return ", ".join(dict.fromkeys(base if ref in may else hidden.WITHHELD for base, ref in refs.items()))
    if what == "tags":  # they name bases too
        return ", ".join(tag for tag in text.split(", ") if not tag.startswith("base_model:"))
    return hidden.masked(text, hidden.nameable(db, hidden.refs_in(text))) if what == "evidence" else text


def earlier(item: Item) -> tuple[tuple[str, str, str], ...]:
    """What was said of `item` before, for a ruling: role, label, reason; without who."""
    return tuple((plain(role), plain(label), label_text.shown(why)) for role, label, why in item.earlier)


def uncertainty(served: Served) -> str:
    """How sure the check is of what it says of the item, without what it says: that would lead whoever labels."""
    looks = "how much it rests on is not stated" if served.n is None else f"it rests on n = {served.n:,}"
    if served.width is None:
        return f"the check states no interval; {looks}"
    return f"the check's interval is {served.width:.2g} wide; {looks}"
