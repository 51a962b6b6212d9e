"""Reporters who agree too well to be independent, found pair by pair, and their reports made into one.

A few who copy from each other look like experts to any consensus, which then follows them. Step by step, the pair least
likely to be independent is joined and the consensus made anew, so that honest reporters are not tested against a
consensus that the others had captured.
Honest reporters who share a view that others do not hold agree too well in just this way. A group is a reason to look
and no proof; its ids are for the host's own team.

Reference: the independence assumption of A. P. Dawid and A. M. Skene (1979), Applied Statistics 28, 20-28; W.
Hoeffding (1956), On the distribution of the number of successes in independent trials, Annals of Mathematical
Statistics 27, 713-721 (the binomial tail is at least as heavy); Bonferroni's inequality over pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from headgate.evidence.clustered import Column, Ints
from headgate.evidence.crowd_labels import Consensus, consensus


@dataclass(frozen=True, slots=True)
class Pair:
    """Two reporters who gave the same label more often than independent ones would; `p` is of this pair alone."""

    first: int
    second: int
    shared: int
    agreed: int
    expected: float
    p: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """Groups of reporters who agree too well, the pairs that showed it, and the consensus when each votes once.

    `tested` is the number of pairs with enough items in common; of the others nothing is known. A member of a pair
    may be a group found before, by its lowest id.
    """

    tested: int
    pairs: tuple[Pair, ...]
    groups: tuple[tuple[int, ...], ...]
    consensus: Consensus


def brigades(
    items: Column, reporters: Column, labels: Column, *, level: float = 0.05, least: int = 10, prior: float = 4.0
) -> Alarm:
    """Groups of reporters who agree too well, and the consensus in which each group has one vote.

    One row for each report, as for `consensus`, whose `prior` and errors hold. `level` and `least` are `alarms`'s.
    """
    groups: tuple[tuple[int, ...], ...] = ()
    pairs: list[Pair] = []
    classes, tested = int(np.max(labels, initial=0)) + 1, 0
    given = items, reporters, labels
    while True:
        found = consensus(*given, classes=classes, prior=prior)
        count, flagged = alarms(found, *given, level=level, least=least)
        tested = tested or count
        if not flagged:
            return Alarm(tested, tuple(pairs), groups, found)
        # The surest tenth: one at a time would take long where hundreds act together.
        surest = sorted(flagged, key=lambda pair: (pair.p, pair.expected - pair.agreed))[: max(1, len(flagged) // 10)]
        pairs += surest
        groups = _groups([*groups, *((pair.first, pair.second) for pair in surest)])
        given = collapse(items, reporters, labels, groups)


def alarms(
    found: Consensus, items: Column, reporters: Column, labels: Column, *, level: float = 0.05, least: int = 10
) -> tuple[int, list[Pair]]:
    """How many pairs of reporters were tested, and those who agree more than independent ones would.

    How likely two are to agree on an item follows from its posterior class and both confusions. The number of their
    agreements is tested against a binomial of the mean chance, which has a tail at least as heavy as the true one, and
    `level` is the chance of any false alarm at all (Bonferroni). Pairs with fewer than `least` items in common are not
    tested. Only a reporter's first report of an item counts.
    """
    from scipy.stats import binom

    item, reporter, label = _first_reports(found, items, reporters, labels)
    one, other = _meetings(item)
    kinds = found.posterior.shape[1]
    alike = np.zeros(len(one))
    for true in range(kinds):
        both = found.confusion[reporter[one], true] * found.confusion[reporter[other], true]
        alike += found.posterior[item[one], true] * both.sum(axis=1)
    pair, place = np.unique(np.stack([reporter[one], reporter[other]]), axis=1, return_inverse=True)
    shared = np.bincount(place.ravel(), minlength=pair.shape[1])
    expected = np.bincount(place.ravel(), alike, minlength=pair.shape[1])
    agreed = np.bincount(place.ravel(), label[one] == label[other], minlength=pair.shape[1]).astype(np.int64)
    tested = shared >= least
    chances = np.asarray(binom.sf(agreed - 1, shared, np.clip(expected / np.maximum(shared, 1), 0, 1)))
    ids = found.reporters
    flagged = np.flatnonzero(tested & (chances * max(1, int(tested.sum())) < level))
    return int(tested.sum()), [
        Pair(
            int(ids[pair[0, n]]),
            int(ids[pair[1, n]]),
            int(shared[n]),
            int(agreed[n]),
            float(expected[n]),
            float(chances[n]),
        )
        for n in flagged
    ]


def collapse(
    items: Column, reporters: Column, labels: Column, groups: tuple[tuple[int, ...], ...]
) -> tuple[Ints, Ints, Ints]:
    """The reports with each group's reports of an item made into one: items, reporters, labels.

    The group votes as the lowest of its ids, with its most frequent label (the lowest class among equals).
    """
    leader = {member: min(group) for group in groups for member in group}
    who = np.array([leader.get(int(one), int(one)) for one in reporters], dtype=np.int64)
    grouped = np.isin(who, [min(group) for group in groups])
    rows = np.stack([np.asarray(items, dtype=np.int64), who, np.asarray(labels, dtype=np.int64)])
    votes, times = np.unique(rows[:, grouped], axis=1, return_counts=True)
    order = np.lexsort((votes[2], -times, votes[1], votes[0]))
    votes = votes[:, order]
    first = np.ones(votes.shape[1], dtype=bool)
    first[1:] = (votes[:2, 1:] != votes[:2, :-1]).any(axis=0)
    kept = np.concatenate([rows[:, ~grouped], votes[:, first]], axis=1)
    return kept[0], kept[1], kept[2]


def _first_reports(found: Consensus, items: Column, reporters: Column, labels: Column) -> tuple[Ints, Ints, Ints]:
    """Rows sorted by item, one for each reporter of it, ids as numbers from 0."""
    item = np.searchsorted(found.items, np.asarray(items))
    reporter = np.searchsorted(found.reporters, np.asarray(reporters))
    _, first = np.unique(item * len(found.reporters) + reporter, return_index=True)
    return item[first], reporter[first], np.asarray(labels, dtype=np.int64)[first]


def _meetings(item: Ints) -> tuple[Ints, Ints]:
    """Row numbers of all pairs of reports of the same item, from items sorted."""
    ones, others = [], []
    apart, rows = 1, np.arange(len(item))
    while len(meet := rows[: len(item) - apart][item[: len(item) - apart] == item[apart:]]):
        ones.append(meet)
        others.append(meet + apart)
        apart += 1
    if not ones:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    return np.concatenate(ones), np.concatenate(others)


def _groups(parts: list[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    """Parts that share a reporter, directly or through others, joined."""
    groups: list[set[int]] = []
    for part in parts:
        joined = set(part).union(*(group for group in groups if group & set(part)))
        groups = [group for group in groups if not group & joined] + [joined]
    return tuple(sorted(tuple(sorted(group)) for group in groups))
