from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from headgate import catalog, gate
from headgate.plain import plain
from headgate.web.words import address
from headgate.workspace import open_workspace
from tests.web.serving import Served

SENSITIVE = {method.name for stage in catalog.CHECKING for method in catalog.methods(stage) if method.sensitive}
OPEN_POLICY = '[[rule]]\nname = "stated"\ncheck = "licence_missing"\nat_most = 0\n[[rule]]\nname = "kept"\ncheck = "licence_conflict"\nat_most = 0\n'


def some(hub: Any, where: str, number: int = 8) -> list[str]:
    sql = f"SELECT ref FROM artifacts WHERE ref NOT IN (SELECT ref FROM observations WHERE person) AND {where} ORDER BY hash(ref) LIMIT {number}"
    return [row[0] for row in hub[0].db.cursor().execute(sql).fetchall()]


def test_findings_are_those_of_open_checks_and_no_other(hub: Any, served: Served) -> None:
    db = hub[0].db.cursor()
    for ref in some(hub, "kind = 'model'"):
        said = served.json(address(ref))
        wanted = db.execute(
            'SELECT "check", value, n FROM findings WHERE subject = ? AND NOT sensitive ORDER BY 1', [ref]
        ).fetchall()
        assert sorted((one["check"], one["value"], one["n"]) for one in said["told"]["findings"]) == sorted(wanted)
        assert said["sensitive_checks"] == len(SENSITIVE)
        page = served.html(address(ref))
        for name in SENSITIVE:
            assert not re.search(rf"\b{name}\b", page)
            assert not re.search(rf"\b{name}\b", json.dumps(said["told"]))


def test_the_gate_decides_as_the_command_does_under_the_open_rules(hub: Any, served: Served, tmp_path: Path) -> None:
    path = tmp_path / "open.toml"
    path.write_text(OPEN_POLICY)
    refs = some(hub, "true", 25)
    wanted = {one.ref: one.decision for one in gate.decide(open_workspace(hub[0].path), refs, policy=path)}
    found = {ref: served.json(address(ref))["told"]["gate"]["explained"]["decision"] for ref in refs}
    assert found == wanted
    assert len(set(found.values())) > 1


def test_what_a_sensitive_check_found_changes_nothing(hub: Any, served: Served) -> None:
    """The page is the same whether a sensitive rule is broken or kept: only a number from the policy tells of it."""
    db = hub[0].db.cursor()
    rows = db.execute(
        "SELECT subject, value FROM findings WHERE \"check\" = 'uncensored_name' AND subject NOT IN "
        "(SELECT ref FROM observations WHERE person) QUALIFY row_number() OVER (PARTITION BY value ORDER BY hash(subject)) <= 4"
    ).fetchall()
    assert {value for _, value in rows} == {0.0, 1.0}
    for ref, _ in rows:
        told = served.json(address(ref))["told"]
        assert told["gate"]["sensitive_rules"] == 1
        assert "sensitive" not in json.dumps(told["gate"]["explained"])
        assert "release_gate" not in json.dumps(told["decisions"])


def test_each_reader_gets_words_of_their_own(hub: Any, served: Served) -> None:
    ref = some(hub, "kind = 'model'", 1)[0]
    pages = {name: served.html(f"{address(ref)}?reader={name}") for name in ("plain", "engineer", "regulator")}
    assert len(set(pages.values())) == 3
    assert "constitutes no determination of law" in pages["regulator"]
    assert "constitutes no determination of law" not in pages["plain"]
    assert "Its method cannot see" in pages["engineer"]
    for page in pages.values():
        assert page.count("What else it could be") == page.count('<details class="finding')
    assert served.get(f"{address(ref)}?reader=child").status_code == 400
    part = served.get(f"{address(ref)}?reader=engineer", **{"HX-Request": "true"}).text
    assert "<html" not in part
    assert "What checks found" in part


def test_a_person_is_shown_by_kind_hub_and_dates_alone(hub: Any, served: Served) -> None:
    rows = hub[0].db.cursor().execute(
        "SELECT DISTINCT ON (ref) ref, name, author, tags FROM observations WHERE person ORDER BY ref LIMIT 12"
    ).fetchall()  # fmt: skip
    assert rows
    for ref, name, author, tags in rows:
        said = served.json(address(ref))
        assert set(said) - {"schema", "workspace", "as_of"} == {
            "ref", "state", "kind", "hub", "observed", "gone", "reader", "readers", "sensitive_checks", "lineage", "told",
        }  # fmt: skip
        assert (said["ref"], said["state"], said["lineage"], said["told"]) == (None, "withheld", None, None)
        page = served.html(address(ref)).split("<main", 1)[1].split("</main>")[0]
        assert "marked as depicting a real person" in page
        for text in (ref, name, author, *(tags or ())):
            if text and len(str(text)) > 4 and str(text) not in ("model", "version", "dataset", "real person"):
                assert str(text) not in page
        for other in ("artifact-files", "artifact-bom"):
            assert served.get(address(ref, other)).status_code == 404


def test_a_parent_that_was_never_collected_has_a_page(served: Served) -> None:
    db = served.app.state.watch.current.cursor()
    ref, children = db.execute(
        "SELECT n.ref, count(DISTINCT l.child_node) FROM shelf.nodes AS n JOIN shelf.links AS l ON l.parent_node = n.id "
        "WHERE n.artifact IS NULL AND NOT n.withheld AND starts_with(n.ref, 'hf:') GROUP BY 1 ORDER BY 2 DESC LIMIT 1"
    ).fetchall()[0]
    said = served.json(address(ref))
    assert (said["state"], said["told"], said["lineage"]["derived"]) == ("named", None, children)
    assert "never collected" in served.html(address(ref))


def test_a_text_that_may_be_a_name_tells_nothing(served: Served) -> None:
    db = served.app.state.watch.current.cursor()
    known = db.execute("SELECT ref FROM shelf.nodes WHERE starts_with(ref, 'name:') LIMIT 1").fetchall()
    answers = {served.get(address(ref)).text for ref in ("name:nobody at all", *(row[0] for row in known))}
    assert len(answers) == 1
    assert served.get("/artifact/name:nobody").status_code == 404


def test_what_went_from_its_hub_says_so_and_is_not_judged(served: Served) -> None:
    db = served.app.state.watch.current.cursor()
    rows = db.execute(
        "SELECT ref, gone_since FROM shelf.artifacts WHERE gone_since IS NOT NULL AND NOT depicts_person LIMIT 3"
    ).fetchall()
    assert rows
    for ref, gone in rows:
        said = served.json(address(ref))
        assert (said["state"], said["gone"][:10]) == ("gone", f"{gone:%Y-%m-%d}")
        assert said["told"]["gate"] is None
        assert said["told"]["history"][0]["gone"]
        assert "gone from its hub since" in served.html(address(ref))


@pytest.mark.parametrize("name", ["nosuch/thing", "hf:model:", "x" * 301, "..%2f..%2fetc", "civitai:model:99999999999"])
def test_what_is_not_there_is_told_in_one_line(served: Served, name: str) -> None:
    answer = served.get(f"/artifact/{name}", accept="application/json")
    assert answer.status_code in (400, 404)
    assert len(answer.json()["error"]) < 400


def test_a_page_works_in_a_browser_by_keyboard_and_alone(hub: Any, served: Served, browser: Any) -> None:
    ref = some(hub, "kind = 'model' AND ref IN (SELECT child FROM edges)", 1)[0]
    browser.goto(served.address + address(ref))
    assert browser.locator("h1").count() == 1
    browser.get_by_role("link", name="For a regulator").click()
    browser.wait_for_url("**?reader=regulator")
    assert "determination of law" in browser.locator("#part").text_content()
    browser.get_by_role("link", name="List its files").click()
    browser.locator("#listed > *").first.wait_for()
    assert browser.troubles == []
    assert plain(ref.split("/")[-1]) in browser.locator("h1").text_content()
