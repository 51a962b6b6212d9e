"""How the reviews of a workspace stand, by check, as the pages show it: aggregates only, made anew after a label."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from headgate import catalog, review_calibration, review_status
from headgate.errors import UsageError
from headgate.evidence.intervals import UNDER, small
from headgate.plain import plain
from headgate.report import charts
from headgate.web.snapshot import Snapshot, signature

if TYPE_CHECKING:
    from markupsafe import Markup

_PARTS = re.compile(r"^(Reads|Finds|Cannot see|Reference|Checked against): ", re.MULTILINE)
_FOUND = """
SELECT "check", bool_or(sensitive), count(*) FILTER (coalesce(n, 1) > 0) FROM findings GROUP BY "check"
"""
_COUNTS = ("items", "labels", "one_label", "to_settle", "contested")
# Whoever appeals and watches the counts would see how the ruling went, if each label were counted as it is made.
_IN_TENS = """
CREATE OR REPLACE TEMP TABLE labels AS
WITH placed AS (
    SELECT *, count(*) FILTER (role <> 'appeal')
              OVER (ORDER BY made, run, subject, labeller, role ROWS UNBOUNDED PRECEDING) AS place
    FROM main.labels WHERE question = $check
)
SELECT * EXCLUDE (place) FROM placed WHERE place <= (SELECT max(place) // 10 * 10 FROM placed)
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the review of one check stands. Of a sensitive check, counts under 10 are '<10'.

    `agreed` is the share of items on which the first two labels are alike, [`low`, `high`] the interval of `kappa`.
    `credit` says in words what human review may be credited with; `layer` is None where that is withheld.
    """

    check: str
    summary: str
    sensitive: bool
    items: int | str
    reviewed: int | str
    one_label: int | str
    to_settle: int | str
    contested: int | str
    pairs: int
    agreed: float | None
    kappa: float | None
    low: float | None
    high: float | None
    layer: bool | None
    credit: str


def all_of(shown: Snapshot) -> tuple[Standing, ...]:
    """The checks that can be reviewed: those with findings about artifacts, or with labels; what waits comes first."""
    found, labelled = _known(shown)
    elsewhere = {method.name for stage in ("screen", "measure", "prove") for method in _methods(stage).values()}
    names = [name for name, (_, items) in found.items() if name in labelled or (items and name not in elsewhere)]
    return tuple(sorted((of(shown, name)[0] for name in names), key=lambda one: (one.check not in labelled, one.check)))


def sensitive(shown: Snapshot, check: str) -> bool:
    """Whether items of `check` are hidden; raises `UsageError` where neither a method nor a finding has that name."""
    found, _ = _known(shown)
    if check not in found:
        near = get_close_matches(check, found, 1)
        msg = f"no check {plain(check, 80)!r}. " + (
            f"Did you mean {near[0]}?" if near else "The review page lists them."
        )
        raise UsageError(msg)
    return found[check][0]


def of(shown: Snapshot, check: str, *, exact: bool = False) -> tuple[Standing, dict[str, Any], dict[str, Any]]:
    """The standing of `check`, with what `review_status.status` and `review_calibration.calibration` say of it.

    Labels of a sensitive check are counted in tens, the oldest first, unless `exact`: for the host's own team.
    """
    found, labelled = _known(shown)
    hidden, items = found[check]

    def make(question: str = check) -> tuple[dict[str, Any], dict[str, Any]]:
        db = shown.workspace().db
        if hidden and not exact:
            db.execute(_IN_TENS, {"check": question})
        status = review_status.status(db, question, sensitive=hidden)
        if hidden and not exact and question:
            status = _at_least(status)
        return status, review_calibration.calibration(db, question, sensitive=hidden)

    if check in labelled:
        status, told = shown.kept.once(("review", check, exact, signature(shown.path)), make)
    else:  # all checks without a label stand alike
        status, told = shown.kept.once("review none", lambda: make(""))
    status, told = ({**one, "check": check} for one in (status, told))
    return _standing(check, hidden, items, status, told), status, told


def _at_least(status: dict[str, Any]) -> dict[str, Any]:
    # up to nine labels are not counted yet
    cells = {name: UNDER if status[name] == 0 else status[name] for name in _COUNTS}
    return status | cells | {"verdicts": {name: UNDER if n == 0 else n for name, n in status["verdicts"].items()}}


def asked(check: str) -> dict[str, str]:
    """What the check asks: `asks`, its first line, and the parts `Finds` and `Cannot see` of its description."""
    method = _methods("detect").get(check)
    parts = _PARTS.split(method.doc)[1:] if method else []
    told = {name: " ".join(text.split()) for name, text in zip(parts[::2], parts[1::2], strict=True)}
    shown = {name: told.get(name, "").replace("`", "") for name in ("Finds", "Cannot see")}
    return {"asks": method.summary if method else "", **shown}


def drawn(told: dict[str, Any]) -> Markup | None:
    """Sensitivity and specificity of all reviewers as bars with their intervals, if they are known."""
    from markupsafe import Markup

    rows = [
        charts.Bar(label, rate["estimate"], f"{rate['found']} of {rate['votes']}", rate["low"], rate["high"],
                   f"on {rate['items']} items")
        for label, name in (("say yes to what holds", "sensitivity"), ("say no to what does not", "specificity"))
        if (rate := (told["all"] or {}).get(name)) and rate["estimate"] is not None
    ]  # fmt: skip
    return Markup(charts.bars(rows, title="How often reviewers are right", shares=True)) if rows else None  # noqa: S704 - charts escapes every text


def _known(shown: Snapshot) -> tuple[dict[str, tuple[bool, int]], frozenset[str]]:
    """Every check with whether it is sensitive and how many artifacts it looked at; and those that have labels."""

    def make() -> tuple[dict[str, tuple[bool, int]], frozenset[str]]:
        db = shown.workspace().db
        made = {name: (method.sensitive, 0) for stage in catalog.CHECKING for name, method in _methods(stage).items()}
        counted = {name: (bool(hidden), int(n)) for name, hidden, n in db.execute(_FOUND).fetchall()}
        labelled = frozenset(row[0] for row in db.execute("SELECT DISTINCT question FROM labels").fetchall())
        every = made | {name: (hidden or made.get(name, (False,))[0], n) for name, (hidden, n) in counted.items()}
        return every, labelled

    return shown.kept.once(("review checks", signature(shown.path)), make)


@functools.cache
def _methods(stage: str) -> dict[str, Any]:
    return {method.name: method for method in catalog.methods(stage)}


def _standing(check: str, hidden: bool, items: int, status: dict[str, Any], told: dict[str, Any]) -> Standing:
    agreed = status["agreement"] or {}
    layer, credit = _credit(told)
    return Standing(
        check, asked(check)["asks"], hidden, UNDER if hidden and small(items) else items, status["items"],
        status["one_label"], status["to_settle"], status["contested"], agreed.get("items", 0), agreed.get("agreed"),
        agreed.get("kappa"), agreed.get("low"), agreed.get("high"), layer, credit,
    )  # fmt: skip


def _credit(told: dict[str, Any]) -> tuple[bool | None, str]:
    if told["withheld"]:
        return None, "withheld: it would tell a small cell"
    whole = told["all"]
    if whole is None:
        return False, "none: nobody measured it"
    if not whole["layer"]:
        return False, f"none: {whole['warning'].partition(': ')[2]}"
    return True, "its own outcomes, item by item"
