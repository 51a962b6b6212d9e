"""Weight-file headers, built here by hand after the public format descriptions, and broken in every way."""

from __future__ import annotations

import json
import os
import struct
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from headgate.errors import BadInput
from headgate.headers import Header, parents, read_header

KINDS = {"uint8": (0, "B"), "int8": (1, "b"), "uint16": (2, "H"), "int16": (3, "h"), "uint32": (4, "I"),
         "int32": (5, "i"), "float32": (6, "f"), "bool": (7, "?"), "uint64": (10, "Q"), "int64": (11, "q"),
         "float64": (12, "d")}  # fmt: skip


def safetensors(header: object, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def text(value: str, order: str = "<") -> bytes:
    return struct.pack(f"{order}Q", len(value.encode())) + value.encode()


def pair(key: str, kind: str, value: object, order: str = "<") -> bytes:
    if kind == "string":
        return text(key, order) + struct.pack(f"{order}I", 8) + text(str(value), order)
    number, code = KINDS[kind]
    return text(key, order) + struct.pack(f"{order}I{code}", number, value)


def array(key: str, kind: int, count: int, body: bytes, order: str = "<") -> bytes:
    return text(key, order) + struct.pack(f"{order}IIQ", 9, kind, count) + body


def tensor(name: str, shape: list[int], kind: int, offset: int, order: str = "<") -> bytes:
    return text(name, order) + struct.pack(f"{order}I{len(shape)}QIQ", len(shape), *shape, kind, offset)


def gguf(pairs: list[bytes], tensors: list[bytes], version: int = 3, order: str = "<", data: bytes = b"") -> bytes:
    counts = struct.pack(f"{order}IQQ", version, len(tensors), len(pairs))
    return b"GGUF" + counts + b"".join(pairs) + b"".join(tensors) + data


def read(tmp_path: Path, data: bytes) -> Header:
    file = tmp_path / "weights"
    file.write_bytes(data)
    return read_header(file)


GOOD_SAFETENSORS = safetensors(
    {
        "__metadata__": {"format": "pt", "long": "x" * 70_000},
        "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
        "b": {"dtype": "BF16", "shape": [4], "data_offsets": [24, 32]},
        "scalar": {"dtype": "F32", "shape": [], "data_offsets": [32, 36]},
        "packed": {"dtype": "F4", "shape": [8], "data_offsets": [36, 40]},
        "none": {"dtype": "I64", "shape": [0, 5], "data_offsets": [40, 40]},
    },
    bytes(40),
)
PAIRS = [
    pair("general.architecture", "string", "llama"),
    pair("general.name", "string", "Tête 7B"),
    pair("general.license", "string", "apache-2.0"),
    pair("general.file_type", "uint32", 15),
    pair("general.base_model.count", "uint32", 3),
    pair("general.base_model.0.name", "string", "Parent 7B"),
    pair("general.base_model.0.organization", "string", "Maker"),
    pair("general.base_model.0.repo_url", "string", "https://huggingface.co/maker/parent-7b"),
    pair("general.base_model.1.name", "string", "Second"),
    pair("general.base_model.1.organization", "string", "maker"),
    pair("general.base_model.2.name", "string", "Third"),
    array("tokenizer.ggml.tokens", 8, 3, text("a") + text("") + text("t" * 70_000)),
    array("tokenizer.ggml.scores", 6, 3, struct.pack("<3f", 1, 2, 3)),
    array("nested", 9, 2, struct.pack("<IQ2B", 0, 2, 1, 2) + struct.pack("<IQ", 8, 1) + text("deep")),
    pair("tokenizer.chat_template", "string", "{{ x }}" * 20_000),
    *[pair(f"kind.{kind}", kind, 1) for kind in KINDS],
]
GOOD_GGUF = gguf(PAIRS, [tensor("t1", [4, 8], 12, 0), tensor("t2", [3], 0, 32), tensor("t3", [2, 2, 2], 99, 32)],
                 data=bytes(64))  # fmt: skip


def test_safetensors(tmp_path: Path) -> None:
    header = read(tmp_path, GOOD_SAFETENSORS)
    assert header == Header(
        "safetensors", {"format": "pt"}, 5, 6 + 4 + 1 + 8 + 0, {"F32": 7, "BF16": 4, "F4": 8, "I64": 0}
    )
    assert parents(header) == []


def test_gguf(tmp_path: Path) -> None:
    header = read(tmp_path, GOOD_GGUF)
    assert (header.format, header.tensors, header.parameters) == ("gguf", 3, 32 + 3 + 8)
    assert header.dtypes == {"Q4_K": 32, "F32": 3, "99": 8}
    assert header.metadata["general.architecture"] == "llama"
    assert header.metadata["general.name"] == "Tête 7B"
    assert header.metadata["general.license"] == "apache-2.0"
    assert header.metadata["general.file_type"] == 15
    assert {k: v for k, v in header.metadata.items() if k.startswith("kind.")} == {f"kind.{k}": 1 for k in KINDS}
    assert not {"tokenizer.ggml.tokens", "tokenizer.ggml.scores", "nested", "tokenizer.chat_template"} & set(
        header.metadata
    )
    assert parents(header) == ["https://huggingface.co/maker/parent-7b", "maker/Second", "Third"]


@pytest.mark.parametrize(("version", "order"), [(2, "<"), (3, "<"), (3, ">")])
def test_gguf_versions_and_byte_orders(tmp_path: Path, version: int, order: str) -> None:
    pairs = [pair("general.architecture", "string", "gpt2", order), pair("big", "uint64", 2**40, order),
             array("tokens", 8, 1, text("a", order), order), pair("half", "float32", 0.5, order)]  # fmt: skip
    header = read(tmp_path, gguf(pairs, [tensor("t", [5, 7], 1, 0, order)], version, order))
    assert header.metadata == {"general.architecture": "gpt2", "big": 2**40, "half": 0.5}
    assert (header.parameters, header.dtypes) == (35, {"F16": 35})


F32 = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
HUGE = struct.pack("<Q", 2**63)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "too few"),
        (b"GG", "too few"),
        (b"PK\x03\x04" + bytes(40), "no safetensors file, or cut off|not a JSON object"),
        (b"\x80\x02}q\x00." + bytes(40), "cut off"),
        (struct.pack("<Q", 2**64 - 1) + b"{}", "cut off"),
        (struct.pack("<Q", 3) + b"{}", "cut off"),
        (safetensors(b"[]"), "not a JSON object"),
        (safetensors(b'{"a":'), "not JSON"),
        (safetensors(b'{"a":' + b"[" * 50_000), "not JSON"),
        (safetensors(b'{"a": "\xff"}'), "not JSON"),
        (safetensors(b'{"a": ' + b"9" * 5_000 + b"}"), "not JSON"),
        (safetensors(b"{" + b"[," * 2_000_001), "more than"),
        (safetensors({"__metadata__": []}), "__metadata__"),
        (safetensors({"a": 1}), "not an object"),
        (safetensors({"a": F32}), "cut off: a tensor ends at byte 4 of 0"),
        (safetensors({"a": F32 | {"shape": [2]}}, bytes(4)), "2 F32 takes 4 bytes"),
        (safetensors({"a": F32 | {"shape": [-1]}}, bytes(4)), "no proper"),
        (safetensors({"a": F32 | {"shape": [True]}}, bytes(4)), "no proper"),
        (safetensors({"a": F32 | {"shape": "x"}}, bytes(4)), "no proper"),
        (safetensors({"a": F32 | {"shape": [1] * 65}}, bytes(4)), "no proper"),
        (safetensors({"a": F32 | {"dtype": None}}, bytes(4)), "no proper"),
        (safetensors({"a": F32 | {"data_offsets": [4, 0]}}, bytes(4)), "cut off"),
        (safetensors({"a": F32 | {"data_offsets": [0]}}, bytes(4)), "no proper"),
        (safetensors({"a": {"dtype": "X", "shape": [2**62, 2**62], "data_offsets": [0, 0]}}), "more weights"),
        (
            safetensors({f"{i}": {"dtype": "X", "shape": [2**62], "data_offsets": [0, 0]} for i in range(2)}),
            "more weights",
        ),
        (b"GGUF", "too few|version 0"),
        (b"GGUF" + struct.pack("<I", 1) + bytes(20), "version 1"),
        (b"GGUF" + struct.pack("<I", 4) + bytes(20), "version 4"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**63, 0), "tensors and"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 2**63), "keys"),
        (b"GGUF" + struct.pack("<IQQ", 3, 5, 0), "cut off"),
        (gguf([HUGE], []), "a length of"),
        (gguf([struct.pack("<Q", 60_000) + b"short"], []), "cut off"),
        (gguf([text("k") + struct.pack("<I", 77)], []), "unknown type 77"),
        (gguf([text("k") + struct.pack("<I", 8) + HUGE], []), "a length of"),
        (gguf([array("k", 4, 2**63, b"")], []), "a length of"),
        (gguf([array("k", 8, 2**63, b"")], []), "more than the file holds"),
        (gguf([array("k", 9, 2**60, b"")], []), "more than the file holds"),
        (gguf([array("k", 9, 1, struct.pack("<IQ", 9, 1) * 2_000 + bytes(90))], []), "too deep"),
        (gguf([array("k", 55, 1, b"")], []), "unknown type 55"),
        (gguf([], [text("t") + struct.pack("<I", 2**32 - 1)]), "dimensions"),
        (gguf([], [tensor("t", [2**62, 4], 0, 0)]), "more weights"),
        (gguf([], [tensor("t", [2**61], 0, 0)] * 4), "more weights"),
        (gguf([], [tensor("t", [4], 0, 10**9)]), "begins at byte"),
    ],
)
def test_what_is_not_as_it_should_be(tmp_path: Path, data: bytes, says: str) -> None:
    started = time.monotonic()
    with pytest.raises(BadInput, match=says) as caught:
        read(tmp_path, data)
    assert "\n" not in str(caught.value)
    assert time.monotonic() - started < 5


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_header(tmp_path / "nothing")
    with pytest.raises(BadInput, match="cannot be read"):
        read_header(tmp_path)


def test_file_names_are_shown_without_control_characters(tmp_path: Path) -> None:
    file = tmp_path / "a\x1b[2J\nb.gguf"
    file.write_bytes(b"")
    with pytest.raises(BadInput) as caught:
        read_header(file)
    assert str(caught.value).isprintable()


def mutations(good: bytes) -> st.SearchStrategy[bytes]:
    """`good` with a few bytes overwritten or left out, or cut off."""
    edits = st.lists(st.tuples(st.integers(0, len(good) - 1), st.binary(max_size=9), st.integers(0, 9)), max_size=4)

    def broken(edits: list[tuple[int, bytes, int]], end: int) -> bytes:
        data = good
        for at, put, out in edits:
            data = data[:at] + put + data[at + out :]
        return data[:end]

    return st.builds(broken, edits, st.integers(0, len(good)) | st.just(len(good) + 100))


SMALL_GGUF = gguf([*PAIRS[:11], array("n", 9, 1, struct.pack("<IQ", 8, 1) + text("deep")), pair("d", "float64", 1)],
                  [tensor("t1", [4, 8], 12, 0), tensor("t2", [3], 0, 0)])  # fmt: skip
SMALL_SAFETENSORS = safetensors({"__metadata__": {"a": "b"}, "a": F32}, bytes(4))


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda b: b"GGUF\x03\0\0\0" + b)
       | st.binary(max_size=99).map(safetensors) | mutations(SMALL_GGUF) | mutations(SMALL_SAFETENSORS))  # fmt: skip
@example(SMALL_GGUF)
@example(SMALL_SAFETENSORS)
def test_any_bytes_give_a_header_or_bad_input(tmp_path: Path, data: bytes) -> None:
    try:
        header = read(tmp_path, data)
    except BadInput:
        return
    assert 0 <= header.parameters <= 2**62
    parents(header)
    json.dumps(header.metadata)


def test_no_tensor_data_are_read(tmp_path: Path) -> None:
    file = tmp_path / "large.safetensors"
    size = 3 * 2**30
    with file.open("wb") as handle:
        handle.write(safetensors({"a": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}))
        handle.truncate(handle.tell() + size)  # a hole: it takes no room on the disk
    tracemalloc.start()
    header = read_header(file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert header.parameters == size
    assert peak < 2**20


def test_a_hostile_array_takes_little_time_and_memory(tmp_path: Path) -> None:
    file = tmp_path / "hole.gguf"
    with file.open("wb") as handle:
        handle.write(gguf([array("k", 8, 2**24, b"")], []))
        handle.truncate(2**40)
    started = time.monotonic()
    with pytest.raises(BadInput, match="more than the file holds"):
        read_header(file)
    assert time.monotonic() - started < 5


def test_only_a_regular_file_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gguf")
    for path in (tmp_path / "pipe.gguf", tmp_path, Path("/dev/null")):
        with pytest.raises(BadInput, match="no regular file"):
            read_header(path)
