"""How well `detect real_person_adapter` does: on synthetic hubs with planted people, and on hand-labelled real records.

    python bench/real_person.py                 the figures of docs/methods/real_person_adapter.md
    HEADGATE_DATA=... python bench/real_person.py
    python bench/real_person.py --fit --labels FILE      make data/adapter_weights.csv anew, from the fitting half only

The labels (docs/labels/real_person_adapter.csv) are keyed by the SHA-256 of the ref. Records whose hash begins with an
even hex digit are for fitting, the others for testing. The file that is shipped holds no person: of the real records
only the negative control can be counted again from it, and a fit needs a file of your own that holds some. Without the
shared data the real part is left out, with a note.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from headgate import adapters, run, workspace, zstd
from headgate.detect import ncii_intent
from headgate.evidence.intervals import wilson
from headgate.shapes import Db
from headgate.synthetic import Truth, generate

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("HEADGATE_DATA", ROOT.parent / "shared" / "data"))
LABELS = ROOT / "docs" / "labels" / "real_person_adapter.csv"
WEIGHTS = ROOT / "src" / "headgate" / "data" / "adapter_weights.csv"
FIT_SEED, FIT_SIZE = 101, 1000  # a synthetic hub with about as many adapters as the fitting half of the labels
TEST_SEEDS = (1, 2, 3, 4, 5)
CUT = 0.5
LIKENESS = {"celebrity", "real person", "actress", "actor", "likeness"}
# Before any data: about one adapter in twenty depicts somebody; a kind of evidence multiplies the odds by e^2 or
# divides them by it, the hub's own flag multiplies them by e^5, since it states the thing itself. Each give or take
# e^1.5.
PRIOR_SPREAD, PRIOR_START = 1.5, float(np.log(0.05 / 0.95))
PRIOR = {bit: 5.0 if bit == 1 else 2.0 for bit in adapters.FOR} | dict.fromkeys(adapters.AGAINST, -2.0)
BITS = (0, *adapters.FOR, *adapters.AGAINST)


@dataclass(frozen=True, slots=True)
class Row:
    """One adapter: its true label, the bits said of it, whether it could be read, and what the detector gave."""

    label: str
    said: int
    read: bool
    value: float | None
    fitting: bool = False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--labels", type=Path, default=LABELS, help="the file of labels, instead of the one shipped")
    given = parser.parse_args()
    os.environ.setdefault("HEADGATE_KEY", "a key for figures that anybody may repeat")
    real = labelled(given.labels)
    if given.fit:
        if not any(row.label == "person" for row in real):
            parser.error("no record labelled person to fit on: the file that is shipped has none. Give --labels FILE.")
        fit([row for row in real if row.fitting], synthetic(FIT_SEED, FIT_SIZE))
        return
    for change, title in (("", "as it is"), ("masked", "likeness tags removed"), ("hard", "with hard negatives")):
        by_seed = [synthetic(seed, 5000, change) for seed in TEST_SEEDS]
        for seed, rows in zip(TEST_SEEDS, by_seed, strict=True):
            people = [row for row in rows if row.label == "person"]
            found = [row for row in rows if row.value is not None and row.value >= CUT]
            right = sum(row.label == "person" for row in found)
            print(f"seed {seed}, {title}: precision {right}/{len(found)}, recall {right}/{len(people)}")
        together = [row for rows in by_seed for row in rows]
        report(f"synthetic hubs, {title}, seeds {TEST_SEEDS[0]} to {TEST_SEEDS[-1]} together", together)
        calibration(together)
    intent()
    if real:
        report("real adapters, testing half", [row for row in real if not row.fitting])
        report("real adapters, both halves (the fitting half is not held out)", real)


# ---- where rows come from


def labelled(labels: Path) -> list[Row]:
    """The hand-labelled adapters of the shared data; none, with a note, where that is absent."""
    source = DATA / "hub" / "hf_models.jsonl.gz"
    if not source.exists():
        print(f"left out: the real part, since there is no shared data at {DATA}. Set HEADGATE_DATA.")
        return []
    with labels.open(encoding="utf-8", newline="") as file:
        known = {row["sha256"]: row["label"] for row in csv.DictReader(line for line in file if line[0] != "#")}
    with tempfile.TemporaryDirectory() as folder:
        ws = workspace.open_workspace(Path(folder) / "w", create=True)
        run.collect(ws, "dump", path=source)
        rows = looked(ws.db)
    hashed = {sha256(ref.encode()).hexdigest(): told for ref, told in rows.items()}
    print(f"real: {len(known)} records labelled, {len(hashed)} image adapters, {len(hashed.keys() & known)} are both")
    outside = Counter(label for key, label in known.items() if key not in hashed)
    print(f"      labelled but no adapter to the tool: {dict(outside)}")
    return [Row(known[key], *told, fitting=int(key[0], 16) % 2 == 0) for key, told in hashed.items() if key in known]


def synthetic(seed: int, size: int, change: str = "") -> list[Row]:
    """The image adapters (models, not versions) of a synthetic hub, labelled by what was planted.

    `change` is nothing, masked (no likeness word in any tag) or hard (see `_harden`).
    """
    with tempfile.TemporaryDirectory() as folder:
        dumps = Path(folder) / "dumps"
        dumps.mkdir()
        truth = generate(dumps, artifacts=size, seed=seed)
        labels = planted(truth, dumps)
        for name in ("civitai_models", "hf_models"):
            for part in (dumps, dumps / "earlier"):
                _rewrite(part / f"{name}.jsonl.zst", change, labels)
        ws = workspace.open_workspace(Path(folder) / "w", create=True)
        # as in the demo: who was flagged before is known by the file when it comes up again
        for name, shape in (
            ("earlier/civitai_models", "civitai-models"), ("civitai_models", "civitai-models"),
            ("hf_models", "huggingface-models"),
        ):  # fmt: skip
            run.collect(ws, "dump", path=dumps / f"{name}.jsonl.zst", shape=shape, complete="/" not in name,
                        observed=truth.earlier if "/" in name else truth.later)  # fmt: skip
        rows = looked(ws.db)
        ids = dict(ws.db.execute("SELECT ref, hub || ' ' || hub_id FROM artifacts WHERE kind = 'model'").fetchall())
    return [Row(labels.get(ids[ref], "style-or-object"), *told) for ref, told in rows.items() if ref in ids]


def planted(truth: Truth, dumps: Path) -> dict[str, str]:
    """Hub and the hub's own id of every model that depicts one of the invented people -> person."""
    found = {f"huggingface {id_}": "person" for id_ in truth.naming.values()}
    names = [person.family.lower() for person in truth.persons]
    for part in (dumps, dumps / "earlier"):
        for record in _records(part / "civitai_models.jsonl.zst"):
            if any(name in json.dumps(record).lower() for name in names):
                found[f"civitai {record['id']}"] = "person"
    return found


def _records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in zstd.decompress(path.read_bytes()).decode().splitlines()]


def _rewrite(path: Path, change: str, labels: dict[str, str]) -> None:
    records = _records(path)
    for record in records:
        if change == "masked":
            _mask(record)
        elif change == "hard" and "modelVersions" in record:
            _harden(record, labels)
    path.write_bytes(zstd.compress("".join(json.dumps(record) + "\n" for record in records).encode(), 3))


def _mask(record: dict[str, Any]) -> None:
    for holder in (record, record.get("cardData") or {}):
        if "tags" in holder:
            holder["tags"] = [tag for tag in holder["tags"] if tag not in LIKENESS]
    if "card" in record:  # its front matter repeats the tags
        record["card"] = record["card"].split("---", 2)[-1]


def _harden(record: dict[str, Any], labels: dict[str, str]) -> None:
    """One style in five a fictional character, half of those with a word for people; one in twenty an own face."""
    key, dice = f"civitai {record['id']}", int(sha256(f"hard {record['id']}".encode()).hexdigest()[:4], 16) % 40
    if labels.get(key) == "person" or record["type"] not in ("LORA", "LoCon", "DoRA", "TextualInversion") or dice >= 10:
        return
    if dice < 8:
        labels[key] = "fictional"
        word = ("idol", "actor", "singer", "celebrity")[dice // 2]
        record["tags"] = ["anime", "character", word] if dice % 2 else ["video game", "character"]
    else:
        labels[key] = "own likeness"
        record["tags"] = ["photorealistic", "likeness"]
        record["description"] = "<p>Trained on my own face, shared with consent.</p>"


def looked(db: Db) -> dict[str, tuple[int, bool, float | None]]:
    """Ref -> bits said, whether it could be read, the detector's value (none before there are weights)."""
    db.execute(adapters.prepare())
    rows = db.sql(f"{adapters.SQL} SELECT ref, said, read FROM looked", params=adapters.parameters()).fetchall()
    values: dict[str, float | None] = {}
    if WEIGHTS.exists():
        from headgate.detect.real_person_adapter import detect

        values = {row[0]: row[1] for row in detect(db).fetchall()}
    return {ref: (said, read, values.get(ref)) for ref, said, read in rows}


# ---- the fit


def fit(real: list[Row], made: list[Row]) -> None:
    """Maximum a posteriori logistic weights by Newton's method, Laplace covariance, written to the weights file."""
    used = [(row, 0.0) for row in real if row.label != "unclear"] + [(row, 1.0) for row in made]
    used = [(row, kind) for row, kind in used if (row.read or row.said) and not adapters.clash(row.said)]
    # the synthetic hub has its own share of people, which must not pass for the real one
    x = np.array([[1.0, *(float(bool(row.said & bit)) for bit in BITS[1:]), kind] for row, kind in used])
    y = np.array([float(row.label == "person") for row, _ in used])
    mean = np.array([PRIOR_START, *(PRIOR[bit] for bit in BITS[1:]), 0.0])
    inverse = np.full(len(mean), PRIOR_SPREAD**-2)
    weights = mean.copy()
    for _ in range(100):
        chance = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (y - chance) - inverse * (weights - mean)
        bend = (x * (chance * (1 - chance))[:, None]).T @ x + np.diag(inverse)
        step = np.linalg.solve(bend, slope)
        weights += step
        if np.abs(step).max() < 1e-10:
            break
    covariance = np.linalg.inv(bend)
    tokens = ["intercept", *adapters.FOR.values(), *adapters.AGAINST.values()]
    with WEIGHTS.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["bit", "token", "weight", *(f"with_{bit}" for bit in BITS)])
        for n, (bit, token) in enumerate(zip(BITS, tokens, strict=True)):
            out.writerow([bit, token, f"{weights[n]:.4f}", *(f"{v:.5f}" for v in covariance[n, : len(BITS)])])
    print(f"fitted on {len(real)} real and {len(made)} synthetic adapters, of which {len(used)} could be used;")
    print(f"people among them: {sum(r.label == 'person' for r, k in used if not k)} real, "
          f"{sum(r.label == 'person' for r, k in used if k)} synthetic; wrote {WEIGHTS.name}")  # fmt: skip
    for n, token in enumerate(tokens):
        print(f"  {token:28} {weights[n]:6.2f}  sd {np.sqrt(covariance[n, n]):.2f}")


# ---- the figures


def report(title: str, rows: list[Row]) -> None:
    """Precision, recall and the negative control of the detector and of the tag-only baseline."""
    print(f"\n== {title}")
    print(f"labels: {dict(Counter(row.label for row in rows))}; without a value: "
          f"{sum(row.value is None for row in rows)}")  # fmt: skip
    rules: dict[str, Callable[[Row], bool]] = {
        f"detector, value >= {CUT}": lambda row: row.value is not None and row.value >= CUT,
        "tag-only baseline": lambda row: bool(row.said & 2),
    }
    for name, rule in rules.items():
        hits = [row for row in rows if rule(row) and row.label != "unclear"]
        right = sum(row.label == "person" for row in hits)
        people = [row for row in rows if row.label == "person"]
        told = [row for row in people if row.value is not None] if name.startswith("det") else people
        print(f"{name:24} precision {_share(right, len(hits))}  recall {_share(right, len(people))}  "
              f"recall where it gave a value {_share(right, len(told))}")  # fmt: skip
        for label in ("style-or-object", "fictional", "own likeness"):
            of = [row for row in rows if row.label == label]
            if of:
                none = sum(row.value is None for row in of) if name.startswith("det") else 0
                print(f"{'':24} false positives on {label}: {_share(sum(map(rule, of)), len(of))}; no value: {none}")


def calibration(rows: list[Row]) -> None:
    """Stated probability against the share that is true, by distinct value, and the Brier score."""
    told = [row for row in rows if row.value is not None]
    print("\nstated probability, share true")
    for value in sorted({row.value for row in told if row.value is not None}):
        of = [row for row in told if row.value == value]
        said = adapters.evidence(of[0].said)
        print(f"  {value:.3f}  {_share(sum(row.label == 'person' for row in of), len(of))}  {said}")
    print(f"Brier score {_brier(told):.4f}")


def intent() -> None:
    """`detect ncii_intent` on the planted people of the synthetic hubs whose upload bears the adult flag."""
    hits: Counter[str] = Counter()
    for seed in TEST_SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            dumps = Path(folder) / "dumps"
            dumps.mkdir()
            people = planted(generate(dumps, artifacts=5000, seed=seed), dumps)
            flagged = {f"civitai:model:{r['id']}" for r in _records(dumps / "civitai_models.jsonl.zst")
                       if r["nsfw"] and f"civitai {r['id']}" in people}  # fmt: skip
            ws = workspace.open_workspace(Path(folder) / "w", create=True)
            run.collect(ws, "dump", path=dumps / "civitai_models.jsonl.zst", shape="civitai-models")
            ws.db.execute(adapters.prepare())
            rows = {row[0]: row[1] for row in ncii_intent.detect(ws.db).fetchall() if ":model:" in row[0]}
            found = {ref for ref, value in rows.items() if value == 1}
            hits.update(planted=len(flagged), found=len(found), right=len(found & flagged), adapters=len(rows))
    print(f"\n== ncii_intent, synthetic hubs, Civitai models: {hits['adapters']} adapters, {hits['planted']} planted")
    print(f"precision {_share(hits['right'], hits['found'])}  recall {_share(hits['right'], hits['planted'])}")


def _brier(rows: Iterable[Row]) -> float:
    return float(np.mean([(row.value - (row.label == "person")) ** 2 for row in rows if row.value is not None]))


def _share(found: int, of: int) -> str:
    ends = wilson(found, of)
    return f"{found}/{of} = {found / of:.1%} ({ends[0]:.1%} to {ends[1]:.1%})" if ends else f"{found}/{of}"


if __name__ == "__main__":
    main()
