"""How hard the explanations of findings are to read, for each reader: docs/explain.md quotes what this prints.

python bench/reading_grades.py demo.headgate
"""

from __future__ import annotations

import sys
from collections import defaultdict
from statistics import fmean, median

from headgate import checks
from headgate.report.explain import READERS, explain, text
from headgate.report.explain_words import Found
from headgate.report.reading_grade import grade
from headgate.workspace import open_workspace

SQL = 'SELECT subject, "check", value, low, high, n, NULL, run FROM findings WHERE NOT sensitive ORDER BY 2, 1'


def main(path: str) -> None:
    """Print grades of our own words (evidence left out), by check and in all, and the gap from plain to regulator."""
    ws = open_workspace(path)
    told = checks.open_checks(ws.db)
    grades: dict[str, list[list[float]]] = defaultdict(list)
    lengths: list[list[int]] = []
    for row in ws.db.execute(SQL).fetchall():
        if row[1] in told:
            texts = [text(explain(Found(*row), reader)) for reader in READERS]
            grades[row[1]].append([grade(one) for one in texts])
            lengths.append([len(one.split()) for one in texts])
    for check, rows in sorted(grades.items()):
        print(f"| {check} | {len(rows):,} | {' | '.join(means(rows))} |")
    every = [row for rows in grades.values() for row in rows]
    gaps = sorted(row[-1] - row[0] for row in every)
    print(f"all {len(every):,}: {', '.join(means(every))}")
    print("words, median: " + ", ".join(f"{median(column):g}" for column in zip(*lengths, strict=True)))
    above = sum(gap > 0 for gap in gaps)
    print(f"gap: mean {fmean(gaps):.1f}, least {gaps[0]:.1f}, most {gaps[-1]:.1f}; above 0 in {above:,}")


def means(rows: list[list[float]]) -> list[str]:
    """The mean of each column."""
    return [f"{fmean(column):.1f}" for column in zip(*rows, strict=True)]


if __name__ == "__main__":
    main(sys.argv[1])
