from __future__ import annotations

import json
from dataclasses import asdict, fields

from headgate.web.dry_run import VERDICTS
from headgate.web.dry_run_shapes import Counts, Effect, Example, Kind, Move, Outcome


def test_counts_are_in_the_order_of_the_verdicts() -> None:
    assert tuple(field.name for field in fields(Counts)) == VERDICTS
    assert asdict(Counts(1, 2, 3)) == {"allow": 1, "block": 2, "unknown": 3}


def test_an_outcome_is_plain_data() -> None:
    example = Example("hf:model:a/b", "huggingface", "model", None, None, "broken: x", "")
    outcome = Outcome(
        "2026-11-21T08:00:00", 2, 1, (Kind("huggingface", "model", Counts(block=2), Counts(1, 1), 1),),
        (Move("block", "allow", 1, 0, (example,)),), (Effect("r", "c", "same", True, 20, "withheld", "<10", 10, None),), ("r",),
    )  # fmt: skip
    again = json.loads(json.dumps(asdict(outcome)))
    assert again["kinds"][0]["after"] == {"allow": 1, "block": 1, "unknown": 0}
    assert again["effects"][0]["broken"] == "<10"
    assert again["moves"][0]["examples"][0]["ref"] == "hf:model:a/b"
