"""Records of Civitai turned into rows, hostile ones too."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headgate import derive, pages, run, workspace, zstd
from tests.fakehub import Record


def derived(records: list[Any], into: Path) -> workspace.Workspace:
    """Rows of `records` as they are, that is as they look after pseudonyms were put in."""
    ws = workspace.open_workspace(into, create=True)
    made = workspace.new_run(ws, "collect", "civitai", {})
    made.hub, made.kind, made.pages, made.observed = "civitai", "model", 1, "2026-11-21T00:00:00+00:00"
    text = "".join(json.dumps(record) + "\n" for record in records)
    page = pages.page_path(into / "raw" / "civitai" / made.id, 1)
    pages.write_whole(page, zstd.compress(text.encode()))
    derive.derive(ws, made)
    workspace.finish(ws, made)
    return ws


def row(ws: workspace.Workspace, ref: str) -> Record:
    cursor = ws.db.execute("FROM artifacts WHERE ref = ?", [ref])
    names = [column[0] for column in cursor.description]
    return dict(zip(names, cursor.fetchall()[0], strict=True))


FULL: Record = {
    "id": 77, "name": "Hills", "description": "<p>Green</p>", "type": "Checkpoint", "nsfw": True, "poi": True,
    "nsfwLevel": 31, "mode": "TakenDown", "tags": ["hills", "style"], "creator": {"username": "maker", "image": None},
    "stats": {"downloadCount": 900, "thumbsUpCount": 40}, "allowCommercialUse": ["Image", "RentCivit"],
    "allowNoCredit": True, "allowDerivatives": False, "_headgate": {"depicts": "person-0123", "person": True},
    "modelVersions": [
        {
            "id": 801, "name": "v2", "baseModel": "SDXL 1.0", "publishedAt": "2024-03-02T10:00:00.000Z",
            "description": None, "trainedWords": ["hillz"], "stats": {"downloadCount": 600, "thumbsUpCount": 30},
            "files": [
                {"name": "a.safetensors", "sizeKB": 2.5, "type": "Model", "primary": True,
                 "hashes": {"SHA256": "AB" * 32, "AutoV2": "ABABABABAB"}, "metadata": {"format": "SafeTensor"}},
                {"name": "b.ckpt", "sizeKB": 1, "hashes": {}},
            ],
        },
        {"id": 800, "name": "v1", "baseModel": "SD 1.5", "publishedAt": "2024-01-01T00:00:00.000Z", "files": []},
    ],
}  # fmt: skip


def test_rows_of_a_model_and_its_versions(tmp_path: Path) -> None:
    ws = derived([FULL], tmp_path)
    common = {
        "hub": "civitai", "author": "maker", "tags": ["hills", "style"], "pipeline": "Checkpoint", "nsfw": True,
        "person": True, "depicts": "person-0123", "licences": [], "licence_source": "terms", "gone": False,
        "commercial_use": ["Image", "RentCivit"], "downloads_window": "all", "sha": None, "gated": None,
    }  # fmt: skip
    model = row(ws, "civitai:model:77")
    assert model | common == model
    assert model["kind"] == "model"
    assert (model["name"], model["hub_id"], model["card"], model["has_card"]) == ("Hills", "77", "<p>Green</p>", True)
    assert (model["downloads"], model["likes"], model["base_family"], model["version_of"]) == (900, 40, None, None)
    assert (model["created"], model["modified"]) == (datetime(2024, 1, 1), datetime(2024, 3, 2, 10))
    version = row(ws, "civitai:version:801")
    assert version | common == version
    assert version["kind"] == "version"
    assert (version["name"], version["hub_id"], version["card"], version["has_card"]) == ("Hills v2", "801", None, None)
    assert (version["downloads"], version["likes"]) == (600, 30)
    assert (version["base_family"], version["version_of"]) == ("SDXL 1.0", "civitai:model:77")
    assert version["created"] == datetime(2024, 3, 2, 10)
    assert row(ws, "civitai:version:800")["downloads_window"] is None
    files = ws.db.execute("SELECT artifact, path, size, sha256, format FROM files ORDER BY path").fetchall()
    assert files == [
        ("civitai:version:801", "a.safetensors", 2560, "ab" * 32, "safetensors"),
        ("civitai:version:801", "b.ckpt", 1024, None, "pickle"),
    ]


@pytest.mark.parametrize(
    ("terms", "commercial", "source"),
    [
        ({"allowCommercialUse": ["Image", "Sell"]}, ["Image", "Sell"], "terms"),
        ({"allowCommercialUse": "{Image,RentCivit}"}, ["Image", "RentCivit"], "terms"),
        ({"allowCommercialUse": '{"Image", Rent}'}, ["Image", "Rent"], "terms"),
        ({"allowCommercialUse": "Sell"}, ["Sell"], "terms"),
        ({"allowCommercialUse": "None"}, ["None"], "terms"),
        ({"allowCommercialUse": "{}"}, [], "terms"),
        ({"allowCommercialUse": []}, [], "terms"),
        ({"allowNoCredit": False}, None, "terms"),
        ({"allowCommercialUse": 7}, None, "terms"),
        ({}, None, None),
    ],
)
def test_terms(terms: Record, commercial: list[str] | None, source: str | None, tmp_path: Path) -> None:
    ws = derived([{"id": 1, "name": "x", "modelVersions": [{"id": 2}], **terms}], tmp_path)
    for ref in ("civitai:model:1", "civitai:version:2"):
        found = row(ws, ref)
        assert (found["commercial_use"], found["licence_source"]) == (commercial, source)


@pytest.mark.parametrize(
    ("poi", "mark", "person"),
    [
        (True, None, True),
        (False, None, False),
        (None, None, None),
        (False, {"person": True, "depicts": "p"}, True),
        (True, {"person": False}, True),
    ],
)
def test_person(poi: bool | None, mark: Record | None, person: bool | None, tmp_path: Path) -> None:
    ws = derived(
        [
            {
                "id": 1,
                "modelVersions": [],
                **({} if poi is None else {"poi": poi}),
                **({"_headgate": mark} if mark else {}),
            }
        ],
        tmp_path,
    )
    assert row(ws, "civitai:model:1")["person"] is person


def test_two_versions_of_the_same_model_in_two_pages_are_one_row(tmp_path: Path) -> None:
    ws = derived([FULL, FULL | {"name": "Hills, renamed", "updatedAt": "2025-01-01T00:00:00Z"}], tmp_path)
    assert ws.db.execute("SELECT count(*) FROM artifacts").fetchall() == [(3,)]
    assert row(ws, "civitai:model:77")["name"] == "Hills, renamed"


HOSTILE = [
    {"id": 5, **{key: value for key in FULL if key != "id"}} for value in ("text", 7, -1.5e300, True, None, [], {}, [[1]], [{}], [None], {"a": {}})
]  # fmt: skip


@pytest.mark.parametrize("record", HOSTILE, ids=lambda record: repr(record["name"]))
def test_a_hostile_shape_gives_nulls(record: Record, tmp_path: Path) -> None:
    ws = derived([record, {"id": 6, "name": "good", "modelVersions": []}], tmp_path)
    refs = {ref for (ref,) in ws.db.execute("SELECT ref FROM artifacts").fetchall()}
    assert refs == {"civitai:model:5", "civitai:model:6"}


@pytest.mark.parametrize("id_", [None, "x", -3, 1.5, [], {}, "1); DROP TABLE artifacts; --", 10**30])
def test_a_record_without_a_usable_id_is_counted(id_: object, tmp_path: Path) -> None:
    ws = derived([{"id": id_, "name": "x", "modelVersions": [{"id": id_}]}, FULL], tmp_path)
    refs = {ref for (ref,) in ws.db.execute("SELECT ref FROM artifacts").fetchall()}
    assert refs == {"civitai:model:77", "civitai:version:801", "civitai:version:800"}
    assert 'rejected_no_usable_id": 2' in ws.db.execute("SELECT counts FROM runs").fetchall()[0][0]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
_VERSION = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("id", "name", "files", "stats", "baseModel", "publishedAt"), _JSON)
)
_RECORD = st.fixed_dictionaries(
    {},
    optional={k: _JSON for k in FULL if k != "modelVersions"}
    | {"modelVersions": _JSON | st.lists(_VERSION | _JSON, max_size=3)},
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_RECORD, max_size=5))
def test_whatever_the_hub_says_is_turned_into_rows(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record]
) -> None:
    folder = tmp_path_factory.mktemp("h")
    (folder / "dump.jsonl").write_text(
        "".join(json.dumps(record) + "\n" for record in [*records, FULL]), encoding="utf-8"
    )
    ws = workspace.open_workspace(folder / "w", create=True)
    run.collect(ws, "dump", path=folder / "dump.jsonl", shape="civitai-models")
    found = ws.db.execute("SELECT count(*), count(DISTINCT ref) FROM artifacts").fetchall()[0]
    assert found[0] == found[1] >= 3
