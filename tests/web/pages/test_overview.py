from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from headgate import labels
from headgate.labels import Label
from headgate.workspace import open_workspace
from tests.report_workspace import SEEN, artifact, findings, hostile, put, small
from tests.web.serving import Served, looking, serving


def test_the_figures_are_those_of_the_tables(hub: Any, served: Served) -> None:
    ws, _ = hub
    db, said = ws.db.cursor(), served.json("/")
    counted = db.execute("SELECT hub, kind, count(*), sum(downloads) FROM artifacts GROUP BY ALL").fetchall()
    told = [(row["hub"], row["kind"], row["count"], row["downloads"]) for row in said["artifacts"]]
    assert sorted(told) == sorted(counted)
    months = db.execute(
        "SELECT strftime(created, '%Y-%m'), hub, count(*) FROM artifacts WHERE kind = 'model' GROUP BY ALL"
    ).fetchall()
    assert {(row["month"], row["hub"]): row["count"] for row in said["months"]} == {row[:2]: row[2] for row in months}
    shares = {c["check"]: c["groups"] for c in said["checks"]}
    found, of = db.execute(
        "SELECT count(*) FILTER (value >= 1), count(value) FROM findings JOIN artifacts ON ref = subject "
        "WHERE \"check\" = 'licence_missing' AND hub = 'huggingface' AND kind = 'model' AND n > 0"
    ).fetchall()[0]
    group = next(g for g in shares["licence_missing"] if (g["hub"], g["kind"]) == ("huggingface", "model"))
    assert (group["share"]["found"], group["share"]["of"]) == (found, of)
    assert len(said["risks"]) == 21


def test_downloads_are_told_by_day_and_window(hub: Any, served: Served) -> None:
    rows = (
        hub[0]
        .db.cursor()
        .execute(
            "SELECT hub, kind, coalesce(downloads_window, ''), observed::DATE::VARCHAR, count(*), sum(downloads) "
            "FROM observations WHERE NOT gone GROUP BY ALL"
        )
        .fetchall()
    )
    said = [
        tuple(row[name] for name in ("hub", "kind", "window", "day", "artifacts", "downloads"))
        for row in served.json("/")["downloads"]
    ]
    assert sorted(said) == sorted(rows)
    assert len({row[3] for row in rows}) > 1


def test_an_artifact_seen_twice_on_a_day_counts_once(tmp_path: Path) -> None:
    ws = small(tmp_path / "w")
    again = artifact("hf:model:org/base", downloads=31, downloads_window="30d") | {"observed": SEEN.replace(hour=5)}
    put(ws, "collect", "huggingface", "artifacts", [again], hub="huggingface", kind="model")
    with serving(ws.path) as served:
        rows = [row for row in served.json("/")["downloads"] if row["window"] == "30d"]
    assert [(row["artifacts"], row["downloads"]) for row in rows] == [(2, 31 + 12)]


def test_the_page_draws_what_its_tables_say(served: Served, browser: Any) -> None:
    browser.goto(served.address + "/")
    browser.wait_for_selector(".vega.months[data-drawn]")
    spec = json.loads(browser.text_content("#months-spec"))
    browser.get_by_text("Table: models by month and hub").click()
    cells = browser.locator("article:has(.months) tbody tr").all_inner_texts()
    told = sorted(tuple(line.replace(",", "").split("\t")) for line in cells)
    assert told == sorted((v["month"][:7], v["hub"], str(v["models"])) for v in spec["data"]["values"])
    assert len(browser.query_selector_all(".vega.months path[aria-roledescription=bar]")) == len(told)
    assert browser.query_selector_all(".vega.lines svg")
    assert len(browser.query_selector_all(".risks li")) == 21
    assert browser.get_by_role("heading", level=1).count() == 1
    assert browser.troubles == []


def test_a_family_leads_to_its_lineage_and_a_withheld_one_nowhere(tmp_path: Path) -> None:
    ws = small(tmp_path / "w")
    with serving(ws.path) as served:
        roots = {row["root"]: row["address"] for row in served.json("/")["families"]}
        text = served.html("/")
    assert roots["org/base"] == "/lineage/hf:model:org/base"
    assert roots["withheld"] is None
    assert 'href="/lineage/hf:model:org/base"' in text
    assert "civitai:model:1<" not in text
    assert "Planted" not in text


def test_a_sensitive_check_is_as_the_report_shows_it(tmp_path: Path) -> None:
    ws = small(tmp_path / "w")
    few = {f"hf:model:secret/thing{n}": float(n < 3) for n in range(40)}
    put(ws, "detect", "uncensored_name", "findings", findings("uncensored_name", dict(few), sensitive=True))
    decided = [{"subject": f"hf:model:secret/thing{n}", "control": "release_gate", "decision": "block" if n < 3 else "allow",
                "because": "b"} for n in range(40)]  # fmt: skip
    put(ws, "govern", "release_gate", "decisions", decided)
    with serving(ws.path) as served:
        said, text = served.json("/"), served.html("/")
    check = next(c for c in said["checks"] if c["check"] == "uncensored_name")
    assert (check["found"], check["share"], check["groups"]) == ("<10", None, [])
    assert "block" in said["controls"][0]
    assert 3 not in said["controls"][0].values()
    assert "secret" not in text + json.dumps(said)
    assert "&lt;10" in text
    assert "not shown" in text


def test_an_empty_workspace_says_how_to_begin(tmp_path: Path) -> None:
    with serving(open_workspace(tmp_path / "w", create=True).path) as served:
        text, said = served.html("/"), served.json("/")
    assert "headgate collect dump FILE" in text
    assert (said["days_old"], said["artifacts"], said["waiting"]["appeals"]) == (None, [], 0)


def test_a_workspace_of_which_all_is_gone_does_not_say_that_nothing_was_collected(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    put(ws, "collect", "dump", "artifacts", [artifact("hf:model:org/only")], hub="huggingface", kind="model")
    gone = [artifact("hf:model:org/only", gone=True, observed=SEEN.replace(day=4))]
    put(ws, "collect", "huggingface", "artifacts", gone, hub="huggingface", kind="model", complete=True)
    with serving(ws.path) as served:
        text = served.html("/")
    assert "on its hub any more: 1 artifact gone" in text
    assert "collected yet" not in text
    assert "no artifacts yet" not in text


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    with serving(hostile(tmp_path / "w").path) as served, looking() as browser:
        browser.goto(served.address + "/")
        browser.wait_for_timeout(300)
        text = served.html("/")
        assert browser.troubles == []
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "\x1b" not in text


def test_labels_change_what_waits_at_once(own: Path) -> None:
    from headgate.web.pages import overview
    from headgate.web.snapshot import take

    before = take(own)
    assert overview.read(before).waiting.appeals == 0
    ws = open_workspace(own)
    ref = ws.db.execute("SELECT min(ref) FROM artifacts WHERE kind = 'model'").fetchall()[0][0]
    labels.add(ws, [Label(ref, "licence_missing", "contested", "ann", "appeal", "it has one")])
    after = take(own, before)
    assert overview.read(after).waiting.appeals == 1


@pytest.mark.parametrize(("today", "old"), [(date(2026, 11, 1), 0), (date(2026, 11, 22), 21)])
def test_the_age_is_counted_from_the_newest_observation(own: Path, today: date, old: int) -> None:
    from headgate.web.pages import overview
    from headgate.web.snapshot import take

    assert overview.read(take(own), today).days_old == old


def test_a_phone_shows_no_more_than_its_width(served: Served) -> None:
    with looking(width=390, height=800) as page:
        page.goto(served.address + "/")
        page.wait_for_selector(".vega.months[data-drawn]")
        assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_without_javascript_the_numbers_stand_in_tables(served: Served) -> None:
    with looking(script=False) as page:
        page.goto(served.address + "/")
        page.get_by_text("Table: models by month and hub").click()
        assert page.get_by_role("region", name="models by month and hub").is_visible()
