"""Labels of docs/labels beside what a set of questions answers on the cards of the shared data."""

from __future__ import annotations

import csv
import gzip
import json
from hashlib import sha256
from pathlib import Path

from headgate.disclosure.answers import ask
from headgate.disclosure.questions import load

ROOT = Path(__file__).resolve().parents[1]
SAID = {"present", "documented", "given", "mentioned", "reported"}


def cards(data: Path) -> dict[str, str]:
    """Hash of the ref -> card or description."""
    found = {}
    for name, kind, field in (
        ("hf_models_sample2k", "model", "card"), ("hf_datasets", "dataset", "description"),
    ):  # fmt: skip
        with gzip.open(data / "hub" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            for line in file:
                record = json.loads(line)
                found[sha256(f"hf:{kind}:{record['id']}".encode()).hexdigest()] = record.get(field) or ""
    return found


def rows(name: str) -> list[dict[str, str]]:
    """The rows of docs/labels/<name>.csv, below the line that says how they were made."""
    lines = (ROOT / "docs" / "labels" / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# labels by the authors, one pass, by reading, before the tool was run on the row")
    return list(csv.DictReader(lines[1:]))


def confusion(data: Path, name: str, *, held_out: bool) -> dict[str, tuple[int, int, int]]:
    """Item -> cards found and labelled so, found only, labelled only."""
    questions, texts = load(name), cards(data)
    labels = [row for row in rows(name) if row["drawn"].startswith("held out") == held_out]
    given = {key: {one.item: one for one in ask(texts[key], questions)} for key in {row["sha256"] for row in labels}}
    counts: dict[str, list[int]] = {}
    for row in labels:
        one = given[row["sha256"]][row["item"]]
        assert texts[row["sha256"]][one.start : one.end] == one.quote
        said, labelled = one.answer in SAID, row["label"] in SAID
        count = counts.setdefault(row["item"], [0, 0, 0])
        if said or labelled:
            count[0 if said and labelled else 1 if said else 2] += 1
    return {item: (count[0], count[1], count[2]) for item, count in counts.items()}
