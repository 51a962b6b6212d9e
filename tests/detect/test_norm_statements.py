from __future__ import annotations

from pathlib import Path

import pytest

from headgate.disclosure.answers import ask
from headgate.disclosure.questions import load
from tests.build import collect, findings, model
from tests.disclosure_labels import confusion

CHECK = "norm_statements"


def said(card: str) -> set[str]:
    return {one.item for one in ask(card, load(CHECK)) if one.quote}


@pytest.mark.parametrize(
    ("card", "items"),
    [
        ("It must not be used to make pictures of real people.", {"norm"}),
        ("For research purposes only.", {"norm"}),
        ("This model is **not intended for** medical advice.", {"norm"}),
        ("Please use it responsibly.", {"norm"}),
        ("Users who break the rules will be banned.", {"enforcement"}),
        ("Report abuse to abuse@example.org.", {"enforcement"}),
        ("If you own a picture, contact us to have it removed.", {"enforcement"}),
        ("This dataset is gated.", {"enforcement"}),
        ("We are not responsible for misuse.", {"disavowal"}),
        ("It is only a tool.", {"disavowal"}),
        ("Use at your own risk.", {"disavowal"}),
        ("Do not use it for fraud. Violations are reported. The authors accept no liability.", {"norm", "enforcement", "disavowal"}),
        ("Please use the newer version instead.", set()),
        ("We do not use labels.", set()),
        ("Please cite us if you use it.", set()),
        ("It is not available in the EU.", set()),
        ("Should it not be used for fraud?", set()),
    ],
)  # fmt: skip
def test_phrases(card: str, items: set[str]) -> None:
    assert said(card) == items


MIT = (
    'Permission is hereby granted, free of charge, to any person to deal in the Software. THE SOFTWARE IS PROVIDED "AS '
    'IS", WITHOUT WARRANTY OF ANY KIND. IN NO EVENT SHALL THE AUTHORS BE LIABLE FOR ANY CLAIM.'
)
APACHE = (
    "Licensed under the Apache License, Version 2.0; you may not use this file except in compliance with the License. "
    "Unless required by applicable law or agreed to in writing, it is distributed WITHOUT WARRANTIES OR CONDITIONS."
)
RAIL = (
    "You agree not to use the Model or Derivatives of the Model:\n\n- In any way that violates the law;\n- To harm "
    "minors;\n- For fully automated decision making.\n\nYou can't use the model to deliberately produce nor share "
    "illegal or harmful outputs or content"
)


@pytest.mark.parametrize("licence", [MIT, APACHE, RAIL], ids=["MIT", "Apache", "RAIL"])
def test_text_of_licences_is_no_norm(licence: str) -> None:
    assert said(licence) == set()
    assert said(f"{licence}\n\n## Rules\n\nDo not use it for fraud.") == {"norm"}


def test_findings(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [
        model("a/norm", card="Do not use it for fraud."), model("a/plain", card="Weights."),
        model("a/own", card="It is only a tool."), model("a/mit", card=MIT),
    ])  # fmt: skip
    told = findings(ws, CHECK)
    assert told == {
        "hf:model:a/norm": (1, "norm: present “Do not use it for fraud.”; ask: What happens to who breaks these rules: "
                            "who watches, who is told, what is taken away?"),
        "hf:model:a/plain": (0, "no norm, enforcement or disavowal"),
        "hf:model:a/own": (0, "disavowal: present “It is only a tool.”; ask: The text says that what others do with it is "
                           "not its maker's matter. What could the maker still do: a filter, a gate, a watch, a way to "
                           "report?"),
        "hf:model:a/mit": (0, "no norm, enforcement or disavowal"),
    }  # fmt: skip


def test_against_labels(data: Path) -> None:
    assert confusion(data, CHECK, held_out=True) == {
        "norm": (14, 0, 0),
        "enforcement": (1, 0, 0),
        "disavowal": (1, 0, 0),
    }
    assert confusion(data, CHECK, held_out=False) == {
        "norm": (25, 2, 0),
        "enforcement": (3, 0, 0),
        "disavowal": (2, 0, 0),
    }
