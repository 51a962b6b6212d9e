from __future__ import annotations

from pathlib import Path

import pytest

from headgate.report import links
from headgate.report.summary import summarise
from headgate.workspace import Workspace, open_workspace
from tests.report_workspace import artifact, edge, put


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    ws = open_workspace(tmp_path / "w", create=True)
    put(
        ws,
        "collect",
        "dump",
        "artifacts",
        [artifact("hf:model:a/base"), artifact("hf:model:b/child"), artifact("hf:model:c/two")],
    )
    put(ws, "link", "one", "edges", [
        edge("hf:model:b/child", "hf:model:a/base", method="one"),
        edge("hf:model:c/two", "hf:model:a/base", "merge", method="one"),
        edge("hf:model:c/two", "hf:model:gone/away", "merge", method="one"),
        edge("hf:model:c/two", "name:./local", "adapter", method="one"),
        edge("hf:model:c/two", "hf:dataset:d/missing", "trained_on", method="one"),
    ])  # fmt: skip
    put(ws, "link", "two", "edges", [
        edge("hf:model:B/child", "hf:model:a/BASE", how="read", method="two"),  # the same link, spelled otherwise
        edge("hf:model:b/child", "hf:model:a/base", "adapter", how="inferred", method="two"),
    ])  # fmt: skip
    return ws


def test_a_link_that_two_methods_found_is_one_known_the_stronger_way(ws: Workspace) -> None:
    found = {(row.relation, row.how): row.count for row in summarise(ws).edges}
    assert found == {
        ("merge", "declared"): 2, ("finetune", "read"): 1, ("adapter", "inferred"): 1, ("adapter", "declared"): 1,
        ("trained_on", "declared"): 1,
    }  # fmt: skip


def test_health_says_over_which_links_it_counts(ws: Workspace) -> None:
    health = summarise(ws).graph
    assert (health.edges, health.training_edges, health.several_methods) == (5, 1, 1)
    assert (health.dangling_parents, health.name_only_parents, health.training_not_collected) == (1, 1, 1)
    # c/two: a base, one that is gone and a folder; its dataset is no parent
    assert health.several_parents == 1


def test_nothing_is_left_in_the_connection(ws: Workspace) -> None:
    summarise(ws)
    left = ws.db.execute("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'report_%'").fetchall()
    assert left == []
    links.prepare(ws.db)
    assert ws.db.execute("SELECT count(*) FROM report_links").fetchall() == [(6,)]
