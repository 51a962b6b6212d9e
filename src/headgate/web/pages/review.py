"""Review: the checks and how their reviews stand, and the queue of one, item by item, for two labellers and a ruling.

Items of a sensitive check are shown where the host key is open in the browser, each one logged before; without it the
page has the aggregates. Who labels is kept in the session, and as a keyed pseudonym with the label.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from headgate import label_text
from headgate.errors import UsageError
from headgate.web import answers, review_access, review_queue, review_stand, sessions
from headgate.web.review_stand import Standing
from headgate.web.sessions import Session

router = APIRouter()

Said: TypeAlias = Literal["yes", "no", "unsure", "skip"]
Text: TypeAlias = Annotated[str, Form(max_length=200)]
Long: TypeAlias = Annotated[str, Form(max_length=4096)]
Mode: TypeAlias = Literal["", "1"]


@dataclass(frozen=True, slots=True)
class Checks:
    """Every check whose findings here can be reviewed, and how that stands."""

    checks: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """The one item before this browser; `uncertainty` says how sure the check is, not what it found."""

    token: str
    ref: str
    facts: tuple[tuple[str, str], ...]
    uncertainty: str
    earlier: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """The review of one check: what is asked, the item if there is one for this browser, and how the review stands.

    `step` is what comes next: `key` or `name` to be given, `item` to be labelled, or `done`. `others` need a ruling by
    somebody who did not review them.
    """

    check: str
    asks: str
    finds: str
    cannot_see: str
    sensitive: bool
    ruling: bool
    step: str
    item: Shown | None
    others: int
    withheld: bool
    standing: Standing
    status: dict[str, Any]
    calibration: dict[str, Any]


@router.get("/review", responses=answers.twin(Checks), response_model=None, summary="Checks to review")
def checks(request: Request) -> Response:
    """The checks, what waits for a label or a ruling, how far people agree, and what they may be credited with."""
    return answers.answer(request, "review.html.j2", Checks(review_stand.all_of(answers.snapshot(request))))


@router.get("/review/{check}", responses=answers.twin(Queue), response_model=None, summary="Review one check")
def queue(request: Request, check: str, adjudicate: Annotated[Mode, Query()] = "") -> Response:
    """The next item for whoever sits before this browser; 403 and aggregates only where the host key is needed."""
    return _page(request, sessions.wanted(request), check, bool(adjudicate))


@router.post("/review/who", include_in_schema=False)
def who(
    request: Request, form: Text = "", check: Text = "", adjudicate: Annotated[Mode, Form()] = "",
    labeller: Annotated[str, Form(max_length=100)] = "",
) -> Response:  # fmt: skip
    """Say who labels in this browser."""
    session = sessions.check_form(request, form)
    review_stand.sensitive(answers.snapshot(request), check)
    _sit(session, labeller)
    return _to(check, adjudicate)


@router.post("/review/key", include_in_schema=False)
def key(
    request: Request, form: Text = "", check: Text = "", adjudicate: Annotated[Mode, Form()] = "",
    labeller: Annotated[str, Form(max_length=100)] = "", host_key: Long = "",
    reason: Annotated[str, Form(max_length=500)] = "", close: Text = "",
) -> Response:  # fmt: skip
    """Give the host key, or close it again; a wrong one is logged and gets 403."""
    session = sessions.check_form(request, form)
    shown = answers.snapshot(request)
    review_stand.sensitive(shown, check)
    if close:
        review_access.close(session)
        return _to(check, adjudicate)
    if labeller.strip() or not session.labeller:
        _sit(session, labeller)
    client = request.client.host if request.client else ""
    try:
        review_access.open_key(shown.path, session, host_key, check=check, reason=reason, client=client)
    except UsageError as error:
        return _page(request, session, check, bool(adjudicate), told=review_access.why(error))
    response = _to(check, adjudicate)
    sessions.renew(request, response)
    return response


@router.post("/review/{check}", include_in_schema=False)
def label(
    request: Request, check: str, answer: Annotated[Said, Form()], form: Text = "", item: Text = "",
    adjudicate: Annotated[Mode, Form()] = "", reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:  # fmt: skip
    """Keep one label of the item that this browser has before it, then show the next."""
    session = sessions.check_form(request, form)
    shown = answers.snapshot(request)
    if review_stand.sensitive(shown, check) and not review_access.is_open(shown.path, session):
        return answers.refusal(request, 403, review_access.refuse(shown.path, session, check))
    if not session.labeller:
        msg = "nobody said who labels. Open the page of the check and give a name first."
        raise UsageError(msg)
    role = _role(bool(adjudicate))
    mine = review_queue.queue_of(session, check, role, review_access.pseudonym(session))
    ws = review_queue.opened(shown.path)
    review_queue.answer(ws, mine, check, role, token=item, said=answer, labeller=session.labeller, reason=reason)
    return _to(check, adjudicate)


def _page(request: Request, session: Session, check: str, ruling: bool, told: str = "") -> Response:
    shown = answers.snapshot(request)
    hidden = review_stand.sensitive(shown, check)
    item, step, others, withheld = None, "name", 0, False
    if hidden and not review_access.is_open(shown.path, session):
        step = "key"
    elif session.labeller:
        role = _role(ruling)
        mine = review_queue.queue_of(session, check, role, review_access.pseudonym(session))
        served = review_queue.head(review_queue.opened(shown.path), mine, check, role, sensitive=hidden)
        others, withheld, step = mine.others, mine.withheld, "item" if served else "done"
        if served:
            if hidden:
                review_access.log_look(shown.path, session, check)
            told_of = review_queue.facts(served.item, None if hidden else shown.cursor())
            item = Shown(
                served.token, label_text.shown(served.item.ref, 300), told_of, review_queue.uncertainty(served),
                review_queue.earlier(served.item),
            )  # fmt: skip
    stand = review_stand.of(shown, check, exact=step != "key")
    asks = review_stand.asked(check)
    said = Queue(
        check=check, asks=asks["asks"], finds=asks["Finds"], cannot_see=asks["Cannot see"], sensitive=hidden,
        ruling=ruling, step=step, item=item, others=others, withheld=withheld, standing=stand[0], status=stand[1],
        calibration=stand[2],
    )  # fmt: skip
    drawn = review_stand.drawn(said.calibration)
    status = 403 if step == "key" else 200
    made = answers.answer(request, "review_queue.html.j2", said, status=status, told=told, drawn=drawn)
    if hidden:
        made.headers["Cache-Control"] = "no-store"
    return made


def _sit(session: Session, labeller: str) -> None:
    """Somebody of that name sits before the browser now: the key was given by whoever sat there before."""
    label_text.person(labeller)
    if session.labeller != labeller.strip():
        review_access.close(session)
    session.labeller = labeller.strip()


def _role(ruling: bool) -> str:
    return "adjudication" if ruling else "review"


def _to(check: str, adjudicate: str) -> Response:
    return RedirectResponse(f"/review/{quote(check, safe='')}{'?adjudicate=1' if adjudicate else ''}", 303)
