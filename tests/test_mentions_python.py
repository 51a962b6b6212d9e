"""Ids that Python calls name: told apart from comments, text and the user's own files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.mentions_python import in_python


def found(source: str) -> list[tuple[str, str | None, str | None]]:
    return [(one.kind, one.text, one.revision) for one in in_python(source)]


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ('AutoModel.from_pretrained("org/name")', ("model", "org/name", None)),
        ('AutoModel.from_pretrained("gpt2")', ("model", "gpt2", None)),
        ('AutoModel.from_pretrained("org/name", revision="abc")', ("model", "org/name", "abc")),
        ('M = "org/name"\nAutoModel.from_pretrained(M)', ("model", "org/name", None)),
        (
            'M: str = "org/name"\nAutoModel.from_pretrained(pretrained_model_name_or_path=M)',
            ("model", "org/name", None),
        ),
        ('pipeline("text-generation", "org/name")', ("model", "org/name", None)),
        ('pipeline("text-generation", model="org/name")', ("model", "org/name", None)),
        ('load_dataset("org/data")', ("dataset", "org/data", None)),
        ('datasets.load_dataset(path="org/data", revision="v1")', ("dataset", "org/data", "v1")),
        ('snapshot_download("org/data", repo_type="dataset")', ("dataset", "org/data", None)),
        ('hf_hub_download(repo_id="org/name", filename="x")', ("model", "org/name", None)),
        ('SentenceTransformer("all-MiniLM-L6-v2")', ("model", "all-MiniLM-L6-v2", None)),
        ('LLM(model="org/name")', ("model", "org/name", None)),
        ('PeftModel.from_pretrained(base, "org/adapter")', ("model", "org/adapter", None)),
        ('PeftModel.from_pretrained(base, model_id="org/adapter")', ("model", "org/adapter", None)),
        ('M = "org/name"\r\nAutoModel.from_pretrained(M)', ("model", "org/name", None)),
    ],
)
def test_calls_that_load(source: str, named: tuple[str, str, str | None]) -> None:
    assert found(source) == [named]


@pytest.mark.parametrize(
    "source",
    [
        '# AutoModel.from_pretrained("org/name")',
        '"""AutoModel.from_pretrained("org/name")"""',
        'AutoModel.from_pretrained("./here")',
        'AutoModel.from_pretrained("/srv/model")',
        'load_dataset("json", data_files="x.json")',
        'snapshot_download("org/app", repo_type="space")',
        'pipeline("text-generation")',
        'print("org/name")',
        "def broken(:",
        "\x00",
    ],
)
def test_what_names_no_model(source: str) -> None:
    assert found(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "AutoModel.from_pretrained(path)",
        "AutoModel.from_pretrained(**settings)",
        "print 1; AutoModel.from_pretrained(path)",
        "AutoModel.from_pretrained(" + " + ".join(["a"] * 900) + ")",
        "AutoModel.from_pretrained([0x" + "f" * 9000 + "])",
        'try:\n    from ours import M\nexcept ImportError:\n    M = "a/b"\nAutoModel.from_pretrained(M)',
        'AutoModel.from_pretrained(f"{org}/name")',
        'AutoModel.from_pretrained("org/" + name)',
        'M = "a/b"\nM = "c/d"\nAutoModel.from_pretrained(M)',  # which of the two, only running tells
        'M = "a/b"\ndef load(M):\n    return AutoModel.from_pretrained(M)',
        'M = "a/b"\nfor M in names:\n    AutoModel.from_pretrained(M)',
    ],
)
def test_an_id_that_the_code_hides_is_told_as_hidden(source: str) -> None:
    assert found(source) == [("model", None, None)]


def test_columns_count_characters() -> None:
    source = 'x = "é\U0001f600"; from_pretrained("org/name")'
    (one,) = in_python(source)
    assert source[one.column - 1 :].startswith("org/name")


def test_line_and_column_point_at_the_id() -> None:
    source = 'import x\n\nmodel = AutoModel.from_pretrained(\n    "org/name",\n)\n'
    (one,) = in_python(source)
    line = source.splitlines()[one.line - 1]
    assert line[one.column - 1 :].startswith("org/name")


@given(st.text())
def test_any_text_can_be_read(source: str) -> None:
    list(in_python(source))
