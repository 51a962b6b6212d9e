"""How far synthetic tables can be trusted: fidelity, utility, privacy, fairness, robustness, and a ranking.

Reads: the real rows a table was made from, real rows held out from that, and one synthetic table or a folder of them.
Finds: a score from 0 to 1 in each dimension with an interval, whether it passes there, a trust index by stated weights,
and whether the first of several stays first under 1,000 random weights. A failure is never averaged away.
Cannot see: attacks stronger than by nearness; what is secret about a column; whether the real rows are right or fair;
what other models learn from the rows; how intervals widen with another training of the generator.
Reference: Belgodere et al. (2023), Auditing and generating synthetic data with controllable trust trade-offs, arXiv
2304.10819. The scores are ours: see docs/methods/synthetic_trust.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from headgate import frames
from headgate.errors import BadInput, UsageError
from headgate.evidence.intervals import wilson
from headgate.frames import Frame
from headgate.plain import plain
from headgate.shapes import Finding, Measured
from headgate.synthetic_data.audit import DIMENSIONS, Audit, audit, prepared
from headgate.synthetic_data.columns import coded, coding_of
from headgate.synthetic_data.findings import findings, shown, stable, verdicts_of
from headgate.synthetic_data.ranking import Ranking, rank
from headgate.synthetic_data.scores import FAILS, UNKNOWN

NEEDS = ("sklearn",)
RISKS = ("1.1", "1.4", "2.1")
_KINDS = (".csv", ".tsv", ".parquet", ".jsonl")
FEWEST = 50  # rows of each table
LEAST = {"fidelity": 0.5, "utility": 0.8, "privacy": 0.8, "fairness": 0.9, "robustness": 0.7}


def measure(
    *, real: Path, holdout: Path, synthetic: Path, label: str = "label", group: str | None = None,
    weights: str = "fidelity=1,utility=1,privacy=1,fairness=1,robustness=1",
    least: str = "fidelity=0.5,utility=0.8,privacy=0.8,fairness=0.9,robustness=0.7",
    noise: float = 0.1, draws: int = 200, times: int = 1000, seed: int = 0,
) -> Measured:  # fmt: skip
    """Scores of synthetic tables in five dimensions with intervals, and whether the first of them passes in each.

    `real` is the table the synthetic rows were made from; `holdout` holds real rows that were kept from that;
    `synthetic` is a table with the same columns, or a folder of such tables to rank; `label` names the column of
    classes to predict; `group` names the column of groups that fairness is between; `weights` is what each dimension
    counts in the index, 1 where not named; `least` is the score each dimension must reach with its whole interval,
    whatever its weight; `noise` is how much holdout rows are disturbed, in standard deviations of numbers and as a
    share of categories; `draws` is how many bootstrap samples; `times` is how many random weights; `seed` is of all
    that is drawn. Raises `UsageError` and `BadInput` in one line each.
    """
    counts, floors = _named(weights, "weights", dict.fromkeys(DIMENSIONS, 1.0)), _named(least, "least", LEAST)
    asked = [name for name in DIMENSIONS if name != "fairness" or group]
    if not any(counts[name] for name in asked) or not 0 <= noise <= 1 or draws < 20 or times < 1:
        msg = "give a weight above 0, noise from 0 to 1, at least 20 draws and 1 random weight."
        raise UsageError(msg)
    tables = [frames.read(path) for path in (real, holdout, *_paths(synthetic))]
    for one in tables:
        if one.rows < FEWEST:
            msg = f"{plain(one.path)} has {one.rows} rows, fewer than {FEWEST}, of which nothing can be said."
            raise BadInput(msg)
    words = [{name: one.words(name) for name in one.columns} for one in tables]
    coding = coding_of(words[0], label, group)
    train, fresh, *made = (coded(one, coding) for one in words)
    base = prepared(train, fresh, coding, seed=seed)
    found = [audit(base, one, noise=noise, draws=draws, seed=seed) for one in made]
    return _measured(tables[2:], found, {name: counts[name] for name in asked}, floors, times, seed)


def _measured(
    tables: Sequence[Frame], found: Sequence[Audit], weights: Mapping[str, float], floors: Mapping[str, float],
    times: int, seed: int,
) -> Measured:  # fmt: skip
    names = [plain(one.path.stem, 40) for one in tables]
    alone = len(found) == 1
    ranked = _ranked(found, weights, times, seed)
    order = ranked.places if ranked else range(len(found))
    rows = [
        one
        for name, table, each in zip(names, tables, found, strict=True)
        for one in findings("" if alone else f".{name}", table.rows, each, weights)
    ]
    if ranked and not alone:
        low, high = wilson(round(ranked.first * times), times) or (0.0, 1.0)
        said = f"{names[order[0]]} stays first under {ranked.first:.1%} of {times:,} random weights: {stable(ranked)}"
        rows.append(Finding("rank_stability", ranked.first, low, high, times, said))
    first = order[0]
    verdicts = verdicts_of(found[first], weights, floors)
    wrong = [name for name, one in verdicts.items() if one == FAILS]
    open_ = [name for name, one in verdicts.items() if one == UNKNOWN]
    because = [f"{word} {', '.join(some)}" for word, some in (("fails", wrong), ("not shown:", open_)) if some]
    floor = ", ".join(f"{name} {floors[name]:g}" for name in weights)
    return Measured(
        tables[first].ref,
        rows,
        tables=shown(names, found, order, weights, floors, ranked, alone=alone),
        asked=f"{names[first] if alone else 'the table ranked first'} reaches at least {floor}",
        met=None if ranked is None and not alone else False if wrong else None if open_ else True,
        because=f"{names[first]} " + ("; ".join(because) or "passes in every dimension"),
        notes=_notes(found, tables, weights),
    )


def _ranked(found: Sequence[Audit], weights: Mapping[str, float], times: int, seed: int) -> Ranking | None:
    """None where a dimension of a table could not be told."""
    scores = [[one.dimensions[name] for name in weights] for one in found]
    known = [[score for score in one if score is not None] for one in scores]
    if any(len(one) < len(weights) for one in known):
        return None
    values = np.array([[one.value for one in each] for each in known])
    drawn = np.stack([np.stack([one.drawn for one in each], axis=-1) for each in known], axis=1)
    return rank(values, np.array(list(weights.values())), drawn, times=times, seed=seed)


def _notes(found: Sequence[Audit], tables: Sequence[Frame], weights: Mapping[str, float]) -> list[str]:
    notes = ["intervals are of rows drawn again; models and generators are not trained again",
             "columns are compared on at most 5,000 rows, models learn from at most 20,000, and distances are of 5,000 "
             "rows to at most 20,000"]  # fmt: skip
    if "fairness" not in weights:
        notes.append("fairness was not asked for: it needs --group")
    notes += [
        f"{plain(table.path.stem, 40)}: {one.copied:.1%} of its rows are exact copies of real ones"
        for one, table in zip(found, tables, strict=True)
        if one.copied > one.copied_fresh
    ]
    return notes


def _named(text: str, flag: str, otherwise: Mapping[str, float]) -> dict[str, float]:
    """`a=1,b=2` as numbers of every dimension, those of `otherwise` where not named. Raises `UsageError`."""
    made = dict(otherwise)
    for part in text.split(","):
        name, _, value = part.strip().partition("=")
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if name not in made or not 0 <= number < float("inf") or (flag == "least" and number > 1):
            msg = (
                f"{flag}: {plain(part, 40)!r} is none. Write such as fidelity=1,privacy=0.5 of {', '.join(DIMENSIONS)}."
            )
            raise UsageError(msg)
        made[name] = number
    return made


def _paths(synthetic: Path) -> list[Path]:
    """The file, or the tables of the folder by name."""
    if not synthetic.is_dir():
        return [synthetic]
    found = sorted(one for one in synthetic.iterdir() if one.suffix.lower() in _KINDS and one.is_file())
    if not found:
        msg = f"{plain(synthetic)} holds no table. Put {', '.join(_KINDS)} files there."
        raise BadInput(msg)
    return found
