"""How well `detect never_aligned` and `detect harmful_data` do on hand-labelled records of the shared data.

    python bench/classes.py
    HEADGATE_DATA=... python bench/classes.py

The labels (docs/labels/never_aligned.csv, docs/labels/harmful_data.csv) are keyed by the SHA-256 of the ref. Of the
datasets those labelled harmful are not in the file, so that only false alarms can be counted again, not recall.
Without the shared data nothing is done, with a note. No name is printed.
"""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections import Counter
from hashlib import sha256
from pathlib import Path

from headgate import run, workspace
from headgate.evidence.intervals import wilson
from headgate.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("HEADGATE_DATA", ROOT.parent / "shared" / "data"))
LABELS = ROOT / "docs" / "labels"
Row = tuple[str, str, float | None]  # label, how it was drawn, value


def main() -> None:
    os.environ.setdefault("HEADGATE_KEY", "a key for figures that anybody may repeat")
    if not (DATA / "hub").is_dir():
        print(f"nothing done: there is no shared data at {DATA}. Set HEADGATE_DATA.")
        return
    with tempfile.TemporaryDirectory() as folder:
        never_aligned(workspace.open_workspace(Path(folder) / "models", create=True))
        harmful_data(workspace.open_workspace(Path(folder) / "data", create=True))


def never_aligned(ws: Workspace) -> None:
    run.collect(ws, "dump", path=DATA / "hub" / "hf_models.jsonl.gz")
    run.run_stage(ws, "link")
    found = {sha256(ref.encode()).hexdigest(): value for ref, value in values(ws, "never_aligned").items()}
    print(f"== never_aligned: of {len(found)} models {dict(Counter(found.values()))}")
    rows = [(label, drawn, found.get(key)) for key, label, drawn in labelled("never_aligned")]
    for drawn in ("random", "base-word", "quantised", ""):
        some = [row for row in rows if drawn in ("", row[1])]
        print(f"{drawn or 'all':10} {dict(Counter(label for label, *_ in some))}")
        report(some, 1, "never")
        report(some, 0, "aligned")


def harmful_data(ws: Workspace) -> None:
    run.collect(ws, "dump", path=DATA / "hub" / "hf_datasets.jsonl.gz", shape="huggingface-datasets")
    refs = [ref for (ref,) in ws.db.execute("SELECT ref FROM artifacts").fetchall()]
    hashed = {sha256(ref.encode()).hexdigest(): ref.removeprefix("hf:dataset:") for ref in refs}
    known = {key: (label, drawn) for key, label, drawn in labelled("harmful_data") if key in hashed}
    dump = ws.path.parent / "models.jsonl"  # a model for each dataset, since only models get findings
    models = [{"id": f"x/{key}", "modelId": f"x/{key}", "cardData": {"datasets": [hashed[key]]}} for key in known]
    dump.write_text("".join(json.dumps(model) + "\n" for model in models), encoding="utf-8")
    run.collect(ws, "dump", path=dump, shape="huggingface-models")
    run.run_method(ws, "link", "trained_on")
    found = values(ws, "harmful_data")
    rows = [(*known[key], found[f"hf:model:x/{key}"]) for key in known]
    print("\n== harmful_data")
    for label in ("defence", "neither"):
        of = [value for told, _, value in rows if told == label]
        print(f"{label}: called harmful {share(of.count(1), len(of))}, left open {of.count(None)}")


def labelled(name: str) -> list[tuple[str, str, str]]:
    """Hash of the ref, label and how it was drawn, of each row of docs/labels/`name`.csv."""
    with (LABELS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [(r["sha256"], r["label"], r["drawn"]) for r in csv.DictReader(x for x in file if x[0] != "#")]


def values(ws: Workspace, check: str) -> dict[str, float | None]:
    """Subject -> value of what `check` finds."""
    run.run_method(ws, "detect", check)
    return dict(ws.db.execute('SELECT subject, value FROM findings WHERE "check" = ?', [check]).fetchall())


def report(rows: list[Row], value: float, label: str) -> None:
    """Precision and recall of `value` for `label`; whoever could not tell is neither right nor found."""
    called = [told for told, _, given in rows if given == value]
    right, of = called.count(label), sum(told == label for told, *_ in rows)
    clear = sum(told != "cannot-tell" for told in called)
    print(f"{'':10} {label:8} precision {share(right, len(called))}, without the unclear {share(right, clear)}; "
          f"recall {share(right, of)}")  # fmt: skip


def share(found: int, of: int) -> str:
    ends = wilson(found, of)
    return f"{found}/{of} = {found / of:.1%} ({ends[0]:.1%} to {ends[1]:.1%})" if ends else f"{found}/{of}"


if __name__ == "__main__":
    main()
