"""Model files that hold counts and nothing else, and labelled rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.errors import BadInput, HeadgateError, UsageError
from headgate.texts.ss3_files import FORMAT, load, rows, save
from headgate.texts.ss3_train import fit, measured

TEXTS, LABELS = ["a a b 琴 琴", "a \ud800 c c", "d d e", "d e e\u2028"], ["one", "one", "two", "two"]


def test_a_model_comes_back_as_it_went_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    model = measured(fit(TEXTS, LABELS, grams=2, sigma=0.3), ["a b", "d", "zzz"], ["one", "two", "one"])
    save(model, tmp_path / "m.json")
    again = load(tmp_path / "m.json")
    assert (again.words, again.classes, again.grams, again.sigma) == (model.words, model.classes, 2, 0.3)
    assert (again.lead, again.held) == (model.lead, {"one": [1, 2, 1, 1], "two": [1, 1, 2, 2]})
    assert (again.worth == model.worth).all()
    save(again, tmp_path / "n.json")
    assert (tmp_path / "n.json").read_bytes() == (tmp_path / "m.json").read_bytes()


GOOD: dict[str, Any] = {
    "format": FORMAT, "classes": ["x", "y"], "grams": 1, "sigma": 0.4, "lam": 0.5, "rho": 1, "lead": None, "held": None,
    "words": {"a": [2, 0]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"format": "other"}, "is no SS3 model"), ({"classes": ["x"]}, "two classes"), ({"classes": ["x", 1]}, "two classes"),
        ({"classes": ["x", "x"]}, "a class twice"), ({"words": {"a": [2]}}, "2 counts"), ({"words": {"a": [2, -1]}}, "2 counts"),
        ({"words": {"a": [2, 1.5]}}, "2 counts"), ({"words": {"a": [2, True]}}, "2 counts"), ({"words": {"a": [2, 2**63]}}, "2 counts"),
        ({"words": []}, "2 counts"), ({"grams": 0}, "grams"), ({"grams": 99}, "grams"), ({"sigma": 0}, "above 0"), ({"rho": "1"}, "above 0"),
        ({"lam": None}, "above 0"), ({"lead": -1}, "lead"), ({"sigma": 10**400}, "above 0"), ({"lead": 10**400}, "lead"), ({"held": {"x": [1, 2, 3, 4]}}, "errors"), ({"held": {"x": [2, 1, 0, 0], "y": [0, 0, 0, 0]}}, "errors"),
    ],
)  # fmt: skip
def test_a_model_that_cannot_be_is_one_line(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    path = tmp_path / "m.json"
    path.write_text(json.dumps({**GOOD, **changed}))
    with pytest.raises(BadInput, match=said) as caught:
        load(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"[1", b"\xff\xfe", b"[" * 100_000, b"null", b'{"sigma": NaN}'])
def test_damage_is_one_line(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "m.json").write_bytes(body)
    with pytest.raises(BadInput):
        load(tmp_path / "m.json")
    with pytest.raises(UsageError, match="no SS3 model at"):
        load(tmp_path / "absent.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "x", "y", "b"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=200)
@given(field=st.sampled_from(sorted(GOOD)), value=JSON)
def test_no_model_file_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, field: str, value: object) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps({**GOOD, field: value}))
    try:
        model = load(path)
    except HeadgateError:
        return
    assert (model.worth >= 0).all()


def test_labelled_rows_are_read_from_csv_and_json_lines(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('\ufefftext,class\n"one, two\nthree",x\n,y\nfour,\nfive,y\n', encoding="utf-8")
    assert rows(tmp_path / "a.csv", "text", "class") == (["one, two\nthree", "five"], ["x", "y"])
    (tmp_path / "a.jsonl").write_text('{"t": "one", "l": 1}\n\n{"t": null, "l": 2}\n{"t": "two", "l": 0}\n')
    assert rows(tmp_path / "a.jsonl", "t", "l") == (["one", "two"], ["1", "0"])


@pytest.mark.parametrize(
    ("name", "body", "error"),
    [("a.csv", "text,b\nx,y\n", UsageError), ("a.jsonl", "[1]\n", BadInput), ("a.jsonl", "{\n", BadInput), ("a.jsonl", '{"a": 1}\n', UsageError)],
)  # fmt: skip
def test_rows_that_cannot_be_read_are_one_line(tmp_path: Path, name: str, body: str, error: type[Exception]) -> None:
    (tmp_path / name).write_text(body)
    with pytest.raises(error):
        rows(tmp_path / name, "text", "class")
    with pytest.raises(UsageError, match="no labelled rows at"):
        rows(tmp_path / "absent.csv", "text", "class")
