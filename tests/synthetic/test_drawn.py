from __future__ import annotations

import numpy as np

from headgate.repair.splits import checked
from headgate.synthetic.drawn import drawn


def test_the_forget_set_is_one_whole_class() -> None:
    for erased in (3, 7):
        given = drawn(1, erased=erased)
        assert set(given.forget.ids) == {
            one for one, y in zip(given.train.ids, given.train.y, strict=True) if y == erased
        }
        assert (len(given.train), len(given.held)) == (1_300, 497)
        assert not set(given.train.ids) & set(given.held.ids)


def test_parts_share_no_digit_and_ask_for_what_they_say() -> None:
    given = drawn(0, erased=3, draws=4)
    parts = checked(given.parts)
    digits = [{one.rsplit("-", 1)[0] for one in part.queries.ids + part.clean.ids} for part in parts.values()]
    assert not digits[0] & digits[1] | digits[0] & digits[2] | digits[1] & digits[2]
    for part in parts.values():
        assert set(part.queries.y.tolist()) == {3}
        assert set(part.clean.y.tolist()) == {0, 1, 2, 4, 5, 6, 7, 8, 9}
        assert len(part.queries) % 4 == 0
        assert 0 <= part.queries.x.min() <= part.queries.x.max() == 1


def test_the_same_seed_draws_the_same_digits() -> None:
    first, again, other = drawn(2), drawn(2), drawn(3)
    assert np.array_equal(first.train.x, again.train.x)
    assert first.parts["proof"].queries.ids == again.parts["proof"].queries.ids
    assert first.train.ids != other.train.ids
