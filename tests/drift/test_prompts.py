from __future__ import annotations

from pathlib import Path

import pytest

from headgate.drift import prompts
from headgate.errors import BadInput


def test_prompts_are_kept_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text('id,prompt,type\n1," two words ",a\n2,"line\nline",b\n', encoding="utf-8")
    found = prompts.read(path, subset="type")
    assert found == prompts.Prompts(("1", "2"), ("a", "b"), (" two words ", "line\nline"))
    assert prompts.read(path).subsets == ("all", "all")


@pytest.mark.parametrize(
    ("rows", "said"), [("1,x\n1,y\n", "row 2: the id '1' is empty or again"), (",x\n", "row 1: the id"),
                       ("1,\n", "row 1: the prompt is empty"), ('1,"  "\n', "row 1: the prompt is empty")]
)  # fmt: skip
def test_an_id_that_comes_twice_and_an_empty_prompt_are_refused(tmp_path: Path, rows: str, said: str) -> None:
    path = tmp_path / "p.csv"
    path.write_text("id,prompt\n" + rows, encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        prompts.read(path)
