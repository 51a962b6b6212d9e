"""Whether a value may be another one misspelt.

Reference: F. J. Damerau (1964), A technique for computer detection and correction of spelling errors, Communications of
the ACM 7, 171-176 (four fifths of the errors are one letter wrong, missing, extra, or two swapped).
"""

from __future__ import annotations

SHORTEST = 4  # characters; in shorter words one letter makes another word
LONG = 8  # characters from which two errors are allowed
RARER = 10  # times as often the usual value has to occur


def misspelt(value: object, usual: object, *, times: int, usual_times: int) -> bool:
    """Whether `value`, which occurs `times`, may be a misspelt `usual`.

    Only texts with letters; values that differ in digits or signs alone (versions, ages) are not.
    """
    if not isinstance(value, str) or not isinstance(usual, str) or value == usual or times * RARER > usual_times:
        return False
    if _letters(value) == _letters(usual):
        return value.casefold() == usual.casefold() or value.split() == usual.split()
    most = 2 if min(len(value), len(usual)) >= LONG else 1
    return min(len(value), len(usual)) >= SHORTEST and edits(value, usual, most=most) <= most


def edits(first: str, second: str, *, most: int) -> int:
    """How many letters are wrong, missing, extra or swapped with their neighbour; `most` + 1 where they are more."""
    if abs(len(first) - len(second)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, one in enumerate(first, 1):
        last, before, row = before, row, [i]
        for j, other in enumerate(second, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (one != other))
            if i > 1 and j > 1 and one == second[j - 2] and first[i - 2] == other:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most and min(before) > most:
            return most + 1
    return min(row[-1], most + 1)


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text.casefold()))
