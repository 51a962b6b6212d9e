"""Endpoints to try an attack on, all in this process: sticky noise, differential privacy, and hidden small cells.

Reference: the static and dynamic noise, and the suppression, of `sticky` are written from the description in Gadotti
et al. (2019), When the signal is in the noise, USENIX Security, arXiv 1804.06752; it is no copy of any product.
`private` adds two-sided geometric noise (Ghosh, Roughgarden, Sundararajan 2009), whole numbers being exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from statistics import NormalDist

import numpy as np

from headgate.errors import UsageError
from headgate.evidence.intervals import hide_small, small
from headgate.queries.table import Answer, Condition, Conditions, Table

_NORMAL = NormalDist()
_THRESHOLD = (4.0, 0.5)  # mean and deviation below which a count is held back
_TENS = 10


def sticky(table: Table, *, seed: int = 0) -> Answer:
    """Counts with two layers of standard normal noise for each condition, the same whenever the same is asked.

    One layer is drawn from the condition, one from the condition and the people counted. Counts of 0 and 1, and those
    under a threshold drawn about 4 from the people counted, are None. Rounded, and never below 0.
    """
    salt = seed.to_bytes(16, "little", signed=True)

    @cache
    def static(one: Condition) -> tuple[bytes, float]:
        named = _digest(salt, repr((one.column, one.value, one.equal)).encode())
        return named, _normal(named)

    def answer(conditions: Conditions) -> int | None:
        who = table.matching(conditions)
        count, people = who.bit_count(), _digest(salt, who.to_bytes(table.rows // 8 + 1, "little"))
        if count <= 1 or count < _THRESHOLD[0] + _THRESHOLD[1] * _normal(people):
            return None
        layers = [static(one) for one in dict.fromkeys(conditions)]
        noise = sum(same + _normal(_digest(named, people)) for named, same in layers)
        return max(0, round(count + noise))

    return answer


@dataclass(slots=True)
class Private:
    """Counts with noise under a budget: `queries` different ones of `epsilon` / `queries` each, then None.

    The same query has the same answer and costs once. `renew` begins the budget of another analyst; several who
    put their answers together have that many budgets.
    """

    table: Table
    epsilon: float
    queries: int
    drawn: np.random.Generator
    _said: dict[frozenset[Condition], int] = field(default_factory=dict, repr=False)

    def __call__(self, conditions: Conditions) -> int | None:
        """The noisy count, at least 0; None once the budget is spent."""
        key = frozenset(conditions)
        if key not in self._said:
            if len(self._said) >= self.queries:
                return None
            stop = -np.expm1(-self.epsilon / self.queries)
            noise = int(self.drawn.geometric(stop)) - int(self.drawn.geometric(stop))
            self._said[key] = max(0, self.table.matching(conditions).bit_count() + noise)
        return self._said[key]

    def renew(self) -> None:
        """Forget what was said: another analyst asks."""
        self._said.clear()


def private(table: Table, *, epsilon: float = 0.1, queries: int = 300, seed: int = 0) -> Private:
    """An endpoint of counts with a budget of `epsilon` over `queries` queries. Raises `UsageError`."""
    if not epsilon > 0 or queries < 1:
        msg = f"epsilon {epsilon:g} over {queries} queries is no budget. Give more than 0, and at least 1."
        raise UsageError(msg)
    return Private(table, epsilon, queries, np.random.default_rng(seed))


def suppressed(table: Table, secret: str) -> Answer:
    """Counts of any conditions as Headgate's pages show a sensitive cell: small ones hidden, rounded down to tens.

    The count is shown beside that of the people of the same group for whom the secret is another.
    """

    def answer(conditions: Conditions) -> int | None:
        group = table.matching([one for one in conditions if one.column != secret]).bit_count()
        count = table.matching(conditions).bit_count()
        if small(group):
            return None
        cell = hide_small([count, group - count])[0]
        return cell - cell % _TENS if isinstance(cell, int) else None

    return answer


def published(table: Table, secret: str) -> Answer:
    """The same for what is printed once: the secret of everybody and by one column; other queries have no answer."""
    any_group = suppressed(table, secret)

    def answer(conditions: Conditions) -> int | None:
        about = [one for one in conditions if one.column != secret]
        return any_group(conditions) if len(about) <= 1 and all(one.equal for one in conditions) else None

    return answer


def exact(table: Table) -> Callable[[Conditions], int | None]:
    """Counts as they are: what no endpoint should answer, to try an attack on."""
    return lambda conditions: table.matching(conditions).bit_count()


def _digest(*parts: bytes) -> bytes:
    made = blake2b(digest_size=16)
    for one in parts:
        made.update(len(one).to_bytes(4, "little"))
        made.update(one)
    return made.digest()


def _normal(seed: bytes) -> float:
    """A standard normal draw that `seed` decides."""
    return _NORMAL.inv_cdf((int.from_bytes(seed[:8], "little") + 0.5) / 2**64)
