from __future__ import annotations

import csv
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from headgate import run
from headgate.workspace import open_workspace
from tests.build import collect, findings, model

ROOT = Path(__file__).resolve().parents[2]
CHECK = "never_aligned"
TEXT = {"pipeline_tag": "text-generation"}


def text(id_: str, of: str | list[str] = "", relation: str = "finetune", **fields: Any) -> dict[str, Any]:
    card = {"base_model": of, "base_model_relation": relation} if of else {}
    return model(id_, **({**TEXT, "cardData": card} | fields))


def found(path: Path, *records: dict[str, Any], **params: Any) -> dict[str, tuple[Any, ...]]:
    ws, _ = collect(path, records)
    run.run_method(ws, "link", "declared_base")
    return {ref.removeprefix("hf:model:"): told for ref, told in findings(ws, CHECK, **params).items()}


@pytest.mark.parametrize(
    ("name", "fields", "told"),
    [
        ("Falcon-7B-Base", {}, (1, "name: base")),
        ("GLM-32B-Base-0414-autogptq-int4-gs128-sym", {}, (1, "name: base")),
        ("gemma-3-12b-pt", {}, (1, "name: pt")),
        ("ernie-0.3b-pt", {}, (None, "nothing said of it")),  # there pt is PyTorch
        ("llm-7b-wiki-cpt", {}, (1, "name: cpt")),
        ("plain-7b", {"tags": ["Pretrained"]}, (1, "tag: pretrained")),
        ("plain-7b", {"card": "# P\nPlain-7b is a pretrained base model, without any."},
         (1, "card: plain-7b is a pretrained base model")),
        ("plain-7b", {"card": "Fine-tuned from the base model X."}, (None, "nothing said of it")),
        ("llama-base-credit-scoring", {}, (None, "nothing said of it")),  # something was made of the base
        ("t5-base", {}, (None, "nothing said of it")),  # a size
        ("plain-7b", {}, (None, "nothing said of it")),
        ("database-7b", {}, (None, "nothing said of it")),
        ("plain-7b-Instruct", {}, (0, "name: instruct")),
        ("qwen-base-dpo", {}, (0, "name: dpo")),
        ("gemma-2-9b-it", {}, (0, "name: 9b-it")),
        ("minerva-it", {}, (None, "nothing said of it")),  # Italian, perhaps
        ("dolphin-2.9-base", {}, (0, "name: dolphin")),
        ("plain-7b", {"tags": ["rlhf"]}, (0, "tag: rlhf")),
        ("plain-7b", {"tags": ["conversational"]}, (None, "nothing said of it")),
        ("plain-7b-base", {"tags": ["conversational"]}, (None, "both: name: base; tag: conversational")),
        ("plain-7b-uncensored", {}, (0, "name: uncensored")),
        ("plain-7b-unc3nsored", {}, (0, "name (disguised): uncensored")),
        ("plain-7b-abliterated-base", {}, (None, "both: name: base; name: abliterated")),
    ],
)  # fmt: skip
def test_words(tmp_path: Path, name: str, fields: dict[str, Any], told: tuple[Any, ...]) -> None:
    assert found(tmp_path / "w", text(f"me/{name}", **fields))[f"me/{name}"] == told


def test_only_models_that_make_text_get_a_row(tmp_path: Path) -> None:
    told = found(
        tmp_path / "w",
        model("a/base-7b-base"), model("a/some-base"), model("a/x-base", library_name="diffusers"),
        text("a/sound-base", pipeline_tag="text-to-audio"),
    )  # fmt: skip
    # without a task, base may be the size of any model
    assert told == {"a/base-7b-base": (1, "name: base"), "a/some-base": (None, "nothing said of it")}


def test_a_sibling_tells(tmp_path: Path) -> None:
    told = found(
        tmp_path / "w",
        text("Org/Model-7B-v0.1"), text("org/Model-7B-Instruct-v0.1"), text("other/Model-7B-v0.1"),
        text("org/new-1b"), text("org/new-1b-base"),
        text("org/both-1b"), text("org/both-1b-base"), text("org/both-1b-chat"),
        text("org/tuned-2b-chat", "lab/tuned-2b"), text("lab/tuned-2b"),
    )  # fmt: skip
    assert told["Org/Model-7B-v0.1"] == (1, "sibling hf:model:org/Model-7B-Instruct-v0.1 is tuned")
    assert told["other/Model-7B-v0.1"][0] is None
    assert told["org/new-1b"] == (0, "sibling hf:model:org/new-1b-base is the base")
    assert told["org/both-1b"] == (
        None, "both: sibling hf:model:org/both-1b-chat is tuned; sibling hf:model:org/both-1b-base is the base"
    )  # fmt: skip
    assert told["lab/tuned-2b"] == (1, "sibling hf:model:org/tuned-2b-chat is tuned")


def test_alignment_goes_down_every_line_and_its_absence_only_to_plain_copies(tmp_path: Path) -> None:
    told = found(
        tmp_path / "w",
        text("o/m-7b-base"),
        text("q/m-7b-base-GGUF", "o/m-7b-base", "quantized"),
        text("q/o_m-7b-base-Q4_K_M-gguf", "q/m-7b-base-GGUF", "quantized", tags=["gguf"]),
        text("q/my-bot", "o/m-7b-base", "quantized"), text("t/story", "o/m-7b-base", "finetune"),
        text("t/mixed", ["o/m-7b-base", "o/n-7b-base"], "merge"), text("o/n-7b-base"),
        text("t/half", ["o/m-7b-base", "t/story"], "merge"),
        text("a/tuned", "gone/Big-Chat"), text("a/tuned-again", "a/tuned", "quantized"),
        text("a/lies-base", "a/tuned-again", "merge"),
        text("c/one", "c/two"), text("c/two", "c/one"), text("c/self", "c/self"),
    )  # fmt: skip
    assert told["q/o_m-7b-base-Q4_K_M-gguf"][0] == 1
    assert {name: value for name, (value, _) in told.items()} == {
        "o/m-7b-base": 1, "q/m-7b-base-GGUF": 1, "q/o_m-7b-base-Q4_K_M-gguf": 1, "q/my-bot": None, "t/story": None,
        "t/mixed": 1, "o/n-7b-base": 1, "t/half": None, "a/tuned": 0, "a/tuned-again": 0, "a/lies-base": 0,
        "c/one": None, "c/two": None, "c/self": None,
    }  # fmt: skip
    assert told["a/tuned-again"][1] == (
        "quantized (declared) of hf:model:a/tuned; finetune (declared) of hf:model:gone/Big-Chat; name: chat"
    )


def test_a_copy_is_plain_where_only_its_format_is_new(tmp_path: Path) -> None:
    told = found(
        tmp_path / "w",
        text("o/Mod-1.5B"), text("o/Mod-1.5B-Instruct"),
        text("q/Mod-1.5B-8.0bpw-exl2", "o/Mod-1.5B", "quantized"),
        text("q/Mod-1.5B-mybot-exl2", "o/Mod-1.5B", "quantized"),
        text("q/Mod-1.5B-chatty", "o/Mod-1.5B", "quantized", tags=["conversational"]),
    )  # fmt: skip
    path = "quantized (declared) of hf:model:o/Mod-1.5B; sibling hf:model:o/Mod-1.5B-Instruct is tuned"
    assert told["q/Mod-1.5B-8.0bpw-exl2"] == (1, path)
    assert told["q/Mod-1.5B-mybot-exl2"][0] is None
    assert found(tmp_path / "v", text("o/M-1b-base"), text("q/M-1b-x", "o/M-1b-chat"), min_confidence=0.99) == {
        "o/M-1b-base": (1, "name: base"), "q/M-1b-x": (None, "nothing said of it"),
    }  # fmt: skip


def test_it_is_open_and_counts_only_what_it_could_tell(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [text("a/x-base"), text("a/y"), text("a/z-chat")])
    findings(ws, CHECK)
    rows = ws.db.execute("SELECT value, n, sensitive, harm FROM findings ORDER BY subject").fetchall()
    assert rows == [(1, 1, False, "use"), (None, 0, False, "use"), (0, 1, False, "use")]


def test_against_labels_made_before_it_was_run(tmp_path: Path, data: Path) -> None:
    lines = (ROOT / f"docs/labels/{CHECK}.csv").read_text().splitlines()
    assert lines[0] == "# labels by the authors, one pass, before the detector was run, 2026-11-21"
    labels = {row["sha256"]: (row["label"], row["drawn"]) for row in csv.DictReader(lines[1:])}
    ws = open_workspace(tmp_path / "w", create=True)
    run.collect(ws, "dump", path=data / "hub" / "hf_models.jsonl.gz")
    for method in ("declared_base", "quantised_copy", "merge_recipe"):
        run.run_method(ws, "link", method)
    told = {sha256(ref.encode()).hexdigest(): value for ref, (value, _) in findings(ws, CHECK).items()}
    rows = [(label, drawn, told[key]) for key, (label, drawn) in labels.items()]
    assert len(rows) == 219
    assert not [row for row in rows if row[0] == "aligned" and row[2] == 1]
    assert not [row for row in rows if row[0] == "never" and row[2] == 0]
    called = [label for label, _, value in rows if value == 1]
    assert called.count("never") / len(called) > 0.8
    assert called.count("never") / sum(label == "never" for label, *_ in rows) > 0.6
