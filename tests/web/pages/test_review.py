"""The review pages: two labellers and a ruling in the browser, sensitive checks and the log, forged forms, two at once."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

pytest.importorskip("fastapi")

from headgate import host_key, labels, looks, review_items
from headgate.evidence.agreement import agreement
from headgate.keys import installation_key
from headgate.label_text import labeller
from headgate.web import review_access
from headgate.workspace import open_workspace
from tests.reviewing import OPEN, SECRET, key_for, ref, review, workspace
from tests.web.serving import Served, looking, serving, until

CLIENTS: list[httpx2.Client] = []
WORDS = re.compile(r"word\d|org\d|tag\d|hf:model")  # of a single item


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of 40 models with an open and a sensitive check, its index made, and its key beside it."""
    folder = tmp_path_factory.mktemp("review")
    ws = workspace(folder / "w")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADGATE_HOME", str(folder / "home"))
        key_for(ws)
        with serving(ws.path):
            pass
    return ws.path


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "w"))


@pytest.fixture
def running(path: Path) -> Iterator[Served]:
    review_access.TRIED = review_access.Tries()
    with serving(path) as found:
        yield found


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while CLIENTS:
        CLIENTS.pop().close()


def form_of(text: str, name: str = "form") -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, text
    return found.group(1)


class Person:
    """Somebody before a browser without JavaScript."""

    def __init__(self, running: Served, name: str, check: str = OPEN, *, ruling: bool = False) -> None:
        self.client = running.client()
        CLIENTS.append(self.client)
        self.at, self.more = f"/review/{check}", {"adjudicate": "1"} if ruling else {}
        self.check, self.name = check, name
        self.page = self.client.get(self.at, params=self.more).text

    def begin(self) -> Person:
        return self.post("/review/who", labeller=self.name)

    def open(self, key: str, reason: str = "weekly sweep") -> Person:
        return self.post("/review/key", labeller=self.name, host_key=key, reason=reason)

    def post(self, at: str, **given: str) -> Person:
        fields = {"form": form_of(self.page), "check": self.check} | self.more | given
        self.answer = self.client.post(at, data=fields)
        self.page = self.answer.text
        return self

    def says(self, answer: str, reason: str = "", **given: str) -> str:
        """Label the item of the page; its ref."""
        item = self.item
        assert item
        self.post(self.at, **({"item": form_of(self.page, "item"), "answer": answer, "reason": reason} | given))
        return item

    @property
    def item(self) -> str | None:
        found = re.search(r'<h2 class="ref">([^<]*)</h2>', self.page)
        return f"hf:model:{found.group(1)}" if found else None


def test_two_labellers_and_a_ruling_in_the_browser(running: Served, path: Path) -> None:
    said: dict[str, list[str]] = {}
    with looking() as first:
        browser = first.context.browser
        pages = [first]
        for _ in range(2):
            page = browser.new_context().new_page()
            page.troubles = first.troubles
            page.on(
                "console", lambda told: first.troubles.append(told.text) if told.type in ("error", "warning") else None
            )
            pages.append(page)
        for page, name in zip(pages[:2], ("Ann", "Bo"), strict=True):
            page.goto(f"{running.address}/review/{OPEN}")
            page.get_by_label("Your name").fill(name)
            page.get_by_role("button", name="Begin").click()
            for n in range(6):
                seen = page.locator("h2.ref").inner_text()
                mine = said.setdefault(seen, [])
                # they differ on the first alone; the third is unsure to both
                answer = (
                    ("unsure" if len(said) == 3 and not mine else "yes" if n % 2 else "no")
                    if name == "Ann"
                    else mine[0]
                )
                if name == "Bo" and list(said).index(seen) == 0:
                    answer = "yes"
                mine.append(answer)
                if n % 2:
                    page.keyboard.press(answer[0])
                else:
                    page.get_by_role("button", name=answer.capitalize(), exact=False).click()
                until(page, "before => document.querySelector('h2.ref')?.innerText !== before", seen)
        assert [len(each) for each in said.values()] == [2] * 6
        differ = [seen for seen, each in said.items() if len(set(each)) == 2]
        assert len(differ) == 1
        # agreement as the page shows it, against the function over what was said here
        wanted = agreement(*map(list, zip(*said.values(), strict=True)))
        shown = pages[1].get_by_role("complementary").inner_text()
        assert f"{100 * (wanted.agreed or 0):.1f} % of 6 items with two labels alike" in shown
        assert f"Cohen's kappa {wanted.kappa:.2f} [{wanted.low:.2f}, {wanted.high:.2f}]" in shown
        # neither of the two may rule, a third may: on the one they differ on, and on the one both were unsure of
        for page, others in zip(pages, (True, True, False), strict=True):
            page.goto(f"{running.address}/review/{OPEN}?adjudicate=1")
            if not others:
                page.get_by_label("Your name").fill("Kim")
                page.get_by_role("button", name="Begin").click()
            assert (page.locator("h2.ref").count() == 0) == others
        ruled = []
        while pages[2].locator("h2.ref").count():
            ruled.append(pages[2].locator("h2.ref").inner_text())
            assert "a reviewer" in pages[2].locator(".item").inner_text()
            pages[2].get_by_label("Why, if you like").fill("as the card says")
            pages[2].get_by_role("button", name="No", exact=False).first.click()
        unsure = next(seen for seen, each in said.items() if each == ["unsure", "unsure"])
        assert sorted(ruled) == sorted([differ[0], unsure])
        assert pages[2].get_by_text("Nothing is left for you to rule on").is_visible()
        assert first.troubles == []
    ws = open_workspace(path)
    rows = dict(labels.current(ws.db, OPEN).project("subject, verdict || ' ' || basis").fetchall())
    assert rows[f"hf:model:{differ[0]}"] == rows[f"hf:model:{unsure}"] == "no adjudication"
    assert len(rows) == 6
    who = {row[0] for row in ws.db.execute("SELECT DISTINCT labeller FROM labels").fetchall()}
    assert who == {labeller(name, installation_key()) for name in ("ann", "bo", "kim")}


def test_the_page_shows_neither_the_value_nor_the_labels_of_others(running: Served, path: Path) -> None:
    ws = open_workspace(path)
    labels.add(ws, [review(ref(7), "yes", "bo", OPEN, reason="becausebecause", chance=0.25)])
    ann = Person(running, "Ann").begin()
    assert ann.item == ref(7)  # what somebody labelled comes first
    shown = ann.page.split("<aside")[0]
    assert "word7 at [link]" in shown
    assert "interval is 0.2 wide; it rests on n = 1" in shown
    for secret in ("0.175", "0.075", "0.275", "becausebecause", "https://hub"):
        assert secret not in shown
    told = ann.client.get(f"/review/{OPEN}?format=json").json()
    assert told["item"]["ref"] == ref(7)
    assert "value" not in told["item"]
    # the chance it was drawn with goes on to the second label, whatever a form says
    ann.says("no", chance="0.9")
    chances = ws_chances(path)
    assert chances[ref(7)] == [0.25, 0.25]


def ws_chances(path: Path) -> dict[str, list[float | None]]:
    rows = open_workspace(path).db.execute("SELECT subject, chance FROM labels ORDER BY made").fetchall()
    found: dict[str, list[float | None]] = {}
    for subject, chance in rows:
        found.setdefault(subject, []).append(chance)
    return found


def test_half_of_a_batch_is_drawn_and_its_chance_is_kept(running: Served, path: Path) -> None:
    ann = Person(running, "Ann").begin()
    seen = [ann.says("yes") for _ in range(20)]
    assert len(set(seen)) == 20
    chances = [each[0] for each in ws_chances(path).values()]
    # 10 of a pool of 40 at random, 10 chosen
    assert sorted(chances, key=str) == [0.25] * 10 + [None] * 10


def test_an_item_that_was_not_served_is_refused(running: Served, path: Path) -> None:
    ann, bo = Person(running, "Ann").begin(), Person(running, "Bo").begin()
    token = form_of(ann.page, "item")
    for given in (
        {"item": "x"},
        {"item": ""},
        {"item": form_of(bo.page, "item")},
        {"item": ref(3)},
        {"answer": "maybe"},
    ):
        fields = {"form": form_of(ann.page), "item": token, "answer": "yes"} | given
        answer = ann.client.post(ann.at, data=fields)
        assert answer.status_code == 400, given
    assert ws_chances(path) == {}
    # a second press of the same button is one label, and no error
    fields = {"form": form_of(ann.page), "item": token, "answer": "yes"}
    assert [ann.client.post(ann.at, data=fields).status_code for _ in range(2)] == [200, 200]
    assert len(ws_chances(path)) == 1
    # nobody labels without a name, and no rule does
    nobody = Person(running, "")
    assert nobody.post(nobody.at, item=token, answer="yes").answer.status_code == 400
    for name in ("", "rule:x"):
        assert Person(running, name).begin().answer.status_code == 400


def test_forms_of_others_are_refused(running: Served, path: Path) -> None:
    ann, bo = Person(running, "Ann").begin(), Person(running, "Bo").begin()
    fields = {"item": form_of(ann.page, "item"), "answer": "yes"}
    for at in (ann.at, "/review/who", "/review/key"):
        for form in ({}, {"form": ""}, {"form": form_of(bo.page)}):
            assert ann.client.post(at, data={"labeller": "Eve", "check": OPEN} | fields | form).status_code == 400, (
                at,
                form,
            )
        right = fields | {"form": form_of(ann.page), "labeller": "Eve", "check": OPEN}
        assert ann.client.post(at, data=right, headers={"origin": "http://evil.example"}).status_code == 403
        assert ann.client.post(at, data=right, headers={"sec-fetch-site": "cross-site"}).status_code == 403
        assert httpx2.post(running.address + at, data=right).status_code == 400  # no session
    assert ws_chances(path) == {}
    assert ann.client.post(ann.at, data=fields | {"form": form_of(ann.page)}).status_code == 200


def test_skipped_items_come_last_and_again(running: Served, path: Path) -> None:
    ws = open_workspace(path)
    labels.add(ws, [review(ref(n), "yes", "bo", OPEN) for n in (3, 4)])
    labels.add(ws, [review(ref(n), "yes", who, OPEN) for n in range(8, 40) for who in ("bo", "cy")])
    ann = Person(running, "Ann").begin()
    first = [ann.says("skip") for _ in range(2)]
    assert set(first) == {ref(3), ref(4)}
    others = [ann.says("no") for _ in range(6)]
    assert not set(others) & set(first)
    assert {ann.says("no") for _ in range(2)} == set(first)
    assert "Nothing is left for you to label" in ann.page


def test_what_others_finished_meanwhile_is_passed_over(running: Served, path: Path) -> None:
    ann = Person(running, "Ann").begin()
    before = ann.item
    assert before
    ws = open_workspace(path)
    labels.add(ws, [review(before, "yes", who, OPEN) for who in ("bo", "cy")])
    ann.page = ann.client.get(ann.at).text
    assert ann.item not in (None, before)


def test_two_browsers_at_once_are_both_kept(running: Served, path: Path) -> None:
    people = [Person(running, f"person {n}").begin() for n in range(4)]
    seen: list[tuple[int, str]] = []

    def label(n: int) -> None:
        seen.extend([(n, people[n].says("yes")) for _ in range(4)])

    threads = [threading.Thread(target=label, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ws = open_workspace(path)
    rows = ws.db.execute("SELECT subject, labeller FROM labels").fetchall()
    key = installation_key()
    assert sorted(rows) == sorted((subject, labeller(f"person {n}", key)) for n, subject in seen)
    assert len(rows) == 16


# sensitive checks


def key_text(made: Path) -> str:
    return (made.parent / "host.key").read_text().strip()


def test_without_the_key_there_are_aggregates_only(running: Served, path: Path) -> None:
    eve = Person(running, "Eve", SECRET)
    assert eve.client.get(eve.at).status_code == 403
    assert "The host key is needed" in eve.page
    assert not WORDS.search(eve.page)
    told = eve.client.get(f"{eve.at}?format=json")
    assert (told.status_code, told.json()["item"], told.json()["step"]) == (403, None, "key")
    assert not WORDS.search(told.text)
    # a name alone opens nothing, and a label without the key is refused and logged
    eve.begin()
    assert eve.answer.status_code == 403
    for more in ({}, {"adjudicate": "1"}):
        answer = eve.client.post(eve.at, data={"form": form_of(eve.page), "item": "x", "answer": "yes"} | more)
        assert answer.status_code == 403
        assert not WORDS.search(answer.text)
    assert ws_chances(path) == {}
    lines = looks.read(path)[1:]
    assert [(line["command"], line["items"], line["outcome"]) for line in lines] == [("web review", 0, "refused: no key was given")] * 2  # fmt: skip
    assert {line["who"] for line in lines} == {labeller("eve", installation_key())}


def test_with_the_key_every_item_is_logged_before_it_is_shown(running: Served, path: Path, made: Path) -> None:
    ann = Person(running, "Ann", SECRET).open(key_text(made))
    assert ann.answer.headers["cache-control"] == "no-store"
    seen = [ann.says("yes") for _ in range(3)]
    assert ann.client.get(ann.at + "?format=json").json()["item"]["ref"] == ann.item
    assert len(set(seen)) == 3
    lines = looks.read(path)[1:]
    assert [(line["items"], line["outcome"]) for line in lines] == [(0, "allowed")] + [(1, "allowed")] * 5
    assert {(line["command"], line["check"], line["reason"]) for line in lines} == {
        ("web review", SECRET, "weekly sweep")
    }
    assert {line["who"] for line in lines} == {labeller("ann", installation_key())}
    assert not WORDS.search((path / "looks.jsonl").read_text())
    assert key_text(made) not in "".join(map(repr, vars(running.app.state)["_state"]["sessions"]._held.values()))
    # where the look cannot be logged nothing is shown
    (path / "looks.jsonl").unlink()
    (path / "looks.jsonl").mkdir()
    answer = ann.client.get(ann.at)
    assert answer.status_code == 503
    assert not WORDS.search(answer.text)
    assert str(path.parent) not in answer.text


def test_the_key_is_closed_by_hand_and_by_the_clock(
    running: Served, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = Person(running, "Ann", SECRET).open(key_text(made))
    assert ann.item
    ann.post("/review/key", close="1")
    assert ann.answer.status_code == 403
    assert ann.item is None
    monkeypatch.setattr(review_access, "KEY_FOR", -1.0)
    ann.open(key_text(made))
    assert ann.answer.status_code == 403
    assert ann.item is None


def test_the_key_is_closed_for_whoever_sits_down_next(running: Served, path: Path, made: Path) -> None:
    ann = Person(running, "Ann", SECRET).open(key_text(made))
    assert ann.item
    assert ann.post("/review/who", labeller="Ann").item
    ann.post("/review/who", labeller="Bo")
    assert (ann.answer.status_code, ann.item) == (403, None)
    # nor does a wrong key of somebody else leave it open under another name
    ann.open(key_text(made))
    ann.post("/review/key", labeller="Eve", host_key="x", reason="r")
    assert (ann.answer.status_code, ann.item) == (403, None)


def test_the_key_is_closed_when_another_is_made(running: Served, path: Path, made: Path, tmp_path: Path) -> None:
    ann = Person(running, "Ann", SECRET).open(key_text(made))
    token, form = form_of(ann.page, "item"), form_of(ann.page)
    host_key.make(path, tmp_path / "next.key", replace=True)
    assert ann.client.get(ann.at).status_code == 403
    assert ann.client.post(ann.at, data={"form": form, "item": token, "answer": "yes"}).status_code == 403
    assert ws_chances(path) == {}
    assert ann.post("/review/key", host_key=(tmp_path / "next.key").read_text(), reason="r").item


def test_a_planted_cookie_opens_nothing(running: Served, made: Path) -> None:
    eve = Person(running, "Eve", SECRET)
    ann = Person(running, "Ann", SECRET)
    for planted in eve.client.cookies.jar:
        ann.client.cookies.jar.set_cookie(planted)
    ann.page = ann.client.get(ann.at).text
    assert form_of(ann.page) == form_of(eve.page)  # it is the session of Eve
    assert ann.open(key_text(made)).item
    assert eve.client.get(eve.at).status_code == 403
    assert ann.says("yes")
    assert ann.item


def test_wrong_keys_are_refused_logged_and_limited(running: Served, path: Path, made: Path) -> None:
    eve = Person(running, "Eve", SECRET)
    for wrong in ("headgate-host-" + "0" * 64, "", "é" * 40, "x" * 4000):
        eve.open(wrong)
        assert eve.answer.status_code == 403
        assert "not the workspace" in eve.page
        assert eve.item is None
    assert eve.open(key_text(made), reason="  ").answer.status_code == 403  # the right one, and no reason
    assert eve.open(key_text(made)).answer.status_code == 429  # the sixth in a minute
    assert int(eve.answer.headers["retry-after"]) > 30
    outcomes = [str(line["outcome"]) for line in looks.read(path)[1:]]
    assert outcomes == ["refused: this is not the workspace's key"] * 4 + ["refused: no reason was given"]
    eve.page = eve.client.get(eve.at).text
    assert eve.item is None


def test_right_keys_are_not_limited(running: Served, made: Path) -> None:
    for n in range(7):
        assert Person(running, f"person {n}", SECRET).open(key_text(made)).item


def test_a_person_is_no_item_of_an_open_check(tmp_path: Path) -> None:
    ws = workspace(tmp_path / "w", 6)
    ws.db.execute(
        "CREATE OR REPLACE TEMP TABLE given AS SELECT * REPLACE (true AS person) FROM observations WHERE ref = ?",
        [ref(2)],
    )
    from headgate import workspace as workspaces

    run = workspaces.new_run(ws, "collect", "dump", {})
    workspaces.write_part(ws, run, "artifacts", ws.db.sql(f"SELECT * REPLACE ('{run.id}' AS run) FROM given"))
    workspaces.finish(ws, run)
    with serving(ws.path) as running:
        ann = Person(running, "Ann").begin()
        seen = [ann.says("no") for _ in range(5)]
        assert ref(2) not in seen
        assert "Nothing is left for you to label" in ann.page
        assert "depict a real person are left out" in ann.page


def test_the_list_says_what_waits(running: Served, path: Path) -> None:
    labels.add(open_workspace(path), [
        review(ref(1), "yes", "ann", OPEN), review(ref(1), "no", "bo", OPEN), review(ref(2), "yes", "ann", OPEN),
        review(ref(3), "contested", "cy", OPEN, role="appeal"), review(ref(4), "yes", "ann", SECRET),
    ])  # fmt: skip
    told = {one["check"]: one for one in running.json("/review")["checks"]}
    assert set(told) == {OPEN, SECRET}
    assert {name: told[OPEN][name] for name in ("items", "reviewed", "one_label", "to_settle", "contested", "pairs", "agreed")} == {
        "items": 40, "reviewed": 2, "one_label": 1, "to_settle": 2, "contested": 1, "pairs": 1, "agreed": 0.0,
    }  # fmt: skip
    assert (told[SECRET]["reviewed"], told[SECRET]["one_label"], told[SECRET]["kappa"]) == ("<10", "<10", None)
    assert told[OPEN]["layer"] is False
    assert not WORDS.search(running.html("/review"))
    assert running.get("/review/nonsense").status_code == 400


def test_calibration_on_the_page(running: Served, path: Path) -> None:
    ws = open_workspace(path)
    given = [review(ref(n), "yes" if n < 20 else "no", "seeder", OPEN, role="seed") for n in range(40)]
    labels.add(
        ws, given + [review(ref(n), "yes" if n < 20 else "no", who, OPEN) for n in range(40) for who in ("a", "b")]
    )
    page = running.html(f"/review/{OPEN}")
    assert "People can tell this" in page
    assert "40 of 40" in page
    assert "Votes an item needs" in page
    assert next(one for one in running.json("/review")["checks"] if one["check"] == OPEN)["layer"] is True
    labels.add(ws, [review(ref(n), "yes" if n % 2 else "no", who, OPEN) for n in range(40) for who in ("a", "b")])
    page = running.html(f"/review/{OPEN}")
    assert "Human review is not a layer here" in page


def test_without_javascript(running: Served) -> None:
    with looking(script=False) as page:
        page.goto(f"{running.address}/review")
        page.get_by_role("link", name=OPEN).first.click()
        page.get_by_label("Your name").fill("Ann")
        page.get_by_role("button", name="Begin").click()
        first = page.locator("h2.ref").inner_text()
        page.get_by_role("button", name="Yes").click()
        assert page.locator("h2.ref").inner_text() != first
        assert page.troubles == []


def test_a_key_does_not_answer_while_somebody_types(running: Served, browser: Any) -> None:
    browser.goto(f"{running.address}/review/{OPEN}")
    browser.get_by_label("Your name").fill("Ann")
    browser.get_by_role("button", name="Begin").click()
    before = browser.locator("h2.ref").inner_text()
    browser.get_by_label("Why, if you like").press_sequentially("yes sunny")
    assert browser.locator("h2.ref").inner_text() == before
    browser.get_by_label("Why, if you like").press("Tab")
    browser.keyboard.press("Control+y")
    assert browser.locator("h2.ref").inner_text() == before
    assert browser.troubles == []


def test_reviewed_items_are_said_to_the_command_line_too(running: Served, path: Path) -> None:
    ann = Person(running, "Ann").begin()
    mine = ann.says("yes", reason="see https://x.example/a\nand   so on")
    ws = open_workspace(path)
    assert [(one.subject, one.label, one.role) for one in review_items.said(ws.db, OPEN)] == [(mine, "yes", "review")]
    assert ws.db.execute("SELECT reason FROM labels").fetchall()[0][0] == "see https://x.example/a and so on"
