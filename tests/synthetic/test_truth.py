from __future__ import annotations

import json

from headgate.synthetic import Edge, Person, Reupload, Truth
from tests.synthetic.dumps import Dumps

NAMED = "hf:model:ann/aeldraneth-lora"
EDGES = (
    Edge("hf:model:a/b", "hf:model:c/d", "finetune", "declared"),
    Edge(NAMED, "hf:model:c/d", "adapter", "declared"),
    Edge("civitai:version:1", NAMED, "copy", "files"),
)


def test_as_text_it_counts_what_names_a_person_and_leaves_it_out() -> None:
    person = Person("Aeldraneth", "Gwenbawick")
    truth = Truth(
        seed=7, earlier="2025-05-01", later="2026-11-01", edges=EDGES,
        reuploads=(Reupload("civitai:version:1", NAMED, False), Reupload("hf:model:a/b", "civitai:version:2", True)),
        without_licence=frozenset({NAMED, "hf:model:c/d"}), without_card=frozenset({NAMED}),
        uncensored_named=frozenset({"hf:model:z/x", "hf:model:a/b"}), uncensored_hidden=frozenset(),
        persons=(person,), unsaid=frozenset({person}), naming={NAMED: "f" * 24}, counts={"persons": 1},
    )  # fmt: skip
    text = truth.to_json()
    assert json.loads(text) == {
        "headgate_demo": 1, "seed": 7, "earlier": "2025-05-01", "later": "2026-11-01", "counts": {"persons": 1},
        "edges_by_relation": {"adapter": 1, "copy": 1, "finetune": 1},
        "left_out": {"edges": 2, "reuploads": 1},
        "edges": [["hf:model:a/b", "hf:model:c/d", "finetune", "declared"]],
        "reuploads": [["hf:model:a/b", "civitai:version:2", True]],
        "without_licence": ["hf:model:c/d"], "without_card": [],
        "uncensored_named": ["hf:model:a/b", "hf:model:z/x"], "uncensored_hidden": [],
    }  # fmt: skip
    assert "aeldraneth" not in text.lower()


def test_truth_on_disk_names_nobody(dumps: Dumps) -> None:
    text = (dumps.folder / "truth.json").read_text(encoding="utf-8")
    assert not [p for p in dumps.truth.persons if p.given.lower() in text.lower() or p.family.lower() in text.lower()]
    record = json.loads(text)
    kept, naming = {Edge(*row) for row in record["edges"]}, dumps.truth.naming
    assert kept == {e for e in dumps.truth.edges if e.child not in naming and e.parent not in naming}
    assert record["left_out"]["edges"] == len(dumps.truth.edges) - len(kept) > 0
