from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the extra learn is not installed")

from headgate.repair.examples import among
from headgate.repair.splits import checked
from headgate.synthetic.digits import TARGET, patched, poisoned


def test_as_many_are_planted_as_asked_and_they_carry_the_patch_and_the_target() -> None:
    made = poisoned(3)
    assert len(made.train) == 1_300
    assert len(made.bad) == 65
    bad = among(made.train, made.bad)
    assert (made.train.x[bad][:, 0, -2:, -2:] == 1).all()
    assert (made.train.y[bad] == TARGET).all()
    others = made.train.x[~bad][:, 0, -2:, -2:]
    assert not (others == 1).all(axis=(1, 2)).any()
    assert made.train.x.min() == 0
    assert made.train.x.max() == 1


def test_the_parts_share_no_digit_with_each_other_or_with_training() -> None:
    made = poisoned(3)
    checked(made.parts)
    held = [set(part.clean.ids) for part in made.parts.values()]
    assert sum(map(len, held)) == len(set.union(*held)) == 497
    assert not set.union(*held) & set(made.train.ids)
    for part in made.parts.values():
        twins = {one.removeprefix("patched-") for one in part.queries.ids}
        assert twins <= set(part.clean.ids)
        assert (part.queries.y == TARGET).all()
        by_id = dict(zip(part.clean.ids, range(len(part.clean)), strict=True))
        places = [by_id[one.removeprefix("patched-")] for one in part.queries.ids]
        assert np.array_equal(part.queries.x, patched(part.clean.x[places]))
        assert (part.clean.y[places] != TARGET).all()


def test_a_seed_gives_the_same_again_and_another_gives_others() -> None:
    assert poisoned(1).bad == poisoned(1).bad
    assert poisoned(1).bad != poisoned(2).bad


def test_the_patch_leaves_the_picture_given_as_it_was() -> None:
    blank = np.zeros((2, 1, 8, 8), np.float32)
    changed = patched(blank)
    assert blank.sum() == 0
    assert changed.sum() == 2 * 4
