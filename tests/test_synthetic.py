"""The synthetic hub: its records have the hubs' shapes, and its truth is what they say. Read back by hand here."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from headgate import zstd
from headgate.errors import UsageError
from headgate.synthetic import Edge, Truth, generate
from headgate.synthetic.leaks import leaks

FILES = (
    "hf_models",
    "hf_datasets",
    "civitai_models",
    "earlier/hf_models",
    "earlier/civitai_models",
)
LINEAGE = {"finetune", "adapter", "merge", "quantized"}
Record = dict[str, Any]


class Hub(NamedTuple):
    folder: Path
    truth: Truth
    models: list[Record]
    datasets: list[Record]
    civitai: list[Record]
    old_models: list[Record]
    old_civitai: list[Record]


def read(folder: Path, name: str) -> list[Record]:
    text = zstd.decompress((folder / f"{name}.jsonl.zst").read_bytes()).decode("utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    folder = tmp_path_factory.mktemp("hub")
    truth = generate(folder, artifacts=2000, seed=7)
    return Hub(folder, truth, *(read(folder, name) for name in FILES))


def edges(hub: Hub, relations: set[str], told: str) -> set[tuple[str, str]]:
    return {(e.child, e.parent) for e in hub.truth.edges if e.relation in relations and e.told == told}


def said_parents(record: Record) -> set[str]:
    """Lower-case ids of the parents that card data and tags declare."""
    card = record.get("cardData", {}).get("base_model", [])
    tags = [t.split(":", 1)[1] for t in record["tags"] if t.startswith("base_model:")]
    bare = [re.sub(r"^(finetune|adapter|merge|quantized):", "", t) for t in tags]
    return {
        p.lower().removeprefix("https://huggingface.co/") for p in [*([card] if isinstance(card, str) else card), *bare]
    }


def weights(records: list[Record]) -> Iterator[tuple[str, str]]:
    """Ref and SHA-256 of each weight file."""
    for record in records:
        if "modelVersions" in record:
            for v in record["modelVersions"]:
                yield from ((f"civitai:version:{v['id']}", f["hashes"]["SHA256"].lower()) for f in v["files"])
        else:
            yield from ((f"hf:model:{record['id']}", s["lfs"]["sha256"]) for s in record["siblings"] if "lfs" in s)


def names(truth: Truth) -> list[str]:
    return [name.lower() for person in truth.persons for name in (person.given, person.family)]


def test_the_same_seed_gives_the_same_bytes(hub: Hub, tmp_path: Path) -> None:
    again = generate(tmp_path, artifacts=2000, seed=7)
    assert again == hub.truth
    for name in (*(f"{name}.jsonl.zst" for name in FILES), "truth.json"):
        assert (tmp_path / name).read_bytes() == (hub.folder / name).read_bytes(), name


def test_another_seed_gives_another_hub(hub: Hub, tmp_path: Path) -> None:
    other = generate(tmp_path, artifacts=2000, seed=8)
    shared = {e.child for e in other.edges} & {e.child for e in hub.truth.edges if e.child.startswith("hf:model:")}
    assert not shared
    assert not set(other.persons) & set(hub.truth.persons)


@pytest.mark.parametrize("artifacts", [200, 400, 5000])
def test_there_are_about_as_many_artifacts_as_asked_for(tmp_path: Path, artifacts: int) -> None:
    truth = generate(tmp_path, artifacts=artifacts)
    models, datasets, civitai = (read(tmp_path, name) for name in FILES[:3])
    versions = sum(len(record["modelVersions"]) for record in civitai)
    assert len(models) + len(datasets) + len(civitai) + versions == pytest.approx(artifacts, rel=0.05)
    assert [len(models), len(datasets), len(civitai), versions] == [
        truth.counts[k] for k in ("hf_models", "hf_datasets", "civitai_models", "civitai_versions")
    ]
    assert 1.3 < versions / len(civitai) < 1.7


@pytest.mark.parametrize("artifacts", [0, 199, 30_001])
def test_a_size_out_of_range_is_refused(tmp_path: Path, artifacts: int) -> None:
    with pytest.raises(UsageError, match=f"{artifacts} artifacts"):
        generate(tmp_path, artifacts=artifacts)
    assert not list(tmp_path.iterdir())


def check(record: Record, always: dict[str, object], sometimes: dict[str, object]) -> None:
    assert always.keys() <= record.keys() <= always.keys() | sometimes.keys(), record.keys()
    for field, value in record.items():
        kind = {**always, **sometimes}[field]
        assert re.fullmatch(kind, value) if isinstance(kind, str) else isinstance(value, kind), (field, value)


STAMP = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z"
COMMON = {
    "_id": r"[0-9a-f]{24}", "id": r"[A-Za-z0-9][\w.\-]{0,95}/[\w.\-]{1,96}", "author": r"[A-Za-z0-9][\w.\-]{0,95}",
    "sha": r"[0-9a-f]{40}", "createdAt": STAMP, "lastModified": STAMP, "private": bool, "gated": (bool, str),
    "downloads": int, "likes": int, "tags": list, "siblings": list,
}  # fmt: skip


def test_hugging_face_records_have_the_shape_of_the_api(hub: Hub) -> None:
    for record in [*hub.models, *hub.old_models]:
        check(record, COMMON | {"modelId": COMMON["id"], "pipeline_tag": str},
              {"library_name": str, "cardData": dict, "config": dict, "safetensors": dict, "gguf": dict, "card": str})  # fmt: skip
        assert record["id"] == record["modelId"]
        assert record["id"].split("/")[0] == record["author"]
        assert record["gated"] in (False, "auto", "manual")
        assert record["createdAt"] <= record["lastModified"] < "2026-11-02"
        for file in record["siblings"]:
            check(file, {"rfilename": str, "size": int}, {"lfs": dict})
            if "lfs" in file:
                check(file["lfs"], {"sha256": r"[0-9a-f]{64}", "size": int, "pointerSize": int}, {})
                assert file["size"] == file["lfs"]["size"] > 65_536
    for record in hub.datasets:
        check(record, COMMON | {"disabled": bool}, {"cardData": dict, "description": str})
    for field in ("safetensors", "gguf"):
        assert all(record[field]["total"] > 10**8 for record in hub.models if field in record)


def test_ids_are_unique_without_regard_to_case(hub: Hub) -> None:
    for records in (hub.models, hub.datasets, hub.civitai, hub.old_models):
        assert max(Counter(str(record["id"]).lower() for record in records).values()) == 1
    versions = [v["id"] for record in hub.civitai for v in record["modelVersions"]]
    assert len(versions) == len(set(versions))


def test_civitai_records_have_the_shape_of_the_api(hub: Hub) -> None:
    for record in [*hub.civitai, *hub.old_civitai]:
        assert {k: type(record[k]) for k in ("id", "name", "description", "type", "nsfw", "poi", "tags", "creator")} == {
            "id": int, "name": str, "description": str, "type": str, "nsfw": bool, "poi": bool, "tags": list, "creator": dict
        }  # fmt: skip
        assert record["modelVersions"]
        assert set(record["stats"]) >= {"downloadCount", "thumbsUpCount"}
        for v in record["modelVersions"]:
            assert re.fullmatch(STAMP, v["createdAt"])
            assert v["createdAt"] < v["publishedAt"] < "2026-11-01"
            assert all(isinstance(word, str) for word in v["trainedWords"])
            for file in v["files"]:
                assert (type(file["sizeKB"]), file["type"]) == (float, "Model")
                assert re.fullmatch(r"[0-9A-F]{64}", file["hashes"]["SHA256"])
    assert {type(record["allowCommercialUse"]) for record in hub.civitai} == {list, str}


def test_declared_parents_are_what_cards_and_tags_say(hub: Hub) -> None:
    said = {(f"hf:model:{r['id']}".lower(), f"hf:model:{p}") for r in hub.models for p in said_parents(r)}
    assert said == {(c.lower(), p.lower()) for c, p in edges(hub, LINEAGE, "declared")}
    assert len(said) > 600


def test_relations_are_those_of_the_tags(hub: Hub) -> None:
    tags = [(r["id"], t) for r in hub.models for t in r["tags"] if t.startswith("base_model:") and t.count(":") == 2]
    said = {(f"hf:model:{id_}", t.split(":")[1], f"hf:model:{t.split(':')[2]}") for id_, t in tags}
    true = {(e.child, e.relation, e.parent) for e in hub.truth.edges if e.told == "declared"}
    assert said <= true
    assert {relation for _, relation, _ in said} == LINEAGE


def test_undeclared_parents_are_told_by_one_thing_only(hub: Hub) -> None:
    by_ref = {f"hf:model:{r['id']}": r for r in hub.models}
    undeclared = [e for e in hub.truth.edges if e.relation in LINEAGE and e.told != "declared"]
    assert {e.told for e in undeclared} == {"config", "recipe", "name", "nothing"}
    for e in undeclared:
        record, short = by_ref[e.child], e.parent.rpartition("/")[2]
        card, config = record.get("card", ""), record.get("config", {}).get("peft", {})
        assert not said_parents(record)
        assert (config.get("base_model_name_or_path") == e.parent[9:]) == (e.told == "config")
        assert (f"- model: {e.parent[9:]}\n" in card) == (e.told == "recipe")
        if e.told == "name":
            assert re.fullmatch(
                re.escape(short) + r"-((i1-)?GGUF|AWQ|GPTQ(-Int4)?|4bit-mlx)", record["id"].split("/")[1]
            )


def test_trained_on_and_versions_are_what_the_records_say(hub: Hub) -> None:
    said = {
        (f"hf:model:{r['id']}", f"hf:dataset:{t[8:]}") for r in hub.models for t in r["tags"] if t[:8] == "dataset:"
    }
    assert said == edges(hub, {"trained_on"}, "declared")
    carded = {
        (f"hf:model:{r['id']}", f"hf:dataset:{d}")
        for r in hub.models
        for d in r.get("cardData", {}).get("datasets", [])
    }
    assert carded == said
    versions = {
        (f"civitai:version:{v['id']}", f"civitai:model:{r['id']}") for r in hub.civitai for v in r["modelVersions"]
    }
    assert versions == edges(hub, {"version_of"}, "declared")
    assert {child for child, _ in versions} == {child for child, _ in edges(hub, {"base_family"}, "declared")}
    there = {f"hf:model:{r['id']}" for r in hub.models} | {f"civitai:model:{r['id']}" for r in hub.civitai}
    assert {parent for _, parent in edges(hub, {"base_family"}, "declared")} <= there


def test_copies_are_the_weight_files_that_occur_twice(hub: Hub) -> None:
    carriers: dict[str, set[str]] = {}
    for ref, sha in weights([*hub.models, *hub.civitai]):
        carriers.setdefault(sha, set()).add(ref)
    shared = [refs for refs in carriers.values() if len(refs) > 1]
    copies = edges(hub, {"copy"}, "files")
    assert {ref for refs in shared for ref in refs} == {ref for pair in copies for ref in pair}
    assert all(any({child, parent} <= refs for refs in shared) for child, parent in copies)


def test_reuploads_cross_hubs_and_outlive_their_original(hub: Hub) -> None:
    now = dict(weights([*hub.models, *hub.civitai]))
    before = dict(weights(hub.old_civitai))
    assert {r.original_gone for r in hub.truth.reuploads} == {True, False}
    for r in hub.truth.reuploads:
        assert r.copy.split(":")[0] != r.original.split(":")[0]
        assert (r.original in now) != r.original_gone
        assert (now | before)[r.original] == now[r.copy]


def test_licences_are_missing_where_the_truth_says_so(hub: Hub) -> None:
    silent, bare = set(), set()
    for kind, records in (("model", hub.models), ("dataset", hub.datasets)):
        for record in records:
            tagged = [t for t in record["tags"] if t.startswith("license:")]
            assert bool(tagged) == ("license" in record.get("cardData", {}))
            if not tagged:
                silent.add(f"hf:{kind}:{record['id']}")
                bare |= set() if "cardData" in record else {f"hf:{kind}:{record['id']}"}
    assert (silent, bare) == (hub.truth.without_licence, hub.truth.without_card)
    assert 0.18 < len(silent) / (len(hub.models) + len(hub.datasets)) < 0.32


def test_names_say_what_the_truth_says_they_say(hub: Hub) -> None:
    says = re.compile("uncensored|abliterated|heretic|unfiltered", re.IGNORECASE)
    named = {f"hf:model:{r['id']}" for r in hub.models if says.search(r["id"].replace("Decensored", "uncensored"))}
    assert named == hub.truth.uncensored_named
    assert hub.truth.uncensored_hidden
    assert not named & hub.truth.uncensored_hidden


def test_the_tree_has_long_chains_loops_cycles_and_dangling_parents(hub: Hub) -> None:
    parents: dict[str, set[str]] = {}
    for e in hub.truth.edges:
        if e.relation in LINEAGE:
            parents.setdefault(e.child, set()).add(e.parent)
    there = {f"hf:model:{r['id']}" for r in hub.models}
    old = {e.child for e in hub.truth.edges if e.relation == "renamed"}
    loops = {c for c, ps in parents.items() if c in ps}
    pairs = {c for c, ps in parents.items() for p in ps - {c} if c in parents.get(p, ())}
    dangling = {p for ps in parents.values() for p in ps} - there - old
    counts = hub.truth.counts
    assert (len(loops), len(pairs) // 2, len(dangling)) == (counts["self_loops"], counts["cycles"], counts["dangling"])

    def depth(ref: str) -> int:
        return 0 if ref in loops | pairs else 1 + max(map(depth, parents.get(ref, set())), default=-1)

    assert 6 <= max(map(depth, parents)) <= 8
    assert max(Counter(p for ps in parents.values() for p in ps).values()) > 30
    assert {len(ps) for ps in parents.values()} == {1, 2, 3, 4}


def test_renamed_models_keep_the_id_of_the_hub(hub: Hub) -> None:
    before = {f"hf:model:{r['id']}": r["_id"] for r in hub.old_models}
    now = {f"hf:model:{r['id']}": r["_id"] for r in hub.models}
    assert {(c, p) for c in before for p in now if before[c] == now[p] and c != p} == edges(hub, {"renamed"}, "hub_id")
    assert not {c for c, _ in edges(hub, {"renamed"}, "hub_id")} & now.keys()
    assert set(before.values()) <= set(now.values())


def test_dates_grow_from_2023_to_2026(hub: Hub) -> None:
    years = Counter(datetime.fromisoformat(r["createdAt"]).year for r in hub.models)
    assert set(years) == {2023, 2024, 2025, 2026}
    assert years[2023] < years[2024] < years[2025]


def test_names_of_people_stand_in_their_own_records_only(hub: Hub) -> None:
    assert len(hub.truth.persons) == hub.truth.counts["persons"] > 15
    found: dict[str, set[str]] = {}
    for records in (hub.models, hub.datasets, hub.civitai, hub.old_civitai):
        for record in records:
            text = json.dumps(record, ensure_ascii=False).lower()
            for name in names(hub.truth):
                if name in text:
                    found.setdefault(name, set()).add(str(record["id"]))
    assert set(found) == set(names(hub.truth))
    depicting = set().union(*found.values())
    on_hugging_face = {f"hf:model:{id_}" for id_ in depicting if "/" in id_}
    assert on_hugging_face == set(hub.truth.naming)
    assert {r["id"] for r in hub.civitai if r["poi"]} <= {int(id_) for id_ in depicting if "/" not in id_}
    by_ref = {f"hf:model:{r['id']}": r["_id"] for r in hub.models}
    assert all(by_ref[ref] == id_ for ref, id_ in hub.truth.naming.items())


def test_truth_on_disk_names_nobody(hub: Hub) -> None:
    text = (hub.folder / "truth.json").read_text(encoding="utf-8")
    assert not [name for name in names(hub.truth) if name in text.lower()]
    record = json.loads(text)
    kept = {Edge(*row) for row in record["edges"]}
    assert kept == {e for e in hub.truth.edges if e.child not in hub.truth.naming and e.parent not in hub.truth.naming}
    assert len(kept) + record["left_out"]["edges"] == len(hub.truth.edges)
    assert record["left_out"]["edges"] > 0


def test_leaks_are_counted_wherever_they_are(hub: Hub, tmp_path: Path) -> None:
    import duckdb

    one, two = hub.truth.persons[:2]
    assert leaks(tmp_path, hub.truth.persons).places == {}
    (tmp_path / "page.jsonl.zst").write_bytes(zstd.compress(f'{{"a": "x{one.given.upper()}x"}}'.encode()))
    assert leaks(tmp_path, hub.truth.persons).places == {one: 1}
    (tmp_path / f"{two.family.lower()}.txt").write_text("nothing", encoding="utf-8")
    made = leaks(tmp_path, hub.truth.persons)
    assert made.places == {one: 1, two: 1}
    assert made.files == 2
    for path in list(tmp_path.iterdir()):
        path.unlink()
    # names far apart from each other, so that Parquet packs them where no plain search would see them
    duckdb.connect().execute("SET VARIABLE name = ?", [one.family]).execute(
        "COPY (SELECT repeat('q', 5000) || getvariable('name') AS t FROM range(50)) "
        f"TO '{tmp_path / 't.parquet'}' (COMPRESSION zstd)"
    )
    assert leaks(tmp_path, hub.truth.persons).places[one] >= 50
