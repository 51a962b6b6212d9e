"""What is known of a probe: its curve over gates, how many labels it needs, whom it flags wrongly, and a datasheet.

All figures are of rows the probe was not trained on. Subgroups with fewer than 10 rows are not shown.

Reference: T. Gebru et al. (2021), Datasheets for datasets, Communications of the ACM 64(12), 86-92 (question 16); P.
Schramowski et al. (2022), FAccT, arXiv 2202.06675 (few-shot curve, gate).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from headgate.evidence.clustered import Column
from headgate.evidence.intervals import SMALL, wilson
from headgate.pictures.probe import GATE, chances, class_means, train

GATES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Rate:
    """`found` of `of`, called `name`, with Wilson's ends; they are None where `of` is 0."""

    name: str
    found: int
    of: int
    low: float | None
    high: float | None

    def words(self) -> str:
        """The share in words, such as "3 of 40 (7.5 %, 2.6 to 19.9 %)"."""
        if self.low is None or self.high is None:
            return "none of 0"
        part, ends = 100 * self.found / self.of, f"{100 * self.low:.1f} to {100 * self.high:.1f} %"
        return f"{self.found:,} of {self.of:,} ({part:.1f} %, {ends})"


def rate(name: str, found: int, of: int) -> Rate:
    """The share `found` of `of` with Wilson's interval."""
    low, high = wilson(found, of) or (None, None)
    return Rate(name, found, of, low, high)


def curve(chance: Column, labels: Column, gates: Sequence[float] = GATES) -> list[tuple[float, Rate, Rate]]:
    """At each gate the precision and the recall of `chance` at or over it, for labels 1 sought and 0 not."""
    sought = np.asarray(labels, dtype=bool)
    made = []
    for gate in gates:
        flagged = np.asarray(chance) >= np.float32(gate)
        hits = int((flagged & sought).sum())
        made.append((gate, rate("precision", hits, int(flagged.sum())), rate("recall", hits, int(sought.sum()))))
    return made


def learning_curve(
    embeddings: Column, labels: Column, sizes: Sequence[int], *, seeds: int = 5, start: Column | None = None
) -> list[tuple[int, float, float, float]]:
    """For each number of labels the mean accuracy on the other rows, its spread over draws, and that of the start.

    Draws with labels of one class only are left out; a number that leaves no rows, or no draw, gives no entry.
    """
    rows, sought, made = np.asarray(embeddings), np.asarray(labels), []
    for size in sizes:
        found = [
            _accuracies(rows, sought, np.random.default_rng(seed).permutation(len(rows)), size, start, seed)
            for seed in range(seeds)
        ]
        kept = np.array([pair for pair in found if pair])
        if len(kept):
            made.append((size, float(kept[:, 0].mean()), float(kept[:, 0].std()), float(kept[:, 1].mean())))
    return made


def by_group(chance: Column, labels: Column, groups: Column, gate: float = GATE) -> list[Rate]:
    """Of rows that are not sought, the share flagged in each group of at least `SMALL` such rows, worst first."""
    flagged, fine = np.asarray(chance) >= np.float32(gate), ~np.asarray(labels, dtype=bool)
    names = np.asarray(groups)
    made = [
        rate(str(name), int((flagged & fine & (names == name)).sum()), number)
        for name in np.unique(names)
        if (number := int((fine & (names == name)).sum())) >= SMALL
    ]
    return sorted(made, key=lambda one: (-one.found / one.of, one.name))


def question_16(
    flagged: Rate, undecoded: int, gate: float, errors: tuple[int, int, int, int] | None, groups: Sequence[Rate] = ()
) -> str:
    """The paragraph of a datasheet that answers question 16, from counts alone.

    `errors` are hits, positives, passed and negatives of the probe on labelled rows, None where nobody measured them.
    """
    lines = [
        "Does the dataset contain data that, if viewed directly, might be offensive, insulting, threatening, or might "
        f"otherwise cause anxiety? A probe flagged {flagged.words()} of the images at a softmax of {gate:.2f}."
    ]
    if undecoded:
        lines.append(f"{undecoded:,} further images could not be decoded and were not judged.")
    if errors is None:
        lines.append("The probe's errors were not measured, so this is a count of flags and no estimate.")
    else:
        hits, positives, passed, negatives = errors
        lines.append(
            f"On labelled rows it was not trained on, it flagged {rate('', hits, positives).words()} of those labelled "
            f"inappropriate and, wrongly, {rate('', negatives - passed, negatives).words()} of the others."
        )
    if groups:
        worst = groups[0]
        lines.append(f"Wrong flags are most frequent in the group {worst.name!r}: {worst.words()}.")
    lines.append("Which images count as inappropriate is the judgement of those who labelled the probe's rows.")
    return " ".join(lines)


def _accuracies(
    rows: Column, labels: Column, order: Column, size: int, start: Column | None, seed: int
) -> tuple[float, float] | None:
    known, rest = order[:size], order[size:]
    if not len(rest) or len(np.unique(labels[known])) < 2:
        return None
    first = class_means(rows[known], labels[known]) if start is None else start
    made = train(rows[known], labels[known], start=start, seed=seed).vectors
    right = [((chances(rows[rest], vectors) >= 0.5) == labels[rest]).mean() for vectors in (made, first)]
    return float(right[0]), float(right[1])
