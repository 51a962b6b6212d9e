from __future__ import annotations

import os
import pickle
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.errors import BadInput
from headgate.plain_pickles import Foreign, array, read

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
)


@given(PLAIN, st.sampled_from([2, 3, 4]))
def test_plain_containers_come_back(value: object, protocol: int) -> None:
    assert read(pickle.dumps(value, protocol=protocol)) == value


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("type_", ["<f8", ">f4", "<f2", "<i8", "|u1", "|b1"])
def test_arrays_of_numbers_come_back(type_: str, protocol: int) -> None:
    made = np.asfortranarray(np.arange(6).reshape(2, 3).astype(type_))
    held: Any = read(pickle.dumps({"a": made, "b": made, "c": made.ravel()[1]}, protocol=protocol))
    for name in "ab":
        assert array(held[name]).dtype == made.dtype
        assert array(held[name]).tolist() == made.tolist()
    assert held["c"] == made.ravel()[1].item()
    assert array([[1.5, 2], [3, 4]]).tolist() == [[1.5, 2], [3, 4]]


class Evil:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_a_call_is_a_foreign_thing_and_never_made(tmp_path: Path) -> None:
    data = pickle.dumps([Evil(tmp_path / "made"), 1, OrderedDict(a=1)])
    held: Any = read(data)
    assert held[0] == Foreign("posix mkdir")
    assert held[1] == 1
    assert isinstance(held[2], Foreign)
    assert not (tmp_path / "made").exists()
    pickle.loads(data)  # the same bytes do it where they are unpickled
    assert (tmp_path / "made").exists()


def test_arrays_of_objects_are_none_of_numbers() -> None:
    held = read(pickle.dumps(np.array([1, None], dtype=object)))
    with pytest.raises(BadInput, match="no array of numbers"):
        array(held)
    with pytest.raises(BadInput, match="no array of numbers"):
        array(["a"])


def test_few_bytes_never_unfold_to_many_numbers() -> None:
    bomb: list[Any] = [1.0] * 10
    for _ in range(12):
        bomb = [bomb] * 10
    with pytest.raises(BadInput, match="no array of numbers"):
        array(read(pickle.dumps(bomb)))


@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_value_or_one_error(data: bytes) -> None:
    for given_ in (data, b"\x80\x04" + data + b"."):
        with suppress(BadInput):
            read(given_)


def test_every_cut_is_one_error() -> None:
    data = pickle.dumps({"a": np.ones((2, 2)), "b": [1, 2, (3, "x")]})
    for end in range(len(data)):
        with pytest.raises(BadInput):
            read(data[:end])
