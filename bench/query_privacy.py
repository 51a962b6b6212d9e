"""How often a secret is guessed from counts: with sticky noise, with differential privacy, with small cells hidden.

python bench/query_privacy.py [--data DIR] [--seeds 5]. First the best case of Gadotti et al. (2019) on a made-up table:
5 attributes, each set of 4 shared by others, all 5 by nobody, 5 pairs of queries for one value of the secret. Then the
official test rows of Adult, secret: income. DIR is the folder of shared data. Rates are means over seeds.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
from synthetic_generators import adult

from headgate.queries import attacks, endpoints
from headgate.queries.leak import ATTACKS, leak
from headgate.queries.pairs import Pair
from headgate.queries.table import Condition, Table, table_of

KNOWN = ("age", "work", "education", "marital", "job", "race", "sex", "hours", "country")


def best_case(people: int, attributes: int, others: int, seed: int) -> tuple[Table, np.ndarray]:
    """A table in which `others` share all but one attribute with each of `people`, for each attribute."""
    drawn = np.random.default_rng(seed)
    rows, secret = [], []
    for one in range(people):
        own = [f"{one}.{n}" for n in range(attributes)]
        rows.append(own)
        for n in range(attributes):
            rows += [[*own[:n], f"other {other}", *own[n + 1 :]] for other in range(others)]
        secret += (drawn.random(1 + attributes * others) < 0.5).astype(int).tolist()
    columns = {f"a{n}": [row[n] for row in rows] for n in range(attributes)}
    first = np.arange(people) * (1 + attributes * others)
    return table_of(columns | {"secret": secret}), first


def differential_only(people: int, attributes: int, seed: int) -> float:
    """Accuracy of the differential attack with one pair for each attribute, for one value of the secret."""
    table, first = best_case(people, attributes, 20, seed)
    answer = endpoints.sticky(table, seed=seed)
    names = [f"a{n}" for n in range(attributes)]
    right = 0
    for person in first:
        said = [Condition(name, str(table.columns[name][person])) for name in names]
        pairs = [Pair((*said[:n], *said[n + 1 :]), said[n]) for n in range(attributes)]
        asked = [[answer(one) for one in pair.queries(Condition("secret", "1"))] for pair in pairs]
        answers = np.array([[np.nan if one is None else one for one in each] for each in asked])[:, None]
        ratio = attacks.differential(answers, np.full(attributes, attributes - 1), np.arange(attributes))
        right += (ratio > 0) == (table.columns["secret"][person] == "1")
    return right / len(first)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("HEADGATE_DATA", "../shared/data"))
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    print("best case, differential attack | attributes | accuracy by seed")
    for attributes in (3, 5, 8):
        found = [differential_only(400, attributes, seed) for seed in range(given.seeds)]
        print(f"{attributes} | {np.mean(found):.3f} | " + " ".join(f"{one:.3f}" for one in found), flush=True)
    columns = adult(Path(given.data) / "fairness" / "adult-test.csv")
    table = table_of({name: columns[name] for name in (*KNOWN, "income")})
    print(f"\nAdult test, {table.rows:,} rows, 200 people for each of {given.seeds} seeds, intervals of the first")
    print("endpoint | queries | attack | accuracy | of answered | answered | low, high | seconds")
    for name in ("exact", "sticky", "private", "suppressed", "published"):
        runs = []
        for seed in range(given.seeds):
            private = endpoints.private(table, epsilon=0.1, queries=600, seed=seed)
            answer = {"exact": endpoints.exact(table), "sticky": endpoints.sticky(table, seed=seed), "private": private,
                      "suppressed": endpoints.suppressed(table, "income"),
                      "published": endpoints.published(table, "income")}[name]  # fmt: skip
            began = time.perf_counter()
            renew = private.renew if name == "private" else None
            runs.append((leak(answer, table, "income", known=KNOWN, people=200, seed=seed, renew=renew),
                         time.perf_counter() - began))  # fmt: skip
        for queries in (32, 300):
            for attack in ATTACKS:
                rates = [
                    one for made, _ in runs for one in made.by_budget if (one.attack, one.queries) == (attack, queries)
                ]
                answered = sum(one.reached for one in rates)
                right = sum(one.right_of_reached for one in rates) / max(answered, 1)
                print(f"{name} | {queries} | {attack} | {np.mean([one.accuracy for one in rates]):.3f} | {right:.3f} | "
                      f"{answered / sum(one.people for one in rates):.3f} | {rates[0].low:.3f}, {rates[0].high:.3f} | "
                      f"{np.mean([took for _, took in runs]):.1f}")  # fmt: skip
        columns = zip(*((made.suggested, made.asked, made.paired) for made, _ in runs), strict=True)
        said = zip(("budgets suggested", "median queries", "singled out"), columns, strict=True)
        print(f"{name}: " + ", ".join(f"{what} {list(values)}" for what, values in said), flush=True)


if __name__ == "__main__":
    main()
