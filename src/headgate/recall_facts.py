"""What a recall says of artifacts beside their lineage: who holds them, downloads, harm, near names."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from headgate import catalog
from headgate.errors import BadInput
from headgate.graph import Graph
from headgate.workspace import Workspace

PRESENT, GONE, NAMED = "present", "gone", "named only"
_HUBS = {"hf": "huggingface", "civitai": "civitai", "file": "file"}
# Who can do what: the account that published, the hub that hosts, whoever keeps a dataset.
CAN = {
    "author": ("fix", "relabel", "take down", "notify"),
    "dataset owner": ("fix the data", "relabel", "take down", "notify"),
    "hub": ("gate", "label", "remove"),
}
CONSEQUENCE = {"dataset owner": "models trained on the data must be trained again"}
_ALIKE = 0.8  # share of matching characters of two ids from which one is offered for the other
_NAMED = "CASE WHEN a.hub IN ('civitai', 'file') THEN a.name END"  # where the ref alone says nothing to people


class Artifact(NamedTuple):
    """What the workspace knows of one ref; `status` is present, gone (a tombstone) or named only by an edge.

    `name` is given where the ref is a number or a hash, and never for what depicts a real person.
    """

    ref: str
    status: str
    hub: str | None
    kind: str | None
    author: str | None
    downloads: int | None
    window: str | None
    name: str | None = None


class Downloads(NamedTuple):
    """Downloads of the artifacts that are counted alike; groups are never added to each other.

    Hubs differ in what they count (`window`: 30d is rolling, all is cumulative), and a Civitai model's
    count holds that of its versions. `unknown` artifacts of the group have no count; `downloads` is None
    where none has one.
    """

    hub: str
    kind: str
    window: str
    downloads: int | None
    artifacts: int
    unknown: int


class Lever(NamedTuple):
    """Somebody who can act, what they `can` do, on how many artifacts of the recall, and what follows from it."""

    holder: str
    role: str
    hub: str
    can: tuple[str, ...]
    here: int
    upstream: int
    downstream: int
    consequence: str | None = None


def artifacts(ws: Workspace, graph: Graph, nodes: Sequence[int]) -> list[Artifact]:
    """What is known of `nodes`, in their order."""
    found = ws.db.execute(
        f"SELECT n.id, n.ref, a.hub, a.kind, a.author, a.downloads, a.downloads_window, {_NAMED}, "
        "a.ref IS NOT NULL FROM "
        f"(SELECT id, ref FROM {graph.nodes} SEMI JOIN (SELECT unnest($nodes::INTEGER[]) AS id) USING (id)) AS n "
        "LEFT JOIN artifacts AS a ON a.ref = n.ref",
        {"nodes": list(nodes)},
    ).fetchall()
    gone = _once_seen(ws, [row[1] for row in found if not row[8]])
    people = _people(ws, [row[1] for row in found if row[7] is not None])
    made = {}
    for node, ref, hub, kind, author, number, window, name, seen in found:
        told = None if ref in people else name
        present = Artifact(ref, PRESENT, hub, kind, author, number, window, told)
        made[node] = present if seen else unseen(ref, gone=ref in gone)
    return [made[node] for node in nodes]


def single(ws: Workspace, ref: str) -> Artifact | None:
    """What is known of `ref` where no edge names it; None where nothing is."""
    row = ws.db.execute(
        f"SELECT ref, hub, kind, author, downloads, downloads_window, {_NAMED} FROM artifacts AS a "
        "WHERE ref = $ref OR (starts_with($ref, 'hf:') AND lower(ref) = lower($ref)) ORDER BY ref <> $ref, ref LIMIT 1",
        {"ref": ref},
    ).fetchone()
    if row:
        known = Artifact(row[0], PRESENT, *row[1:])
        return known._replace(name=None) if _people(ws, [known.ref]) else known
    return unseen(ref, gone=True) if _once_seen(ws, [ref]) else None


def unseen(ref: str, *, gone: bool) -> Artifact:
    """What the ref alone tells of an artifact that the workspace does not show."""
    hub, _, rest = ref.partition(":")
    kind, _, name = rest.partition(":")
    if hub == "name":
        return Artifact(ref, NAMED, None, None, None, None, None)
    author = name.split("/")[0] if hub == "hf" and "/" in name else None
    return Artifact(ref, GONE if gone else NAMED, _HUBS.get(hub), kind, author, None, None)


def harm(ws: Workspace, ref: str) -> tuple[str, list[str], int]:
    """The kind of harm that findings on `ref` state, the checks that found it, and how many sensitive ones looked.

    What a sensitive check found on `ref` is not read; one that found something on all it wrote of is left
    out, as that it wrote of `ref` would already tell what it found.
    """
    # the parts of a measurement or of a trial are figures: that one is above 0 says nothing bad
    figures = [one.name for stage in ("measure", "protect") for one in catalog.methods(stage)]
    rows = ws.db.execute(
        'SELECT "check", harm FROM findings WHERE subject = ? AND value > 0 AND NOT sensitive AND NOT '
        '(contains("check", \'.\') AND list_contains(?, split_part("check", \'.\', 1))) ORDER BY "check"',
        [ref, figures],
    ).fetchall()
    kinds = sorted({row[1] for row in rows if row[1]})
    looked = ws.db.execute(
        'SELECT count(*) FROM (SELECT "check" FROM findings WHERE sensitive GROUP BY "check" '
        "HAVING bool_or(subject = ?) AND bool_or(value IS NULL OR value < 1))", [ref],
    ).fetchall()[0][0]  # fmt: skip
    return " and ".join(kinds) or "not stated", [row[0] for row in rows], int(looked)


def downloads(known: Iterable[Artifact]) -> list[Downloads]:
    """Downloads of `known` artifacts, summed only where they are counted alike."""
    groups: dict[tuple[str, str, str], list[int | None]] = defaultdict(list)
    windows = {"huggingface": "30d", "civitai": "all"}
    for one in known:
        if one.hub and one.kind:
            window = one.window or windows.get(one.hub, "not counted")
            groups[one.hub, one.kind, window].append(one.downloads)
    made = []
    for group, numbers in sorted(groups.items()):
        counted = [n for n in numbers if n is not None]
        made.append(Downloads(*group, sum(counted) if counted else None, len(counted), len(numbers) - len(counted)))
    return made


def levers(here: Artifact, upstream: Iterable[Artifact], downstream: Iterable[Artifact]) -> list[Lever]:
    """Who can act on the artifacts of a recall: those with the most artifacts first."""
    counts: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for side, group in (("here", [here]), ("upstream", upstream), ("downstream", downstream)):
        for one in group:
            if one.hub is None:
                continue
            if one.author:
                role = "dataset owner" if one.kind == "dataset" else "author"
                counts[one.author, role, one.hub][side] += 1
            if one.hub != "file":
                counts[one.hub, "hub", one.hub][side] += 1
    made = [
        Lever(*who, CAN[who[1]], n["here"], n["upstream"], n["downstream"], CONSEQUENCE.get(who[1]))
        for who, n in counts.items()
    ]
    return sorted(made, key=lambda v: (-v.here, -(v.upstream + v.downstream), v.role, v.holder, v.hub))


def unknown_ref(ws: Workspace, graph: Graph, ref: str) -> BadInput:
    """The error for a ref that neither an artifact nor an edge names: when it was first seen, or the nearest names."""
    if ws.as_of:
        sql = "SELECT min(observed)::DATE FROM all_artifacts WHERE NOT gone AND folded(ref) = folded($ref)"
        first = ws.db.execute(sql, {"ref": ref}).fetchall()[0][0]
        if first:
            return BadInput(f"{ref!r} was not known at {ws.as_of:%Y-%m-%d}; first observed {first}. Ask as of then.")
    near = _near(ws, graph, ref)
    hint = f" Near: {', '.join(near)}." if near else " `headgate collect` brings artifacts in."
    return BadInput(f"{ref!r} is unknown to {ws.path}: no artifact and no edge names it.{hint}")


def _near(ws: Workspace, graph: Graph, ref: str) -> list[str]:
    """Up to three refs that may have been meant: the same id as another kind, then Hugging Face ids spelled alike."""
    hub, _, rest = ref.partition(":")
    kind, _, own = rest.lower().partition(":")
    if hub not in {"hf", "civitai"}:  # a hash or a free text has no neighbours
        return []
    # Lengths apart cannot be alike enough, and cost much less to compare than letters.
    room = int(len(own) * 2 * (1 - _ALIKE) / _ALIKE) if hub == "hf" else 0
    found = ws.db.execute(
        "SELECT ref, id FROM (SELECT ref, lower(split_part(ref, ':', 3)) AS id FROM "
        f"(SELECT ref FROM artifacts UNION ALL SELECT ref FROM {graph.nodes}) "
        "WHERE starts_with(ref, $hub) AND length(ref) BETWEEN $least AND $most) "
        "WHERE id = $own OR ($room > 0 AND jaro_winkler_similarity(id, $own, 0.8) >= 0.8) "
        "ORDER BY id <> $own, jaro_winkler_similarity(id, $own) DESC, ref LIMIT 60",
        # the kinds of a hub differ by two letters (model, dataset, version)
        {"hub": hub + ":", "own": own, "room": room, "least": len(ref) - room - 2, "most": len(ref) + room + 2},
    ).fetchall()
    alike = {
        row[0]: (row[1] == own, SequenceMatcher(None, own, row[1]).ratio(), row[0].split(":")[1] == kind)
        for row in found
    }
    close = (one for one, (same, ratio, _) in alike.items() if same or ratio >= _ALIKE)
    return sorted(sorted(close), key=lambda one: alike[one], reverse=True)[:3]


def _once_seen(ws: Workspace, refs: Sequence[str]) -> set[str]:
    if not refs:
        return set()
    sql = "SELECT DISTINCT ref FROM observations SEMI JOIN (SELECT unnest($refs::VARCHAR[]) AS ref) USING (ref)"
    return {row[0] for row in ws.db.execute(sql, {"refs": list(refs)}).fetchall()}


def _people(ws: Workspace, refs: Sequence[str]) -> set[str]:
    """Those of `refs` that ever were said to depict a real person, also after the date asked for."""
    if not refs:
        return set()
    sql = (
        "SELECT DISTINCT ref FROM all_artifacts SEMI JOIN (SELECT unnest($refs::VARCHAR[]) AS ref) USING (ref) "
        "WHERE person"
    )
    return {row[0] for row in ws.db.execute(sql, {"refs": list(refs)}).fetchall()}
