from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.licences.knowledge import licence, licences, spdx_index
from headgate.licences.resolve import _key, fold, make_table, resolve, states_nothing, without_families
from headgate.tables import rows
from tests.build import collect, model

CASES = {
    "CC-BY-NC-SA-4.0": "CC-BY-NC-SA-4.0",
    "cc-by-3.0.html": "CC-BY-3.0",
    "https://creativecommons.org/licenses/by/4.0/": "CC-BY-4.0",
    "http://creativecommons.org/licenses/by-nc-nd/3.0/us/legalcode": "",  # a port that SPDX does not list
    "https://creativecommons.org/licenses/by/3.0/us/": "CC-BY-3.0-US",
    "https://creativecommons.org/licenses/by-sa/4.0/legalcode": "CC-BY-SA-4.0",
    "https://creativecommons.org/publicdomain/zero/1.0/": "CC0-1.0",
    "https://creativecommons.org/share-your-work/public-domain/cc0": "CC0-1.0",
    "https://opensource.org/licenses/MIT": "MIT",
    "opensource.org/licenses/BSD-3-Clause": "BSD-3-Clause",
    "https://www.gnu.org/licenses/gpl-3.0.en.html": "GPL-3.0-only",
    "https://www.gnu.org/licenses/old-licenses/lgpl-2.1.html": "LGPL-2.1-only",
    "https://www.gnu.org/licenses/agpl-3.0": "AGPL-3.0-only",
    "https://www.apache.org/licenses/LICENSE-2.0.txt": "Apache-2.0",
    "https://opendatacommons.org/licenses/odbl/1-0/": "ODbL-1.0",
    "https://www.llama.com/llama3_3/license/": "llama3.3",
    "https://example.org/licenses/mit": "",
    "apache license 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "apache-2": "Apache-2.0",
    "GNU General Public License v3.0": "GPL-3.0-only",
    "GNU General Public License v3.0 or later": "GPL-3.0-or-later",
    "GPL-2+": "GPL-2.0-or-later",
    "gplv3": "GPL-3.0-only",
    "LGPL 2.1": "LGPL-2.1-only",
    'BSD 3-Clause "New" or "Revised" License': "BSD-3-Clause",
    "Creative Commons Attribution 4.0": "CC-BY-4.0",
    "Creative Commons Attribution 4.0 International Public License": "CC-BY-4.0",
    "Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International": "CC-BY-NC-SA-4.0",
    "CC BY-SA 4.0": "CC-BY-SA-4.0",
    "CC BY-SA": "cc-by-sa",
    "cc-by-3.0-de": "CC-BY-3.0-DE",
    "etalab-2.0-en.html": "etalab-2.0",
    "Public Domain Dedication & License": "PDDL-1.0",
    "Meta Llama3 Community License": "llama3",
    "AI2 ImpACT License - Low Risk": "ai2-impact-low-risk",
    "MIT OR Apache-2.0": "MIT Apache-2.0",
    "(MIT AND BSD-3-Clause) or ISC": "MIT BSD-3-Clause ISC",
    "MIT/Apache-2.0": "MIT Apache-2.0",
    "GPL-2.0-or-later WITH Classpath-exception-2.0": "GPL-2.0-or-later",
    "CC BY 4.0 (CC BY)": "CC-BY-4.0",
    "MIT OR zq-licence": "",
    "bsl-1.1": "", "Intel": "", "fair": "", "private": "", "LICENSE": "", "see license": "", "No License": "",
    "other": "", "unknown": "", "": "", "  ": "",
}  # fmt: skip


@pytest.mark.parametrize("text", CASES)
def test_what_is_written(text: str) -> None:
    assert " ".join(resolve(text)) == CASES[text]


def test_ids_stay_in_any_case() -> None:
    for id_ in licences():
        assert resolve(id_) == resolve(id_.upper()) == resolve(id_.lower()) == (id_,)
    for id_ in spdx_index():
        assert resolve(id_) in {(id_,), (), ("public-domain",)}


def test_no_spelling_means_two_licences() -> None:
    meant: dict[str, set[str]] = {}
    for row in rows("licence_spellings.csv"):
        assert row["spelling"] == fold(row["spelling"])
        assert licence(row["id"]) is not None, row
        meant.setdefault(_key(row["spelling"]), set()).add(row["id"])
    assert [ids for ids in meant.values() if len(ids) > 1] == []


def test_names_of_our_table_are_known() -> None:
    for one in licences().values():
        if "not stated" not in one.name and "," not in one.name:
            assert resolve(one.name) == (one.id,), one.name


@given(st.text(max_size=600))
@settings(max_examples=300)
def test_hostile_text_gives_known_ids_or_none(text: str) -> None:
    for id_ in resolve(text):
        assert licence(id_) is not None
        assert resolve(id_) == (id_,)


@given(
    st.lists(st.sampled_from(sorted(licences())), min_size=1, max_size=4, unique=True),
    st.sampled_from([" OR ", " and ", ", "]),
)
def test_an_expression_states_each_of_its_parts(ids: list[str], between: str) -> None:
    assert resolve(between.join(ids)) == without_families(ids)


def test_a_version_makes_its_family_superfluous() -> None:
    assert without_families(["cc-by-sa", "CC-BY-SA-4.0"]) == ("CC-BY-SA-4.0",)
    assert without_families(["cc-by", "CC-BY-SA-4.0", "gpl", "MIT"]) == ("cc-by", "CC-BY-SA-4.0", "gpl", "MIT")


def test_long_text_is_no_name_and_costs_nothing() -> None:
    begun = time.perf_counter()
    for text in ("mit or " * 100_000, "(" * 10**6, "a/" * 10**6, "cc-by-" + "nc-" * 60, "https://" + "a." * 150):
        assert resolve(text) == ()
    assert time.perf_counter() - begun < 2


def test_other_and_unknown_state_none() -> None:
    assert states_nothing("Other")
    assert states_nothing("unknown")
    assert not states_nothing("mit")


def test_the_table_has_a_row_for_each_id(tmp_path: Path) -> None:
    records = [
        model("a/x") | {"cardData": {"license": ["mit", "MIT OR Apache-2.0"]}},
        model("a/y") | {"cardData": {"license": "other", "license_name": "Llama 2"}},
        model("a/z") | {"cardData": {"license": "zq"}},
    ]
    ws, _ = collect(tmp_path / "w", records)
    make_table(ws.db)
    assert set(ws.db.execute("SELECT stated, id FROM licence_ids").fetchall()) == {
        ("mit", "MIT"), ("mit or apache-2.0", "MIT"), ("mit or apache-2.0", "Apache-2.0"), ("Llama 2", "llama2"),
    }  # fmt: skip


def stated_in(source: Path) -> dict[str, int]:
    counted: dict[str, int] = {}
    with gzip.open(source, "rt", encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            card = record.get("cardData") or {}
            said = card.get("license") if isinstance(card, dict) else None
            listed = [said] if isinstance(said, str) else said or []
            listed = listed or [t[8:] for t in record.get("tags") or [] if t.startswith("license:")]
            for text in {str(one).strip().lower() for one in listed}:
                counted[text] = counted.get(text, 0) + 1
    return counted


@pytest.mark.slow
@pytest.mark.parametrize(("name", "stated", "unknown"), [("hf_models", 4_348, 11), ("hf_datasets", 25_918, 0)])
def test_under_two_in_a_hundred_real_licences_are_unknown(data: Path, name: str, stated: int, unknown: int) -> None:
    counted = stated_in(data / "hub" / f"{name}.jsonl.gz")
    said = {text: number for text, number in counted.items() if not states_nothing(text)}
    left = {text: number for text, number in said.items() if not resolve(text)}
    assert sum(said.values()) == stated
    assert sum(left.values()) <= unknown, left
    assert sum(left.values()) < 0.02 * stated
