from __future__ import annotations

from pathlib import Path

from headgate import chains
from tests.build import collect, edges, model


def stated(
    id_: str, licence: str | None, *parents: str, relation: str = "finetune", **more: object
) -> dict[str, object]:
    card: dict[str, object] = {"license": licence} if licence else {}
    tags = [f"base_model:{relation}:{parent}" for parent in parents]
    return model(id_, tags=tags) | {"cardData": card | more}


def test_the_surest_and_then_the_shortest_way(tmp_path: Path) -> None:
    records = [
        stated("o/base", "llama3.1"),
        stated("o/mid", None, "o/base"),
        stated("o/leaf", "mit", "o/mid", "o/other", datasets=["o/data"]),
        stated("o/other", "no-such-licence", "o/leaf"),  # a cycle
    ]
    ws, _ = collect(tmp_path / "w", records)
    edges(ws, "declared_base")
    edges(ws, "trained_on")
    nodes, cut = chains.upstream(ws.db, "hf:model:O/Leaf")
    assert not cut
    assert [(n.ref.split(":", 1)[1], n.sure, n.licences, n.known) for n in nodes] == [
        ("model:o/leaf", True, ("MIT",), "no licence is stated"),
        ("model:o/mid", True, (), "no licence is stated"),
        ("model:o/other", True, None, "nobody knows the licence"),
        ("model:o/base", True, ("llama3.1",), "no licence is stated"),
        ("dataset:o/data", False, None, "nothing is known of what was never collected"),
    ]
    assert nodes[0].path == ""
    assert nodes[3].path == " <-finetune- hf:model:o/mid <-finetune- hf:model:o/base"
    assert [n.ref for n in chains.upstream(ws.db, "hf:model:o/leaf", data=False)[0]] == [n.ref for n in nodes[:4]]


def test_a_sure_way_counts_before_a_shorter_one_that_is_not(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [stated("o/a", "mit"), stated("o/b", "mit", "o/a"), stated("o/c", "mit", "o/b")])
    ws.db.execute("CREATE TEMP TABLE edges AS FROM empty.edges")
    for child, parent, relation in [("o/c", "o/b", "finetune"), ("o/b", "o/a", "copy"), ("o/c", "o/a", "unheard_of")]:
        ws.db.execute("INSERT INTO temp.edges VALUES (?, ?, ?, 'declared', 1, '', 'm', 'r')",
                      [f"hf:model:{child}", f"hf:model:{parent}", relation])  # fmt: skip
    nodes, _ = chains.upstream(ws.db, "hf:model:o/c")
    assert [(n.ref, n.sure, n.path.count("<-")) for n in nodes] == [
        ("hf:model:o/c", True, 0), ("hf:model:o/b", True, 1), ("hf:model:o/a", True, 2),
    ]  # fmt: skip
    ws.db.execute("DELETE FROM temp.edges WHERE relation = 'copy'")
    nodes, _ = chains.upstream(ws.db, "hf:model:o/c")
    assert [(n.ref, n.sure) for n in nodes][2] == ("hf:model:o/a", False)


def test_a_long_chain_is_walked_to_a_limit_that_is_told(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("o/x")])
    ws.db.execute("CREATE TEMP TABLE edges AS FROM empty.edges")
    ws.db.execute("INSERT INTO temp.edges SELECT 'hf:model:o/m' || range, 'hf:model:o/m' || (range + 1), 'finetune', "
                  "'declared', 1, '', 'm', 'r' FROM range(40)")  # fmt: skip
    nodes, cut = chains.upstream(ws.db, "hf:model:o/m0")
    assert cut
    assert len(nodes) == 31
    assert nodes[-1].path.endswith("hf:model:o/m8 ... hf:model:o/m30")
    assert not chains.upstream(ws.db, "hf:model:o/m15")[1]


def test_the_text_of_a_licence_file_counts_where_nothing_is_declared(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [stated("o/x", None), stated("o/y", "mit")])
    apache = "Apache License\nVersion 2.0, January 2004\nhttp://www.apache.org/licenses/\n\nTERMS AND CONDITIONS"
    ws.db.execute(
        "CREATE TEMP TABLE artifacts AS SELECT * REPLACE ($t AS licence_text) FROM memory.main.artifacts", {"t": apache}
    )
    assert chains.upstream(ws.db, "hf:model:o/y")[0][0].licences == ("MIT",)
    (node,), _ = chains.upstream(ws.db, "hf:model:o/x")
    assert node.licences in {("Apache-2.0",), None}  # an excerpt may be too short to be sure of
