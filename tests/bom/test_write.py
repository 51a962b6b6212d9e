from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.bom import write
from headgate.errors import UsageError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda v: st.lists(v) | st.dictionaries(st.text(), v),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), VALUES))
def test_text_is_the_document_in_ascii(document: dict[str, object]) -> None:
    made = write.text(document)
    assert made.isascii()
    assert json.loads(made) == document


def test_each_component_is_on_a_line_of_its_own() -> None:
    made = write.text({"a": 1, "components": [{"b": 1}, {"b": 2}], "none": []})
    assert made == '{\n"a": 1,\n"components": [\n{"b": 1},\n{"b": 2}\n],\n"none": []\n}\n'
    with pytest.raises(ValueError, match="Out of range"):
        write.text({"a": float("nan")})


def test_names_of_files_are_plain_and_differ() -> None:
    refs = [
        "hf:model:a/b",
        "hf:model:a_b",
        "hf:model:A/b",
        "name:../../etc/passwd\n",
        "name:" + "x" * 500,
        "civitai:model:1",
    ]
    names = [write.name_of(ref, "cyclonedx") for ref in refs]
    assert re.fullmatch(r"hf_model_a_b-[0-9a-f]{10}\.cdx\.json", names[0])
    assert len({name.lower() for name in names}) == len(refs)
    assert all(len(name) < 160 and "/" not in name and "\n" not in name for name in names)
    assert all(name.endswith(".cdx.json") and not name.startswith(".") for name in names)
    assert write.name_of(refs[0], "spdx").endswith(".spdx3.json")


def test_files_appear_whole_and_faults_are_one_line(tmp_path: Path) -> None:
    write.one_file(tmp_path / "new" / "b.json", "{}")
    write.into_folder(tmp_path / "each", "a.cdx.json", "{}")
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.json")) == [
        "each/a.cdx.json",
        "new/b.json",
    ]
    with pytest.raises(UsageError, match="cannot write into"):
        write.into_folder(tmp_path / "new" / "b.json", "a.cdx.json", "{}")
    with pytest.raises(UsageError, match="cannot write"):
        write.one_file(tmp_path / "new" / "b.json" / "c.json", "{}")
