from __future__ import annotations

import csv
import gzip
import hashlib
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.licences.prose import in_card

LABELS = Path(__file__).resolve().parents[2] / "docs" / "labels" / "licence_prose.csv"

CASES = [
    ("- **License:** apache-2.0", "Apache-2.0"),
    ("License: [MIT]", "MIT"),
    ("- **License:** [More Information Needed]", ""),
    ("## License\n\nMIT\n", "MIT"),
    ("## License\n\nThis model is released under the Llama 3.1 Community License.\n", "llama3.1"),
    ("It is made available under a permissive Apache 2.0 license.", "Apache-2.0"),
    ("Weights are licensed under [CC BY-NC 4.0](https://creativecommons.org/licenses/by-nc/4.0/).", "CC-BY-NC-4.0"),
    ("[![License](https://img.shields.io/badge/license-Apache--2.0-blue)](x)", "Apache-2.0"),
    ("### License/Terms of Use:\n[NVIDIA Open Model License](https://zq.example/a)", "nvidia-open-model-license"),
    ("The code is licensed under MIT.", ""),
    ("The training data is licensed under CC BY 4.0.", ""),
    ("The base model is licensed under Llama 2.", ""),
    ("- **Model License:** Llama 2\n- **Code License:** MIT", "llama2"),
    ("This model is not licensed under MIT.", ""),
    ("It was trained under Apache skies.", ""),
    ("| a | b | License | c | d |\n| x | y | License: MIT | z | w |", ""),
    ("- [License](#page_with_curl-license)", ""),
    ("# Title\n\nNo word of it.", ""),
    ("---\nlicense: mit\n---\n", ""),
    ("---\nlicense: mit\n---\n---\nlicense: mit\n---\n# x", ""),
    ("---\nlicense: mit\n---\nLicense: Apache 2.0", "Apache-2.0"),
    ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("card", "ids"), CASES)
def test_what_a_card_states(card: str, ids: str) -> None:
    found = in_card(card)
    assert " ".join(one.id for one in found) == ids
    assert all(one.quote and one.quote in card for one in found)


def test_data_is_the_artifact_of_a_dataset() -> None:
    card = "The dataset is licensed under CC BY 4.0."
    assert in_card(card) == ()
    assert [one.id for one in in_card(card, "dataset")] == ["CC-BY-4.0"]


@given(st.text(alphabet=st.sampled_from("license LICENCE: MITapache-2.0|[](){}#*\n-.under the by"), max_size=300))
def test_any_quote_stands_in_the_card(card: str) -> None:
    assert all(one.quote in card for one in in_card(card))


def test_a_hostile_card_costs_little() -> None:
    begun = time.perf_counter()
    for card in ("license " * 10**6, "license: \n" * 10**5, "[" * 10**6, "---\n" * 10**5, "licensed " + "x " * 10**5):
        in_card(card)
    assert time.perf_counter() - begun < 5


def test_cards_read_by_hand(data: Path) -> None:
    rows = (row for row in csv.reader(LABELS.read_text(encoding="utf-8").splitlines()) if len(row) == 2)
    told = {digest: set(ids.split()) for digest, ids in rows if len(digest) == 64}
    right = found = named = cards = 0
    with gzip.open(data / "hub" / "hf_models_sample2k.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            labels = told.get(hashlib.sha256(f"hf:model:{record['id']}".encode()).hexdigest())
            if labels is not None:
                ids = {one.id for one in in_card(record["card"])}
                cards, right, found, named = cards + 1, right + len(ids & labels), found + len(ids), named + len(labels)
    assert cards == len(told) == 70
    assert (right, named) == (30, 35)
    assert found - right <= 1
