from __future__ import annotations

import csv
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from headgate import labels, run
from headgate.labels import Label
from headgate.workspace import Workspace, open_workspace
from tests.build import collect, findings, model

ROOT = Path(__file__).resolve().parents[2]
CHECK = "harmful_data"
NONE = "1 declared, none said to be harmful"


def trained(id_: str, *datasets: str, **fields: Any) -> dict[str, Any]:
    return model(id_, **({"cardData": {"datasets": list(datasets)}} | fields))


def made(id_: str, of: str, relation: str = "finetune", *datasets: str, **fields: Any) -> dict[str, Any]:
    card = {"base_model": of, "base_model_relation": relation, "datasets": list(datasets)}
    return model(id_, cardData=card, **fields)


def loaded(path: Path, models: list[dict[str, Any]], datasets: list[dict[str, Any]]) -> Workspace:
    if datasets:
        collect(path, datasets, "dataset")
    ws, _ = collect(path, models)
    for method in ("trained_on", "declared_base"):
        run.run_method(ws, "link", method)
    return ws


def found(ws: Workspace) -> dict[str, tuple[Any, ...]]:
    return {ref.removeprefix("hf:model:"): told for ref, told in findings(ws, CHECK).items()}


@pytest.mark.parametrize(
    ("name", "fields", "value", "words"),
    [
        ("toxic-sft", {}, 1, "name: toxic"),
        ("my_nsfw_stories", {}, 1, "name: nsfw"),
        ("chat-t0x1c", {}, 1, "name (disguised): toxic"),
        ("talk", {"tags": ["hate"]}, 1, "tag: hate"),
        ("talk", {"description": "An uncensored set."}, 1, "description: uncensored"),
        ("talk", {"description": "It contains explicit sexual content."}, 1,
         "description: contains explicit sexual content"),
        ("talk", {"description": "All filtered: no uncensored text. May contain offensive words."}, 0, NONE),
        ("non-toxic-talk", {}, 0, NONE),
        ("not_harmful", {"tags": ["anti-hate"]}, 0, NONE),
        ("theory-of-evilness-of-Seville", {}, 0, NONE),
        ("toxic-comments", {"tags": ["task_categories:text-classification"]}, None, "name: toxic, used for a defence?"),
        ("jailbreak-bench", {}, None, "name: jailbreak, used for a defence?"),
        ("harmful-behaviours", {"description": "To test guardrails."}, None, "name: harmful, used for a defence?"),
        ("hate-speech-detection", {}, None, "name: hate, used for a defence?"),
        ("toxic-dpo", {}, None, "name: toxic, preference pairs?"),
        ("unalignment-dpo", {}, 1, "name: unalignment"),  # its use is said
        ("uncensored-detection", {}, None, "name: uncensored, used for a defence?"),
        ("alpaca", {"tags": ["conversational"]}, 0, NONE),
    ],
)  # fmt: skip
def test_words_of_a_dataset(tmp_path: Path, name: str, fields: dict[str, Any], value: int | None, words: str) -> None:
    ws = loaded(tmp_path / "w", [trained("me/m", f"org/{name}")], [{"id": f"org/{name}", "author": "org", **fields}])
    path = "" if words == NONE else f"trained_on hf:dataset:org/{name}; "
    assert found(ws) == {"me/m": (value, path + words)}


def test_undeclared_is_no_clean_bill(tmp_path: Path) -> None:
    ws = loaded(
        tmp_path / "w", [model("a/silent"), trained("a/one", "org/plain"), trained("a/both", "org/x", "org/evil")], []
    )
    assert found(ws) == {
        "a/silent": (None, "no data declared"), "a/one": (0, f"{NONE} (names only)"),
        "a/both": (1, "trained_on hf:dataset:org/evil; name: evil"),
    }  # fmt: skip
    rows = ws.db.execute("SELECT subject, n, sensitive, harm FROM findings ORDER BY 1").fetchall()
    assert [row[1:] for row in rows] == [(1, True, "use"), (1, True, "use"), (0, True, "use")]


def test_it_is_passed_down_four_links_and_the_path_is_told(tmp_path: Path) -> None:
    chain = [made(f"a/m{n}", f"a/m{n - 1}", relation) for n, relation in
             enumerate(["finetune", "quantized", "merge", "adapter", "finetune"], 1)]  # fmt: skip
    ws = loaded(
        tmp_path / "w", [trained("a/m0", "org/lewd-tales"), *chain, made("a/clean", "a/m0", "finetune", "org/x")], []
    )
    told = found(ws)
    assert [told[f"a/m{n}"][0] for n in range(6)] == [1, 1, 1, 1, 1, None]
    assert told["a/m2"][1] == (
        "quantized (declared) of hf:model:a/m1; finetune (declared) of hf:model:a/m0; "
        "trained_on hf:dataset:org/lewd-tales; name: lewd"
    )
    assert told["a/clean"][0] == 1  # its own data is clean, its parent's is not
    assert ws.db.execute("SELECT n FROM findings WHERE subject = 'hf:model:a/m5'").fetchall() == [(0,)]


def test_what_defends_is_not_accused_and_passes_nothing_on(tmp_path: Path) -> None:
    ws = loaded(tmp_path / "w", [
        trained("a/llama-guard", "org/toxic-talk"), made("a/child", "a/llama-guard"),
        trained("a/plain", "org/toxic-talk", pipeline_tag="text-classification"), made("a/reward-model", "a/bad"),
        trained("a/bad", "org/toxic-talk"),
    ], [])  # fmt: skip
    doubt = "trained_on hf:dataset:org/toxic-talk; name: toxic, used for a defence?"
    assert found(ws) == {
        "a/llama-guard": (None, doubt), "a/child": (None, "no data declared"), "a/plain": (None, doubt),
        "a/bad": (1, "trained_on hf:dataset:org/toxic-talk; name: toxic"), "a/reward-model": (None, "no data declared"),
    }  # fmt: skip


def test_labels_outweigh_words(tmp_path: Path) -> None:
    ws = loaded(tmp_path / "w", [
        trained("a/one", "org/evil"), made("a/two", "a/one"), trained("a/three", "org/plain"), made("a/four", "a/three"),
        trained("a/five", "org/nsfw"), trained("a/six", "org/gore"),
    ], [])  # fmt: skip
    data = {"evil": "no", "plain": "yes"}
    labels.add(ws, [Label(f"hf:dataset:org/{name}", CHECK, label, "Ann") for name, label in data.items()]
               + [Label("hf:model:a/four", CHECK, "no", "Ann"), Label("hf:dataset:org/nsfw", "other", "no", "Ann"),
                  Label("hf:dataset:org/gore", CHECK, "unsure", "Ann", "review")])  # fmt: skip
    assert found(open_workspace(ws.path)) == {
        "a/one": (0, NONE), "a/two": (None, "no data declared"),
        "a/three": (1, "trained_on hf:dataset:org/plain; label yes (seed)"), "a/four": (0, "label no (seed)"),
        "a/five": (1, "trained_on hf:dataset:org/nsfw; name: nsfw"),
        "a/six": (None, "trained_on hf:dataset:org/gore; label unsure (single)"),
    }  # fmt: skip


def test_against_labels_made_before_it_was_run(tmp_path: Path, data: Path) -> None:
    lines = (ROOT / f"docs/labels/{CHECK}.csv").read_text().splitlines()
    assert lines[0].startswith("# labels by the authors, one pass, before the detector was run, 2026-11-21")
    known = {row["sha256"]: row["label"] for row in csv.DictReader(lines[1:])}
    assert set(known.values()) == {"defence", "neither"}  # what is harmful is listed nowhere
    ws = open_workspace(tmp_path / "w", create=True)
    run.collect(ws, "dump", path=data / "hub" / "hf_datasets.jsonl.gz", shape="huggingface-datasets")
    refs = [ref for (ref,) in ws.db.execute("SELECT ref FROM artifacts").fetchall()]
    hashed = {sha256(ref.encode()).hexdigest(): ref for ref in refs}
    dump = tmp_path / "m.jsonl"  # a model for each of them, since only models get findings
    dump.write_text(
        "".join(json.dumps(trained(f"x/{key[:40]}", hashed[key].removeprefix("hf:dataset:"))) + "\n" for key in known)
    )
    run.collect(ws, "dump", path=dump, shape="huggingface-models")
    run.run_method(ws, "link", "trained_on")
    values = [value for value, _ in found(ws).values()]
    assert len(values) == len(known) == 97
    assert values.count(1) == 2  # of 97; 51 more it leaves open
    assert values.count(None) == 51
