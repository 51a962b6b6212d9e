from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headgate import run, workspace
from headgate.detect.re_upload import detect
from headgate.workspace import Workspace, open_workspace
from tests import rough_hub
from tests.build import collect, findings, model

GB = 10**9


def sha(text: str) -> str:
    return (text.encode().hex() + "0" * 64)[:64]


def file(content: str, size: int = GB, name: str = "model.safetensors") -> dict[str, Any]:
    return {"rfilename": name, "size": size, "lfs": {"sha256": sha(content), "size": size}}


def repo(id_: str, day: str | None, *files: dict[str, Any], **fields: Any) -> dict[str, Any]:
    made = {"createdAt": f"{day}T00:00:00.000Z"} if day else {}
    return model(id_, _id=f"id of {id_}", siblings=list(files), **made, **fields)


def lora(number: int, day: str, content: str, creator: str = "maker") -> dict[str, Any]:
    made = f"{day}T00:00:00.000Z"
    version = {"id": number + 1, "name": "v1", "createdAt": made,
               "files": [{"name": "l.safetensors", "sizeKB": 2048, "hashes": {"SHA256": sha(content).upper()}}]}  # fmt: skip
    return {"id": number, "name": f"lora {number}", "type": "LORA", "creator": {"username": creator},
            "modelVersions": [version]}  # fmt: skip


def cases(ws: Workspace, **params: Any) -> dict[str, tuple[float | None, str]]:
    """Subject without its prefix -> value, case."""
    found = findings(ws, "re_upload", **params)
    return {ref.removeprefix("hf:model:"): (value, evidence.split(":")[0]) for ref, (value, evidence) in found.items()}


def test_the_first_of_another_account_is_the_original(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [
        repo("a/first", "2024-01-01", file("x")),
        repo("b/second", "2024-02-01", file("x", name="other.safetensors")),
        repo("a/again", "2024-03-01", file("x")),
        repo("c/alone", "2024-01-01", file("y")),
        repo("d/bare", "2024-01-01"),
    ])  # fmt: skip
    assert cases(ws) == {
        "a/first": (0, "none known elsewhere earlier"), "b/second": (1, "copy of a live original"),
        # b had it before, but a had it before b
        "a/again": (0, "own copy"),
        "c/alone": (0, "none known elsewhere earlier"), "d/bare": (None, "no hashes known"),
    }  # fmt: skip
    rows = ws.db.execute("SELECT subject, n, sensitive, harm FROM findings ORDER BY 1").fetchall()
    assert [n for _, n, _, _ in rows] == [1, 1, 1, 1, 0]
    assert {(sensitive, harm) for _, _, sensitive, harm in rows} == {(True, "use")}


def test_the_own_account_and_those_who_name_their_source_publish_no_re_upload(tmp_path: Path) -> None:
    path = tmp_path / "w"
    collect(path, [lora(10, "2024-01-01", "x", "Maker")], "civitai")
    ws, _ = collect(path, [
        repo("maker/mirror", "2024-02-01", file("x")),
        repo("quants/x-GGUF", "2024-03-01", file("y"), file("z", name="q.gguf"), tags=["base_model:quantized:org/y"]),
        repo("org/y", "2024-01-01", file("y")),
        repo("else/silent", "2024-03-01", file("y")),
    ])  # fmt: skip
    run.run_stage(ws, "link")
    assert cases(ws) == {
        "civitai:version:11": (0, "none known elsewhere earlier"), "maker/mirror": (0, "own copy"),
        "quants/x-GGUF": (0, "declared copy"), "org/y": (0, "none known elsewhere earlier"),
        "else/silent": (1, "copy of a live original"),
    }  # fmt: skip


def test_what_names_an_artifact_as_its_parent_is_not_its_original(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [
        repo("q/m-GGUF", "2024-01-01", file("x"), tags=["base_model:quantized:org/m"]),
        repo("org/m", "2024-02-01", file("x")),  # made anew since
    ])  # fmt: skip
    run.run_stage(ws, "link")
    assert set(cases(ws).values()) == {(0, "none known elsewhere earlier")}


def removed(path: Path, *later: dict[str, Any]) -> Workspace:
    """A model of Civitai seen in January and gone in March, and what Hugging Face holds by then."""
    others = [lora(100 + 10 * n, "2023-01-01", f"other {n}") for n in range(3)]
    collect(path, [lora(10, "2024-01-01", "x"), *others], "civitai", observed="2025-01-01", complete=True)
    collect(path, others, "civitai", observed="2025-03-01", complete=True)
    return collect(path, later, observed="2025-04-01")[0]


@pytest.mark.parametrize(
    ("day", "author", "value", "case", "more"),
    [
        ("2025-03-20", "b", 1, "removed there, reappeared here", "here since 2025-03-20"),
        ("2025-02-01", "b", 1, "removed there, reappeared here", "here since 2025-02-01, perhaps before it went"),
        ("2025-03-20", "maker", 1, "removed there, reappeared here", "here since 2025-03-20; the same account name"),
        ("2024-06-01", "b", 1, "removed there, copied here before", "here since 2024-06-01"),
        ("2024-06-01", "maker", 0, "own copy", "here since 2024-06-01"),
        (None, "maker", None, "same content, who was first is not known", "the same account name"),
        ("2023-06-01", "b", 0, "none known elsewhere earlier", ""),
        (None, "b", None, "same content, who was first is not known", ""),
    ],
)
def test_the_order_of_events(
    tmp_path: Path, day: str | None, author: str, value: float | None, case: str, more: str
) -> None:
    ws = removed(tmp_path / "w", repo(f"{author}/copy", day, file("x")))
    told = findings(ws, "re_upload")[f"hf:model:{author}/copy"]
    source = "; there last seen 2025-01-01, gone by 2025-03-01"
    where = f": civitai:version:11; sha256 {sha('x')}, 1 of 1 weight files{source}" + (f"; {more}" if more else "")
    assert told == (value, case if case.startswith("none") else case + where)


def test_what_was_removed_and_named_as_the_source_came_back_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "w"
    rest = [repo(f"z/{n}", "2024-01-01") for n in range(3)]
    collect(path, [repo("a/gone", "2024-01-01", file("x")), *rest], observed="2025-01-01", complete=True)
    back = repo("b/back", "2025-01-20", file("x"), tags=["base_model:finetune:a/gone"])
    ws, _ = collect(path, [back, *rest], observed="2025-02-01", complete=True)
    run.run_stage(ws, "link")
    value, evidence = findings(ws, "re_upload")["hf:model:b/back"]
    assert value == 1
    assert evidence.startswith("removed there, reappeared here: hf:model:a/gone; ")
    assert evidence.endswith("names its source")


def test_a_rename_is_no_re_upload_and_without_the_hubs_id_is_not_taken_for_one(tmp_path: Path) -> None:
    for number, ids in enumerate(({"_id": "1"}, {})):
        path = tmp_path / f"w{number}"
        rest = [model(f"z/{n}") for n in range(3)]
        old = model("a/old", createdAt="2024-01-01T00:00:00Z", siblings=[file("x")], **ids)
        new = old | {
            "id": "a/new",
            "modelId": "a/new",
            "createdAt": "2024-01-02T00:00:00Z" if not ids else old["createdAt"],
        }
        collect(path, [old, *rest], observed="2025-01-01", complete=True)
        ws, _ = collect(path, [new, *rest], observed="2025-02-01", complete=True)
        assert cases(ws)["a/new"] == (0, "none known elsewhere earlier")


def test_the_same_account_back_on_the_same_hub_under_a_new_id(tmp_path: Path) -> None:
    path = tmp_path / "w"
    rest = [model(f"z/{n}") for n in range(3)]
    collect(path, [repo("a/one", "2024-01-01", file("x")), *rest], observed="2025-01-01", complete=True)
    ws, _ = collect(path, [repo("a/two", "2025-01-15", file("x")), *rest], observed="2025-02-01", complete=True)
    assert cases(ws)["a/two"] == (1, "removed there, reappeared here")


def test_parts_that_many_share_make_no_copy(tmp_path: Path) -> None:
    def pipeline(n: int) -> dict[str, Any]:
        files = [file(f"unet {n}"), file("clip", GB // 3, "clip.safetensors"),
                 file("vae", 2 * GB, "vae/model.safetensors"), file("t5", 3 * GB, "text_encoder_2/model.safetensors"),
                 file("tiny", 1000, "head.safetensors"), file("config", GB, "config.json")]  # fmt: skip
        return repo(f"u{n}/p", f"2024-01-{n + 1:02}", *files)

    records = [pipeline(n) for n in range(12)]
    ws, _ = collect(tmp_path / "w", records)
    assert set(cases(ws).values()) == {(0, "none known elsewhere earlier")}
    # beside more other weights than that it would still count
    assert [value for value, _ in cases(ws, lineages=13).values()].count(1) == 11
    # few share it, or it is all there is
    few, _ = collect(tmp_path / "few", [*records[:4], repo("me/encoder", "2024-06-01", file("clip", GB // 3))])
    assert [value for value, _ in cases(few).values()].count(1) == 4
    alone, _ = collect(tmp_path / "alone", [repo("o/encoder", "2023-06-01", file("clip")), *records,
                                            repo("me/encoder", "2024-06-01", file("clip"))])  # fmt: skip
    assert {ref for ref, (value, _) in cases(alone).items() if value == 1} == {"me/encoder"}


def test_a_file_that_was_added_later_is_dated_by_its_first_sight(tmp_path: Path) -> None:
    path = tmp_path / "w"
    collect(path, [repo("a/old", "2023-01-01", file("a"))], observed="2024-01-01")
    both = repo("a/old", "2023-01-01", file("a"), file("x", name="new.safetensors"))
    ws, _ = collect(path, [both, repo("b/maker", "2023-06-01", file("x"))], observed="2024-03-01")
    assert cases(ws)["b/maker"] == (0, "none known elsewhere earlier")
    value, evidence = findings(ws, "re_upload")["hf:model:a/old"]
    assert (value, evidence.split(", ")[1]) == (1, "1 of 2 weight files; here since 2024-01-01")


def test_equal_dates_tell_no_order(tmp_path: Path) -> None:
    # all that Hugging Face had before its first date bears that date
    ws, _ = collect(tmp_path / "w", [repo(f"{a}/m", "2022-03-02", file("x")) for a in "ab"])
    assert set(cases(ws).values()) == {(None, "same content, who was first is not known")}


def test_marks_of_a_migration_alone_do_not_tell_whose_it_was(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [
        repo("a/first", "2024-01-01", file("x")),
        repo("b/marked", "2024-02-01", file("y"), tags=["template:sd-lora", "migrated"]),
        repo("b/bespoke", "2024-02-01", tags=["license:bespoke-lora-trained-license"]),
        repo("b/template", "2024-02-01", file("z"), tags=["template:sd-lora"]),
        repo("b/both", "2024-02-01", file("x"), tags=["template:sd-lora", "migrated"]),
    ])  # fmt: skip
    marks = (None, "migration marks only")
    assert cases(ws) == {
        "a/first": (0, "none known elsewhere earlier"), "b/marked": marks, "b/bespoke": marks,
        "b/template": (0, "none known elsewhere earlier"), "b/both": (1, "copy of a live original"),
    }  # fmt: skip
    assert findings(ws, "re_upload")["hf:model:b/both"][1].endswith("migration marks")


def test_marks_stay_on_what_depicts_a_person(tmp_path: Path) -> None:
    tags = ["template:sd-lora", "migrated", "celebrity", "text-to-image", "license:bespoke-lora-trained-license"]
    ws, _ = collect(tmp_path / "w", [repo("a/zuvek-person", "2024-01-01", tags=tags, pipeline_tag="text-to-image")])
    assert ws.db.execute("SELECT person FROM artifacts").fetchall() == [(True,)]
    assert set(cases(ws).values()) == {(None, "migration marks only")}


def test_the_same_commit_under_a_new_name(tmp_path: Path) -> None:
    commit = "c" * 40
    ws, _ = collect(tmp_path / "w", [
        repo("a/first", "2024-01-01", sha=commit), repo("b/clone", "2024-02-01", sha=commit),
        repo("c/else", "2024-02-01", sha="d" * 40),
    ])  # fmt: skip
    assert cases(ws) == {
        "a/first": (None, "no hashes known"), "b/clone": (1, "copy of a live original"),
        "c/else": (None, "no hashes known"),
    }  # fmt: skip
    # lists that give no lasting id are known to record the base's commit for an adapter
    bare = [
        {k: v for k, v in r.items() if k != "_id"}
        for r in (repo("a/x", "2024-01-01", sha=commit), repo("b/y", "2024-02-01", sha=commit))
    ]
    ws, _ = collect(tmp_path / "bare", bare)
    assert cases(ws)["b/y"] == (None, "same commit, perhaps a rename or a mixed-up record")


def test_datasets_local_folders_and_pages_of_civitai_are_no_subjects(tmp_path: Path) -> None:
    path = tmp_path / "w"
    collect(path, [lora(10, "2024-01-01", "x")], "civitai")
    ws, _ = collect(path, [model("a/data")], "dataset")
    assert set(findings(ws, "re_upload")) == {"civitai:version:11"}


def test_what_was_not_yet_known_then_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "w"
    collect(path, [repo("b/copy", "2024-06-01", file("x"))], observed="2024-07-01")
    collect(path, [repo("a/first", "2024-01-01", file("x")), repo("b/copy", "2024-06-01", file("x"))],
            observed="2024-08-01")  # fmt: skip
    then = open_workspace(path, as_of=datetime(2024, 7, 15, tzinfo=UTC))
    assert [row[1] for row in detect(then.db).fetchall()] == [0]
    assert {row[0]: row[1] for row in detect(open_workspace(path).db).fetchall()}["hf:model:b/copy"] == 1


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5), st.integers(0, 2)), min_size=1, max_size=12))
def test_equals_a_loop_over_all_pairs(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[int, int, int]]
) -> None:
    # account, month, content; all there, nothing declared
    records = [repo(f"u{a}/m{n}", f"2024-0{month}-01", file(f"f{c}")) for n, (a, month, c) in enumerate(drawn)]
    ws, _ = collect(tmp_path_factory.mktemp("h") / "w", records)
    found = {ref: value for ref, (value, _) in cases(ws).items()}
    for n, (account, _, content) in enumerate(drawn):
        own = min(m for a, m, c in drawn if (a, c) == (account, content))
        others = min((m for a, m, c in drawn if c == content and a != account), default=99)
        expected = 1 if others < own else None if others == own else 0
        assert found[f"u{account}/m{n}"] == expected, (n, drawn)


def test_planted_re_uploads_among_what_looks_like_them(tmp_path: Path) -> None:
    counts = rough_hub.measured(tmp_path, artifacts=1000, seed=7)
    assert counts["planted"] >= 20
    assert counts["wrong"] == 0
    # without a list of the original's files, or a date, it cannot be told
    assert counts["found"] + counts["could not tell"] + counts["missed"] == counts["planted"]
    assert counts["found"] >= 0.7 * counts["planted"]
    assert counts["traps"] >= 20


def test_a_file_in_very_many_artifacts_does_not_pair_them_all(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    ws.db.execute(
        "CREATE TEMP TABLE many AS SELECT 'hf:model:a' || (i % 900) || '/m' || i AS ref FROM range(60_000) AS t(i)"
    )
    collected = workspace.new_run(ws, "collect", "dump", {})
    for table, columns in (
        ("artifacts", "ref, 'huggingface' AS hub, 'model' AS kind, split_part(substr(ref, 10), '/', 1) AS author, "
                      "TIMESTAMP '2024-01-01' AS created, false AS gone"),
        ("files", "ref AS artifact, 'm.safetensors' AS path, 1_000_000 AS size, repeat('a', 64) AS sha256, "
                  "'safetensors' AS format"),
        ("edges", "ref AS child, 'hf:model:a0/m0' AS parent, 'quantized' AS relation, 'declared' AS how, "
                  "0.95 AS confidence, 'x' AS method"),
    ):  # fmt: skip
        sql = f"SELECT {columns}, $run AS run {'' if table == 'edges' else ', $seen::TIMESTAMP AS observed'} FROM many"
        seen = {} if table == "edges" else {"seen": "2026-01-01"}
        rows = ws.db.sql(f"(FROM empty.{table} LIMIT 0) UNION ALL BY NAME {sql}", params={"run": collected.id} | seen)
        workspace.write_part(ws, collected, table, rows)
    workspace.finish(ws, collected)
    ws.db.execute("SET memory_limit = '1GB'; SET max_temp_directory_size = '100MB'")  # all pairs would not fit
    began = monotonic()
    found = detect(ws.db).aggregate("count(*), count(value)").fetchall()
    assert found[0][0] == 60_000
    assert monotonic() - began < 30  # under two seconds; over a minute where all are paired
