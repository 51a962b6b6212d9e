from __future__ import annotations

from pathlib import Path

from headgate import labels
from headgate.labels import Label
from headgate.licences.stated import declared, make_table
from headgate.workspace import Workspace
from tests.build import collect, model

APACHE = "Licensed under the Apache License, Version 2.0"


def rows(ws: Workspace) -> dict[str, tuple[list[str] | None, list[str] | None, list[str] | None]]:
    make_table(ws.db)
    found = ws.db.execute("SELECT ref, declared, detected, verified FROM stated_licences").fetchall()
    assert len(found) == len({row[0] for row in found})
    return {ref.rpartition("/")[2]: rest for ref, *rest in found}


def test_three_columns(tmp_path: Path) -> None:
    records = [
        model("a/known") | {"cardData": {"license": ["mit", "apache-2.0"]}},
        model("a/name") | {"cardData": {"license": "other", "license_name": "Qwen-Research"}},
        model("a/link") | {"cardData": {"license": "other", "license_link": "https://ai.google.dev/gemma/terms"}},
        model("a/other") | {"cardData": {"license": "other"}},
        model("a/half") | {"cardData": {"license": ["mit", "zq"]}},
        model("a/none"),
        model("a/card", card="---\nlicense: mit\n---\n- **License:** Llama 2"),
        model("a/same", card="---\nlicense: mit\n---\n- **License:** Llama 2"),
        model("a/mute", card="# Zq"),
        model("a/file", card="License: MIT", licenseText=f"/* {APACHE} */"),
        model("a/odd", licenseText="All rights reserved."),
    ]
    ws, _ = collect(tmp_path / "w", records)
    assert {name: (d, t) for name, (d, t, _) in rows(ws).items()} == {
        "known": (["Apache-2.0", "MIT"], None), "name": (["qwen-research"], None), "link": (["gemma"], None),
        "other": (None, None), "half": (None, None), "none": ([], None), "card": ([], ["llama2"]),
        "same": ([], ["llama2"]), "mute": ([], []), "file": ([], ["Apache-2.0"]), "odd": ([], None),
    }  # fmt: skip
    quotes = ws.db.execute("SELECT place, quotes FROM licence_found WHERE ref = 'hf:model:a/file'").fetchall()
    assert quotes == [("file", [APACHE])]


def test_permission_flags_of_civitai_are_no_licence_we_know(tmp_path: Path) -> None:
    records = [{"id": 1, "name": "x", "modelVersions": [], "allowCommercialUse": "{Image}"}]
    ws, _ = collect(tmp_path / "w", records, "civitai")
    make_table(ws.db)
    assert ws.db.execute("SELECT declared FROM stated_licences").fetchall() == [(None,)]


def test_what_a_person_verified(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model(f"a/{name}") for name in ("one", "two", "rule", "no")])
    labels.add(
        ws,
        [
            Label("hf:model:a/one", "licence", "yes", "ann", "review", "Llama 2"),
            Label("hf:model:a/one", "licence", "yes", "bob", "adjudication", "gemma"),
            Label("hf:model:a/two", "licence", "yes", "ann", "review", "MIT OR Apache-2.0"),
            Label("hf:model:a/rule", "licence", "yes", "rule:zq", "seed", "MIT"),
            Label("hf:model:a/no", "licence", "yes", "ann", "review", "no idea"),
        ],
    )
    assert {name: verified for name, (_, _, verified) in rows(ws).items()} == {
        "one": ["gemma"], "two": ["MIT", "Apache-2.0"], "rule": None, "no": None,
    }  # fmt: skip


def test_a_name_counts_only_beside_other_or_unknown() -> None:
    assert declared(["mit"], "gemma", "https://ai.google.dev/gemma/terms") == ["MIT"]
    assert declared(["other", "mit"], "gemma") == ["MIT", "gemma"]
    assert declared(["unknown"], "zq", "https://ai.google.dev/gemma/terms") == ["gemma"]
    assert declared(["other"]) is None
    assert declared([]) == []


def test_an_empty_workspace_has_empty_tables(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x")])
    ws.db.execute("CREATE OR REPLACE TEMP VIEW artifacts AS FROM empty.artifacts")
    make_table(ws.db)
    assert ws.db.execute("SELECT count(*) FROM stated_licences").fetchall() == [(0,)]
