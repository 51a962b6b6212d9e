from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from headgate.errors import WorkspaceError
from headgate.repair.record import Point, Ranked, Repair, Traced
from headgate.repair.shapes import Trial
from headgate.report.repaired import as_json, costs, render, sayings, write
from tests.repairs import CHECKS, certificate, repair

BARE = Repair("m", "classes", "now", Point(0.5, 1.0), None)
HELD = tuple(replace(one, verdict="held") for one in CHECKS[:6])
HOSTILE = "</style><script>alert(1)</script><img src=x onerror=y>\u202e{{ 7 * 7 }}"


class Seen(HTMLParser):
    """Tags, addresses and event handlers of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.asked: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.asked += [
            str(value) for name, value in attrs if name in {"src", "href"} and not str(value).startswith("#")
        ]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def seen(page: str) -> Seen:
    parser = Seen()
    parser.feed(page)
    return parser


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("</style>")[2]).split())


def test_the_page_tells_the_whole_repair() -> None:
    told = words_of(render(repair()))
    for part in (
        "digits with a patch", "Verdict not held", "Strongest claim suppressed", "membership failed; relearning failed",
        "Never by tests of a model: use prevented, irreversible, safe", "12 of 65 listed items shown",
        "membership over at 0.310 against 0.480", "612 MiB", "rate 0.00052, epochs 5", "boostin", "digits is of kind classes, not trees", "ab" * 32,
        "removed from the weights, erased, forgotten, unlearned",
    ):  # fmt: skip
        assert part in told, part
    assert render(repair()).count('<svg class="chart"') == 4


def test_it_needs_no_script_and_asks_nobody_for_anything() -> None:
    page = render(repair())
    found = seen(page)
    assert not found.asked
    assert not found.tags & {"script", "link", "iframe", "img", "object"}
    assert "default-src 'none'" in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_what_a_subject_says_stays_text() -> None:
    hostile = replace(
        repair(), name=HOSTILE, kind=HOSTILE, started=HOSTILE, notes=(HOSTILE,), seconds={HOSTILE: 1.0},
        ranked=(Ranked(HOSTILE, HOSTILE, True, {HOSTILE: 0.5}),), traced=(Traced(HOSTILE, 1.0, skipped=HOSTILE),),
        trials=(Trial(HOSTILE, {HOSTILE: HOSTILE}, 1.0, 0.1, 0.9, False, True, HOSTILE),),
        checks=tuple(replace(one, test=HOSTILE, axis=HOSTILE, evidence=HOSTILE) for one in CHECKS),
        certificate=replace(certificate(), because=HOSTILE, subject={HOSTILE: HOSTILE}, splits={HOSTILE: HOSTILE}),
    )  # fmt: skip
    page = render(hostile)
    found = seen(page)
    assert not found.tags & {"script", "img"}
    assert not found.handlers
    assert page.count("</style>") == 1
    assert "\u202e" not in page
    assert "{{ 7 * 7 }}" in page
    assert json.loads(as_json(hostile))["repair"]["name"] == HOSTILE


def test_a_repair_without_anything_says_so() -> None:
    told = words_of(render(BARE))
    for part in ("not proved", "no certificate was made", "Strongest claim attempted", "Nothing was traced",
                 "No removal was tried", "no test was run"):  # fmt: skip
        assert part in told, part


def test_what_may_be_said_follows_from_the_checks() -> None:
    said = sayings(repair())
    assert (said.verdict, said.grade, said.must) == (
        "not held",
        "suppressed",
        ("membership failed", "relearning failed"),
    )
    assert {"robust", "removed", "use prevented"} <= {one.claim for one in said.not_}
    best = sayings(replace(repair(), checks=HELD, certificate=certificate(HELD)))
    assert (best.verdict, best.grade, best.must) == ("held", "removed without damage", ())
    assert sayings(replace(repair(), certificate=None)).verdict == "not proved"


def test_costs_count_failed_trials_too() -> None:
    trials = (Trial("a", {}, 1.0, 0.1, 0.9, True), Trial("b", {}, 2.0, 0.1, 0.9, False),
              Trial("a", {}, 4.0, 0.1, 0.5, False, why="lost more than 0.02 of utility"))  # fmt: skip
    assert [(one.method, one.trials, one.failed, one.seconds) for one in costs(replace(BARE, trials=trials))] == [
        ("a", 2, 2, 5.0), ("b", 1, 0, 2.0)
    ]  # fmt: skip


def test_the_twin_is_the_record_and_what_it_says() -> None:
    found = json.loads(as_json(repair()))
    assert set(found) == {"schema", "repair", "says", "costs", "version"}
    assert found["repair"]["checks"][3]["verdict"] == "leaks"
    assert found["says"]["grade"] == "suppressed"
    assert sum(one["trials"] for one in found["costs"]) == len(repair().trials)


def test_many_rows_are_cut() -> None:
    trials = tuple(Trial("npo", {"n": n}, 1.0, 0.1, 0.9, False) for n in range(5000))
    ranked = tuple(Ranked(f"i{n}", "", True, {f"m{k}": 0.5 for k in range(50)}) for n in range(500))
    page = render(replace(BARE, trials=trials, ranked=ranked, notes=("n",) * 5000))
    assert len(page) < 2_000_000
    assert "(the first 200)" in page


def test_it_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write(repair(), tmp_path / "new" / "repair.html")
    assert (tmp_path / "new" / "repair.html").read_text() == render(repair())
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkspaceError, match="cannot write"):
        write(repair(), tmp_path / "file" / "repair.html")
