"""Functional dependencies: the same set as brute force finds, and which are more than chance."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations
from math import log2
from pathlib import Path

import numpy as np
import pytest

from headgate.profiles import fd
from headgate.profiles.coded_table import coded
from headgate.profiles.fd import dependencies, standing_alone, telling
from headgate.profiles.partitions import Column
from tests.tables_of import csv_columns, items_of

Table = list[tuple[int, ...]]


def columns_of(table: Table, width: int) -> list[Column]:
    return [Column(np.array([row[n] for row in table], np.int32), 1000) for n in range(width)]


def errors_by_hand(table: Table, left: tuple[int, ...], right: int) -> int:
    groups: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
    for row in table:
        groups[tuple(row[n] for n in left)][row[right]] += 1
    return sum(sum(group.values()) - max(group.values()) for group in groups.values())


def brute_force(
    table: Table, width: int, most: int, up_to: int
) -> tuple[set[tuple[object, ...]], set[tuple[object, ...]]]:
    """Minimal exact and minimal near dependencies, by trying everything."""
    exact, near = set(), set()
    for right in range(width):
        others = [n for n in range(width) if n != right]
        sides = [side for size in range(most + 1) for side in combinations(others, size)]
        errors = {side: errors_by_hand(table, side, right) for side in sides}
        for side in sides:
            smaller = [errors[one] for size in range(len(side)) for one in combinations(side, size)]
            if errors[side] == 0 and 0 not in smaller:
                exact.add((side, right))
            if 0 < errors[side] <= up_to and all(one > up_to for one in smaller):
                near.add((side, right, errors[side]))
    return exact, near


def random_table(rng: np.random.Generator) -> tuple[Table, int]:
    """Up to 6 columns and 200 rows, some columns made from others, some of these with errors."""
    rows, width = int(rng.integers(0, 201)), int(rng.integers(1, 7))
    made: list[np.ndarray] = []
    for n in range(width):
        one = rng.integers(0, rng.choice([1, 2, 3, 8, 60]), rows)
        if n and rng.random() < 0.6:
            some = rng.choice(n, size=min(n, int(rng.integers(1, 4))), replace=False)
            one = sum((made[k] * int(rng.integers(1, 4)) for k in some), np.zeros(rows, int)) % int(rng.integers(2, 30))
            wrong = rng.random(rows) < rng.choice([0, 0, 0.01, 0.05])
            one = np.where(wrong, 99, one)
        made.append(one)
    order = rng.permutation(width)
    return [tuple(int(made[n][row]) for n in order) for row in range(rows)], width


def test_the_same_set_as_brute_force_on_200_random_tables() -> None:
    rng = np.random.default_rng(7)
    seen = Counter[str]()
    for _ in range(200):
        table, width = random_table(rng)
        error, most = float(rng.choice([0, 0.01, 0.05, 0.2])), int(rng.integers(0, 6))
        found = dependencies(columns_of(table, width), len(table), error=error, most_left=most)
        exact, near = brute_force(table, width, most, int(error * len(table) + 1e-9))
        assert {(one.left, one.right) for one in found.exact} == exact
        assert {(one.left, one.right, one.broken) for one in found.near} == near
        assert len(found.exact) == len(exact)
        seen.update(exact=len(exact), near=len(near))
    assert seen["exact"] > 400
    assert seen["near"] > 100


def test_the_same_set_where_a_part_of_the_rows_may_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headgate.profiles.partitions._FEW", 4)
    monkeypatch.setattr("headgate.profiles.partitions._DENSE", 2)
    rng = np.random.default_rng(8)
    for _ in range(60):
        table, width = random_table(rng)
        found = dependencies(columns_of(table, width), len(table), error=0.05, most_left=3)
        exact, near = brute_force(table, width, 3, int(0.05 * len(table) + 1e-9))
        assert {(one.left, one.right) for one in found.exact} == exact
        assert {(one.left, one.right, one.broken) for one in found.near} == near


def test_what_a_dependency_saves_by_hand() -> None:
    # 40 rows of four places, each of one of two lands: 36 lands follow from other rows, of one bit each
    table = [(n % 4, n % 2) for n in range(40)]
    found = dependencies(columns_of(table, 2), 40, error=0.1, most_left=1)
    [one] = found.exact
    assert (one.left, one.right, one.broken, one.redundant) == ((0,), 1, 0, 36)
    assert one.bits == pytest.approx(36)
    assert found.tried == 4
    # of 40 rows one is named as odd, whose bit is not saved
    table[5] = (1, 0)
    odd = dependencies(columns_of(table, 2), 40, error=0.1, most_left=1).near[0]
    shares = (21 / 40) ** 2 + (19 / 40) ** 2
    assert odd.bits == pytest.approx(35 * -log2(shares) - log2(40))


def test_what_chance_makes_is_not_telling() -> None:
    told = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        table = [tuple(int(value) for value in rng.integers(0, [2, 3, 5, 9, 30], 5)) for _ in range(60)]
        found = dependencies(columns_of(table, 5), 60, error=0.05, most_left=3)
        assert found.exact or found.near
        told += bool(telling(found.exact, found.tried) or telling(found.near, found.tried))
    assert told <= 4


def test_the_best_of_each_column_comes_first() -> None:
    # column 0 tells 1 and 2, and 3 tells 2 as well; 2 has more values than 1
    table = [(n % 12, n % 2, n % 6, n % 12) for n in range(240)]
    ranked = telling((found := dependencies(columns_of(table, 4), 240, error=0, most_left=2)).exact, found.tried)
    assert [(one.left, one.right) for one in ranked] == [
        ((0,), 3), ((3,), 0), ((0,), 2), ((2,), 1), ((3,), 2), ((0,), 1), ((3,), 1)
    ]  # fmt: skip


def test_a_near_dependency_with_its_exceptions_parted_is_nothing_new() -> None:
    # 0 tells 1 but for two rows, which 2 parts from the others of their place; 2 and 3 tell each other
    table = [(n % 5, n % 5 + 100 * (n in (7, 8)), int(n in (7, 8)), 40 + int(n in (7, 8))) for n in range(100)]
    found = dependencies(columns_of(table, 4), 100, error=0.02, most_left=2)
    assert {(one.left, one.right) for one in found.exact} >= {((0, 2), 1), ((2,), 3)}
    alone = {(one.left, one.right) for one in standing_alone(found)}
    assert ((0, 2), 1) not in alone
    found = dependencies(columns_of(table, 4), 100, error=0, most_left=2)
    assert standing_alone(found) == found.exact


def test_too_many_left_sides_are_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fd, "MOST_SETS", 5)
    table = [(n, n % 2, n % 3, n % 5, n % 7) for n in range(30)]
    found = dependencies(columns_of(table, 5), 30, error=0, most_left=3)
    assert (found.left, found.tried) == (1, 5 + 20)


def test_german_credit_has_few_dependencies_that_are_more_than_chance(data: Path, tmp_path: Path) -> None:
    items = items_of(csv_columns(data / "fairness" / "german.csv"), tmp_path, 100)
    table = coded(items.batches(), tmp_path)
    found = dependencies(table.columns, table.rows, error=0, most_left=3)
    # as many as Desbordante's HyFD finds with up to three columns on the left (bench/dependencies.py)
    assert len(found.exact) == 206
    assert telling(found.exact, found.tried) == []


def test_adult_has_the_one_that_everybody_knows(data: Path, tmp_path: Path) -> None:
    names = ["age", "workclass", "fnlwgt", "education", "education-num", *"fghijklmno"]
    items = items_of(csv_columns(data / "fairness" / "adult-train.csv", names), tmp_path, 5000)
    table = coded(items.batches(), tmp_path)
    found = dependencies(table.columns, table.rows, error=0, most_left=3)
    assert {(one.left, one.right) for one in found.exact} == {((3,), 4), ((4,), 3)}
