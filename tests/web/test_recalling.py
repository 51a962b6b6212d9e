from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")

from headgate import graph, labels
from headgate.errors import BadInput, UsageError
from headgate.labels import Label
from headgate.recall import Kin, recall
from headgate.web import recalling, snapshot
from headgate.web.recalling import Asked
from headgate.workspace import open_workspace
from tests.lineages import lineage
from tests.report_workspace import artifact, edge, put

BASE, KIN = "hf:model:org/base", "hf:model:a/tuned"


@pytest.fixture(scope="module")
def taken(hub: Any) -> Any:
    return snapshot.take(hub[0].path)


def _roots(ws: Any) -> list[str]:
    sql = "SELECT parent FROM edges JOIN artifacts ON ref = parent WHERE NOT coalesce(person, false) GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 4"
    return [row[0] for row in ws.db.cursor().execute(sql).fetchall()]


def test_counts_are_those_of_the_command(hub: Any, taken: Any) -> None:
    for root in _roots(hub[0]):
        whole = recall(hub[0], root)
        cut = recalling.read(taken, root, Asked())
        words = Counter((one.depth, one.fix) for one in whole.descendants)
        told = {
            (g.generation, word): number
            for g in cut.generations
            for word, number in zip(
                ("reached", "copied the weights", "needs retraining", "behind"),
                (g.reached, g.copied, g.retrain, g.behind), strict=True)
            if number
        }  # fmt: skip
        assert told == words
        assert cut.totals["ancestors"] == len(whole.ancestors)
        assert cut.totals["descendants"] == len(whole.descendants)
        assert 0 < cut.totals["holders"] <= len(whole.levers)
        assert cut.made.downloads == whole.downloads
        assert cut.made.fixes == whole.fixes
        assert cut.made.dominators == whole.dominators
        assert dict(cut.relations["descendants"]) == Counter(one.relation for one in whole.descendants)


@pytest.mark.parametrize(
    "asked",
    [
        Asked("declared"),
        Asked("read"),
        Asked("any", 0.9),
        Asked("any", 0.0, ("adapter", "merge")),
        Asked("declared", 0.5, ("finetune",)),
    ],
)
def test_filters_are_those_of_the_command(hub: Any, taken: Any, asked: Asked) -> None:
    ws, root = hub[0], _roots(hub[0])[0]
    how = "inferred" if asked.how == "any" else asked.how
    edges = graph.load(ws.db, how=how, min_confidence=asked.min_confidence, relations=asked.relation or None)
    try:
        wanted = Counter((one.depth, one.fix) for one in recall(ws, root, graph=edges).descendants)
    except BadInput:  # no link of that kind names it
        wanted = Counter()
    finally:
        graph.drop(ws.db, edges)
    cut = recalling.read(taken, root, asked)
    assert sum(g.number for g in cut.generations) == sum(wanted.values())
    assert sum(g.reached for g in cut.generations) == sum(n for (_, fix), n in wanted.items() if fix == "reached")


def test_a_family_that_is_too_large_says_its_reach_alone(hub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = recall(hub[0], _roots(hub[0])[0]).fixes[0]
    monkeypatch.setattr(recalling, "LARGEST", 5)
    cut = recalling.read(snapshot.take(hub[0].path), whole.ref, Asked())
    assert not cut.whole
    assert cut.made.fixes == [whole]
    assert cut.made.descendants == []
    assert cut.totals["descendants"] == whole.downstream


def test_every_generation_shows_some() -> None:
    kin = [
        Kin(f"hf:model:a/{n}", 1 + (n >= 100), "finetune", "x", "read", "stated", "present", *[None] * 7)
        for n in range(103)
    ]
    shown = recalling._spread(kin)
    assert Counter(one.depth for one in shown) == {1: recalling.ROWS - 3, 2: 3}
    assert shown == sorted(shown, key=lambda one: int(one.ref.split("/")[1]))


def test_what_nobody_knows_is_told_without_a_path(taken: Any) -> None:
    with pytest.raises(BadInput, match="no link names it") as told:
        recalling.read(taken, "no/such-thing", Asked())
    assert str(taken.path) not in str(told.value)
    with pytest.raises(UsageError, match="not a ref"):
        recalling.read(taken, "a b", Asked())
    with pytest.raises(UsageError, match="no relation 'sold'"):
        recalling.read(taken, _roots(taken.workspace())[0], Asked(relation=("sold",)))


def test_appeals_are_those_of_the_command(tmp_path: Path) -> None:
    ws = lineage(
        tmp_path / "w", {BASE: {}, KIN: {}, "hf:model:b/lora": {}},
        [{"child": KIN, "parent": BASE}, {"child": "hf:model:b/lora", "parent": "hf:model:else/where"}],
        [{"subject": KIN, "check": "licence_missing"}, {"subject": KIN, "check": "odd_check", "sensitive": True},
         {"subject": "hf:model:b/lora", "check": "norm_statements", "sensitive": True}],
    )  # fmt: skip
    before = snapshot.take(ws.path)
    assert recalling.read(before, BASE, Asked()).made.contested == []
    said = [(KIN, "licence_missing"), (KIN, "odd_check"), (BASE, "odd_check"), ("hf:model:b/lora", "licence_missing")]
    said.append((KIN, "norm_statements"))  # an open check by its file, but one of its rows is marked sensitive
    labels.add(ws, [Label(ref, check, "contested", "somebody", "appeal", "not so") for ref, check in said])
    # a label changes no table of the index, so what was kept of the recall is used again
    after = snapshot.take(ws.path, before)
    assert after.kept is before.kept
    told = recalling.read(after, BASE, Asked()).made.contested
    assert sorted((one.ref, one.check or "") for one in told) == [(KIN, "licence_missing"), (BASE, "")]


def test_one_recall_at_a_time(taken: Any, hub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recalling, "PATIENCE", 0.05)
    root = _roots(hub[0])[1]
    fresh = snapshot.take(hub[0].path)
    with recalling._TURN, pytest.raises(Exception, match="Ask again"):
        recalling.read(fresh, root, Asked())
    assert recalling.read(fresh, root, Asked()).totals["descendants"] > 0


def test_spellings_and_downloads_are_those_of_the_command(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    models = [artifact("hf:model:Org/Base", downloads=5, downloads_window="30d"), artifact("hf:model:a/one")]
    put(ws, "collect", "dump", "artifacts", models, hub="huggingface", kind="model")
    put(
        ws,
        "link",
        "m",
        "edges",
        [edge("hf:model:a/one", "hf:model:ORG/base"), edge("hf:model:a/two", "hf:model:org/base")],
    )
    cut, whole = recalling.read(snapshot.take(ws.path), "org/base", Asked()), recall(ws, "org/base")
    assert [(one.what, one.number) for one in cut.made.troubles] == [(one.what, one.number) for one in whole.troubles]
    assert "refs spelled in several cases, taken as one" in [one.what for one in whole.troubles]
    assert (cut.made.status, cut.made.downloads) == (whole.status, whole.downloads)
