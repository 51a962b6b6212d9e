from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from headgate import run
from headgate.errors import UsageError
from headgate.govern.oversight_level import AXES, oversight, points
from tests.build import collect, model

# each axis from what needs least to what needs most, in the words of the review and not in the order of the file
ORDER = {
    "setting": ["administration", "professional-support", "clinical", "patient-support"],
    "harm": ["negligible", "minor", "moderate", "serious", "catastrophic"],
    "certainty": ["low", "medium", "high"],
    "evidence": ["controlled", "measured", "claimed", "none"],
}


def test_more_harm_or_less_evidence_never_lowers_the_level() -> None:
    every = list(product(*(points(axis) for axis in AXES)))
    assert len(every) == 300
    compared = 0
    for use in every:
        here = oversight(*use).level
        for place, axis in enumerate(AXES):
            later = ORDER[axis][ORDER[axis].index(use[place]) + 1 :] if use[place] in ORDER[axis] else []
            for word in later:
                assert oversight(*use[:place], word, *use[place + 1 :]).level >= here, (use, word)
                compared += 1
    assert compared > 1000
    assert {oversight(*use).level for use in every} == set(range(6))


@pytest.mark.parametrize(
    ("use", "name", "trigger"),
    [
        ("administration negligible low controlled", "no oversight", "0 points, from 0 on"),
        ("administration minor low none", "on the loop", "4 points, from 4 on"),
        ("professional-support moderate medium measured", "in the loop", "6 points, from 6 on"),
        ("clinical serious high controlled", "independent decision", "9 points, from 9 on"),
        ("clinical serious high claimed", "independent decision", "11 points, from 9 on"),
        ("patient-support catastrophic high controlled", "no acceptable level", "12 points, from 12 on"),
        ("administration serious low none", "no acceptable level",
         "harm from serious up with evidence no better than none"),
        ("administration catastrophic low claimed", "no acceptable level",
         "harm from catastrophic up with evidence no better than claimed"),
    ],
)  # fmt: skip
def test_levels_and_what_triggers_them(use: str, name: str, trigger: str) -> None:
    found = oversight(*use.split())
    assert (found.name, found.trigger) == (name, trigger)


def test_an_unknown_word_is_told() -> None:
    with pytest.raises(UsageError, match=r"no harm 'awful'\. Choose from negligible, minor"):
        oversight("clinical", "awful", "low", "none")


def test_writes_every_use_or_the_one_asked_for(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x")])
    run.run_method(ws, "govern", "oversight_level")
    assert ws.db.execute("SELECT count(*), count(DISTINCT subject) FROM decisions").fetchall() == [(300, 300)]
    run.run_method(ws, "govern", "oversight_level", setting="clinical", harm="serious", certainty="high",
                   evidence="claimed")  # fmt: skip
    assert ws.db.execute("SELECT subject, decision, because FROM decisions").fetchall() == [
        ("use:clinical/serious/high/claimed", "independent decision",
         "11 points, from 9 on (setting clinical 2, harm serious 5, certainty high 2, evidence claimed 2)")
    ]  # fmt: skip
