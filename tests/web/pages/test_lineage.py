from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from headgate.web import drawing
from tests.web.serving import Served, looking, until

# Everything up- and downstream of a ref, worked out on the edges themselves; ids differ by more than case.
_FAMILY = """
WITH RECURSIVE pairs AS (SELECT DISTINCT folded(parent) AS p, folded(child) AS c FROM edges),
down AS (SELECT folded($ref) AS r UNION SELECT c FROM pairs JOIN down ON p = r),
up AS (SELECT folded($ref) AS r UNION SELECT p FROM pairs JOIN up ON c = r)
SELECT r FROM down UNION SELECT r FROM up
"""
_PEOPLE = "SELECT DISTINCT folded(ref) FROM observations WHERE person"


@pytest.fixture
def root(served: Served) -> str:
    """The ref with the largest family."""
    address: str = served.json("/lineage")["families"][0]["address"]
    return address.removeprefix("/lineage/")


@pytest.fixture
def drawn(served: Served, browser: Any, root: str) -> Any:
    browser.goto(f"{served.address}/lineage/{root}")
    browser.wait_for_selector("#graph[data-drawn=true]")
    return browser


def people(hub: Any) -> set[str]:
    return {row[0] for row in hub[0].db.cursor().execute(_PEOPLE).fetchall()}


def kin(hub: Any, ref: str) -> set[str]:
    return {row[0] for row in hub[0].db.cursor().execute(_FAMILY, {"ref": ref}).fetchall()}


def near_a_person(hub: Any) -> list[str]:
    rows = hub[0].db.cursor().execute("SELECT DISTINCT child, parent FROM edges").fetchall()
    hidden = people(hub)
    hf = {ref: ref.lower() if ref.startswith("hf:") else ref for pair in rows for ref in pair}
    found = {parent for child, parent in rows if hf[child] in hidden and hf[parent] not in hidden}
    return sorted(ref for ref in found if not ref.startswith("name:"))


def node(page: Any, n: int) -> dict[str, float]:
    """Where node `n` is on the screen."""
    found: dict[str, float] = page.evaluate(
        "n => { const g = document.getElementById('graph'), b = g.getBoundingClientRect(), "
        "p = g._cyreg.cy.getElementById('n' + n).renderedPosition(); return {x: b.x + p.x, y: b.y + p.y}; }", n)  # fmt: skip
    return found


def test_a_family_holds_each_node_that_the_edges_lead_to(hub: Any, served: Served, root: str) -> None:
    said = served.json(f"/lineage/{root}")
    wanted = kin(hub, root)
    hidden = {ref for ref in wanted if ref in people(hub) or ref.startswith("name:")}
    found = [ref.lower() if ref.startswith("hf:") else ref for ref in said["nodes"]["ref"] if ref]
    assert sorted(found) == sorted(wanted - hidden)
    assert said["family"] == said["drawn"] == len(wanted) > 200
    assert said["upstream"] + said["downstream"] + 1 == len(wanted)
    assert sum(said["nodes"]["withheld"]) == len(hidden)


def test_a_person_is_drawn_without_a_name_and_has_no_lineage(hub: Any, served: Served) -> None:
    hidden, seen = people(hub), 0
    for ref in near_a_person(hub)[:6]:
        text, page = (
            json.dumps(served.json(f"/lineage/{ref}?colour=licence")).lower(),
            served.html(f"/lineage/{ref}").lower(),
        )
        assert not [one for one in hidden if one in text or one in page]
        nodes = json.loads(text)["nodes"]
        for n, withheld in enumerate(nodes["withheld"]):
            if withheld:
                seen += 1
                assert nodes["name"][n] == "withheld"
                told = ("ref", "created", "licence", "downloads", "author", "kind", "opens")
                assert [nodes[name][n] for name in told] == [None] * len(told)
    assert seen
    for ref in sorted(hidden)[:5]:
        answer = served.get(f"/lineage/{ref}")
        assert answer.status_code == 404
        assert ref not in answer.text
    assert not [one for one in hidden if one in served.get("/lineage?q=person").text.lower()]


def test_words_find_families_and_a_ref_leads_to_its_own(served: Served, root: str) -> None:
    found = served.json(f"/lineage?q={root.rpartition('/')[2].lower()[:6]}")["found"]
    assert root in [one["address"].removeprefix("/lineage/") for one in found]
    answer = served.get(f"/lineage?q={root}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/lineage/{root}")
    assert served.json("/lineage?q=nothing-is-called-so")["found"] == []


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [("most=9", 400, "greater than or equal to 10"), ("most=5001", 400, "5000"), ("fold=sold", 400, "no relation 'sold'"),
     ("open=1:finetune", 400, "no group"), ("open=x:finetune:0", 400, "no group"), ("colour=check:ncii_intent", 400, "nothing to colour by"),
     ("colour=shoe", 400, "nothing to colour by")],
)  # fmt: skip
def test_what_cannot_be_asked_is_told_in_one_line(
    served: Served, root: str, query: str, status: int, words: str
) -> None:
    answer = served.get(f"/lineage/{root}?{query}", accept="application/json")
    assert answer.status_code == status
    assert words in answer.text


def test_an_unknown_ref_is_not_found_and_one_without_links_is_alone(hub: Any, served: Served) -> None:
    assert served.get("/lineage/nobody/nothing").status_code == 404
    db = served.app.state.watch.current.cursor()
    ref = db.execute("SELECT ref FROM shelf.artifacts WHERE node IS NULL AND NOT depicts_person LIMIT 1").fetchall()[0][
        0
    ]
    said = served.json(f"/lineage/{ref}")
    assert (said["family"], said["drawn"], said["nodes"]["ref"]) == (1, 1, [ref])
    assert "nothing is known of what it came from" in served.html(f"/lineage/{ref}")


def test_a_small_cap_groups_and_every_node_is_counted_once(served: Served, root: str) -> None:
    whole = served.json(f"/lineage/{root}")
    said = served.json(f"/lineage/{root}?most=20")
    nodes = said["nodes"]
    assert said["drawn"] == len(nodes["ref"]) <= 20
    assert said["groups"] == sum(many > 0 for many in nodes["inside"]) > 0
    assert said["drawn"] - said["groups"] + sum(nodes["inside"]) == said["family"] == whole["family"]
    group = max(range(len(nodes["ref"])), key=lambda n: nodes["inside"][n])
    opened = served.json(f"/lineage/{root}?most=60&open={nodes['opens'][group]}")
    more = set(opened["nodes"]["ref"]) - set(nodes["ref"])
    assert len(more) > 10
    assert opened["drawn"] <= 60


def test_a_family_too_large_to_draw_is_grouped_unless_more_is_asked_for(
    served: Served, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "MOST", 100)
    monkeypatch.setattr(drawing, "GROUPED", 40)
    assert 30 < served.json(f"/lineage/{root}")["drawn"] <= 40
    assert 90 < served.json(f"/lineage/{root}?most=100")["drawn"] <= 100


def test_folding_leaves_none_of_a_relation_and_counts_what_it_hides(served: Served, root: str) -> None:
    whole = served.json(f"/lineage/{root}")
    name = next(one["name"] for one in whole["relations"][1:] if one["nodes"] > 5)
    said = served.json(f"/lineage/{root}?fold={name}")
    place, nodes = said["relation_names"].index(name), said["nodes"]
    alone = [n for n in range(len(nodes["ref"])) if nodes["relation"][n] == place and not nodes["inside"][n]]
    assert alone == []
    assert said["drawn"] - said["groups"] + sum(nodes["inside"]) == whole["family"]
    folded = next(one for one in said["relations"] if one["name"] == name)
    assert folded["folded"]
    assert folded["address"] == f"/lineage/{root}"


def test_the_drawing_has_as_many_nodes_and_no_trouble(hub: Any, drawn: Any, root: str) -> None:
    assert drawn.get_attribute("#graph", "data-nodes") == str(len(kin(hub, root)))
    assert drawn.locator("#waiting").is_hidden()
    assert drawn.evaluate("document.getElementById('graph')._cyreg.cy.edges().length") >= len(kin(hub, root)) - 1
    assert drawn.troubles == []


def test_a_click_says_what_a_node_is_and_a_second_opens_it(served: Served, drawn: Any, root: str) -> None:
    nodes = served.json(f"/lineage/{root}")["nodes"]
    n = next(
        n for n in range(1, len(nodes["ref"])) if nodes["ref"][n] and nodes["collected"][n] and nodes["size"][n] > 3
    )
    at = node(drawn, n)
    drawn.mouse.click(at["x"], at["y"])
    panel = drawn.locator("#panel")
    panel.get_by_role("heading", name=nodes["name"][n]).wait_for()
    said = panel.inner_text()
    assert nodes["name"][nodes["under"][n]] in said
    for term in ("Relation", "Known", "Confidence", "Licence", "Published", "Under it"):
        assert term in said
    assert f"{nodes['size'][n] - 1:,}" in said
    links = {link.inner_text(): link.get_attribute("href") for link in panel.get_by_role("link").all()}
    assert links == {
        "Artifact": f"/artifact/{nodes['ref'][n]}",
        "Lineage from here": f"/lineage/{nodes['ref'][n]}",
        "Recall": f"/recall/{nodes['ref'][n]}",
    }
    assert drawn.troubles == []
    panel.get_by_role("link", name="Lineage from here").click()
    drawn.wait_for_url(f"**/lineage/{nodes['ref'][n]}")


def test_the_slider_fades_what_came_later(served: Served, drawn: Any, root: str) -> None:
    nodes = served.json(f"/lineage/{root}")["nodes"]
    dates = sorted(one for one in nodes["created"] if one)
    middle = dates[len(dates) // 2]
    days = (date.fromisoformat(middle) - date(1970, 1, 1)) // timedelta(days=1)
    drawn.locator("#until").fill(str(days))
    later = sum(one > middle for one in dates)
    assert later > 50
    assert drawn.get_attribute("#graph", "data-faded") == str(later)
    assert drawn.evaluate("document.getElementById('graph')._cyreg.cy.$('node.later').length") == later
    assert drawn.locator("#until-said").inner_text() == middle
    drawn.locator("#until").fill(str(days + 9000))
    assert drawn.evaluate("document.getElementById('graph')._cyreg.cy.$('.later').length") == 0
    assert drawn.troubles == []


def test_the_years_play_and_go_by_the_step_where_motion_is_unwanted(drawn: Any) -> None:
    drawn.get_by_role("button", name="Play the years").click()
    until(drawn, "Number(document.getElementById('graph').dataset.faded) > 50")
    drawn.get_by_role("button", name="Stop").click()
    drawn.emulate_media(reduced_motion="reduce")
    drawn.reload()
    drawn.wait_for_selector("#graph[data-drawn=true]")
    drawn.get_by_role("button", name="One step on in time").click()
    first = drawn.get_attribute("#graph", "data-faded")
    drawn.wait_for_timeout(400)
    assert drawn.get_attribute("#graph", "data-faded") == first != "0"
    assert drawn.troubles == []


def test_keys_walk_to_parents_children_and_brothers(served: Served, drawn: Any, root: str) -> None:
    under = served.json(f"/lineage/{root}")["nodes"]["under"]
    graph = drawn.locator("#graph")
    graph.focus()

    def at() -> int:
        return int(graph.get_attribute("data-selected"))

    drawn.keyboard.press("ArrowDown")
    assert at() == 0
    drawn.keyboard.press("ArrowDown")
    first = at()
    assert under[first] == 0
    drawn.keyboard.press("ArrowRight")
    second = at()
    assert second != first
    assert under[second] == 0
    drawn.keyboard.press("ArrowLeft")
    assert at() == first
    assert f"of {under.count(0)}" in drawn.locator("#said").inner_text()
    drawn.keyboard.press("ArrowUp")
    assert at() == 0
    drawn.keyboard.press("Escape")
    assert at() == -1
    assert drawn.evaluate("document.activeElement.id") != "graph"
    graph.focus()
    drawn.keyboard.press("Home")
    drawn.keyboard.press("Enter")
    drawn.wait_for_url(f"**/artifact/{root}")


def test_a_colour_brings_its_key_and_names_of_the_family_are_found(served: Served, drawn: Any, root: str) -> None:
    drawn.get_by_label("Colour by").select_option("check:licence_missing")
    drawn.wait_for_selector("#graph[data-colour='check:licence_missing']")
    said = served.json(f"/lineage/{root}?colour=check:licence_missing")
    assert [line.inner_text().split("\n")[-1] for line in drawn.locator("#key li").all()] == [
        f"{one['count']:,}" for one in said["colour"]["keys"] if one["count"] or one["tone"] in ("yes", "no")
    ]
    shapes = drawn.evaluate(
        "[...new Set(document.getElementById('graph')._cyreg.cy.nodes().map(n => n.data('s') + n.data('o')))].length"
    )
    assert shapes >= 2  # found and not found differ by more than colour
    assert "colour=check%3Alicence_missing" in drawn.url
    names = said["nodes"]["name"]
    word = names[5].rpartition("/")[2][:7].lower()
    drawn.get_by_label("Find in this family").fill(word)
    assert drawn.get_attribute("#graph", "data-hits") == str(sum(word in one.lower() for one in names))
    assert drawn.troubles == []


def test_hiding_a_relation_hides_what_hangs_on_by_it(served: Served, drawn: Any, root: str) -> None:
    said = served.json(f"/lineage/{root}")
    nodes, name = said["nodes"], said["relations"][0]["name"]
    place = said["relation_names"].index(name)
    hidden = [False] * len(nodes["ref"])
    for n in range(1, len(hidden)):
        hidden[n] = hidden[nodes["under"][n]] or nodes["relation"][n] == place
    drawn.locator(f"#relations li[data-relation={name}] input").uncheck()
    assert drawn.get_attribute("#graph", "data-hidden") == str(sum(hidden))
    assert drawn.evaluate("document.getElementById('graph')._cyreg.cy.nodes(':visible').length") == len(hidden) - sum(
        hidden
    )
    assert drawn.troubles == []


def test_a_group_opens_by_its_link(served: Served, browser: Any, root: str) -> None:
    browser.goto(f"{served.address}/lineage/{root}?most=30")
    browser.wait_for_selector("#graph[data-drawn=true]")
    assert int(browser.get_attribute("#graph", "data-nodes")) <= 30
    nodes = served.json(f"/lineage/{root}?most=30")["nodes"]
    at = node(browser, max(range(len(nodes["ref"])), key=lambda n: nodes["inside"][n]))
    browser.mouse.click(at["x"], at["y"])
    browser.get_by_role("link", name="Open this group").click()
    browser.wait_for_url("**open=*")
    browser.wait_for_selector("#graph[data-drawn=true]")
    assert browser.troubles == []


def test_without_scripts_there_is_the_list(served: Served, root: str) -> None:
    said = served.json(f"/lineage/{root}")
    with looking(script=False) as page:
        page.goto(f"{served.address}/lineage/{root}")
        assert page.locator("#list tbody tr").count() == min(500, said["drawn"])
        assert page.locator("#list tbody tr").first.is_visible()
        assert not page.locator("#graph").is_visible()
        page.get_by_label("Colour by").select_option("licence")
        page.get_by_role("button", name="Show").click()
        page.wait_for_url("**colour=licence*")
        assert page.get_by_role("heading", name="Licence").is_visible()
        assert page.troubles == []
