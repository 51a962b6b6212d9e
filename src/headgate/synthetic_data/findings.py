"""Audits of synthetic tables as findings with intervals, and as tables to read: scores by dimension, and a ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from headgate.evidence.intervals import wilson
from headgate.shapes import Finding, Shown
from headgate.synthetic_data.audit import Audit
from headgate.synthetic_data.ranking import STABLE, Ranking
from headgate.synthetic_data.scores import FAILS, PASSES, UNKNOWN, Score, geometric


def findings(suffix: str, rows: int, found: Audit, weights: Mapping[str, float]) -> list[Finding]:
    """The dimensions, parts and index of a table of `rows` rows; axes end with `suffix`."""
    named = {name: found.dimensions[name] for name in weights} | dict(found.parts)
    made = [_finding(f"{name}{suffix}", one, rows) for name, one in named.items()]
    made.append(_finding(f"index{suffix}", _index(found, weights), rows))
    share, told = found.caught
    low, high = wilson(share * told, told) or (0.0, 1.0)
    said = "real rows told by nearness, at 1 false alarm in 100 fresh rows"
    made.append(Finding(f"attack_caught{suffix}", share, low, high, told, said))
    low, high = wilson(round(found.copied * rows), rows) or (0.0, 1.0)
    said = f"rows that stand in the real table; of fresh rows {found.copied_fresh:.4f}"
    return [*made, Finding(f"exact_copies{suffix}", found.copied, low, high, rows, said)]


def stable(ranked: Ranking) -> str:
    """In words, whether the first stays first."""
    return "stable" if ranked.first >= STABLE else "unstable"


def verdicts_of(found: Audit, weights: Mapping[str, float], floors: Mapping[str, float]) -> dict[str, str]:
    """Passes, fails or not shown, of each dimension."""
    return {name: UNKNOWN if (one := found.dimensions[name]) is None else one.verdict(floors[name]) for name in weights}


def shown(
    names: Sequence[str], found: Sequence[Audit], order: Sequence[int], weights: Mapping[str, float],
    floors: Mapping[str, float], ranked: Ranking | None, *, alone: bool,
) -> list[Shown]:  # fmt: skip
    """The audit of each table in `order`, and where it is not `alone` their ranking."""
    rows: list[tuple[object, ...]] = []
    places: list[tuple[object, ...]] = []
    for place, n in enumerate(order, 1):
        verdicts = verdicts_of(found[n], weights, floors)
        for name in weights:
            one = found[n].dimensions[name]
            low, high = (None, None) if one is None else one.ends
            rows.append((names[n], name, None if one is None else one.value, low, high, floors[name], verdicts[name]))
        index = _index(found[n], weights)
        whole = FAILS if FAILS in verdicts.values() else UNKNOWN if UNKNOWN in verdicts.values() else PASSES
        places.append((place if ranked else None, names[n], None if index is None else index.value, whole))
    made = [Shown("audit by dimension", ("table", "dimension", "score", "low", "high", "least", "verdict"), rows)]
    if not alone:
        title = "ranking" + (f", {stable(ranked)}: first under {ranked.first:.1%} of random weights, under "
                             f"{ranked.redrawn:.1%} with rows redrawn too; whole order kept under {ranked.order:.1%}"
                             if ranked else ": not possible, a dimension could not be told")  # fmt: skip
        made.append(Shown(title, ("place", "table", "index", "verdict"), places))
    return made


def _index(found: Audit, weights: Mapping[str, float]) -> Score | None:
    scores = [one for name in weights if (one := found.dimensions[name]) is not None]
    if len(scores) < len(weights):
        return None
    made = geometric(scores, list(weights.values()))
    said = "geometric mean by weights " + ", ".join(f"{name} {weight:g}" for name, weight in weights.items())
    return Score(made.value, made.drawn, said)


def _finding(axis: str, one: Score | None, rows: int) -> Finding:
    if one is None:
        return Finding(axis, None, None, None, 0, "could not be told from these rows")
    return Finding(axis, one.value, *one.ends, rows, one.said)
