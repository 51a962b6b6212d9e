from __future__ import annotations

from pathlib import Path

from headgate.recall import recall
from tests.lineages import lineage


def model(name: str) -> str:
    return f"hf:model:{name}"


def test_troubles_are_told_and_walked_over(tmp_path: Path) -> None:
    a, b, c, lost = model("x/a"), model("x/b"), model("x/c"), model("x/lost")
    ws = lineage(
        tmp_path / "w", {a: {}, b: {}, c: {}},
        [
            {"child": a, "parent": b}, {"child": b, "parent": a}, {"child": c, "parent": c},
            {"child": c, "parent": b}, {"child": c, "parent": b, "relation": "adapter"},
            {"child": a, "parent": lost}, {"child": c, "parent": b, "relation": "odd"},
        ],
    )  # fmt: skip
    made = recall(ws, a)
    assert {k.ref: k.depth for k in made.descendants} == {b: 1, c: 2}
    assert {k.ref: (k.depth, k.status) for k in made.ancestors} == {b: (1, "present"), lost: (1, "named only")}
    assert {t.what.split(" ")[0]: (t.number, t.examples) for t in made.troubles if "several" not in t.what} == {
        "cycles": (1, [f"{a} <-> {b}"]),
        "artifacts": (1, [c]),
        "parents": (1, [lost]),
        "relations": (1, ["odd"]),
    }
    assert {t.what.split(";")[0]: t.examples for t in made.troubles if "several" in t.what} == {
        "artifacts with several parents, training data not counted": [a],
        "pairs with several relations": [f"{c} of {b}"],
    }


def test_training_data_is_no_second_parent(tmp_path: Path) -> None:
    base, one, two, data = model("x/base"), model("x/one"), model("x/two"), "hf:dataset:x/d"
    ws = lineage(
        tmp_path / "w", {base: {}, one: {}, two: {}, data: {"kind": "dataset"}, model("x/other"): {}},
        [
            {"child": one, "parent": base}, {"child": one, "parent": data, "relation": "trained_on"},
            {"child": two, "parent": base}, {"child": two, "parent": model("x/other"), "relation": "merge"},
        ],
    )  # fmt: skip
    several = [t for t in recall(ws, base).troubles if "several parents" in t.what]
    assert [(t.number, t.examples) for t in several] == [(1, [two])]
