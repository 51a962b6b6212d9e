from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from headgate import run
from headgate.evidence.intervals import wilson
from headgate.workspace import open_workspace
from tests.build import collect, findings, model

Files = dict[
    str, tuple[int, str | None]
]  # path -> size in bytes, content by a short name, where the hub tells its hash
CHECKER, TINY = 600_000_000, "e3"
PIPELINE: Files = {
    "model_index.json": (600, None), "README.md": (9_000, None), "unet/config.json": (1_000, None),
    "unet/diffusion_pytorch_model.safetensors": (3_000_000_000, "a1"), "vae/config.json": (500, None),
    "scheduler/scheduler_config.json": (300, None), "feature_extractor/preprocessor_config.json": (300, None),
    "safety_checker/config.json": (4_700, None), "safety_checker/model.safetensors": (CHECKER, "c1"),
    "watermark_remover_demo.png": (9_000, None),
}  # fmt: skip
CHAT: Files = {
    "config.json": (700, None), "generation_config.json": (200, None), "tokenizer.json": (9_000_000, "b1"),
    "tokenizer_config.json": (50_000, "b2"), "chat_template.jinja": (4_000, "b3"),
    "model-00001-of-00002.safetensors": (5_000_000_000, "b4"), "guardrails/rules.json": (9_000, "b5"),
    "guardrails/model.safetensors": (90_000_000, "b6"), "content_filter.py": (8_000, "b7"),
}  # fmt: skip


def repository(id_: str, files: Files, **fields: Any) -> dict[str, Any]:
    siblings = [
        {"rfilename": path, "size": size}
        | ({"lfs": {"sha256": sha256(content.encode()).hexdigest(), "size": size}} if content else {})
        for path, (size, content) in files.items()
    ]
    return model(id_, siblings=siblings, **fields)


def fork(id_: str, of: str, files: Files, relation: str = "finetune", **fields: Any) -> dict[str, Any]:
    card = {"base_model": of, "base_model_relation": relation}
    return repository(id_, files, **fields) | {"cardData": card}


def without(files: Files, prefix: str) -> Files:
    return {path: what for path, what in files.items() if not path.startswith(prefix)}


def moved(files: Files, old: str, new: str) -> Files:
    return {path.replace(old, new, 1): what for path, what in files.items()}


def detected(path: Path, records: Iterable[dict[str, Any]], **params: Any) -> dict[str, tuple[Any, ...]]:
    ws, _ = collect(path, records)
    run.run_method(ws, "link", "declared_base")
    return {ref.removeprefix("hf:model:"): found for ref, found in findings(ws, "safeguard_removed", **params).items()}


PARENTS = [
    repository("org/pipeline", PIPELINE), repository("org/chat", CHAT),
    repository("org/gated", {"config.json": (700, None), "model.safetensors": (9_000_000, "d1")}, gated="manual"),
]  # fmt: skip
HOLLOW = {"safety_checker/model.safetensors": (0, TINY)}
REMOVED = [
    # deleted
    fork("f/01", "org/pipeline", without(PIPELINE, "safety_checker/")),
    fork("f/02", "org/pipeline", without(PIPELINE, "safety_checker/"), "merge"),
    fork(
        "f/03",
        "org/pipeline",
        without(PIPELINE, "safety_checker/") | {"extra/x.json": (5, None)},
        sha="0123456789abcdef",
    ),
    fork("f/04", "org/chat", without(CHAT, "guardrails/")),
    fork("f/05", "org/chat", without(CHAT, "content_filter.py")),
    fork("f/06", "org/pipeline", without(without(PIPELINE, "safety_checker/"), "feature_extractor/")),
    # hollow
    fork("f/07", "org/pipeline", PIPELINE | HOLLOW | {"safety_checker/config.json": (2, None)}),
    fork("f/08", "org/pipeline", without(PIPELINE, "safety_checker/model")),
    fork("f/09", "org/pipeline", PIPELINE | {"safety_checker/model.safetensors": (1_000, TINY)}),
    fork("f/10", "org/chat", CHAT | {"content_filter.py": (20, TINY)}),
    # renamed
    fork("f/11", "org/pipeline", moved(PIPELINE, "safety_checker/", "old/")),
    fork("f/12", "org/pipeline", moved(PIPELINE, "safety_checker/", "unused_parts/checker/")),
    fork("f/13", "org/chat", moved(CHAT, "guardrails/", "g/")),
    # switched off, said in the card
    fork("f/14", "org/pipeline", PIPELINE, card="pipe = X.from_pretrained('f/14', safety_checker=None)"),
    fork("f/15", "org/pipeline", PIPELINE, card="requires_safety_checker = False"),
    # without the gate
    fork("f/16", "org/gated", {"model.gguf": (9, None)}, "quantized", gated=False),
    fork("f/17", "org/gated", {"model.gguf": (9, None)}, "quantized", gated=False),
    # refusals ablated, said in the card
    fork("f/18", "org/chat", CHAT, card="Made by abliteration. It is not censored."),
    fork("f/19", "org/chat", CHAT, card="We found the refusal direction and projected it out."),
    # switched off inside a file: no listing shows it
    fork("f/20", "org/pipeline", PIPELINE | {"model_index.json": (560, None)}),
]
CLEAN = [
    *[fork(f"c/{n}", "org/pipeline", PIPELINE | {"README.md": (n, None)}) for n in range(6)],
    *[fork(f"c/{n}", "org/chat", CHAT | {"model-00001-of-00002.safetensors": (n, None)}) for n in range(6, 12)],
    fork("c/12", "org/pipeline", PIPELINE | {"safety_checker/model.safetensors": (CHECKER // 2, "half")}),
    fork("c/13", "org/chat", CHAT, card="This model is not abliterated, and no abliteration was used."),
    fork("c/14", "org/chat", CHAT, card="Unlike abliterated models it refuses. Compared with heretic it is slow."),
    fork("c/15", "org/gated", {"model.gguf": (9, None)}, "quantized", gated="auto"),
    fork("c/16", "org/pipeline", moved(PIPELINE, "safety_checker/model.safetensors", "safety_checker/pytorch_model.bin")),
    fork("c/17", "org/chat", without(CHAT, "README.md") | {"images/moderation.png": (5, None)}),
    fork("c/18", "org/chat", CHAT, card="A theretical heretical story."),
    fork("c/19", "org/pipeline", without(PIPELINE, "watermark_remover")),
]  # fmt: skip


def test_recall_and_false_alarms_on_scripted_forks(tmp_path: Path) -> None:
    found = detected(tmp_path / "w", [*PARENTS, *REMOVED, *CLEAN])
    missed = [record["id"] for record in REMOVED if found[record["id"]][0] != 1]
    assert missed == ["f/20"]  # 19 of 20; what a file holds is not in a listing
    interval = wilson(19, 20)
    assert interval is not None
    assert round(interval[0], 2) == 0.76
    assert {record["id"]: found[record["id"]] for record in CLEAN if found[record["id"]][0] != 0} == {}


def test_the_evidence_names_what_where_and_the_parent(tmp_path: Path) -> None:
    found = detected(tmp_path / "w", [*PARENTS, *REMOVED])
    assert found["f/03"][1] == "safety_checker missing; parent hf:model:org/pipeline at 0123456789ab"
    assert found["f/09"][1] == "safety_checker hollow: 4700 of 600000000 bytes; parent hf:model:org/pipeline"
    assert found["f/11"][1] == "safety_checker renamed to old/model.safetensors; parent hf:model:org/pipeline"
    assert found["f/14"][1] == "card code: safety_checker=none"
    assert found["f/16"][1] == "gate (manual) gone; parent hf:model:org/gated"
    assert found["f/18"][1] == "card: abliteration"


def test_what_cannot_be_compared_is_unknown_and_left_out_of_shares(tmp_path: Path) -> None:
    records = [
        *PARENTS,
        model("u/unlisted") | {"cardData": {"base_model": "org/pipeline"}},
        fork("u/gguf", "org/chat", {"x.Q4_K_M.gguf": (9, None), "config.json": (9, None)}, "quantized"),
        repository("org/small", {"config.json": (9, None), "guardrails/rules.json": (9, None)}),
        fork("u/small", "org/small", {"config.json": (9, None)}),  # one file alike is no like packing
        fork("u/lora", "org/pipeline", {"lora.safetensors": (9, None)}, "adapter"),
        fork("u/gate-unsaid", "org/gated", {"model.gguf": (9, None)}, "quantized"),
        fork("u/trained-on", "org/gated", {"model.safetensors": (9, None)}, "finetune", gated=False),
        fork("org/own-quant", "org/gated", {"model.gguf": (9, None)}, "quantized", gated=False),
    ]
    ws, _ = collect(tmp_path / "w", records)
    run.run_method(ws, "link", "declared_base")
    found = findings(ws, "safeguard_removed")
    assert {ref[9:]: value for ref, (value, _) in found.items()} == {
        "u/unlisted": None, "u/gguf": None, "u/small": None, "u/gate-unsaid": None, "u/trained-on": None, "org/own-quant": None,
    }  # fmt: skip
    assert found["hf:model:u/unlisted"][1] == "nothing to compare; parent hf:model:org/pipeline"
    assert ws.db.execute("SELECT DISTINCT n, sensitive, harm FROM findings").fetchall() == [(0, True, "use")]


@pytest.mark.parametrize(
    ("files", "plain", "asked"),
    [
        (CHAT | {"chat_template.jinja": (4_000, "bx")}, "chat_template.jinja changed", 1),
        (without(CHAT, "chat_template"), "chat_template.jinja missing", 1),
        (
            without(CHAT, "chat_template") | {"tokenizer_config.json": (54_000, "by")},
            "chat_template.jinja missing",
            None,
        ),
        (CHAT, "chat_template.jinja unchanged", 0),
        (CHAT | {"chat_template.jinja": (4_000, None)}, "chat_template.jinja there, content not known", None),
    ],
)
def test_a_chat_template_is_a_safeguard_only_where_asked(
    tmp_path: Path, files: Files, plain: str, asked: int | None
) -> None:
    bare = {path: what for path, what in CHAT.items() if not path.startswith(("guard", "content"))}
    files = {path: what for path, what in files.items() if path in bare or path.startswith("chat")}
    records = [repository("o/p", bare), fork("me/x", "o/p", files)]
    value, evidence = detected(tmp_path / "w", records)["me/x"]
    assert value is None
    assert f"{plain}; parent hf:model:o/p" in evidence
    value, evidence = detected(tmp_path / "v", records, templates=True)["me/x"]
    assert value == asked
    assert plain in evidence


def test_real_cards_name_ablation_where_names_do(tmp_path: Path, data: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    run.collect(ws, "dump", path=data / "hub" / "hf_models_sample2k.jsonl.gz")
    found = {ref for ref, (value, _) in findings(ws, "safeguard_removed").items() if value == 1}
    with gzip.open(data / "hub" / "hf_models_sample2k.jsonl.gz", "rt", encoding="utf-8") as file:
        cards = {record["id"]: record.get("card") or "" for record in map(json.loads, file)}
    named = {f"hf:model:{id_}" for id_, card in cards.items() if "abliterat" in id_.lower() and card}
    assert len(found) < 0.05 * len(cards)
    assert len(named & found) > 0.5 * len(named)
