from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from headgate import run
from headgate.errors import UsageError, WorkspaceError
from headgate.snapshots import sides
from headgate.snapshots.sides import Side
from headgate.snapshots.sketches import ALL
from headgate.workspace import open_workspace
from tests.build import collect, model


def tuned(id_: str, base: str, licence: str = "mit") -> dict[str, object]:
    return model(id_, cardData={"base_model": base, "license": licence}, tags=[f"license:{licence}"])


OLD = [model("a/base"), tuned("b/one", "a/base"), tuned("b/two", "b/one")]
NEW = [
    *OLD,
    tuned("c/three", "a/base", "gpl"),
    model("d/root"),
    tuned("d/child", "d/root"),
    model("e/root"),
    tuned("e/child", "e/root"),
]


def contents(path: Path) -> dict[str, int]:
    return {file.relative_to(path).as_posix(): file.stat().st_mtime_ns for file in path.rglob("*")}


def both(first: Path, second: Path, *dates: datetime) -> tuple[Side, Side, sides.Adds | None]:
    with sides.opened([first, second]) as db:
        one = sides.read(db, "older", first, dates[0] if dates else None)
        other = sides.read(db, "newer", second, None)
        return one, other, sides.adds(db, one, other)


def test_what_the_second_adds_is_counted_by_refs(tmp_path: Path) -> None:
    for name, records in (("old", OLD), ("new", NEW)):
        ws, _ = collect(tmp_path / name, records)
        run.run_stage(ws, "link")
    before = contents(tmp_path)
    one, other, added = both(tmp_path / "old", tmp_path / "new")
    assert added is not None
    assert added.counts == {"artifacts": (5, 8), "edges": (3, 5), "components": (2, 3), "families": (2, 3)}
    assert (one.shapes[ALL].nodes, other.shapes[ALL].nodes) == (3, 8)
    assert other.counts["licence"] == {"mit": 4, "gpl": 1}
    assert other.counts["family"] == {"a/base": 2, "b/one": 1, "d/root": 1, "e/root": 1}
    assert contents(tmp_path) == before  # read only


def test_an_earlier_date_is_linked_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "w"
    collect(path, OLD, observed="2026-01-01")
    ws, _ = collect(path, NEW, observed="2026-02-01")
    run.run_stage(ws, "link")
    before = contents(path)
    one, other, added = both(path, path, datetime(2026, 1, 15, tzinfo=UTC))
    assert (one.shapes[ALL].nodes, other.shapes[ALL].nodes) == (3, 8)
    assert added is not None
    assert added.counts["artifacts"] == (5, 8)
    assert contents(path) == before


def test_a_workspace_that_was_never_linked_is_linked_in_memory(tmp_path: Path) -> None:
    collect(tmp_path / "w", OLD)
    collect(tmp_path / "v", OLD)
    one, other, added = both(tmp_path / "w", tmp_path / "v")
    assert one.shapes[ALL].edges == other.shapes[ALL].edges == 2
    assert added is not None
    assert {new for new, _ in added.counts.values()} == {0}
    assert not list((tmp_path / "w" / "tables").glob("edges/*"))


def test_no_workspace_and_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no workspace"), sides.opened([tmp_path / "absent"]):
        pass
    open_workspace(tmp_path / "empty", create=True).db.close()
    with sides.opened([tmp_path / "empty"]) as db, pytest.raises(WorkspaceError, match="no artifacts"):
        sides.read(db, "older", tmp_path / "empty", None)


def test_where_one_is_a_sketch_both_are(tmp_path: Path) -> None:
    records = [model("a/base"), *[tuned(f"b/m{n}", "a/base") for n in range(30)]]
    collect(tmp_path / "w", records)
    with sides.opened([tmp_path / "w"]) as db:
        one = sides.read(db, "older", tmp_path / "w", None)
        given = Side(sides.sketched(one, b"").shapes, {}, sketch=sides.sketched(one, b""))
        first, second = sides.alike(one, given, b"")
        assert sides.adds(db, one, given) is None
    assert first.sketch is not None
    assert second.sketch is not None
    assert sides.alike(one, one, b"") == (one, one)
    counts = sides.counts_of(first, second, "licence")
    assert counts[0].sum() == counts[1].sum() == 30
    # the one model with 30 children is taken together with others
    assert max(first.shapes[ALL].masses["children"].nonzero()[0]) < max(one.shapes[ALL].masses["children"].nonzero()[0])
