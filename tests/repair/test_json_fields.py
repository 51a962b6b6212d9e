from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.errors import BadInput
from headgate.repair.json_fields import MOST, Fields, document

GIVEN = document('{"t": "x", "n": 1.5, "k": 3, "f": true, "o": {"a": 1}, "l": [{"a": 1}], "s": ["b"], "z": null}', "it")


def test_fields_of_each_kind() -> None:
    assert (GIVEN.text("t"), GIVEN.number("n", 0, 2), GIVEN.count("k"), GIVEN.flag("f")) == ("x", 1.5, 3, True)
    assert (GIVEN.maybe("z"), GIVEN.maybe("absent"), GIVEN.maybe("n"), GIVEN.word("t", ("x", "y"))) == (
        None,
        None,
        1.5,
        "x",
    )
    assert (GIVEN.numbers("o"), GIVEN.free("o"), GIVEN.texts("s"), GIVEN.texts("absent")) == (
        {"a": 1},
        {"a": 1},
        ("b",),
        (),
    )
    assert [one.number("a") for one in GIVEN.objects("l")] == [1]
    assert [one.where for one in GIVEN.objects("l")] == ["it, l 1"]
    assert GIVEN.inside("o").where == "it, o"


@pytest.mark.parametrize("name", ["t", "n", "k", "f", "o", "l", "s", "z", "absent"])
def test_each_kind_refuses_the_others(name: str) -> None:
    kinds = {"text": "t", "number": "n k", "count": "k", "flag": "f", "inside": "o", "objects": "l absent",
             "texts": "s absent"}  # fmt: skip
    for kind, good in kinds.items():
        if name not in good.split():
            with pytest.raises(BadInput, match=r"^it .*\.$"):
                list(getattr(GIVEN, kind)(name) or [])


def test_a_list_that_is_too_long_is_refused() -> None:
    with pytest.raises(BadInput, match="a list of up to"):
        Fields("it", {"a": ["x"] * (MOST + 1)}).texts("a")


@given(st.text(max_size=60))
def test_any_text_is_read_or_told(text: str) -> None:
    read = None
    with contextlib.suppress(BadInput):
        read = document(text, "it")
    try:
        known = json.loads(text)
    except ValueError:
        known = None
    assert (read.values if read else None) == (known if isinstance(known, dict) else None)
