"""What a recall says of artifacts beside their lineage: who holds them, downloads, harm, near names."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from headgate.errors import UsageError
from headgate.graph import Graph
from headgate.workspace import Workspace

PRESENT, GONE, NAMED = "present", "gone", "named only"
_HUBS = {"hf": "huggingface", "civitai": "civitai", "file": "file"}
# Who can do what: the account that published, the hub that hosts, whoever keeps a dataset.
CAN = {
    "author": ("fix", "relabel", "take down", "notify"),
    "dataset owner": ("fix the data", "relabel", "take down", "notify", "models must be trained again"),
    "hub": ("gate", "label", "remove"),
}


class Artifact(NamedTuple):
    """What the workspace knows of one ref; `status` is present, gone (a tombstone) or named only by an edge."""

    ref: str
    status: str
    hub: str | None
    kind: str | None
    author: str | None
    downloads: int | None
    window: str | None


class Downloads(NamedTuple):
    """Downloads of the artifacts that are counted alike; groups are never added to each other.

    Hubs differ in what they count (`window`: 30d is rolling, all is cumulative), and a Civitai model's
    count holds that of its versions. `unknown` artifacts of the group have no count.
    """

    hub: str
    kind: str
    window: str
    downloads: int
    artifacts: int
    unknown: int


class Lever(NamedTuple):
    """Somebody who can act, what they `can` do, and on how many artifacts of the recall."""

    holder: str
    role: str
    hub: str
    can: tuple[str, ...]
    here: int
    upstream: int
    downstream: int


def artifacts(ws: Workspace, graph: Graph, nodes: Sequence[int]) -> list[Artifact]:
    """What is known of `nodes`, in their order."""
    found = ws.db.execute(
        f"SELECT n.id, n.ref, a.hub, a.kind, a.author, a.downloads, a.downloads_window, a.ref IS NOT NULL FROM "
        f"(SELECT id, ref FROM {graph.nodes} SEMI JOIN (SELECT unnest($nodes::INTEGER[]) AS id) USING (id)) AS n "
        "LEFT JOIN artifacts AS a ON a.ref = n.ref",
        {"nodes": list(nodes)},
    ).fetchall()
    missing = [row[1] for row in found if not row[7]]
    gone = _once_seen(ws, missing)
    made = {
        row[0]: Artifact(row[1], PRESENT, *row[2:7]) if row[7] else unseen(row[1], gone=row[1] in gone) for row in found
    }
    return [made[node] for node in nodes]


def single(ws: Workspace, ref: str) -> Artifact | None:
    """What is known of `ref` where no edge names it; None where nothing is."""
    row = ws.db.execute(
        "SELECT ref, hub, kind, author, downloads, downloads_window FROM artifacts "
        "WHERE ref = $ref OR (starts_with($ref, 'hf:') AND lower(ref) = lower($ref)) ORDER BY ref <> $ref, ref LIMIT 1",
        {"ref": ref},
    ).fetchone()
    if row:
        return Artifact(row[0], PRESENT, *row[1:])
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
    """The kind of harm that findings on `ref` state, the checks that found it, and how many sensitive checks ran.

    Sensitive findings are not looked at: that one exists for `ref` would already tell what it found.
    """
    rows = ws.db.execute(
        'SELECT "check", harm FROM findings WHERE subject = ? AND value > 0 AND NOT sensitive ORDER BY "check"', [ref]
    ).fetchall()
    kinds = sorted({row[1] for row in rows if row[1]})
    hidden = ws.db.execute('SELECT count(DISTINCT "check") FROM findings WHERE sensitive').fetchall()[0][0]
    return " and ".join(kinds) or "not stated", [row[0] for row in rows], int(hidden)


def downloads(known: Iterable[Artifact]) -> list[Downloads]:
    """Downloads of `known` artifacts, summed only where they are counted alike."""
    groups: dict[tuple[str, str, str], list[int | None]] = defaultdict(list)
    windows = {"huggingface": "30d", "civitai": "all"}
    for one in known:
        if one.hub and one.kind:
            window = one.window or windows.get(one.hub, "not counted")
            groups[one.hub, one.kind, window].append(one.downloads)
    return [
        Downloads(*group, sum(n or 0 for n in numbers), sum(n is not None for n in numbers), numbers.count(None))
        for group, numbers in sorted(groups.items())
    ]


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
    made = [Lever(*who, CAN[who[1]], n["here"], n["upstream"], n["downstream"]) for who, n in counts.items()]
    return sorted(made, key=lambda v: (-v.here, -(v.upstream + v.downstream), v.role, v.holder, v.hub))


def unknown_ref(ws: Workspace, graph: Graph, ref: str) -> UsageError:
    """The error for a ref that neither an artifact nor an edge names, with the nearest names."""
    known = ws.db.execute(
        f"SELECT ref FROM (SELECT ref FROM artifacts UNION SELECT ref FROM {graph.nodes}) "
        "ORDER BY jaro_winkler_similarity(lower(ref), lower($ref)) DESC, ref LIMIT 20",
        {"ref": ref},
    ).fetchall()
    near = get_close_matches(ref, [row[0] for row in known], 3, 0.6)
    hint = f" Near: {', '.join(near)}." if near else " `headgate collect` brings artifacts in."
    return UsageError(f"{ref!r} is unknown to {ws.path}: no artifact and no edge names it.{hint}")


def _once_seen(ws: Workspace, refs: Sequence[str]) -> set[str]:
    if not refs:
        return set()
    sql = "SELECT DISTINCT ref FROM observations SEMI JOIN (SELECT unnest($refs::VARCHAR[]) AS ref) USING (ref)"
    return {row[0] for row in ws.db.execute(sql, {"refs": list(refs)}).fetchall()}
