from __future__ import annotations

import json
from typing import Any

from headgate.bom import facts
from headgate.web.pages import artifact_files
from headgate.web.words import address
from headgate.workspace import open_workspace
from tests.web.serving import Served, serving


def with_files(hub: Any, number: int = 3) -> list[str]:
    sql = (
        "SELECT artifact FROM files WHERE artifact NOT IN (SELECT ref FROM observations WHERE person) "
        f"AND artifact IN (SELECT child FROM edges) GROUP BY artifact ORDER BY count(*) DESC, 1 LIMIT {number}"
    )
    return [row[0] for row in hub[0].db.cursor().execute(sql).fetchall()]


def test_the_files_are_those_of_the_table(hub: Any, served: Served) -> None:
    db = hub[0].db.cursor()
    refs = with_files(hub)
    assert refs
    for ref in refs:
        said = served.json(address(ref, "artifact-files"))
        wanted = db.execute("SELECT path, size, sha256 FROM files WHERE artifact = ? ORDER BY path", [ref]).fetchall()
        assert [(one["path"], one["size"], one["sha256"]) for one in said["files"]] == wanted[:500]
        assert said["count"] == len(wanted)
        assert wanted[0][0] in served.html(address(ref, "artifact-files"))


def test_an_artifact_without_a_list_of_files_says_so(hub: Any, served: Served) -> None:
    ref = hub[0].db.cursor().execute(
        "SELECT ref FROM artifacts WHERE ref NOT IN (SELECT artifact FROM files) AND ref NOT IN "
        "(SELECT ref FROM observations WHERE person) LIMIT 1"
    ).fetchall()[0][0]  # fmt: skip
    assert "No list of its files was collected" in served.html(address(ref, "artifact-files"))


def test_a_bill_of_materials_holds_what_the_command_gathers_but_for_the_gate(hub: Any, served: Served) -> None:
    """Gathered from the lineage alone it is what a look at the whole workspace gives."""
    snapshot = served.app.state.watch.current
    for ref in with_files(hub):
        around = facts.gather(artifact_files._around(snapshot, ref), [ref])
        whole = facts.gather(open_workspace(hub[0].path), [ref])
        assert around._replace(decisions={}, withheld=()) == whole._replace(decisions={}, withheld=())
        assert not around.decisions


def test_it_is_a_file_to_take_away(hub: Any, served: Served) -> None:
    ref = with_files(hub, 1)[0]
    for form, field in (("cyclonedx", "bomFormat"), ("spdx", "@context")):
        answer = served.get(address(ref, "artifact-bom") + f"?format={form}")
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].startswith('attachment; filename="')
        assert "json" in answer.headers["content-type"]
        assert field in json.loads(answer.text)
        assert "uncensored" not in [
            one for one in json.dumps(json.loads(answer.text)).split('"') if one == "uncensored"
        ]
    assert served.get(address(ref, "artifact-bom") + "?format=xml").status_code == 400


def test_one_reader_gets_so_many_and_no_more(own: Any, hub: Any) -> None:
    ref = with_files(hub, 1)[0]
    with serving(own) as running:
        running.app.state.exports.burst = 1
        codes = [running.get(address(ref, "artifact-bom")).status_code for _ in range(2)]
    assert codes == [200, 429]
