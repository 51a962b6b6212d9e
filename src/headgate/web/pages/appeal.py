"""An appeal: contest what a check says of an artifact. No key is needed, and nothing is said of what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from headgate import appeals
from headgate.errors import UsageError
from headgate.plain import plain
from headgate.web import answers, review_queue, review_stand, sessions

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Appeal:
    """The form: the ref and the check that it is filled in with, the checks there are, whether one was just made."""

    ref: str
    check: str
    checks: tuple[str, ...]
    made: bool


@router.get("/review/appeal", responses=answers.twin(Appeal), response_model=None, summary="Contest a check")
def form(
    request: Request, ref: Annotated[str, Query(max_length=300)] = "",
    check: Annotated[str, Query(max_length=200)] = "", made: Annotated[bool, Query()] = False,
) -> Response:  # fmt: skip
    """The form of an appeal."""
    sessions.wanted(request)
    known = tuple(one.check for one in review_stand.all_of(answers.snapshot(request)))
    return answers.answer(
        request, "appeal.html.j2", Appeal(plain(ref, 300), plain(check, 200), tuple(sorted(known)), made)
    )


@router.post("/review/appeal", include_in_schema=False)
def send(
    request: Request, form: Annotated[str, Form(max_length=200)] = "", ref: Annotated[str, Form(max_length=300)] = "",
    check: Annotated[str, Form(max_length=200)] = "", note: Annotated[str, Form(max_length=500)] = "",
    labeller: Annotated[str, Form(max_length=100)] = "",
) -> Response:  # fmt: skip
    """Add the appeal; limited like exports, since anybody may make one."""
    sessions.check_form(request, form)
    request.app.state.exports.take(request.client.host if request.client else "")
    if not note.strip():
        msg = "the note is empty. Say what is wrong."
        raise UsageError(msg)
    shown = answers.snapshot(request)
    with review_queue.WRITE:
        appeals.appeal(review_queue.opened(shown.path), ref, question=check, note=note, labeller=labeller)
    return RedirectResponse("/review/appeal?made=true", 303)
