"""Hold what was found in a workspace against what was planted in the synthetic hub it came from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from headgate.shapes import Db
from headgate.synthetic.truth import Edge, Truth

LEAST = 10  # a smaller figure of a sensitive finding is not shown
_LINEAGE = ("finetune", "adapter", "merge", "quantized")
_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of fact: how many were planted, how many of them found, how many found that were not planted.

    `wrong` is None where nothing can be wrong; `sensitive` figures under ten are not to be shown.
    """

    what: str
    planted: int
    found: int
    wrong: int | None = None
    sensitive: bool = False


def compare(db: Db, truth: Truth) -> list[Row]:
    """The rows of the table, lineage first. `db` shows a workspace that was linked and detected."""
    renamed = _refs_now(db, truth)
    return [*_edge_rows(db, truth, renamed), *_finding_rows(db, truth, renamed)]


def _refs_now(db: Db, truth: Truth) -> dict[str, str]:
    """Ref in the workspace -> ref as planted, for repositories that name a person."""
    planted = {id_: ref for ref, id_ in truth.naming.items()}
    rows = db.execute("SELECT DISTINCT hub_id, ref FROM observations WHERE hub_id IS NOT NULL").fetchall()
    return {ref: planted[id_] for id_, ref in rows if id_ in planted}


def _edge_rows(db: Db, truth: Truth, now: dict[str, str]) -> list[Row]:
    by_method: dict[str, set[_Key]] = {}
    for child, parent, relation, method in db.execute("SELECT child, parent, relation, method FROM edges").fetchall():
        by_method.setdefault(method, set()).add((now.get(child, child), now.get(parent, parent), relation))
    crossed = {(r.copy, r.original, "copy") for r in truth.reuploads}
    gone = {(r.copy, r.original, "copy") for r in truth.reuploads if r.original_gone}
    inside = _keys(truth.edges, ("copy",)) - crossed
    true = _keys(truth.edges) | crossed
    kinds = [
        ("parents declared in card or tags", "declared_base", _keys(truth.edges, _LINEAGE, "declared")),
        ("parents only in an adapter's configuration", "adapter_config", _keys(truth.edges, told="config")),
        ("parents only in a merge recipe", "merge_recipe", _keys(truth.edges, told="recipe")),
        ("quantised copies that only the name tells", "quantised_copy", _keys(truth.edges, told="name")),
        ("datasets trained on", "trained_on", _keys(truth.edges, ("trained_on",))),
        ("versions and their base families", "version_of", _keys(truth.edges, ("version_of", "base_family"))),
        ("re-uploads inside a hub", "same_files", inside),
        ("re-uploads on the other hub", None, crossed - gone),
        ("re-uploads whose original was removed", None, gone),
        ("renamed repositories", "renamed", _keys(truth.edges, ("renamed",))),
        ("parents of which nothing tells", None, _keys(truth.edges, told="nothing")),
    ]
    everything = set().union(*by_method.values())
    return [
        Row(what, len(planted), len(planted & everything), len(by_method.get(method, set()) - true) if method else None)
        for what, method, planted in kinds
    ]


def _finding_rows(db: Db, truth: Truth, now: dict[str, str]) -> list[Row]:
    silent = _found(db, "licence_missing", now)
    named = _found(db, "uncensored_name", now)
    told = truth.without_licence - truth.without_card
    return [
        Row("licence missing, card seen", len(told), len(told & silent), len(silent - truth.without_licence)),
        Row("licence missing, no card to see", len(truth.without_card), len(truth.without_card & silent)),
        Row("alignment removed, and the name says so", len(truth.uncensored_named), len(truth.uncensored_named & named),
            len(named - truth.uncensored_named - truth.uncensored_hidden), sensitive=True),
        Row("alignment removed, and the name hides it", len(truth.uncensored_hidden),
            len(truth.uncensored_hidden & named), sensitive=True),
    ]  # fmt: skip


def _found(db: Db, check: str, now: dict[str, str]) -> set[str]:
    rows = db.execute('SELECT subject FROM findings WHERE "check" = ? AND value = 1', [check]).fetchall()
    return {now.get(ref, ref) for (ref,) in rows}


def _keys(edges: Iterable[Edge], relations: tuple[str, ...] = (), told: str = "") -> set[_Key]:
    return {
        (e.child, e.parent, e.relation)
        for e in edges
        if (not relations or e.relation in relations) and (not told or e.told == told)
    }
