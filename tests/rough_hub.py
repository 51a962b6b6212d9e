"""The synthetic hub made rougher: things that look like re-uploads and are none, files nobody listed, no dates.

python -m tests.rough_hub 1 2 3     prints how many planted re-uploads `detect re_upload` finds, by seed
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from headgate import run, zstd
from headgate.synthetic import generate
from headgate.synthetic.truth import Truth
from headgate.workspace import Workspace, open_workspace

UNLISTED, UNDATED = 0.10, 0.05  # share of Hugging Face models without a list of files, and without a date
ORDER = ("earlier/civitai_models", "earlier/hf_models", "civitai_models", "hf_models")


def measured(folder: Path, *, artifacts: int, seed: int) -> Counter[str]:
    """Counts of planted re-uploads: found, could not tell, missed; and wrongly found, of them `traps`."""
    truth = generate(folder / "dumps", artifacts=artifacts, seed=seed)
    planted = {r.copy for r in truth.reuploads} | {e.child for e in truth.edges if e.relation == "copy"}
    traps = _roughen(folder / "dumps", Random(seed), planted)
    ws = _detected(folder, truth)
    told = dict(ws.db.execute("SELECT ref, hub_id FROM artifacts").fetchall())
    names = {id_: ref for ref, id_ in truth.naming.items()}
    sql = "SELECT subject, value, evidence FROM findings WHERE \"check\" = 're_upload'"
    counts = Counter({"planted": len(planted), "traps": len(traps)})
    for subject, value, evidence in ws.db.execute(sql).fetchall():
        ref = names.get(str(told[subject]), subject)
        if ref not in planted:
            counts["wrong"] += value == 1
        elif value == 1:
            counts["found"] += 1
        elif value is None:
            counts["could not tell"] += 1
        else:
            counts["own" if evidence.startswith("own copy") else "missed"] += 1
    counts["planted"] -= counts.pop("own", 0)  # by chance of the same account: the check says so
    return counts


def _roughen(dumps: Path, rng: Random, planted: set[str]) -> set[str]:
    read = {name: _lines(dumps / f"{name}.jsonl.zst") for name in ("hf_models", "civitai_models")}
    models, pages = read["hf_models"], read["civitai_models"]
    whole = [m for m in models if m.get("library_name") == "transformers" and m["siblings"]]
    encoders = [_file(f"encoder {n}", 20_000_000, "encoder.safetensors") for n in range(3)]
    for m in whole:  # the same small part beside everybody's own weights
        m["siblings"].append(encoders[len(m["id"]) % 3])
    free = [m for m in whole if f"hf:model:{m['id']}" not in planted]
    rng.shuffle(free)
    number = len(models) // 50
    traps = set()
    for n, m in enumerate(free[:number]):  # the own account on the other hub
        file = max(m["siblings"], key=lambda s: s["size"])
        version = {"id": 980_000_001 + 10 * n, "name": "v1", "createdAt": "2026-10-31T00:00:00.000Z", "baseModel": "Other",
                   "files": [{"name": "m.safetensors", "sizeKB": file["size"] / 1024,
                              "hashes": {"SHA256": file["lfs"]["sha256"]}}]}  # fmt: skip
        pages.append({"id": 980_000_000 + 10 * n, "name": f"mirror {n}", "type": "LORA",
                      "creator": {"username": m["author"]}, "modelVersions": [version]})  # fmt: skip
        traps.add(f"civitai:version:{980_000_001 + 10 * n}")
    for n, m in enumerate(free[number : 2 * number]):  # quantisers who keep the original beside their files
        id_ = f"quants-{n}/{m['id'].split('/')[1]}-GGUF"
        models.append(m | {"id": id_, "modelId": id_, "author": f"quants-{n}", "_id": f"quants {n}", "cardData": {}, "sha": "",
                           "createdAt": "2026-10-31T00:00:00.000Z", "tags": [f"base_model:quantized:{m['id']}"]})  # fmt: skip
        traps.add(f"hf:model:{id_}")
    for m in models:
        if rng.random() < UNLISTED:
            m.pop("siblings")
        if rng.random() < UNDATED:
            m.pop("createdAt")
    for name, records in read.items():
        text = "".join(json.dumps(record) + "\n" for record in records)
        (dumps / f"{name}.jsonl.zst").write_bytes(zstd.compress(text.encode(), 3))
    return traps


def _detected(folder: Path, truth: Truth) -> Workspace:
    ws = open_workspace(folder / "w", create=True)
    for name in ORDER:
        earlier = name.startswith("earlier/")
        run.collect(ws, "dump", path=folder / "dumps" / f"{name}.jsonl.zst", complete=not earlier,
                    shape="civitai-models" if "civitai" in name else "huggingface-models",
                    observed=truth.earlier if earlier else truth.later)  # fmt: skip
    run.run_method(ws, "link", "declared_base")
    run.run_method(ws, "detect", "re_upload")
    return ws


def _file(content: str, size: int, path: str) -> dict[str, Any]:
    sha = (content.encode().hex() + "0" * 64)[:64]
    return {"rfilename": path, "size": size, "lfs": {"sha256": sha, "size": size}}


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in zstd.decompress(path.read_bytes()).decode().splitlines()]


if __name__ == "__main__":
    total: Counter[str] = Counter()
    for number in map(int, sys.argv[1:]):
        with tempfile.TemporaryDirectory() as made:
            found = measured(Path(made), artifacts=5000, seed=number)
        total += found
        sys.stdout.write(f"{number} {dict(found)}\n")
    sys.stdout.write(f"all {dict(total)}\n")
