"""Omitted and wrong licences of text datasets on three aggregators, from the Data Provenance Collection.

Reads: provenance/dpc_v1_2023-10-25.parquet and provenance/dpc_2025-03-25.parquet, one dataset a row: the licence texts
that Hugging Face, GitHub and Papers with Code state, those that the auditors found at the creators, and their classes.
Finds: how often an aggregator states no licence, and how often its class of use differs from the audit's, under three
denominators; then both again with our own reading of the licence texts.
Cannot see: whether the auditors were right, nor licences stated only behind a URL.
Reference: S. Longpre et al., The Data Provenance Initiative, arXiv 2310.16787 (Nature Machine Intelligence, 2024).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import numpy as np
import numpy.typing as npt

from headgate.evidence import clustered
from headgate.reproductions import Figure, Reproduced, needed

SNAPSHOTS = {"2023-10-25 (v1)": "dpc_v1_2023-10-25.parquet", "2025-03-25": "dpc_2025-03-25.parquet"}
HOSTS = {"GitHub": ("cls_github", ("github_license",)), "Hugging Face": ("cls_hf", ("hf_yaml", "hf_config")),
         "Papers with Code": ("cls_pwc", ("pwc_license",))}  # fmt: skip
NONE, UNKNOWN = "unspecified", "unknown"
_GENERATORS = {"OpenAI", "Anthropic"}  # terms of the model that wrote the texts, no licence of the dataset
# Our classes of use -> theirs. A licence with use restrictions or a threshold has no class of theirs.
_THEIRS = {"commercial": "commercial", "non-commercial": "non-commercial", "research": "academic-only"}
_STRICTEST = ("academic-only", UNKNOWN, "non-commercial", "commercial")  # what is unknown might be stricter
_PAPER = {"omission": "72 %+ (abstract)"} | dict.fromkeys(
    ("error of stated", "error where both state one", "error of all rows"), "50 %+ (abstract)"
)
_DIFFERS = (
    "its class of use (commercial, non-commercial, academic-only, unspecified) differs from the audit's. The audit's "
    "class leaves aside the terms of generators such as OpenAI"
)
_MEANINGS = {
    "omission": "of all rows, the aggregator states no licence: its class is 'unspecified'.",
    "error of stated": f"of the rows where the aggregator states a licence, {_DIFFERS}; 'unspecified' is one.",
    "error where both state one": f"of the rows where aggregator and audit both have a class, {_DIFFERS}.",
    "error of all rows": f"of all rows, 'unspecified' being a class on both sides, {_DIFFERS}.",
    "placed by us": "of the rows with a licence text of the aggregator, we know each licence and its class is one of "
    "theirs. Use restrictions and thresholds (OpenRAIL, Llama) have no class of theirs; 'Custom' and 'Various' name "
    "no licence.",
    "our class is theirs": "of the rows placed by us, our class equals the one they gave.",
    "error by our classes": "of the rows placed by us whose audited licences can be placed too, our classes of the two "
    "differ.",
}
_REFERENCE = (
    "S. Longpre et al., The Data Provenance Initiative, arXiv 2310.16787; data: Data Provenance Collection, Apache-2.0."
)
_RESOLVER = (
    "Their resolver has defects that ours does not share: a class it does not know becomes commercial, 'No License' is "
    "commercial, OpenRAIL-M and the Llama 2 licence are commercial without restriction, 'Unclear' is non-commercial, "
    "GPL-3.0 on GitHub is renamed AGPL-3.0, and absence is an empty text."
)
Classes: TypeAlias = npt.NDArray[Any]


def reproduce(folder: Path) -> Reproduced:
    """The figures of both snapshots below `folder`; raises `BadInput` where a file is absent."""
    figures: list[Figure] = []
    notes = []
    for data, file in SNAPSHOTS.items():
        columns = _columns(needed(folder / "provenance" / file))
        figures += [*_theirs(data, columns), *_ours(data, columns)]
        notes.append(_concentration(data, columns["collection"]))
    clusters = "Intervals: 95 %, Wilson on the effective number of rows, whole collections varying together."
    return Reproduced("data_provenance", _REFERENCE, tuple(figures), (*notes, clusters, _RESOLVER))


def _columns(file: Path) -> dict[str, Classes]:
    wanted = ["collection", "cls_dpi_no_openai", "licenses_verified"]
    wanted += [name for column, texts in HOSTS.values() for name in (column, *texts)]
    listed = ", ".join(f'"{name}"' for name in wanted)
    rows = duckdb.execute(f"SELECT {listed} FROM read_parquet(?)", [str(file)]).fetchall()
    table = np.empty((len(rows), len(wanted)), dtype=object)
    for n, row in enumerate(rows):
        table[n] = row
    return {name: table[:, n] for n, name in enumerate(wanted)}


def _theirs(data: str, columns: dict[str, Classes]) -> Iterable[Figure]:
    audit, groups = columns["cls_dpi_no_openai"], columns["collection"]
    for host, (column, _) in HOSTS.items():
        stated = columns[column]
        yield _share(data, host, "omission", stated == NONE, groups)
        differs, said = stated != audit, stated != NONE
        both = said & (audit != NONE)
        yield _share(data, host, "error of stated", differs[said], groups[said])
        yield _share(data, host, "error where both state one", differs[both], groups[both])
        yield _share(data, host, "error of all rows", differs, groups)


def _ours(data: str, columns: dict[str, Classes]) -> Iterable[Figure]:
    groups = columns["collection"]
    audit = np.array([_strictest(texts) for texts in columns["licenses_verified"]], dtype=object)
    for host, (column, texts) in HOSTS.items():
        rows = zip(*(columns[text] for text in texts), strict=True)
        stated = np.array([_strictest(row) for row in rows], dtype=object)
        said = stated != NONE
        known = said & (stated != UNKNOWN)
        both = known & (audit != UNKNOWN) & (audit != NONE)
        yield _share(data, host, "placed by us", known[said], groups[said])
        yield _share(data, host, "our class is theirs", (stated == columns[column])[known], groups[known])
        yield _share(data, host, "error by our classes", (stated != audit)[both], groups[both])


def _share(data: str, host: str, name: str, hits: Classes, groups: Classes) -> Figure:
    hits = np.asarray(hits, dtype=bool)
    made = clustered.share(hits, groups=groups) if len(hits) else None
    low, high = (made.low, made.high) if made else (None, None)
    return Figure(data, host, name, int(hits.sum()), len(hits), low, high, _MEANINGS[name], _PAPER.get(name))


def _strictest(texts: Iterable[str | None] | None) -> str:
    """The strictest class of use that the licence `texts` of one row have in our reading, in their words."""
    stated = {text for text in texts or () if text and text != "Unspecified"} - _GENERATORS
    return min((_class(text) for text in stated), key=_STRICTEST.index, default=NONE)


@cache
def _class(text: str) -> str:
    resolve, use = _knowledge()
    uses = {use(id_) for id_ in resolve(text)}
    classes = {_THEIRS.get(one, UNKNOWN) for one in uses} or {UNKNOWN}
    return min(classes, key=_STRICTEST.index)


@cache
def _knowledge() -> tuple[Callable[[str], tuple[str, ...]], Callable[[str], str]]:
    from headgate.licences import knowledge
    from headgate.licences.resolve import resolve

    return resolve, lambda id_: known.use if (known := knowledge.licence(id_)) else UNKNOWN


def _concentration(data: str, collections: Classes) -> str:
    names, rows = np.unique(collections.astype(str), return_counts=True)
    order = np.argsort(-rows, kind="stable")[:4]
    most = ", ".join(f"{names[n]} ({rows[n]:,})" for n in order)
    part = 100 * rows[order].sum() / rows.sum()
    return f"{data}: {rows.sum():,} rows of {len(names)} collections; the four largest hold {part:.1f} %: {most}."
