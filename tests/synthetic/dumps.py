"""A synthetic hub read back from its dumps, without the code that wrote them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from headgate import zstd
from headgate.synthetic import Truth, families, growth

FILES = ("hf_models", "hf_datasets", "civitai_models", "earlier/hf_models", "earlier/civitai_models")
LINEAGE = {"finetune", "adapter", "merge", "quantized"}
STAMP = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z"
Record = dict[str, Any]


class Dumps(NamedTuple):
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


def edges(truth: Truth, relations: set[str], told: str) -> set[tuple[str, str]]:
    return {(e.child, e.parent) for e in truth.edges if e.relation in relations and e.told == told}


def weights(records: list[Record]) -> Iterator[tuple[str, str]]:
    """Ref and SHA-256 of each weight file."""
    for record in records:
        if "modelVersions" in record:
            for v in record["modelVersions"]:
                yield from ((f"civitai:version:{v['id']}", f["hashes"]["SHA256"].lower()) for f in v["files"])
        else:
            yield from ((f"hf:model:{record['id']}", s["lfs"]["sha256"]) for s in record["siblings"] if "lfs" in s)


def grown(number: int, seed: int = 3) -> growth.Hub:
    """A hub of `number` models from sixteen base models, before anything odd or of the other hub is in it."""
    rng = Random(seed)
    handles = [f"account{i}" for i in range(20)]
    hub = growth.Hub(rng, seed, handles, families.corpora(rng, 30, handles))
    growth.grow(hub, families.roots(rng, 16), number)
    return hub
