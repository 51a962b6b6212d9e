"""The policy: the one in force in words, another one tried against the workspace, and saved once it was.

A dry run counts and lists what changes by the rules on open checks. Of rules on sensitive checks there are counts of
each by itself only, from which nobody's finding can be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from headgate.errors import HeadgateError, UsageError
from headgate.plain import plain
from headgate.policy import Policy
from headgate.web import answers, dry_runs, journal, policy_file, sessions
from headgate.web.dry_run_shapes import Outcome

router = APIRouter()

PATIENCE = 0.8  # seconds that a form waits for a dry run before it shows a page that waits
CHANGES = 10  # changes listed
_COVERS = {"both": "broken or not known", "missing": "not known"}
Text: TypeAlias = Annotated[str, Form(max_length=policy_file.LONGEST)]
Sum: TypeAlias = Annotated[str, Form(max_length=64)]


@dataclass(frozen=True, slots=True)
class Said:
    """A rule in words: what is asked, what happens otherwise, and of what."""

    name: str
    check: str
    asks: str
    broken: str
    missing: str
    kinds: str
    stale_after_days: float | None
    owner: str | None
    control: str | None
    sensitive: bool


@dataclass(frozen=True, slots=True)
class Waived:
    """A waiver; `state` is counts, expired or not yet."""

    ref: str
    rule: str
    covers: str
    reason: str
    owner: str
    approved: date | None
    expires: date
    state: str


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the log: when, whose server and which browser, and the sums before and after."""

    time: str
    who: str
    browser: str
    old: str | None
    new: str


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """The policy in force, and the text in the editor with what is wrong with it.

    `decided` is what the last run of the release gate said, as the report shows it; None where none has run.
    `command` is how to use the policy.
    """

    name: str
    file: str
    default: bool
    sha256: str
    error: str
    appeal: str
    rules: tuple[Said, ...]
    waivers: tuple[Waived, ...]
    decided: dict[str, Any] | None
    changes: tuple[Change, ...]
    command: str
    text: str
    wrong: str
    saved: bool


@dataclass(frozen=True, slots=True)
class RunPage:
    """A dry run: of which text against which, how far it is, and what it found.

    `current` tells whether the policy it was compared with is still in force.
    """

    id: str
    state: str
    step: str
    error: str
    seconds: float
    name: str
    sha256: str
    was: str
    current: bool
    same: bool
    text: str
    file: str
    command: str
    outcome: Outcome | None


@router.get("/policy", responses=answers.twin(PolicyPage), response_model=None, summary="The policy in force")
def page(request: Request, saved: bool = False) -> Response:
    """The policy in words, and an editor."""
    return _page(request, saved=saved)


@router.post("/policy/dry-run", response_model=None, include_in_schema=False)
def dry_run(request: Request, text: Text = "", form: Sum = "") -> Response:
    """Check a policy and try it against the workspace."""
    sessions.check_form(request, form)
    text = _lines(text)
    try:
        now, after = policy_file.read(request.app.state.policy), policy_file.of_text(request.app.state.policy, text)
        job = dry_runs.of(request.app).begin(answers.snapshot(request), (now.policy, now.sha), after, text)
    except UsageError as error:
        return _page(request, text=text, wrong=str(error), status=400)
    job.ended.wait(PATIENCE)
    return RedirectResponse(f"/policy/runs/{job.id}", status_code=303)


@router.get("/policy/runs/{id_}", responses=answers.twin(RunPage), response_model=None, summary="A dry run")
def run(request: Request, id_: str) -> Response:
    """How far a dry run is, or what it found."""
    sessions.wanted(request)
    job, now = dry_runs.of(request.app).get(id_[:64]), policy_file.read(request.app.state.policy)
    found = RunPage(
        job.id, job.state, job.step, job.error, round(job.seconds, 1), plain(job.name), job.sha, job.was,
        job.was == now.sha, job.sha == now.sha, job.text, request.app.state.policy.name,
        _command(request, default=False), job.outcome,
    )  # fmt: skip
    return answers.answer(request, "policy_run.html.j2", found)


@router.post("/policy/save", response_model=None, include_in_schema=False)
def save(request: Request, text: Text = "", form: Sum = "", was: Sum = "", sha256: Sum = "") -> Response:
    """Put a policy into force that was tried."""
    session = sessions.check_form(request, form)
    text, state = _lines(text), request.app.state
    sha = dry_runs.digest(text)
    try:
        policy_file.of_text(state.policy, text)
        if sha != sha256 or not dry_runs.of(request.app).done(sha, was):
            msg = "this text was not tried yet, so it is not saved. Check and dry-run it first."
            raise UsageError(msg)
        policy_file.save(state.policy, answers.snapshot(request).path, session, text, was)
    except HeadgateError as error:
        return _page(request, text=text, wrong=str(error), status=400 if isinstance(error, UsageError) else 503)
    return RedirectResponse("/policy?saved=true", status_code=303)


def _page(
    request: Request, *, text: str | None = None, wrong: str = "", status: int = 200, saved: bool = False
) -> Response:
    sessions.wanted(request)
    snapshot, file = answers.snapshot(request), request.app.state.policy
    now = policy_file.read(file)
    decided = next((one for one in snapshot.summary["controls"] if one["control"] == "release_gate"), None)
    lines = journal.last(snapshot.path, "policy", CHANGES)
    found = PolicyPage(
        plain(now.policy.name), file.name, now.default, now.sha, plain(now.error, 500), plain(now.policy.appeal),
        in_words(now.policy), waived(now.policy, datetime.now(UTC).date()), decided, tuple(map(_change, lines)),
        _command(request, default=now.default), now.text if text is None else text, plain(wrong, 1000),
        saved and _newest(lines) == now.sha,
    )  # fmt: skip
    # a page shows what is wrong beside the text, so to a browser it is no failure
    return answers.answer(request, "policy.html.j2", found, status=status if answers.wants_json(request) else 200)


def in_words(policy: Policy) -> tuple[Said, ...]:
    """The rules of `policy` in words."""
    return tuple(
        Said(
            plain(one.name), plain(one.check), limits(one.at_least, one.at_most), one.then, one.missing,
            "all kinds" if len(one.kinds) == 3 else ", ".join(f"{kind}s" for kind in one.kinds), one.stale_after_days,
            one.owner and plain(one.owner), one.control and plain(one.control), one.sensitive,
        )
        for one in policy.rules
    )  # fmt: skip


def limits(least: float | None, most: float | None) -> str:
    """The limits of a rule in words, such as at most 0.5."""
    if least is not None and least == most:
        return f"{least:g}"
    said = (("at least", least), ("at most", most))
    return " and ".join(f"{words} {limit:g}" for words, limit in said if limit is not None)


def waived(policy: Policy, today: date) -> tuple[Waived, ...]:
    """The waivers of `policy` as they stand on the day `today`."""
    return tuple(
        Waived(
            plain(one.ref), plain(one.rule), _COVERS.get(one.covers, "broken"),
            plain(one.reason, 500), plain(one.owner), one.approved, one.expires,
            "expired" if one.expires < today else "not yet" if one.approved and one.approved > today else "counts",
        )
        for one in policy.waivers
    )  # fmt: skip


def _change(line: dict[str, object]) -> Change:
    old = line.get("old")
    told = {name: plain(line.get(name, ""), 64) for name in ("time", "who", "browser", "new")}
    return Change(told["time"], told["who"], told["browser"], None if old is None else plain(old, 64), told["new"])


def _newest(lines: list[dict[str, object]]) -> object:
    return lines[0].get("new") if lines else None


def _command(request: Request, *, default: bool) -> str:
    """How the gate is asked with the policy, from the folder that holds the workspace."""
    path, file = answers.snapshot(request).path, request.app.state.policy
    where = f"{path.name}/{file.name}" if file.parent.resolve() == path.resolve() else file.name
    return f"headgate gate REF -w {path.name}" + ("" if default else f" --policy {where}")


def _lines(text: str) -> str:
    # a browser sends its lines with \r\n, whatever they ended with before
    return text.replace("\r\n", "\n").replace("\r", "\n")
