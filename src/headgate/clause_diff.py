"""What changed between two versions of a licence or of terms of use: clauses added, dropped and changed.

Paragraphs whose words are the same are one, wherever they stand. What is left is paired by the share of words that two
paragraphs have in common, the most alike first; a paragraph without a partner was added or dropped. Only paragraphs
that carry a clause, before or after, are told.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from headgate.clauses import Span, folded, labelled, paragraphs

ALIKE = 0.5  # Dice coefficient of two paragraphs' words from which they are versions of one another
MOST = 1500  # paragraphs of one text that are paired; of longer ones the rest is added or dropped


class Change(NamedTuple):
    """One paragraph: `added`, `dropped` or `changed`, its types, lines (None where absent) and words of both texts."""

    change: str
    types: tuple[str, ...]
    line_before: int | None
    line_after: int | None
    before: str
    after: str


def changes(before: str, after: str) -> list[Change]:
    """The changes from `before` to `after`, in the order of `after`, what was dropped last."""
    old, new = paragraphs(before), paragraphs(after)
    words_old, words_new = (
        [folded(text[p.start : p.end]) for p in parts] for text, parts in ((before, old), (after, new))
    )
    same = Counter(words_old) & Counter(words_new)
    left_old, left_new = _left(words_old, same.copy()), _left(words_new, same)
    partner = _paired(words_old, words_new, left_old, left_new)
    found = [_change(before, after, old[partner[n]] if n in partner else None, new[n]) for n in left_new]
    taken = set(partner.values())
    found += [_change(before, after, old[n], None) for n in left_old if n not in taken]
    return [change for change in found if change.types]


def _left(words: list[str], same: Counter[str]) -> list[int]:
    left = []
    for n, text in enumerate(words):
        if same[text] > 0:
            same[text] -= 1
        elif text:
            left.append(n)
    return left


def _paired(old: list[str], new: list[str], left_old: list[int], left_new: list[int]) -> dict[int, int]:
    bags_old = [(n, set(old[n].split())) for n in left_old[:MOST]]
    bags_new = [(n, set(new[n].split())) for n in left_new[:MOST]]
    alike = sorted(
        (-2 * len(a & b) / (len(a) + len(b)), n, m)
        for n, a in bags_new for m, b in bags_old if 2 * len(a & b) >= ALIKE * (len(a) + len(b))
    )  # fmt: skip
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for _, n, m in alike:
        if n not in partner and m not in taken:
            partner[n] = m
            taken.add(m)
    return partner


def _change(before: str, after: str, old: Span | None, new: Span | None) -> Change:
    was = before[old.start : old.end] if old else ""
    is_ = after[new.start : new.end] if new else ""
    types = tuple(sorted({found[0] for text in (was, is_) for found in labelled(text)}))
    kind = "changed" if old and new else "added" if new else "dropped"
    return Change(kind, types, old.line if old else None, new.line if new else None, was, is_)
