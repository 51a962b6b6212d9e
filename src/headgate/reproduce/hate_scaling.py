"""Hateful alt-texts of LAION-400M and LAION-2B-en: rates, and whether they grew with the dataset.

Reads: hate_scaling/df_summary_filewise_400M_2B.csv of vinayprabhu/hate_scaling, one shard a row: `dataset` (400m or 2B)
and P_hateful, P_targeted, P_aggressive, the per cent of the shard's 100,000 sampled alt-texts scored above 0.5.
Finds: the rate of each column with Wilson's interval, Welch's t over the shards, and the conservative growth.
Cannot see: single texts, so neither the rate of any of the three nor other thresholds than 0.5; nor how often the
scorer, a model of tweets, is wrong on alt-texts.
Reference: A. Birhane, V. U. Prabhu, S. Han, V. N. Boddeti and A. S. Luccioni, Into the LAION's Den, arXiv 2311.03449.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from headgate.errors import BadInput
from headgate.evidence.clustered import Column
from headgate.evidence.growth import conservative_growth, welch
from headgate.evidence.intervals import wilson
from headgate.reproductions import Figure, Reproduced, needed

FILE = Path("hate_scaling") / "df_summary_filewise_400M_2B.csv"
SAMPLED = 100_000  # alt-texts of each shard
DATASETS = {"400m": "LAION-400M", "2B": "LAION-2B-en"}
COLUMNS = {"P_hateful": "hateful", "P_targeted": "targeted", "P_aggressive": "aggressive"}
_PAPER = {
    ("LAION-400M", "hateful"): "0.2970 %", ("LAION-400M", "targeted"): "0.0846 %",
    ("LAION-400M", "aggressive"): "0.0157 %", ("LAION-2B-en", "hateful"): "0.3436 %",
    ("LAION-2B-en", "targeted"): "0.1089 %", ("LAION-2B-en", "aggressive"): "0.0198 %",
}  # fmt: skip
_PAPER_T = {"hateful": "14.48", "targeted": "13.80", "aggressive": "4.44"}
_RATE = "of the sampled alt-texts, the scorer's probability is above 0.5; Wilson's interval over texts."
_T = "of the shards' rates, LAION-2B-en against LAION-400M, variances not taken as equal."
_GROWTH = "(low end of LAION-2B-en - high end of LAION-400M) / high end of LAION-400M, in per cent."
_REFERENCE = "A. Birhane et al., Into the LAION's Den, arXiv 2311.03449; data: vinayprabhu/hate_scaling."
_NOTES = (
    "The publication's headline, any of the three above 0.5 (0.2979 % to 0.3444 %, conservative growth 12.26 %), needs "
    "the scores of single texts, which the file does not hold; hateful is its closest twin.",
    "Rates are the scorer's flags. Its false positives on alt-texts were not measured, and at rates this low they may "
    "be most of what is flagged.",
)


def reproduce(folder: Path) -> Reproduced:
    """The figures of the file below `folder`; raises `BadInput` where it is absent or has other columns."""
    rates = _rates(needed(folder / FILE))
    figures = [*_shares(rates), *_growths(rates)]
    shards = ", ".join(f"{len(columns['P_hateful'])} shards of {data}" for data, columns in rates.items())
    return Reproduced("hate_scaling", _REFERENCE, tuple(figures), (f"{shards}, {SAMPLED:,} texts each.", *_NOTES))


def _rates(file: Path) -> dict[str, dict[str, Column]]:
    """Of each dataset and column, the flagged texts of each shard."""
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    try:
        made = {
            data: {
                column: np.array(
                    [round(float(row[column]) / 100 * SAMPLED) for row in rows if row["dataset"] == name],
                    dtype=np.int64,
                )
                for column in COLUMNS
            }
            for name, data in DATASETS.items()
        }
    except (KeyError, TypeError, ValueError) as error:
        msg = f"{file} is not the file of shards: {error}. Give df_summary_filewise_400M_2B.csv as published."
        raise BadInput(msg) from None
    if not all(len(columns["P_hateful"]) for columns in made.values()):
        msg = f"{file} has no shards of {' or '.join(DATASETS)}. Give df_summary_filewise_400M_2B.csv as published."
        raise BadInput(msg)
    return made


def _shares(rates: dict[str, dict[str, Column]]) -> Iterable[Figure]:
    for data, columns in rates.items():
        for column, about in COLUMNS.items():
            found, of = _counts(columns[column])
            low, high = wilson(found, of) or (None, None)
            yield Figure(data, about, "rate", found, of, low, high, _RATE, _PAPER[data, about], digits=4)


def _growths(rates: dict[str, dict[str, Column]]) -> Iterable[Figure]:
    first, second = rates.values()
    both = " to ".join(rates)
    for column, about in COLUMNS.items():
        if test := welch(first[column], second[column]):
            yield Figure(both, about, "Welch t", 0, 0, None, None, _T, _PAPER_T[about], value=test.t, digits=2)
        if (grown := conservative_growth(_counts(first[column]), _counts(second[column]))) is not None:
            name = "conservative growth, %"
            yield Figure(both, about, name, 0, 0, None, None, _GROWTH, value=100 * grown, digits=2)


def _counts(shards: Column) -> tuple[int, int]:
    return int(shards.sum()), len(shards) * SAMPLED
