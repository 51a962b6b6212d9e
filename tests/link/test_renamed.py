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
