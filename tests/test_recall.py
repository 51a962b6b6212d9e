from __future__ import annotations

import csv
import gc
import gzip
import json
import time
from datetime import UTC, datetime
from pathlib import Path

import networkx as nx
import pytest

from headgate import graph as graphs
from headgate import run, workspace
from headgate.errors import BadInput, UsageError
from headgate.recall import FixReach, Recall, recall
from headgate.recall_facts import Downloads
from headgate.workspace import Workspace
from tests.lineages import lineage

FACES, RECOGNITION, DOORBELL = "hf:dataset:uni/faces", "hf:model:lab/recognition", "hf:model:shop/doorbell"


def model(name: str) -> str:
    return f"hf:model:{name}"


@pytest.fixture
def chain(tmp_path: Path) -> Workspace:
    """The worked example of S091: faces dataset -> recognition model -> doorbell."""
    return lineage(
        tmp_path / "w",
        {
            FACES: {"kind": "dataset", "author": "uni", "downloads": 50, "downloads_window": "30d"},
            RECOGNITION: {"author": "lab", "downloads": 1000, "downloads_window": "30d"},
            DOORBELL: {"author": "shop", "downloads": 7, "downloads_window": "30d"},
        },
        [
            {"child": RECOGNITION, "parent": FACES, "relation": "trained_on"},
            {"child": DOORBELL, "parent": RECOGNITION, "relation": "finetune"},
        ],
    )


def rows(made: Recall) -> dict[str, tuple[str, int, str, str | None]]:
    return {k.ref: (k.relation, k.depth, k.via, k.fix) for k in made.descendants}


def test_the_doorbell_is_fixed_by_a_fix_neither_of_the_faces_nor_of_the_model(chain: Workspace) -> None:
    made = recall(chain, FACES)
    assert rows(made) == {
        RECOGNITION: ("trained_on", 1, FACES, "needs retraining"),
        DOORBELL: ("finetune", 2, RECOGNITION, "copied the weights"),
    }
    assert made.fixes == [
        FixReach(FACES, "recalled", True, 2, 0, 1, 1, 0),
        FixReach(RECOGNITION, "downstream", False, 1, 0, 1, 0, 0),
    ]
    assert [(p.ref, p.number) for p in made.dominators] == [(RECOGNITION, 1)]
    assert made.dominators[0].downloads == [Downloads("huggingface", "model", "30d", 1007, 2, 0)]
    assert {(v.holder, v.role): v.can for v in made.levers} == {
        ("uni", "dataset owner"): ("fix the data", "relabel", "take down", "notify"),
        ("lab", "author"): ("fix", "relabel", "take down", "notify"),
        ("shop", "author"): ("fix", "relabel", "take down", "notify"),
        ("huggingface", "hub"): ("gate", "label", "remove"),
    }
    assert {v.role: v.consequence for v in made.levers} == {
        "dataset owner": "models trained on the data must be trained again", "author": None, "hub": None,
    }  # fmt: skip


def test_from_the_middle_of_the_chain_both_sides_are_seen(chain: Workspace) -> None:
    made = recall(chain, "lab/recognition")
    assert [(k.ref, k.relation, k.depth, k.via) for k in made.ancestors] == [(FACES, "trained_on", 1, RECOGNITION)]
    assert rows(made) == {DOORBELL: ("finetune", 1, RECOGNITION, "copied the weights")}
    # a fix of the data reaches neither the recalled model nor the doorbell
    assert FixReach(FACES, "upstream", False, 2, 0, 1, 1, 0) in made.fixes
    levers = {v.holder: (v.here, v.upstream, v.downstream) for v in made.levers}
    assert levers == {"lab": (1, 0, 0), "uni": (0, 1, 0), "shop": (0, 0, 1), "huggingface": (1, 1, 1)}


def test_a_fix_upstream_counts_only_what_is_of_this_recall(tmp_path: Path) -> None:
    base, adapter, plugin, other = (model(f"a/{n}") for n in ("base", "adapter", "plugin", "other"))
    ws = lineage(
        tmp_path / "w", {ref: {} for ref in (base, adapter, plugin, other)},
        [{"child": c, "parent": p, "relation": "adapter"} for c, p in ((adapter, base), (plugin, adapter), (other, base))],
    )  # fmt: skip
    made = recall(ws, adapter)
    assert made.fixes == [
        FixReach(adapter, "recalled", True, 1, 1, 0, 0, 0),
        FixReach(base, "upstream", True, 2, 2, 0, 0, 0),
    ]
    far = lineage(
        tmp_path / "v", {ref: {} for ref in (base, adapter, plugin, other)},
        [{"child": c, "parent": p} for c, p in ((adapter, base), (base, other), (plugin, adapter))],
    )  # fmt: skip
    # all ways from `other` to `plugin` pass base and adapter
    assert [(p.ref, p.number) for p in recall(far, plugin).choke_points] == [(adapter, 2), (base, 1)]


def test_what_loads_the_parent_is_reached_and_what_copied_it_is_not(tmp_path: Path) -> None:
    kinds = ("finetune", "merge", "quantized", "copy", "adapter", "version_of", "renamed", "base_family", "trained_on")
    base = model("org/base")
    children = {kind: model(f"a/{kind}") for kind in kinds}
    ws = lineage(
        tmp_path / "w", {ref: {} for ref in [base, *children.values()]},
        [{"child": child, "parent": base, "relation": kind} for kind, child in children.items()],
    )  # fmt: skip
    fixed = {k.relation: k.fix for k in recall(ws, base).descendants}
    assert fixed == {
        "finetune": "copied the weights", "merge": "copied the weights", "quantized": "copied the weights",
        "copy": "copied the weights", "base_family": "copied the weights", "trained_on": "needs retraining",
        "adapter": "reached", "version_of": "reached", "renamed": "reached",
    }  # fmt: skip


def test_who_is_reached_only_by_inference_is_marked_so(tmp_path: Path) -> None:
    base, stated, guessed, both, after = (model(f"a/{n}") for n in ("base", "stated", "guessed", "both", "after"))
    ws = lineage(
        tmp_path / "w", {ref: {} for ref in (base, stated, guessed, both, after)},
        [
            {"child": stated, "parent": base, "how": "read"},
            {"child": guessed, "parent": base, "how": "inferred", "confidence": 0.5},
            {"child": both, "parent": base, "how": "inferred", "confidence": 0.5},
            {"child": both, "parent": stated},
            {"child": after, "parent": guessed},
        ],
    )  # fmt: skip
    made = recall(ws, base)
    assert {k.ref: (k.how, k.known) for k in made.descendants} == {
        stated: ("read", "stated"), guessed: ("inferred", "inferred"),
        both: ("inferred", "stated"), after: ("declared", "inferred"),
    }  # fmt: skip
    sure = recall(ws, base, graph=graphs.load(ws.db, how="declared"))
    assert {k.ref for k in sure.descendants} == {stated, both}


def test_a_ref_known_only_as_a_parent_or_only_as_an_artifact_works(tmp_path: Path) -> None:
    ws = lineage(
        tmp_path / "w", {model("a/child"): {}, model("a/Alone"): {"downloads": 3}},
        [{"child": model("a/child"), "parent": model("Org/Lost")}],
    )  # fmt: skip
    lost = recall(ws, "org/lost")
    assert (lost.ref, lost.status, lost.author) == (model("Org/Lost"), "named only", "Org")
    assert [k.ref for k in lost.descendants] == [model("a/child")]
    alone = recall(ws, "a/alone")
    assert (alone.ref, alone.status, alone.ancestors, alone.descendants) == (model("a/Alone"), "present", [], [])
    assert alone.downloads == [Downloads("huggingface", "model", "30d", 3, 1, 0)]


def test_an_unknown_ref_names_its_neighbours(chain: Workspace) -> None:
    with pytest.raises(BadInput, match=r"'hf:model:lab/recogniton' is unknown .* Near: hf:model:lab/recognition\.$"):
        recall(chain, "lab/recogniton")
    with pytest.raises(UsageError, match="not a ref"):
        recall(chain, "no ref at all")


def test_the_same_id_of_another_kind_comes_first_and_what_is_unlike_is_not_offered(tmp_path: Path) -> None:
    refs = [model("lab/vision-10"), model("lab/vision-1"), "hf:dataset:Lab/Vision-11", "civitai:version:1234"]
    ws = lineage(tmp_path / "w", {ref: {} for ref in refs}, [{"child": refs[0], "parent": model("lab/visions-11")}])
    near = {
        "lab/vision-11": ["hf:dataset:Lab/Vision-11", model("lab/visions-11"), model("lab/vision-1")],
        "hf:dataset:lab/vision-10": [model("lab/vision-10"), model("lab/vision-1"), "hf:dataset:Lab/Vision-11"],
        "civitai:model:1234": ["civitai:version:1234"], "civitai:version:1235": [],
        "other/thing": [], "lab/v": [], "lab/vision-abcde": [], "file:sha256:" + "0" * 64: [], "name:lab/vision-1": [],
    }  # fmt: skip
    for ref, expected in near.items():
        with pytest.raises(BadInput) as met:
            recall(ws, ref)
        text = str(met.value)
        assert (text.split(" Near: ")[1].removesuffix(".").split(", ") if "Near" in text else []) == expected, ref
        assert ("headgate collect" in text) == (not expected)


def test_a_ref_that_was_seen_later_is_told_with_its_first_date(tmp_path: Path) -> None:
    lineage(tmp_path / "w", {model("org/Base"): {"observed": "2026-06-01"}, model("a/old"): {"observed": "2026-01-01"}})
    ws = workspace.open_workspace(tmp_path / "w", as_of=datetime(2026, 2, 1, tzinfo=UTC))
    told = r"'hf:model:org/base' was not known at 2026-02-01; first observed 2026-06-01\."
    with pytest.raises(BadInput, match=told):
        recall(ws, "org/base")
    assert recall(ws, "a/old").status == "present"


def test_names_stand_beside_numbers_but_never_those_of_people(tmp_path: Path) -> None:
    page, *versions = "civitai:model:1", *(f"civitai:version:{n}" for n in range(2, 6))
    version, person, once, later = versions
    file, plain = "file:sha256:" + "a" * 64, model("org/base")
    told = {"hub": "civitai", "kind": "version"}
    lineage(
        tmp_path / "w",
        {page: told | {"kind": "model", "name": "Ink"}, version: told | {"name": "Ink v1", "person": False},
         person: told | {"name": "Jane Doe v1", "person": True}, once: told | {"name": "Jane Doe v2", "person": True}, later: told | {"name": "Jane Doe v3"},
         file: {"hub": "file", "name": "ink.safetensors"}, plain: {"name": "org/base"}},
        [{"child": c, "parent": page, "relation": "version_of"} for c in (*versions, file)]
        + [{"child": plain, "parent": version}],
    )  # fmt: skip
    told = told | {"observed": "2026-11-02"}
    ws = lineage(
        tmp_path / "w", {once: told | {"name": "Jane Doe v2"}, later: told | {"name": "Jane Doe v3", "person": True}},
        [{"child": c, "parent": page, "relation": "version_of"} for c in (*versions, file)],
    )  # fmt: skip
    made = recall(ws, page)
    assert made.name == "Ink"
    assert {k.ref: k.name for k in made.descendants} == {
        version: "Ink v1", person: None, once: None, later: None, file: "ink.safetensors",
    }  # fmt: skip
    assert recall(ws, person).name is None
    early = workspace.open_workspace(tmp_path / "w", as_of=datetime(2026, 11, 1, tzinfo=UTC))
    assert [recall(early, ref).name for ref in versions] == ["Ink v1", None, None, None]


def test_the_collector_of_garbage_runs_on_afterwards(chain: Workspace) -> None:
    assert gc.isenabled()
    recall(chain, FACES)
    with pytest.raises(BadInput):
        recall(chain, "lab/none")
    assert gc.isenabled()
    gc.disable()
    try:
        recall(chain, FACES)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_an_artifact_that_is_gone_is_still_recalled(tmp_path: Path) -> None:
    base, child = model("org/base"), model("a/child")
    ws = lineage(tmp_path / "w", {base: {"gone": True}, child: {"gone": True}}, [{"child": child, "parent": base}])
    made = recall(ws, base)
    assert made.status == "gone"
    assert [(k.ref, k.status) for k in made.descendants] == [(child, "gone")]
    edgeless = lineage(tmp_path / "v", {base: {"gone": True}})
    assert recall(edgeless, base).status == "gone"


def test_as_of_an_earlier_date_links_are_those_of_that_date(tmp_path: Path) -> None:
    base, child = model("org/base"), model("a/child")
    lineage(tmp_path / "w", {
        base: {"observed": "2026-01-01"},
        child: {"observed": "2026-06-01", "tags": ["base_model:finetune:org/base"]},
    })  # fmt: skip
    before = sorted(tmp_path.rglob("*"))
    for month, expected in ((2, []), (7, [child])):
        ws = workspace.open_workspace(tmp_path / "w", as_of=datetime(2026, month, 1, tzinfo=UTC))
        run.link_in_memory(ws)
        made = recall(ws, base)
        assert [k.ref for k in made.descendants] == expected
        assert made.as_of == f"2026-0{month}-01T00:00:00+00:00"
    assert sorted(tmp_path.rglob("*")) == before


@pytest.fixture(scope="module")
def real(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The 60,606 real models with their declared parents."""
    ws = workspace.open_workspace(tmp_path_factory.mktemp("real") / "w", create=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADGATE_KEY", "0123456789abcdef")
        run.collect(ws, "dump", path=data / "hub" / "hf_models.jsonl.gz")
    run.run_method(ws, "link", "declared_base")
    return ws


REAL = ["mistralai/Mistral-7B-v0.1", "google/gemma-7b", "meta-llama/Llama-3.1-8B", "mlabonne/AlphaMonarch-7B"]


@pytest.mark.parametrize("name", REAL)
def test_equals_a_networkx_walk_of_the_table_of_edges(real: Workspace, name: str) -> None:
    pairs = real.db.execute(
        "SELECT lower(parent), lower(child) FROM edges WHERE lower(parent) <> lower(child)"
    ).fetchall()
    made, start = recall(real, name), model(name).lower()
    for kin, peer in ((made.descendants, nx.DiGraph(pairs)), (made.ancestors, nx.DiGraph(pairs).reverse())):
        truth = nx.single_source_shortest_path_length(peer, start)
        del truth[start]
        assert {k.ref.lower(): k.depth for k in kin} == truth
    above = nx.immediate_dominators(nx.DiGraph(pairs), start)
    behind = nx.descendants(nx.DiGraph((v, k) for k, v in above.items() if v is not None and v != k), start)
    assert behind == {k.ref.lower() for k in made.descendants}
    tree = nx.DiGraph((v, k) for k, v in above.items() if v is not None and v != k)
    for point in made.dominators:
        assert point.number == len(nx.descendants(tree, point.ref.lower()))


@pytest.mark.parametrize("name", REAL)
def test_equals_a_networkx_walk_of_the_public_dependency_network(real: Workspace, data: Path, name: str) -> None:
    with gzip.open(data / "hub" / "hf_edges.csv.gz", "rt", encoding="utf-8", newline="") as file:
        listed = [(row["parent"].lower(), row["child"].lower()) for row in csv.DictReader(file)]
    peer = nx.DiGraph((a, b) for a, b in listed if a != b)
    made = recall(real, name)
    below, above = (
        {k.ref.lower().removeprefix("hf:model:") for k in kin} for kin in (made.descendants, made.ancestors)
    )
    assert below == nx.descendants(peer, name.lower())
    assert above == nx.ancestors(peer, name.lower())


def test_a_large_family_is_recalled_within_300_ms_once_the_graph_is_loaded(real: Workspace) -> None:
    loaded = graphs.load(real.db)
    took: list[float] = []
    for _ in range(3):
        begun = time.perf_counter()
        found = recall(real, "google/gemma-7b", graph=loaded)
        took.append(time.perf_counter() - begun)
    assert len(found.descendants) > 3_000
    assert min(took) < 0.3


def test_every_edge_of_the_public_network_is_found_and_each_further_one_is_declared(
    real: Workspace, data: Path
) -> None:
    with gzip.open(data / "hub" / "hf_edges.csv.gz", "rt", encoding="utf-8", newline="") as file:
        listed = {(row["child"].lower(), row["parent"].lower()) for row in csv.DictReader(file)}
    with gzip.open(data / "hub" / "hf_models.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = {json.loads(line)["id"].lower(): line.lower() for line in lines}
    cut = len("hf:model:") + 1
    own = real.db.execute("SELECT lower(child[?:]), lower(parent[?:]) FROM edges", [cut, cut]).fetchall()
    assert listed <= set(own)
    further = set(own) - listed
    assert len(further) == 4  # in the models' own tags or cards, but not in the network
    assert all(f'"{parent}"' in records[child] or f':{parent}"' in records[child] for child, parent in further)
