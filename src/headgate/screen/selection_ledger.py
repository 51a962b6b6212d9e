"""What each filter of a data pipeline removed, what it was for, and whether it hit some groups more than others.

Reads: rows with all their columns: what went into the pipeline, and the files that its stages kept, or a column that
names the filter which removed each row.
Finds: for each document the one filter that removed it, if any; of the whole, how many documents entered and left each
filter with its declared purpose, the same for each group (language, source, dialect), and the groups from which a
filter, or all together, removed more or less than from the others, by more than chance.
Cannot see: what a filter did that was no removal (cutting, rewriting); whether a removal was right; documents that a
pipeline never read; groups that no column names. Documents of one site or author are not independent, which the test
takes them to be. A gap is no proof of a wrong: a language filter is there to remove by language.
Reference: A. Albalak et al. (2024), A Survey on Data Selection for Language Models, arXiv:2402.16827 (purposes); J.
Dodge et al. (2021), Documenting large webtext corpora, EMNLP, arXiv:2104.08758 (a blocklist that removed text from and
about minorities more than other text).
Checked against: three filters over real texts and planted groups; see docs/methods/selection_ledger.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from headgate.errors import UsageError
from headgate.selection.findings import funnel, gaps, group_funnels
from headgate.selection.ledger import MOST, UNDECLARED, Ints, Ledger, Stage, attributed, axis_of, read_stages
from headgate.selection.stage_files import file_keys, keys_of
from headgate.shapes import Batch, Items, Scores, Screened

READS = "table"
RISKS = ("1.2", "1.4")


def screen(
    items: Items,
    *,
    stages: Path | None = None,
    removed_by: str | None = None,
    key: str | None = None,
    group: str | None = None,
    least_gap: float = 0.02,
) -> Screened:
    """A score of 1 for each document that was removed, 0 for one that was kept; axes say by which filter.

    `stages` is a TOML file with a [[stage]] for each filter in order: name, purpose and kept, the file of what it kept;
    `removed_by` instead names a column with the filter that removed each document, empty where none did (stages may
    then give order and purposes); `key` is a column that tells a document in all files, the whole row without it;
    `group` is a column to compare, such as language or source; `least_gap` is the smallest difference of shares that is
    reported.
    """
    if stages is None and removed_by is None:
        msg = "nothing says what was removed. Give --stages FILE.toml, or --removed-by COLUMN."
        raise UsageError(msg)
    declared = [] if stages is None else read_stages(stages)
    ledger = _from_files(items, declared, key) if removed_by is None else _from_column(items, removed_by, declared)
    findings = funnel(ledger)
    if group is not None:
        codes, names = _groups(items, group)
        findings += gaps(ledger, codes, names, least_gap) + group_funnels(ledger, codes, names)
    return Screened(_parts(items, ledger), tuple(stage.axis for stage in ledger.stages), findings)


def _from_files(items: Items, declared: list[Stage], key: str | None) -> Ledger:
    kept = []
    for stage in declared:
        if stage.kept is None:
            msg = f"stage {stage.name[:60]!r} names no file in kept. Name one, or give --removed-by."
            raise UsageError(msg)
        kept.append(file_keys(stage.kept, key))
    removed_by, appeared = attributed(keys_of(items.batches(), key), kept)
    return Ledger(removed_by, declared, appeared, ordered=True)


def _from_column(items: Items, column: str, declared: list[Stage]) -> Ledger:
    """The order of the filters is that of `declared`; without these it is not known."""
    places = {stage.name: place for place, stage in enumerate(declared)}
    parts: list[Ints] = []
    for batch in items.batches():
        # what pandas writes for nothing is no name of a filter
        names = ["" if value is None or value != value else str(value).strip() for value in _column(batch, column)]
        for name in sorted({*names} - {"", *places}):
            if declared:
                msg = f"{column} names the filter {name[:60]!r}, which --stages does not have. Add it there."
                raise UsageError(msg)
            places[name] = len(places)
        parts.append(np.array([places.get(name, -1) for name in names], np.int64))
    if len(places) > MOST:
        msg = (
            f"{column} names {len(places)} filters, over {MOST}. Name the column that says which filter removed a row."
        )
        raise UsageError(msg)
    removed_by = np.concatenate(parts) if parts else np.zeros(0, np.int64)
    if declared:
        return Ledger(removed_by, declared, [0] * len(declared), ordered=True)
    made: list[Stage] = []
    for name in sorted(places):  # whatever batch named it first
        made.append(Stage(name, axis_of(name, made), UNDECLARED, None))
    turn = np.array([*map(sorted(places).index, places), -1], np.int64)
    removed_by = turn[removed_by]
    return Ledger(removed_by, made, [0] * len(made), ordered=False)


def _column(batch: Batch, column: str) -> list[object]:
    if column not in batch.more:
        msg = f"there is no column {column[:60]!r}. There are {', '.join(batch.more)[:300]}."
        raise UsageError(msg)
    return batch.more[column]


def _groups(items: Items, column: str) -> tuple[Ints, list[str]]:
    codes: dict[str, int] = {}
    parts: list[Ints] = []
    for batch in items.batches():
        names = map(str, _column(batch, column))
        parts.append(np.array([codes.setdefault(name, len(codes)) for name in names], np.int64))
    shown: dict[str, None] = {}
    for number, name in enumerate(codes):
        shown[name[:60] if name[:60] not in shown else f"{name[:48]}... ({number})"] = None
    return np.concatenate(parts) if parts else np.zeros(0, np.int64), list(shown)


def _parts(items: Items, ledger: Ledger) -> Iterator[tuple[Sequence[str], Scores]]:
    """An axis is 1 for the filter that removed a document, 0 where the document passed it, NaN where others did."""
    told = [f"removed by {stage.name[:60]} ({stage.purpose})" for stage in ledger.stages]
    at = np.arange(len(told))[None, :]
    start = 0
    for batch in items.batches():
        own = ledger.removed_by[start : start + len(batch.ids)]
        start += len(batch.ids)
        by = own[:, None]
        axes = (by == at).astype(np.float32)
        axes[(by >= 0) & ((by < at) if ledger.ordered else (by != at))] = np.nan
        yield (
            batch.ids,
            Scores((own >= 0).astype(np.float32), axes, [told[n] if n >= 0 else None for n in own.tolist()]),
        )
