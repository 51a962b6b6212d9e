from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.errors import BadInput
from headgate.repair.record import Point, Ranked, Repair, Traced, from_json, plain, to_json
from headgate.repair.shapes import Trial
from tests.repairs import repair

BARE = Repair("m", "classes", "now", Point(0.5, 1.0), None)


def test_a_record_reads_back_as_it_was() -> None:
    assert from_json(to_json(repair())) == repair()
    assert from_json(to_json(BARE)) == BARE


def test_what_a_trial_could_not_measure_is_null() -> None:
    lost = replace(BARE, trials=(Trial("npo", {}, 1.0, math.nan, 0.2, True),))
    assert json.loads(to_json(lost))["trials"][0]["behaviour"] is None
    assert math.isnan(from_json(to_json(lost)).trials[0].behaviour)


@given(st.text(max_size=40), st.floats(0, 1), st.booleans() | st.none(), st.text(max_size=20))
def test_any_text_and_number_survives(text: str, place: float, bad: bool | None, group: str) -> None:
    if not all(one.isprintable() or ord(one) < 0xD800 or ord(one) > 0xDFFF for one in text + group):
        return
    one = replace(BARE, name=text, ranked=(Ranked(text, group, True, {text: place}, bad),), notes=(text,),
                  traced=(Traced(group, place, True, text),))  # fmt: skip
    assert from_json(to_json(one)) == one


def changed(**fields: object) -> str:
    return json.dumps({**plain(repair()), **fields})


def first(name: str, **fields: object) -> str:
    every = plain(repair())
    rows = every[name]
    assert isinstance(rows, list | tuple)
    return json.dumps({**every, name: [{**rows[0], **fields}, *rows[1:]]})


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "is not JSON"), ("[]", "is a list, not an object"), ("{", "is not JSON"), ('{"a": NaN}', "holds NaN"),
     ('{"a": 1, "a": 2}', "twice"), ("[" * 100_000, "is not JSON"), ("{}", "schema 'None'"),
     (changed(schema=2), "has schema '2'; this version reads 1"), (changed(name=3), "needs the text 'name'"),
     (changed(name="x" * 5000), "up to 4000 characters"), (changed(source=[0.5]), "two numbers for 'source'"),
     (changed(source=[0.5, 2]), "source has utility 2, which is not from 0 to 1"),
     (changed(reference="x"), "two numbers"), (changed(ranked={}), "needs a list"),
     (changed(ranked=[3]), "needs an object for 'ranked 1'"), (changed(seconds={"a": -1}), "has a -1"),
     (changed(seconds={"a": "b"}), "finite number for 'a'"), (changed(memory=True), "finite number for 'memory'"),
     (changed(notes=[1]), "notes that is no list of texts"), (changed(checks=[]), "certificate of other checks"),
     (changed(certificate=[]), "needs an object for 'certificate'"),
     (first("checks", verdict="fine"), "checks 1 has verdict 'fine'"),
     (first("checks", n=1.5), "whole number for 'n'"), (first("checks", n=-1), "has n -1"),
     (first("checks", after=10**400), "finite number for 'after'"), (first("ranked", chosen=1), "true or false"),
     (first("ranked", places={"a": 2}), "has a 2"), (first("agreement", correlation=-2), "correlation -2"),
     (first("trials", settings={"a": [[[[[[[[1]]]]]]]]}), "nested more than"),
     (first("trials", settings={"a": 10**400}), "not finite"), (first("trials", seconds=-1), "has seconds -1"), (first("trials", behaviour=2), "has behaviour 2"),
     (first("trials", utility=-1), "has utility -1")],
)  # fmt: skip
def test_anything_else_is_told_in_one_line(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=r"^the record of a repair") as raised:
        from_json(text)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 600


def test_a_record_that_is_too_long_is_not_read() -> None:
    with pytest.raises(BadInput, match="too long"):
        from_json(" " * (32 * 2**20 + 1))


def test_what_is_no_plain_value_cannot_be_written() -> None:
    for value in (object(), math.inf):
        with pytest.raises(BadInput, match="cannot be written"):
            to_json(replace(BARE, trials=(Trial("npo", {"a": value}, 1.0, 0.1, 0.2, False),)))
