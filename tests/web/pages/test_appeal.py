from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")

from headgate import labels
from headgate.workspace import open_workspace
from tests.web.serving import serving


def test_an_appeal_from_the_form(own: Path) -> None:
    from tests.web.serving import looking

    ws = open_workspace(own)
    ref = str(
        ws.db.execute("SELECT ref FROM artifacts WHERE kind = 'model' AND person IS NOT true LIMIT 1").fetchall()[0][0]
    )
    with serving(own) as running, looking() as page:
        page.goto(f"{running.address}/review/appeal?ref={ref}&check=licence_missing")
        page.get_by_label("What is wrong").fill("It is in the file.\nSee there.")
        page.get_by_label("Your name").fill("Zoe")
        page.get_by_role("button", name="Appeal").click()
        assert page.get_by_text("The appeal was taken").is_visible()
        assert page.troubles == []
    found = labels.appeals(open_workspace(own))
    assert [(one.ref, one.check, one.note) for one in found] == [
        (ref, "licence_missing", "It is in the file. See there.")
    ]


def test_what_is_refused(own: Path) -> None:
    with serving(own) as running, running.client() as client:
        text = client.get("/review/appeal?ref=%3Cscript%3Ealert(1)%3C/script%3E").text
        assert "<script>alert" not in text
        form: Any = re.search(r'name="form" value="([^"]+)"', text)
        right = {"form": form.group(1), "ref": "no/where", "check": "licence_missing", "note": "x", "labeller": "Zoe"}
        for given, status in (({}, 404), ({"note": " "}, 400), ({"check": "nonsense"}, 400), ({"labeller": ""}, 400),
                              ({"form": "x"}, 400), ({"note": "x" * 501}, 400)):  # fmt: skip
            answer = client.post("/review/appeal", data=right | given)
            assert answer.status_code == status, given
            assert str(own.parent) not in answer.text
        codes = {client.post("/review/appeal", data=right).status_code for _ in range(25)}
        assert codes == {404, 429}
    assert labels.appeals(open_workspace(own)) == []
