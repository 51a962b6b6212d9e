"""Recalls: what came from an artifact, what a fix there reaches and what not, who can act, and the letter to them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from headgate import refs
from headgate.errors import BadInput, UsageError
from headgate.plain import plain
from headgate.report.charts import Part, stack
from headgate.report.shapes import Cell, Share
from headgate.web import answers, recalled, recalling
from headgate.web.hidden import WITHHELD
from headgate.web.recalled import Reach, Recalled
from headgate.web.recalling import Asked, Generation
from headgate.web.snapshot import Snapshot
from headgate.web.words import address

router = APIRouter()

LONGEST = 300  # characters of a ref
OUTCOME = "notice_outcome"
Text: TypeAlias = Annotated[str, Query(max_length=LONGEST)]
How: TypeAlias = Literal["any", "declared", "read"]
Sure: TypeAlias = Annotated[float, Query(ge=0, le=1)]
Relations: TypeAlias = Annotated[list[Annotated[str, Query(max_length=40)]], Query(max_length=20, default_factory=list)]
PARTS = (
    ("reached", "reached", "allow"), ("copied", "copied the weights", "block"),
    ("retrain", "needs retraining", "b"), ("behind", "behind such a one", "unknown"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Family:
    """A root that most artifacts derive from; `recall` is the address of its recall, None where it is withheld."""

    root: str
    descendants: int
    children: int
    recall: str | None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of artifacts after a notice: how many were `corrected` of those that could be told."""

    looked_at: Cell
    corrected: Cell | None
    unknown: Cell
    share: Share | None


@dataclass(frozen=True, slots=True)
class Start:
    """Where a recall begins: the largest families, and what became of earlier notices."""

    families: tuple[Family, ...]
    outcomes: Outcomes | None


@router.get("/recall", responses=answers.twin(Start), response_model=None, summary="Where a recall begins")
def start(request: Request, ref: Text = "") -> Response:
    """The start of a recall; with ?ref= the recall of that artifact."""
    if ref.strip():
        return RedirectResponse(address(refs.parse(ref), "recall"), status_code=303)
    return answers.answer(request, "recall.html.j2", begin(answers.snapshot(request)))


@router.get("/recall/{ref:path}", responses=answers.twin(Recalled), response_model=None, summary="Recall an artifact")
def page(request: Request, ref: str, relation: Relations, how: How = "any", min_confidence: Sure = 0.0) -> Response:
    """Upstream, downstream, who can act and what a fix reaches, over the links asked for."""
    asked = _asked(how, min_confidence, relation)
    told = recalled.read(answers.snapshot(request), _short(ref), asked)
    charts = {one.generation: _bar(one, f"generation {one.generation}") for one in told.generations}
    if told.reach:
        charts[0] = _bar(told.reach, "all that derives from it")
    how_else = {"filtered": asked != Asked(), "query": _query(asked)}
    return answers.answer(request, "recalled.html.j2", told, charts=charts, links=how_else)


@router.get("/recall-notice/{ref:path}", response_class=Response, responses={200: {"content": {"text/markdown": {}}}})
def letter(request: Request, ref: str, relation: Relations, how: How = "any", min_confidence: Sure = 0.0) -> Response:
    """The letter to the holders, as Markdown; the address ends with .md."""
    if not ref.endswith(".md"):
        msg = f"{plain(ref, 80)!r} is no letter. Its address ends with .md."
        raise UsageError(msg)
    request.app.state.exports.take(request.client.host if request.client else "")
    asked = _asked(how, min_confidence, relation)
    cut = recalling.read(answers.snapshot(request), _short(ref.removesuffix(".md")), asked)
    if cut.withheld:
        msg = "what depicts a real person is counted here and never named. The host's own team writes its letters."
        raise BadInput(msg)
    file = re.sub(r"[^A-Za-z0-9._-]+", "-", cut.made.ref)[:100]
    headers = {"Content-Disposition": f'attachment; filename="notice-{file}.md"'}
    return Response(recalled.letter(cut), media_type="text/markdown; charset=utf-8", headers=headers)


def begin(snapshot: Snapshot) -> Start:
    """The largest families and the outcomes of notices, from the summary of the reports."""
    families = []
    for one in snapshot.summary["families"]:
        hidden = one["root"] == WITHHELD or one["root"].startswith("name:")
        to = None if hidden else address(refs.parse(one["root"]), "recall")
        families.append(Family(plain(one["root"], 90), one["descendants"], one["children"], to))
    found = next((one for one in snapshot.summary["checks"] if one["check"] == OUTCOME), None)
    if found is None:
        return Start(tuple(families), None)
    share = Share(**found["share"]) if found["share"] else None
    return Start(tuple(families), Outcomes(found["looked_at"], found["found"], found["unknown"], share))


def _asked(how: How, min_confidence: float, relations: list[str]) -> Asked:
    return Asked(how, min_confidence, tuple(sorted(set(filter(None, relations)))))


def _bar(one: Reach | Generation, what: str) -> Markup:
    parts = [Part(label, getattr(one, name), tone) for name, label, tone in PARTS]
    return Markup(stack(parts, title=f"What a fix here reaches of {what}"))  # noqa: S704 - charts escapes every text


def _query(asked: Asked) -> str:
    given: list[tuple[str, object]] = [("relation", one) for one in asked.relation]
    if asked.how != "any":
        given.append(("how", asked.how))
    if asked.min_confidence:
        given.append(("min_confidence", asked.min_confidence))
    return f"?{urlencode(given)}" if given else ""


def _short(ref: str) -> str:
    if len(ref) > LONGEST:
        msg = f"a ref has at most {LONGEST} characters, and this has {len(ref):,}. Write org/name."
        raise UsageError(msg)
    return ref
