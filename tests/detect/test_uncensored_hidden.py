from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.build import findings
from tests.planted import write


def test_only_names_that_say_nothing_are_asked_and_the_graph_alone_answers(tmp_path: Path) -> None:
    ws, population, refs = write(tmp_path / "w", 2_000, 1, begins=0.04)
    found = findings(ws, "uncensored_hidden")
    assert found.keys() == {ref for ref, says in zip(refs[:2_000], population.says, strict=False) if not says}
    truth = {ref: bool(t) for ref, t in zip(refs, population.truth, strict=True)}
    told = sorted(((value, ref) for ref, (value, _) in found.items() if value is not None), reverse=True)
    assert np.mean([truth[ref] for _, ref in told[:40]]) > 4 * np.mean([truth[ref] for _, ref in told])
