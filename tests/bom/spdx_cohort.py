"""A small cohort in which every kind of fact occurs once; all of it is invented."""

from __future__ import annotations

from datetime import datetime

from headgate.bom.shapes import GONE, Artifact, Cohort, Decision, Edge, File, Finding, Licence, unseen

MOMENT = datetime(2026, 11, 21, 9, 30, 15)
CREATED, MODIFIED = datetime(2025, 1, 2, 3, 4, 5), datetime(2025, 6, 7, 8, 9, 10)
MODEL, BASE, DATA, TEXTS = "hf:model:acme/writer", "hf:model:acme/base", "hf:dataset:acme/tales", "name:some tales <1>"
VERSION, PAGE = "civitai:version:456", "civitai:model:123"
LOST = "hf:model:acme/lost"
CARD = """---
license: other
---
# Tales

A corpus of invented tales that was written for the tests of this project.

## Uses

### Direct Use

<!-- what it is for -->
For tests only.

### Out-of-Scope Use

[More Information Needed]

## Dataset Creation

#### Data Collection and Processing

Written by hand.
Then sorted.

```
# Personal and Sensitive Information
not a heading
```

### Personal and Sensitive Information [optional]

None: nobody in it is real.

## Bias, Risks, and Limitations

Every tale ends well.
"""


def cohort(*asked: str) -> Cohort:
    """Everything, asked for as `asked`, else as the model alone."""
    held = [
        Artifact(MODEL, "present", "huggingface", "model", "acme/writer", "acme", "a" * 40, CREATED, MODIFIED, MODIFIED,
                 (Licence("apache-2.0", "Apache-2.0", "Apache-2.0"), Licence("llama3.1", "llama3.1", None)), "card",
                 has_card=True, tags=("arxiv:2101.00001",), pipeline="text-generation", library="transformers",
                 architecture="llama", parameters=1_000, gated="no", files=3),
        Artifact(BASE, "present", "huggingface", "model", "acme/base", "acme", "b" * 40, CREATED, None, MODIFIED),
        Artifact(DATA, "present", "huggingface", "dataset", "acme/tales", "acme", "d" * 40, CREATED, MODIFIED, MODIFIED,
                 (Licence("other", None, None),), "card", "Tale licence", "https://example.org/tale-licence", True,
                 ("modality:text", "modality:tabular", "language:en", "task_categories:text-generation"),
                 gated="manual", card=CARD, files=2),
        Artifact(VERSION, "present", "civitai", "version", "v1", "someone", None, CREATED, None, MODIFIED),
        Artifact(PAGE, "present", "civitai", "model", None, "someone", None, CREATED, None, MODIFIED),
        unseen(LOST, GONE),
        unseen(TEXTS),
    ]  # fmt: skip
    return Cohort(
        asked or (MODEL,),
        {one.ref: one for one in sorted(held)},
        {
            DATA: (File("data/a b.parquet", 70, "e" * 64, None), File("readme.md", 30, None, None)),
            MODEL: (File("model.safetensors", 4_000, "c" * 64, "safetensors"), File("notes.txt", None, None, None)),
        },
        {
            MODEL: (
                Edge(MODEL, BASE, "adapter", "read", 1.0, "adapter_config.json", "adapter_config"),
                Edge(MODEL, BASE, "finetune", "declared", 0.9, "base_model", "declared_base"),
                Edge(MODEL, DATA, "trained_on", "declared", 1.0, "datasets", "trained_on"),
                Edge(MODEL, LOST, "copy", "read", 1.0, None, "same_files"),
                Edge(MODEL, MODEL, "finetune", "declared", 0.9, "base_model", "declared_base"),
                Edge(MODEL, TEXTS, "trained_on", "declared", 0.8, "datasets", "trained_on"),
            ),
            VERSION: (Edge(VERSION, PAGE, "version_of", "read", 1.0, None, "version_of"),),
        },
        {MODEL: (Finding("licence_missing", 0.0, None, None, 1, "card"),)},
        {MODEL: (Decision("release_gate", "allow", "no rule"),)},
        linked=True,
    )
