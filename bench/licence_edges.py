"""How many real edges whose two licences differ are conflicts under our rules, and how that agrees with hand labels.

    python bench/licence_edges.py
    HEADGATE_DATA=... python bench/licence_edges.py

One edge is judged at a time: what the parent's licence asks, whether that kind of edge passes it on, and whether the
child's licence keeps it. docs/labels/licence_edges.csv holds 60 of those edges, drawn at random and solved by hand
before the rules were written: labels by the authors, one pass, keyed by the SHA-256 of child, parent and relation.
Without the shared data nothing is done, with a note.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
from collections import Counter
from hashlib import sha256
from pathlib import Path

from headgate.evidence.agreement import agreement
from headgate.evidence.intervals import wilson
from headgate.licences.duties import NEVER, UNKNOWN, duties, kept
from headgate.licences.inherit import NO, YES, passes
from headgate.licences.resolve import resolve

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("HEADGATE_DATA", ROOT.parent / "shared" / "data")) / "hub"
Edge = tuple[str, str, str]
ORDER = ("compatible", "unclear", "conflict")


def main() -> None:
    if not DATA.is_dir():
        print(f"nothing done: there is no shared data at {DATA}. Set HEADGATE_DATA.")
        return
    stated = licences()
    edges = [edge for edge in read_edges() if edge[0] in stated and edge[1] in stated]
    differ = [edge for edge in edges if stated[edge[0]] != stated[edge[1]]]
    verdicts = {edge: judge(edge, stated) for edge in differ}
    print(f"{len(edges):,} edges with a licence at both ends, {len(differ)} of them differ as strings:")
    for what in (
        Counter(verdict for verdict, _ in verdicts.values()),
        Counter(why for _, why in verdicts.values() if why),
    ):
        print("  " + ", ".join(f"{name} {number}" for name, number in what.most_common()))
    same = Counter(judge(edge, stated)[0] for edge in edges if stated[edge[0]] == stated[edge[1]])
    print(f"of the {len(edges) - len(differ)} that do not: {dict(same)}")
    compare({sha256("\t".join(edge).encode()).hexdigest(): verdict for edge, verdict in verdicts.items()})


def licences() -> dict[str, str]:
    """The licence tag of each model that states one."""
    with gzip.open(DATA / "hf_models.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = (json.loads(line) for line in file)
        tags = ((row["id"], [t for t in row.get("tags") or [] if t.startswith("license:")]) for row in rows)
        return {id_: found[0].removeprefix("license:") for id_, found in tags if found}


def read_edges() -> list[Edge]:
    """Child, parent, relation."""
    with gzip.open(DATA / "hf_edges.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return sorted({(row["child"], row["parent"], row["relation"]) for row in csv.DictReader(file)})


def judge(edge: Edge, stated: dict[str, str]) -> tuple[str, str]:
    """compatible, unclear or conflict, and the duty that says so."""
    child, parent, relation = edge
    if child.split("/")[0].lower() == parent.split("/")[0].lower() and resolve(stated[child]):
        return "compatible", ""
    here, found = resolve(stated[child]), [("compatible", "")]
    above = resolve(stated[parent])
    for duty in [duty for one in above for duty in duties(one)] if above else [UNKNOWN]:
        how = passes(relation, duty.asks)
        never = duty.asks in NEVER
        outcome = "broken" if never else kept(duty, here) if here else "open"
        if how != NO and outcome != "kept":
            found.append(("conflict" if outcome == "broken" and how == YES else "unclear", duty.asks))
    return max(found, key=lambda one: ORDER.index(one[0]))


def compare(verdicts: dict[str, tuple[str, str]]) -> None:
    """Print how far the labels agree."""
    with (ROOT / "docs/labels/licence_edges.csv").open(encoding="utf-8", newline="") as file:
        labelled = [(row["label"], row["reason"], *verdicts[row["edge"]]) for row in csv.DictReader(file)]
    agree = sum(label == verdict for label, _, verdict, _ in labelled)
    low, high = wilson(agree, len(labelled))
    print(f"by hand: {dict(Counter(label for label, *_ in labelled))}")
    print(f"agreement {agree} of {len(labelled)} = {agree / len(labelled):.3f} ({low:.3f} to {high:.3f})")
    found = agreement([one[0] for one in labelled], [one[2] for one in labelled])
    print(f"kappa {found.kappa:.3f} ({found.low:.3f} to {found.high:.3f})")
    for label, reason, verdict, why in labelled:
        if label != verdict:
            print(f"  by hand {label} ({reason}), by rule {verdict} ({why})")


if __name__ == "__main__":
    main()
