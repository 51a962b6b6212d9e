"""Repairs: models that had something taken out, how it was found, what the proofs found, and what may be said of them.

Training items and forget sets are counted and never named.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from headgate.errors import BadInput
from headgate.plain import plain
from headgate.repair.canonical import canonical
from headgate.repair.claims import claims, must_say, withheld, words
from headgate.repair.shapes import Certificate, Check
from headgate.report.datasheet_html import histogram
from headgate.report.repaired import Denied
from headgate.report.repaired_charts import dots
from headgate.web import answers, repairs
from headgate.web.repair_shapes import Removal, Repaired, RepairPage, Repairs, Subject, Trace
from headgate.web.repairs import Known, Made, Traced
from headgate.web.snapshot import Snapshot

router = APIRouter()

_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {}}}}
_CALLED = {
    "ids": "sha256 of the ids", "train": "sha256 of the ids of its training items", "weights": "sha256 of the weights",
}  # fmt: skip
SHOWN = 200  # rows of a list
SHOWN_CHECKS = 40  # of the chart


@router.get("/repair", responses=answers.twin(Repairs), response_model=None, summary="Repaired models")
def page(request: Request) -> Response:
    """Models that had something taken out, and those whose training items were traced."""
    return answers.answer(request, "repair.html.j2", read(answers.snapshot(request)))


@router.get("/repair/{ref:path}/certificate.json", response_class=Response, responses=_FILE)
def export(request: Request, ref: str) -> Response:
    """The certificate of a repaired model, as it was made."""
    request.app.state.exports.take(request.client.host if request.client else "")
    snapshot = answers.snapshot(request)
    found = repairs.certified(snapshot, _one(repairs.known(snapshot), ref).ref)
    if found is None:
        msg = f"the workspace keeps no certificate of {plain(ref, 120)}. Headgate repair --into keeps one."
        raise BadInput(msg)
    headers = {"Content-Disposition": 'attachment; filename="certificate.json"'}
    return Response(found[1], media_type="application/json", headers=headers)


@router.get("/repair/{ref:path}", responses=answers.twin(RepairPage), response_model=None, summary="A repaired model")
def model(request: Request, ref: str) -> Response:
    """One repaired model."""
    from markupsafe import Markup

    found = read_one(answers.snapshot(request), ref)
    drawn = {
        one.method: histogram(one.bins, title=f"Training items by influence, {one.method}") for one in found.traces
    }
    if found.checks:
        title = "Checks: each model's mean against the retrained models"
        drawn["checks"] = dots(found.checks[:SHOWN_CHECKS], title=title)
    charts = {name: Markup(svg) for name, svg in drawn.items()}  # noqa: S704 - the charts escape every text
    return answers.answer(request, "repaired_model.html.j2", found, charts=charts)


def read(snapshot: Snapshot) -> Repairs:
    """All repairs."""
    known = repairs.known(snapshot)
    shown = [one for one in known.made if not one.hidden]
    sources = Counter(one.parent for one in shown)
    traced = [
        Subject(plain(ref), tuple(one.method for one in found), max(one.items for one in found),
                max(_date(known, one.run) for one in found), sources[ref])
        for ref, found in known.traced.items() if ref not in known.hidden
    ]  # fmt: skip
    hidden = len(known.made) - len(shown) + len(known.traced) - len(traced)
    models = tuple(_listed(snapshot, known, one) for one in shown[:SHOWN])
    return Repairs(models, tuple(traced[:SHOWN]), hidden, max(len(shown) - SHOWN, 0))


def _listed(snapshot: Snapshot, known: Known, one: Made) -> Repaired:
    checks = known.checks.get(one.ref, ())
    verdicts = Counter(check.verdict for check in checks)
    try:
        found = repairs.certified(snapshot, one.ref)
        verdict: str = found[0].verdict if found else "none"
    except BadInput:
        verdict = "does not agree"
    return Repaired(
        plain(one.ref), _named(one), one.parent and plain(one.parent), plain(one.method), _date(known, one.run),
        {name: verdicts[name] for name in ("held", "leaks", "over", "inconclusive")}, repairs.grade(checks), verdict,
    )  # fmt: skip


def read_one(snapshot: Snapshot, ref: str) -> RepairPage:
    """The repair that made the model `ref`; raises `BadInput` where none did."""
    known = repairs.known(snapshot)
    one = _one(known, ref)
    checks = known.checks.get(one.ref, ())
    found, made, lacks = repairs.statuses(checks), None, "the workspace keeps none"
    try:
        if kept := repairs.certified(snapshot, one.ref):
            made, lacks = kept[0], ""
    except BadInput as error:
        lacks = plain(error, 500)
    traces = known.traced.get(one.parent or "", ())
    return RepairPage(
        plain(one.ref), _named(one), one.parent and plain(one.parent), _removal(known, one, made),
        tuple(_trace(snapshot, known, each) for each in traces),
        tuple(map(_shown, checks)), known.unread.get(one.ref, 0), repairs.grade(checks),
        made.verdict if made else "not proved", plain(made.because, 500) if made else "no certificate was made",
        words(found), must_say(found),
        tuple(Denied(claim.name, claim.phrases, plain(lack, 400)) for claim, lack in withheld(found) if claim.phrases),
        tuple(claim.name for claim in claims() if claim.beyond), _facts(made), lacks,
    )  # fmt: skip


def _trace(snapshot: Snapshot, known: Known, one: Traced) -> Trace:
    return Trace(plain(one.method), _date(known, one.run), one.items, one.above, one.untold, one.least, one.median,
                 one.most, repairs.bins(snapshot, one.subject, one.method))  # fmt: skip


def _one(known: Known, ref: str) -> Made:
    found = next((one for one in known.made if one.ref == ref and not one.hidden), None)
    if found is None:
        msg = f"{plain(ref, 120)} is no model that a removal made here. The page Repair lists those that are."
        raise BadInput(msg)
    return found


def _removal(known: Known, one: Made, made: Certificate | None) -> Removal:
    run = known.runs.get(one.run)
    seconds, date, reason = run.seconds if run else None, _date(known, one.run), plain(one.reason, 300)
    if made is None:
        # parameters of a run may name files of whoever ran it
        given = {name: value for name, value in (run.params if run else {}).items() if isinstance(value, int | float)}
        return Removal(plain(one.method), date, seconds, reason, None, None, None, _told(given))
    facts = made.removal
    settings = {**_dict(facts.get("settings")), **_dict(facts.get("seeds")), **_dict(facts.get("versions"))}
    return Removal(
        plain(one.method), date, seconds, reason, _whole(made.forget.get("items")), _number(made.forget.get("known")),
        _whole(facts.get("references")), _told(settings),
    )  # fmt: skip


def _facts(made: Certificate | None) -> tuple[tuple[str, str, str], ...]:
    """The hashes and counts of what took part: (of what, which fact, its value)."""
    if made is None:
        return ()
    required = made.removal.get("required")
    facts: dict[str, dict[str, object]] = {
        "subject": {name: made.subject.get(name) for name in ("kind", "weights", "train", "items")},
        "forget set": {name: made.forget.get(name) for name in ("ids", "items")},
        "repaired model": {"weights": made.removal.get("weights")},
        "required tests": {"names": ", ".join(map(str, required)) if isinstance(required, list) else None},
        "split": dict(made.splits),
    }
    return tuple(
        (of, _CALLED.get(name, plain(name, 60)), plain(value, 200))
        for of, parts in facts.items() for name, value in parts.items() if value is not None
    )  # fmt: skip


def _shown(one: Check) -> Check:
    return replace(one, test=plain(one.test, 60), axis=plain(one.axis, 60), evidence=plain(one.evidence, 400))


def _told(settings: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((plain(name, 60), plain(_value(value), 200)) for name, value in settings.items())


def _value(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else value if isinstance(value, str) else canonical(value)


def _named(one: Made) -> str:
    return plain(one.name or one.ref)


def _date(known: Known, run: str) -> str:
    return known.runs[run].started[:10] if run in known.runs else run[:8]


def _dict(value: object) -> dict[str, Any]:
    return {str(name): item for name, item in value.items()} if isinstance(value, dict) else {}


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
