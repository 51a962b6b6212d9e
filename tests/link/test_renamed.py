from __future__ import annotations

from pathlib import Path

from tests.build import collect, edges, model


def test_the_same_hub_id_under_two_names_is_a_rename(tmp_path: Path) -> None:
    path = tmp_path / "w"
    collect(path, [model("me/old", _id="1"), model("me/other", _id="2")], observed="2025-01-01")
    ws, _ = collect(
        path, [model("me/new", _id="1"), model("me/other", _id="2"), model("me/none")], observed="2025-02-01"
    )
    assert edges(ws, "renamed") == {("hf:model:me/old", "hf:model:me/new", "renamed", "read")}


def test_no_edge_leads_from_a_name_to_its_pseudonym(tmp_path: Path) -> None:
    path = tmp_path / "w"
    silent = model("me/mirelda-tovask", _id="1", pipeline_tag="text-to-image")  # an invented name
    told = silent | {"tags": ["celebrity"]}
    collect(path, [silent], observed="2025-01-01")
    ws, made = collect(path, [told], observed="2025-02-01")
    assert made.counts["pseudonymised"] == 1
    assert ws.db.execute("SELECT count(DISTINCT ref) FROM observations WHERE hub_id = '1'").fetchall() == [(2,)]
    assert edges(ws, "renamed") == set()
    # nor back, where the tag is taken away again
    ws, _ = collect(path, [model("me/tovask", _id="1", pipeline_tag="text-to-image")], observed="2025-03-01")
    assert edges(ws, "renamed") == {("hf:model:me/mirelda-tovask", "hf:model:me/tovask", "renamed", "read")}
