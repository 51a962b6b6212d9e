"""What is asked for: each repository once, with the revision that somebody pinned, the rest said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headgate.errors import BadInput, UsageError
from headgate.pins import is_repository, pinned
from headgate.refs import Ref

SHA = "0123456789abcdef0123456789abcdef01234567"


def listed(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "models.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_list(tmp_path: Path) -> None:
    path = listed(
        tmp_path, "# ours", "a/b", f"A/B@{SHA}  # the one we pin", "a/b@main", "hf:dataset:a/b", "civitai:model:5", "a/b@v2",
    )  # fmt: skip
    found, notes = pinned(path)
    assert found == [Ref("hf", "model", "A/B", SHA), Ref("hf", "dataset", "a/b")]
    assert notes == [
        "left out, as they are no repositories of the Hugging Face Hub: civitai:model:5",
        "left out, as another revision of the same repository is asked for: hf:model:a/b@v2",
    ]


def test_a_bill_of_materials(tmp_path: Path) -> None:
    path = tmp_path / "bom.json"
    components = [{"purl": f"pkg:huggingface/a/b@{SHA}"}, {"purl": "pkg:pypi/x@1"}]
    path.write_text(json.dumps({"components": components}))
    assert pinned(path) == ([Ref("hf", "model", "a/b", SHA)], [])


def test_a_repository(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        'M.from_pretrained("a/b", revision="v1.0")\nload_dataset("c/d")\nM.from_pretrained(f"{x}")\n'
    )
    found, notes = pinned(tmp_path)
    assert found == [Ref("hf", "model", "a/b", "v1.0"), Ref("hf", "dataset", "c/d")]
    assert len(notes) == 1
    assert notes[0].startswith("app.py:3 hides which model it loads: ")


def test_nothing_is_said_and_no_error(tmp_path: Path) -> None:
    found, notes = pinned(listed(tmp_path, "# none yet"))
    assert found == []
    assert notes[0].endswith("names no model or dataset of the Hugging Face Hub.")


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the list of models"):
        pinned(tmp_path / "none.txt")
    (tmp_path / "models.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match="it is not UTF-8 text"):
        pinned(tmp_path / "models.txt")
    with pytest.raises(UsageError, match="line 2: not a ref"):
        pinned(listed(tmp_path, "a/b", "not a ref"))


@pytest.mark.parametrize(("id_", "usable"), [("a/b", True), ("gpt2", True), ("a/..", False), ("a/.", False)])
def test_a_name_of_dots_is_never_asked_for(id_: str, usable: bool) -> None:
    assert is_repository(Ref("hf", "model", id_)) is usable
