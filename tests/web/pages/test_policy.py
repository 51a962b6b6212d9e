from __future__ import annotations

import hashlib
import html
import re
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from headgate import policy as policies
from headgate.web import dry_run
from headgate.web.pages import policy
from tests.web.serving import Served, looking, serving

TEXT = policies.DEFAULT.read_text()
OPENED = TEXT.replace("at_most = 0 ", "at_most = 1 ", 1).replace('"default"', '"mine"')


def _fields(page: str) -> dict[str, str]:
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    return found | {"text": html.unescape(re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)[0])}


def test_the_policy_in_force_is_in_words(served: Served) -> None:
    said = served.json("/policy")
    assert said["default"] is True
    assert said["text"] == TEXT
    assert said["sha256"] == hashlib.sha256(TEXT.encode()).hexdigest()
    assert [(one["check"], one["asks"], one["broken"], one["missing"], one["kinds"]) for one in said["rules"]] == [
        ("licence_missing", "at most 0", "block", "unknown", "all kinds"),
        ("licence_conflict", "at most 0", "block", "unknown", "all kinds"),
        ("uncensored_name", "at most 0", "block", "unknown", "models, versions"),
    ]
    assert said["command"] == "headgate gate REF -w hub.headgate"
    assert "the default policy" in served.html("/policy")


def test_what_was_decided_is_what_the_report_shows(hub: Any, served: Served) -> None:
    from headgate.report.summary import summarise

    (report,) = [one for one in summarise(hub[0]).controls if one.control == "release_gate"]
    said = served.json("/policy")["decided"]
    assert (said["allow"], said["block"], said["unknown"]) == (report.allow, report.block, report.unknown)


@pytest.mark.parametrize(
    ("least", "most", "said"),
    [
        (None, 0.5, "at most 0.5"),
        (0.25, None, "at least 0.25"),
        (0.1, 0.9, "at least 0.1 and at most 0.9"),
        (1, 1, "1"),
    ],
)
def test_limits_in_words(least: float | None, most: float | None, said: str) -> None:
    assert policy.limits(least, most) == said


def test_a_waiver_says_whether_it_counts() -> None:
    text = "\n".join(
        f'[[waiver]]\nref = "hf:model:a/b{n}"\nrule = "r"\nreason = "x"\nowner = "o"\nexpires = {until}\n{more}'
        for n, (until, more) in enumerate(
            [("2026-11-21", ""), ("2026-11-20", ""), ("2027-01-01", "approved = 2026-12-01")]
        )
    )
    import tomllib

    rule = '[[rule]]\nname = "r"\ncheck = "licence_missing"\nat_most = 0\n'
    found = policies.of_tables(Path("p.toml"), tomllib.loads(rule + text))
    assert [one.state for one in policy.waived(found, date(2026, 11, 21))] == ["counts", "expired", "not yet"]


def test_nothing_is_taken_without_the_secret_of_the_form(served: Served) -> None:
    with served.client() as client:
        client.get("/policy")
        for path in ("/policy/dry-run", "/policy/save"):
            answer = client.post(path, data={"text": TEXT, "form": "made up"})
            assert answer.status_code == 400
            assert "not from this page" in answer.text


def test_what_is_wrong_is_said_and_the_text_kept(served: Served) -> None:
    wrong = OPENED.replace('check = "licence_missing"', 'check = "licence_mising"') + "# <b>& kept\n"
    with served.client() as client:
        fields = _fields(client.get("/policy").text)
        answer = client.post("/policy/dry-run", data=fields | {"text": wrong.replace("\n", "\r\n")})
        assert "did you mean licence_missing?" in html.unescape(answer.text)
        assert _fields(answer.text)["text"] == wrong
        assert "<b>& kept" not in answer.text
        as_json = client.post("/policy/dry-run", data=fields | {"text": wrong}, headers={"accept": "application/json"})
        assert as_json.status_code == 400
        assert "licence_mising" in as_json.json()["wrong"]
        assert client.post("/policy/dry-run", data=fields | {"text": "#" * 200_001}).status_code == 400


def test_a_dry_run_of_nobody_is_not_there(served: Served) -> None:
    answer = served.get("/policy/runs/0123")
    assert answer.status_code == 404
    assert "Check the policy once more" in answer.text


def test_only_what_was_tried_is_saved(own: Path) -> None:
    file = own / "policy.toml"
    with serving(own) as running, running.client() as client:
        fields = _fields(client.get("/policy").text)
        sha = hashlib.sha256(OPENED.encode()).hexdigest()
        answer = client.post("/policy/save", data=fields | {"text": OPENED, "sha256": sha})
        assert "not tried yet" in answer.text
        assert _fields(answer.text)["text"] == OPENED
        found = client.post("/policy/dry-run", data=fields | {"text": OPENED})
        assert "/policy/runs/" in str(found.url)
        tried = _fields(found.text)
        assert (tried["text"], tried["sha256"], tried["was"]) == (OPENED, sha, fields["was"])
        for other in (OPENED + "# more\n", TEXT):
            assert "not tried yet" in client.post("/policy/save", data=tried | {"text": other}).text
        assert not file.exists()
        saved = client.post("/policy/save", data=tried | {"text": OPENED.replace("\n", "\r\n")})
        assert file.read_bytes() == OPENED.encode()
        assert "Saved." in saved.text
        said = running.json("/policy")
        assert (said["default"], said["name"], said["sha256"]) == (False, "mine", sha)
        assert said["command"] == "headgate gate REF -w own.headgate --policy own.headgate/policy.toml"
        assert [(one["old"], one["new"]) for one in said["changes"]] == [(None, sha)]
        # the page that was tried before is of a policy that is no more
        assert "somebody changed" in client.post("/policy/save", data=tried).text


def test_a_waiting_page_goes_on_by_itself_without_javascript(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    real = dry_run.compare

    def slow(*given: Any) -> Any:
        given[-1]("judging slowly", None)
        time.sleep(2)
        return real(*given)

    monkeypatch.setattr(dry_run, "compare", slow)
    with served.client() as client:
        fields = _fields(client.get("/policy").text)
        found = client.post("/policy/dry-run", data=fields | {"text": TEXT + f"# {time.time()}\n"})
        assert '<noscript><meta http-equiv="refresh"' in found.text
        assert "Judging slowly" in found.text
        part = client.get(str(found.url), headers={"HX-Request": "true"}).text
        assert "<html" not in part
        assert 'hx-trigger="every 1s"' in part
        end = time.monotonic() + 20
        while "Each rule by itself" not in part:
            assert time.monotonic() < end
            time.sleep(0.2)
            part = client.get(str(found.url), headers={"HX-Request": "true"}).text
        assert "hx-trigger" not in part


@pytest.mark.parametrize("script", [True, False])
def test_a_policy_is_tried_and_saved_in_a_browser(own: Path, script: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    real = dry_run.compare

    def slow(*given: Any) -> Any:
        time.sleep(1.5)
        return real(*given)

    monkeypatch.setattr(dry_run, "compare", slow)
    with serving(own) as running, looking(script=script) as page:
        page.goto(running.address + "/policy")
        page.get_by_label("The policy, in TOML").fill(OPENED.replace("licence_missing", "licence_mising"))
        page.get_by_role("button", name="Check and dry-run").click()
        assert "did you mean licence_missing" in page.get_by_role("alert").inner_text()
        page.get_by_label("The policy, in TOML").fill(OPENED)
        page.get_by_role("button", name="Check and dry-run").click()
        page.get_by_role("heading", name="From what to what").wait_for(timeout=20_000)
        told = page.get_by_role("table", name="Artifacts by decision in force and new decision").inner_text()
        found = running.json(page.url.removeprefix(running.address))
        allowed = next(one for one in found["outcome"]["moves"] if (one["before"], one["after"]) == ("block", "allow"))
        assert allowed["count"] > 0
        assert f"{allowed['count']:,}" in told
        assert page.get_by_role("link", name=allowed["examples"][0]["ref"].rpartition(":")[2]).count()
        page.get_by_role("button", name="Save this policy").click()
        page.get_by_text("Saved.").wait_for()
        assert (own / "policy.toml").read_text() == OPENED
        assert page.troubles == []


def test_people_stand_in_no_dry_run(hub: Any, served: Served) -> None:
    db = hub[0].db.cursor()
    people = {row[0] for row in db.execute("SELECT DISTINCT ref FROM observations WHERE person").fetchall()}
    with served.client() as client:
        fields = _fields(client.get("/policy").text)
        every = '[[rule]]\nname = "none"\ncheck = "licence_missing"\nat_most = -1\n'
        found = client.post("/policy/dry-run", data=fields | {"text": every})
        twin = client.get(str(found.url), headers={"accept": "application/json"}).text
    assert people
    assert not [ref for ref in people if ref in found.text or ref in twin]
