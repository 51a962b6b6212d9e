from __future__ import annotations

import numpy as np
import pytest

from headgate.depicted_counts import Depicted
from headgate.depicted_roles import roles
from headgate.evidence.representation import compare


def test_prompts_of_a_role_are_summed_and_chances_corrected() -> None:
    shown = Depicted(np.array([[8.0, 2.0], [5, 5], [9, 1]]), ("nurse", "judge", "nurse"), {}, {})
    judge, nurse = roles(shown, np.full((3, 2), 0.5), 0)
    assert (judge.name, judge.outputs, judge.prompts, judge.distance, judge.adjusted) == ("judge", 10, 1, 0, 1)
    assert (nurse.outputs, nurse.prompts, nurse.distance) == (20, 2, pytest.approx(0.35))
    assert nurse.tested == compare([17, 3], [0.5, 0.5])
    assert nurse.adjusted == pytest.approx(2 * nurse.tested.p)
    assert nurse.low < nurse.distance < nurse.high
