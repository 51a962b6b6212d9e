"""The shapes that every bill of materials is made of: facts of a cohort of artifacts, as one gathering read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

PRESENT, GONE, NAMED = "present", "gone", "named only"


class Licence(NamedTuple):
    """A licence as `declared`, the `id` that it resolves to and its `spdx` id; None where there is no such."""

    declared: str
    id: str | None
    spdx: str | None


class Artifact(NamedTuple):
    """What is known of one ref; None or empty where nobody said.

    `status` is present, gone (a tombstone) or named only by an edge. `name` is None for a numbered artifact that ever
    was said to depict a real person; then so is the text of its `card`, and `tags` are empty. `files` is the number of
    its files, `has_card` None where nobody looked.
    """

    ref: str
    status: str
    hub: str | None = None
    kind: str | None = None
    name: str | None = None
    author: str | None = None
    sha: str | None = None
    created: datetime | None = None
    modified: datetime | None = None
    observed: datetime | None = None
    licences: tuple[Licence, ...] = ()
    licence_source: str | None = None
    licence_name: str | None = None
    licence_link: str | None = None
    has_card: bool | None = None
    tags: tuple[str, ...] = ()
    pipeline: str | None = None
    library: str | None = None
    architecture: str | None = None
    parameters: int | None = None
    gated: str | None = None
    datasets: tuple[str, ...] = ()
    card: str | None = None
    files: int = 0


class File(NamedTuple):
    """A file of an artifact: `size` in bytes, `sha256` in lower-case hex."""

    path: str
    size: int | None
    sha256: str | None
    format: str | None


class Edge(NamedTuple):
    """`child` comes from `parent` by `relation`; `how` it is known, how surely (0 to 1), by which words and method."""

    child: str
    parent: str
    relation: str
    how: str
    confidence: float
    evidence: str | None
    method: str


class Finding(NamedTuple):
    """What a check that is not sensitive measured; `value` None is: could not tell."""

    check: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    evidence: str | None


class Decision(NamedTuple):
    """What a control decided (allow, block or unknown), and why."""

    control: str
    decision: str
    because: str | None


class Cohort(NamedTuple):
    """Facts of the `asked` refs and of all that they come from, each table by ref in the order of refs.

    `artifacts` holds every ref that an edge of `parents` names. `linked` says whether lineage was looked for,
    `withheld` names controls whose decisions rest on a sensitive check, so that none of them is given.
    """

    asked: tuple[str, ...]
    artifacts: dict[str, Artifact]
    files: dict[str, tuple[File, ...]]
    parents: dict[str, tuple[Edge, ...]]
    findings: dict[str, tuple[Finding, ...]]
    decisions: dict[str, tuple[Decision, ...]]
    linked: bool
    withheld: tuple[str, ...] = ()


def only(cohort: Cohort, ref: str) -> Cohort:
    """The part of `cohort` that a document about `ref` alone needs."""
    return part(cohort, (ref,))


def part(cohort: Cohort, asked: Sequence[str]) -> Cohort:
    """The part of `cohort` that a document about `asked` needs: these and all that they come from."""
    inside, waiting = set(asked), list(asked)
    while waiting:
        for edge in cohort.parents.get(waiting.pop(), ()):
            if edge.parent not in inside:
                inside.add(edge.parent)
                waiting.append(edge.parent)
    order = sorted(inside)
    return cohort._replace(
        asked=tuple(asked),
        artifacts={one: cohort.artifacts[one] for one in order},
        files={one: cohort.files[one] for one in order if one in cohort.files},
        parents={one: cohort.parents[one] for one in order if one in cohort.parents},
        findings={one: cohort.findings[one] for one in order if one in cohort.findings},
        decisions={one: cohort.decisions[one] for one in order if one in cohort.decisions},
    )


def unseen(ref: str, status: str = NAMED) -> Artifact:
    """What the ref alone tells of an artifact that the workspace does not show."""
    hub, _, rest = ref.partition(":")
    kind, _, name = rest.partition(":")
    if hub == "name":
        return Artifact(ref, NAMED, name=rest)
    author = name.split("/")[0] if hub == "hf" and "/" in name else None
    return Artifact(ref, status, {"hf": "huggingface"}.get(hub, hub), kind, name if hub == "hf" else None, author)
