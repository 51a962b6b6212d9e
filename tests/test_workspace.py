from __future__ import annotations

import re
import threading
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate import runs, workspace
from headgate.errors import UsageError, WorkspaceError
from headgate.workspace import Workspace, open_workspace
from tests.build import collect, model
from tests.screened import screened

SCHEMA = Path(workspace.__file__).with_name("schema.sql")


def refs(ws: Workspace) -> list[str]:
    return [row[0] for row in ws.db.execute("SELECT ref FROM artifacts ORDER BY ref").fetchall()]


def put(ws: Workspace, table: str, select: str, status: str = "done") -> str:
    run = workspace.new_run(ws, "link", "by_hand", {})
    workspace.write_part(ws, run, table, ws.db.sql(select))
    workspace.finish(ws, run, status)
    return run.id


EDGE = "SELECT '{}' AS child, 'p' AS parent, 'x' AS relation, 'declared' AS how, 1.0 AS confidence, 'by_hand' AS method, 'r' AS run"


def test_no_workspace_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no workspace at .*nowhere.*headgate collect"):
        open_workspace(tmp_path / "nowhere")


def test_an_empty_workspace_has_every_table(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "it's a [strange] folder", create=True)
    for table in ("artifacts", "files", "edges", "findings", "decisions", "observations", "runs"):
        assert ws.db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_every_column_of_the_schema_has_a_comment() -> None:
    columns = [
        line for line in SCHEMA.read_text().splitlines() if re.match(r"\s+\S+\s+(VARCHAR|TIMESTAMP|DOUBLE|B)", line)
    ]
    assert len(columns) > 50
    assert [line for line in columns if "--" not in line] == []


def test_a_strange_folder_name_works(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "it's a folder", [model("a/x")])
    assert refs(ws) == ["hf:model:a/x"]


def test_the_newest_observation_is_shown_and_each_date_its_own(tmp_path: Path) -> None:
    path = tmp_path / "w"
    collect(path, [model("a/x", downloads=1), model("a/y", downloads=1)], observed="2025-01-01")
    ws, _ = collect(path, [model("a/x", downloads=9)], observed="2025-03-01")
    assert ws.db.execute("SELECT ref, downloads FROM artifacts ORDER BY ref").fetchall() == [
        ("hf:model:a/x", 9), ("hf:model:a/y", 1),
    ]  # fmt: skip
    assert ws.db.execute("SELECT count(*) FROM observations").fetchone() == (3,)
    earlier = open_workspace(path, as_of=datetime(2025, 2, 1, tzinfo=UTC))
    assert earlier.db.execute("SELECT downloads FROM artifacts ORDER BY ref").fetchall() == [(1,), (1,)]
    assert refs(open_workspace(path, as_of=datetime(2024, 1, 1, tzinfo=UTC))) == []


def test_an_older_dump_loaded_later_does_not_hide_the_newer_one(tmp_path: Path) -> None:
    path = tmp_path / "w"
    collect(path, [model("a/x", downloads=9)], observed="2025-03-01")
    ws, _ = collect(path, [model("a/x", downloads=1)], observed="2025-01-01")
    assert ws.db.execute("SELECT downloads FROM artifacts").fetchall() == [(9,)]


def test_absence_from_a_complete_listing_is_a_tombstone(tmp_path: Path) -> None:
    path = tmp_path / "w"
    collect(path, [model("a/x"), model("a/y")], observed="2025-01-01", complete=True)
    collect(path, [{"id": "a/z", "description": "a dataset", "tags": []}], "dataset", observed="2025-01-01")
    ws, run = collect(path, [model("a/x")], observed="2025-02-01", complete=True)
    assert run.counts["gone"] == 1
    assert refs(ws) == ["hf:dataset:a/z", "hf:model:a/x"]
    assert ws.db.execute("SELECT ref FROM observations WHERE gone").fetchall() == [("hf:model:a/y",)]
    assert len(refs(open_workspace(path, as_of=datetime(2025, 1, 15, tzinfo=UTC)))) == 3
    # what comes back is there again, and what is gone is buried once
    ws, run = collect(path, [model("a/x"), model("a/y")], observed="2025-03-01", complete=True)
    assert run.counts["gone"] == 0
    assert refs(ws) == ["hf:dataset:a/z", "hf:model:a/x", "hf:model:a/y"]


def test_a_partial_listing_buries_nobody(tmp_path: Path) -> None:
    path = tmp_path / "w"
    collect(path, [model("a/x"), model("a/y")], observed="2025-01-01")
    ws, run = collect(path, [model("a/x")], observed="2025-02-01")
    assert run.counts["gone"] == 0
    assert len(refs(ws)) == 2


def test_only_the_latest_finished_run_of_a_method_is_seen(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    put(ws, "edges", EDGE.format("old"))
    put(ws, "edges", EDGE.format("new"))
    put(ws, "edges", EDGE.format("failed"), status="failed")
    assert ws.db.execute("SELECT child FROM edges").fetchall() == [("new",)]
    put(ws, "edges", EDGE.format("none") + " WHERE false")
    assert ws.db.execute("SELECT child FROM edges").fetchall() == []


def test_a_part_of_a_run_that_never_finished_is_not_seen(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    run = workspace.new_run(ws, "link", "by_hand", {})
    workspace.write_part(ws, run, "edges", ws.db.sql(EDGE.format("half")))
    assert open_workspace(tmp_path / "w").db.execute("SELECT count(*) FROM edges").fetchone() == (0,)


def test_a_column_the_schema_does_not_know_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    with pytest.raises(WorkspaceError, match="does not have: surprise"):
        put(ws, "edges", EDGE.format("x") + ", 1 AS surprise")
    assert list((tmp_path / "w" / "tables").rglob("*.parquet")) == []


def test_anybody_can_read_the_parts(tmp_path: Path) -> None:
    collect(tmp_path / "w", [model("a/x", likes=4)])
    part = next((tmp_path / "w" / "tables" / "artifacts").iterdir())
    assert duckdb.connect().execute("SELECT ref, likes FROM read_parquet(?)", [str(part)]).fetchall() == [
        ("hf:model:a/x", 4)
    ]


def test_reading_while_another_writes_sees_whole_states(tmp_path: Path) -> None:
    path = tmp_path / "w"
    collect(path, [model(f"a/m{n}") for n in range(50)], observed="2025-01-01")
    seen: set[int] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.add(len(refs(open_workspace(path))))

    reader = threading.Thread(target=read)
    reader.start()
    for month in range(2, 6):
        collect(path, [model(f"b{month}/m{n}") for n in range(50)], observed=f"2025-{month:02}-01")
    stop.set()
    reader.join()
    assert seen <= {50, 100, 150, 200, 250}


@settings(max_examples=15, deadline=None)
@given(
    days=st.lists(st.tuples(st.integers(1, 28), st.sets(st.sampled_from("vwxyz"), min_size=1)), min_size=1, max_size=5)
)
def test_as_of_equals_a_replay_by_hand(
    tmp_path_factory: pytest.TempPathFactory, days: list[tuple[int, set[str]]]
) -> None:
    path = tmp_path_factory.mktemp("replay") / "w"
    days = sorted(dict(days).items())
    state: dict[str, int] = {}
    for day, names in days:
        collect(path, [model(f"a/{n}", downloads=day) for n in names], observed=f"2025-01-{day:02}", complete=True)
    for day, names in days:
        state = {f"hf:model:a/{n}": day for n in names}
        ws = open_workspace(path, as_of=datetime(2025, 1, day, 12, tzinfo=UTC))
        assert dict(ws.db.execute("SELECT ref, downloads FROM artifacts").fetchall()) == state


def test_a_file_is_no_place_for_a_workspace(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="cannot make a workspace"):
        open_workspace(tmp_path / "file", create=True)


@pytest.mark.parametrize(
    "folder", ["run=5", "gone=1", "observed=2020-01-01", "ref=x", "date=2026-11-21", "w[1]", "w*", "w?"]
)
def test_names_of_folders_are_neither_columns_nor_patterns(tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "w"
    for decoy in ("w1", "w0"):
        collect(tmp_path / decoy / "w", [model("decoy/x")])
    collect(path, [model("a/x"), model("a/y")], observed="2025-01-01")
    ws, _ = collect(path, [model("a/x")], observed="2025-02-01")
    assert refs(ws) == ["hf:model:a/x", "hf:model:a/y"]
    assert {row[0].year for row in ws.db.execute("SELECT observed FROM observations").fetchall()} == {2025}


def test_a_clock_that_was_ahead_hides_no_later_run(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    old = put(ws, "edges", EDGE.format("old"))
    ahead = tmp_path / "w" / "runs" / f"{old}.json"
    for file in (ahead, tmp_path / "w" / "tables" / "edges" / f"part-{old}.parquet"):
        file.rename(file.with_name(file.name.replace(old, "2999" + old[4:])))
    ahead = ahead.with_name(f"2999{old[4:]}.json")
    ahead.write_text(ahead.read_text().replace(old, "2999" + old[4:]))
    put(ws, "edges", EDGE.format("new"))
    assert open_workspace(tmp_path / "w").db.execute("SELECT child FROM edges").fetchall() == [("new",)]


def test_one_content_collected_as_two_kinds_is_one_artifact(tmp_path: Path) -> None:
    from headgate import run

    folder = tmp_path / "thing"
    folder.mkdir()
    (folder / "README.md").write_text("# words")
    ws = open_workspace(tmp_path / "w", create=True)
    for kind in ("model", "dataset"):
        run.collect(ws, "folder", path=folder, kind=kind)
    assert len(refs(ws)) == 1


def test_item_scores_know_their_run_wherever_the_workspace_lies(tmp_path: Path) -> None:
    ws = screened(tmp_path / "part-0" / "w+1", "toxicity", ["a", "b"], [0.0, 1.0])
    (run,) = runs.read_all(ws.path)
    assert ws.db.execute("SELECT run, count(*) FROM item_scores GROUP BY run").fetchall() == [(run.id, 2)]
