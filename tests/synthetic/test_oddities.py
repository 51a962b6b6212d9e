from __future__ import annotations

from collections import Counter

import pytest

from headgate.synthetic import oddities
from headgate.synthetic.shapes import EARLIER
from tests.synthetic.dumps import LINEAGE, Dumps, edges, grown


@pytest.mark.parametrize("number", [16, 20, 40, 1000])
def test_what_is_counted_is_there(number: int) -> None:
    hub = grown(number)
    before = {r.id for r in hub.repos.values()}
    counts = oddities.plant(hub)
    repos = list(hub.repos.values())
    said = {r.id: set(r.declared) for r in repos if r.told == "declared"}
    old = {r.old_id for r in repos if r.old_id}
    dangling = [p for parents in said.values() for p in parents if p not in before | {r.id for r in repos}]
    circles = {(c, p) for c, parents in said.items() for p in parents - {c} if c in said.get(p, ())}
    assert counts == {
        "dangling": len(dangling), "self_loops": sum(c in parents for c, parents in said.items()),
        "cycles": len(circles) // 2, "renamed": len(old),
    }  # fmt: skip
    if number == 1000:
        assert counts == {"dangling": 8, "self_loops": 2, "cycles": 2, "renamed": 4}


def test_children_keep_the_name_that_their_parent_had_then() -> None:
    hub = grown(2000)
    oddities.plant(hub)
    renamed = [r for r in hub.repos.values() if r.old_id]
    spoken: Counter[str] = Counter()
    for child in hub.repos.values():
        for parent in (p for p in child.parents if p.old_id):
            assert child.told != "name"
            assert (parent.id in child.declared) + (parent.old_id in child.declared) == 1
            spoken["new" if parent.id in child.declared else "old"] += 1
            if parent.id in child.declared:
                assert child.created > EARLIER
    assert set(spoken) == {"old", "new"}
    assert all(r.created < EARLIER and r.id.endswith("B-Next") and not r.says_uncensored for r in renamed)


def test_the_tree_has_long_chains_loops_cycles_and_dangling_parents(dumps: Dumps) -> None:
    now = dict(edges(dumps.truth, {"renamed"}, "hub_id"))
    parents: dict[str, set[str]] = {}
    for e in dumps.truth.edges:
        if e.relation in LINEAGE or (e.relation == "copy" and e.child.startswith("hf:") and e.parent.startswith("hf:")):
            parents.setdefault(e.child, set()).add(now.get(e.parent, e.parent))
    there = {f"hf:model:{r['id']}" for r in dumps.models}
    loops = {c for c, ps in parents.items() if c in ps}
    pairs = {c for c, ps in parents.items() for p in ps - {c} if c in parents.get(p, ())}
    dangling = {p for ps in parents.values() for p in ps} - there
    counts = dumps.truth.counts
    assert (len(loops), len(pairs) // 2, len(dangling)) == (counts["self_loops"], counts["cycles"], counts["dangling"])

    def depth(ref: str) -> int:
        return 0 if ref in loops | pairs else 1 + max(map(depth, parents.get(ref, set())), default=-1)

    assert 6 <= max(map(depth, parents)) == counts["deepest"] <= 8
    assert max(Counter(p for ps in parents.values() for p in ps).values()) > 30


def test_renamed_models_keep_the_id_of_the_hub(dumps: Dumps) -> None:
    before = {r["_id"]: f"hf:model:{r['id']}" for r in dumps.old_models}
    now = {r["_id"]: f"hf:model:{r['id']}" for r in dumps.models}
    true = edges(dumps.truth, {"renamed"}, "hub_id")
    assert {(before[i], now[i]) for i in before if before[i] != now[i]} == true
    assert len(true) == dumps.truth.counts["renamed"]
    assert not {old for old, _ in true} & set(now.values())
