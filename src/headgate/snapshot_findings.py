"""What a comparison of two lineage graphs found, as findings and tables."""

from __future__ import annotations

from headgate.shapes import Finding, Shown
from headgate.snapshots import attributes, matching, node_statistics, sketches
from headgate.snapshots.sides import ADDED, Adds, Side, counts_of
from headgate.snapshots.sketches import ALL, Shape
from headgate.snapshots.spectrum import apart


def structure(axis: str, one: Shape | None, other: Shape | None) -> Finding:
    """The structural disparity of two shapes."""
    if one is None or other is None:
        return Finding(axis, None, None, None, 0, "a side has no edges, or too few for a sketch")
    value = sketches.disparity(one, other)
    return Finding(axis, value, None, None, one.nodes + other.nodes,
                   f"mean over {', '.join(node_statistics.LOCAL)}, in doublings; "
                   f"{one.nodes} and {other.nodes} nodes, {one.edges} and {other.edges} edges")  # fmt: skip


def by_statistic(one: Shape | None, other: Shape | None) -> list[Finding]:
    """The distance by each statistic of nodes."""
    if one is None or other is None:
        return []
    said = dict.fromkeys(node_statistics.STATISTICS, "in doublings")
    said |= {name: f"{said[name]}; one edge may move many nodes" for name in said if name not in node_statistics.LOCAL}
    return [
        Finding(f"structure.{name}", value, None, None, one.nodes + other.nodes, said[name])
        for name, value in sketches.apart(one, other).items()
    ]


def spectrum(one: Shape | None, other: Shape | None) -> Finding:
    """The distance of two spectra, with its ends."""
    if one is None or other is None:
        return Finding("spectrum", None, None, None, 0, "a side has no edges, or too few for a sketch")
    exact = one.spectrum.error == other.spectrum.error == 0
    how = "all computed" if exact else "estimated; the ends allow for that"
    value, low, high = apart(one.spectrum, other.spectrum)
    return Finding("spectrum", value, low, high, one.nodes + other.nodes, f"eigenvalues from 0 to 2, {how}")


def mismatch(one: Side, other: Side) -> list[Finding]:
    """The fewest edges that differ, of graphs small enough to try every matching."""
    if one.lineage is None or other.lineage is None or one.sketch is not None:
        return []
    graphs = [node_statistics.links(side.parent, side.child) for side in (one.lineage, other.lineage)]
    if max(graph.size for graph in graphs) > matching.MOST:
        return []
    return [Finding("mismatch", float(matching.least_mismatch(*graphs)), None, None, sum(g.size for g in graphs),
                    "fewest edges that differ, over all ways to match the nodes")]  # fmt: skip


def worth(one: Side, other: Side, name: str) -> list[Finding]:
    """Relevance and diversity of the attribute `name`."""
    counts = counts_of(one, other, name)
    found = attributes.worth(*counts)
    n = int(counts[1].sum())
    if found is None:
        why = "a side states none" + (" that 10 or more share" if one.sketch is not None else "")
        return [Finding(f"{what}.{name}", None, None, None, 0, why) for what in ("relevance", "diversity")]
    return [
        Finding(f"relevance.{name}", found.relevance, None, None, n, "what both have in common of their shares"),
        Finding(f"diversity.{name}", found.diversity, None, None, n,
                f"share of the second with values that the first lacks; effective number of values "
                f"{found.effective[0]:.3g}, with the second {found.effective[1]:.3g}"),
    ]  # fmt: skip


def added(added: Adds | None) -> list[Finding]:
    """What only the second has; not known where one side is a sketch."""
    if added is None:
        why = "a sketch holds no refs, so what is new cannot be told"
        return [Finding(f"adds.{name}", None, None, None, 0, why) for name in ADDED]
    return [Finding(f"adds.{name}", float(new), None, None, of, f"of {of} of the second, the first lacks {new}")
            for name, (new, of) in added.counts.items()]  # fmt: skip


def by_relation(one: Side, other: Side) -> Shown:
    """Structure and spectrum of the edges of each relation."""
    rows: list[tuple[object, ...]] = []
    for name in sorted({*one.shapes, *other.shapes} - {ALL}):
        pair = one.shapes.get(name), other.shapes.get(name)
        nodes = [None if side is None else side.nodes for side in pair]
        eigenvalues = spectrum(*pair)
        rows.append((name, *nodes, structure(name, *pair).value, eigenvalues.value, eigenvalues.low, eigenvalues.high))
    columns = ("relation", "nodes of the first", "of the second", "structure", "spectrum", "low", "high")
    return Shown("by relation", columns, rows)


def notes(one: Side, other: Side) -> tuple[str, ...]:
    """What to know of how this was compared."""
    if one.sketch is None:
        return ()
    return ("a side is a sketch, so both were compared as sketches: no number of fewer than 10 nodes or artifacts",)
