"""How far two lineage graphs are apart, without matching names, and what the second would add to the first.

Reads: two workspaces, or two dates of one, or a sketch that another party made (numbers only). Workspaces are read and
never written.
Finds: structural disparity, the Wasserstein distance of statistics of nodes in doublings, for the whole graph and each
relation; that of the spectra with its error; relevance and diversity of attributes; and, where both sides are
workspaces, how many artifacts, edges, components and families only the second has. Of graphs of at most 7 nodes also
the least number of edges that differ over all ways to match the nodes.
Cannot see: which node is which; differences that leave every one of these distributions alone; whether what is added
is true or of use; from a sketch, whether both sides hold the same artifacts.
Reference: Falahati and Amiri (2024), Disentangled Structural and Featural Representation for Task-Agnostic Graph
Valuation, arXiv 2408.12659.
Checked against: enumeration of all matchings, scipy, numpy, rewired graphs; see docs/methods/snapshot_distance.md.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from headgate import snapshot_findings
from headgate.errors import UsageError
from headgate.plain import plain
from headgate.shapes import Db, Measured
from headgate.snapshots import attributes, sides, sketches
from headgate.snapshots.sides import Side
from headgate.snapshots.sketches import ALL, Sketch

RISKS = ()


def measure(
    *, first: Path, second: Path, first_as_of: str | None = None, second_as_of: str | None = None,
    sketch: Path | None = None, secret: Path | None = None, limit: float | None = None, seed: int = 0,
) -> Measured:  # fmt: skip
    """Structural disparity, spectra, relevance and diversity, and what the second adds.

    `first` is a workspace or a sketch (.json); `second` is another, or the same one at another date;
    `first_as_of` is the date (UTC) to show the first as of; `second_as_of` is that of the second;
    `sketch` is a file to write the first's sketch to, for another party; `secret` is a file that both parties of
    sketches share, under which values of attributes are hashed; `limit` is the largest structural disparity, in
    doublings, that is let pass; `seed` is of the vectors that estimate spectra. Raises `UsageError`, `BadInput` and
    `WorkspaceError` in one line each.
    """
    if limit is not None and not 0 <= limit <= 40:
        msg = f"a limit of {limit:g} doublings is out of range. Give one from 0 to 40."
        raise UsageError(msg)
    key = b"" if secret is None else _secret(secret)
    given = [(first, _moment(first_as_of)), (second, _moment(second_as_of))]
    with sides.opened([path for path, _ in given if path.suffix != ".json"]) as db:
        one = _side(db, "older", *given[0], seed)
        other = one if given[0] == given[1] else _side(db, "newer", *given[1], seed)
        if sketch is not None:
            sketches.write(sketch, sides.sketched(one, key))
        added = sides.adds(db, one, other)
    one, other = sides.alike(one, other, key)
    return _measured(one, other, added, key, limit)


def _measured(one: Side, other: Side, added: sides.Adds | None, key: bytes, limit: float | None) -> Measured:
    pair = one.shapes.get(ALL), other.shapes.get(ALL)
    structure = snapshot_findings.structure("structure", *pair)
    found = [
        structure,
        *snapshot_findings.by_statistic(*pair),
        snapshot_findings.spectrum(*pair),
        *snapshot_findings.mismatch(one, other),
    ]
    found += [finding for name in attributes.ATTRIBUTES for finding in snapshot_findings.worth(one, other, name)]
    found += snapshot_findings.added(added)
    made = [sketches.to_json(Sketch(side.shapes, sides.sketched(side, key).buckets)) for side in (one, other)]
    return Measured(
        f"file:sha256:{sha256(''.join(made).encode()).hexdigest()}",
        found,
        tables=(snapshot_findings.by_relation(one, other),),
        asked="" if limit is None else f"the structural disparity is at most {limit:g} doublings",
        met=None if limit is None or structure.value is None else structure.value <= limit,
        because=structure.evidence if structure.value is None else f"it is {structure.value:.4g}",
        notes=snapshot_findings.notes(one, other),
    )


def _side(db: Db, schema: str, path: Path, as_of: datetime | None, seed: int) -> Side:
    if path.suffix != ".json":
        return sides.read(db, schema, path, as_of, seed=seed)
    if as_of is not None:
        msg = f"{plain(path)} is a sketch, which has no dates. Leave the date out."
        raise UsageError(msg)
    return sides.given(path)


def _secret(path: Path) -> bytes:
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        msg = f"the secret {plain(path)} cannot be read ({error.strerror}). Give a file of 16 random bytes or more."
        raise UsageError(msg) from error
    if len(key) < 16:
        msg = f"the secret {plain(path)} has {len(key)} bytes. Give a file of 16 random bytes or more."
        raise UsageError(msg)
    return key


def _moment(text: str | None) -> datetime | None:
    try:
        given = None if text is None else datetime.fromisoformat(text)
        return given if given is None else given.astimezone(UTC) if given.tzinfo else given.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        msg = f"{plain(text, 40)!r} is no date. Write 2026-05-04."
        raise UsageError(msg) from error
