"""Malformed files of every format that is read, at least thirty of each, made from one good file by a fixed seed."""

from __future__ import annotations

import gzip
import io
import json
import random
import struct
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from headgate import zstd

GOOD = 300  # items of the good file that each is made from
Files = Iterator[tuple[str, bytes]]  # the end of a name, and content


def make(folder: Path, format_: str) -> list[Path]:
    """Write the malformed files of `format_` into `folder`, one in a folder of its own; none of them is harmless."""
    made = []
    for number, (ending, content) in enumerate(FORMATS[format_]()):
        path = folder / f"{number:02}" / f"bad{ending}"
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        made.append(path)
    return made


def texts() -> list[str]:
    return [f"line {number} says {'word ' * (number % 7)}so" for number in range(GOOD)]


def good(format_: str) -> tuple[str, bytes]:
    """A file of `format_` with GOOD items that can be read."""
    return {"text": _text, "jsonl": _jsonl, "csv": _csv, "parquet": _parquet, "arrow": _arrow, "tar": _tar,
            "images": lambda: (".png", PNG)}[format_]()  # fmt: skip


def _text() -> tuple[str, bytes]:
    return ".txt", "".join(f"{text}\n" for text in texts()).encode()


def _jsonl() -> tuple[str, bytes]:
    return ".jsonl", "".join(json.dumps({"n": n, "text": text}) + "\n" for n, text in enumerate(texts())).encode()


def _csv() -> tuple[str, bytes]:
    return ".csv", "".join(["n,text\n", *(f'{n},"{text}, ""he"" said"\n' for n, text in enumerate(texts()))]).encode()


def _parquet() -> tuple[str, bytes]:
    # several row groups of several pages, the text not compressed, so that bytes of it can be damaged
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.parquet"
        sql = "SELECT i AS n, 'line ' || i || ' says ' || md5(i::VARCHAR) AS text FROM range(6144) AS t (i)"
        duckdb.connect().execute(
            f"COPY ({sql}) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 2048, COMPRESSION uncompressed)"
        ).fetchall()
        return ".parquet", path.read_bytes()


def _arrow() -> tuple[str, bytes]:
    import pyarrow as pa

    sink = io.BytesIO()
    schema = pa.schema([("n", pa.int64()), ("text", pa.string())])
    with pa.ipc.new_stream(sink, schema) as writer:
        for begin in range(0, GOOD, 50):
            rows = texts()[begin : begin + 50]
            writer.write_batch(pa.record_batch([list(range(begin, begin + len(rows))), rows], schema=schema))
    return ".arrow", sink.getvalue()


def _tar() -> tuple[str, bytes]:
    return ".tar", tar([(f"{n:04}.txt", text.encode()) for n, text in enumerate(texts())])


def tar(members: list[tuple[str, bytes]], **changes: object) -> bytes:
    """A tar of `members`, whose headers have `changes`."""
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=tarfile.GNU_FORMAT) as made:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for key, value in changes.items():
                setattr(info, key, value)
            made.addfile(info, io.BytesIO(content))
    return sink.getvalue()


PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
BOMB = 2**20 * 66  # longer than any line may be


# -- damage that every format can suffer


def _noise(seed: int, length: int) -> bytes:
    return random.Random(seed).randbytes(length)


def _cut(content: bytes, seeds: range) -> Iterator[bytes]:
    for seed in seeds:
        yield content[: random.Random(seed).randrange(1, len(content) - 40)]


def _packed(content: bytes, ending: str) -> Files:
    """Packed files that are cut off, damaged, no such thing at all, or followed by noise."""
    gz = gzip.compress(content, mtime=0)
    zst = zstd.compress(content)
    for part in (0.1, 0.5, 0.9):
        yield f"{ending}.gz", gz[: int(len(gz) * part)]
        yield f"{ending}.zst", zst[: int(len(zst) * part)]
    yield f"{ending}.gz", gz[:-8] + b"\0" * 8  # wrong sum and length
    yield f"{ending}.gz", gz[: len(gz) // 2] + b"\xff" * 30 + gz[len(gz) // 2 + 30 :]
    yield f"{ending}.gz", content
    yield f"{ending}.zst", content
    yield f"{ending}.gz", _noise(1, 500)
    yield f"{ending}.zst", zst[:4] + _noise(2, 500)
    yield f"{ending}.gz", gz + _noise(3, 100)
    yield f"{ending}.gz", b""


def _bad_texts(content: bytes, ending: str) -> Files:
    """Encodings that are not UTF-8, put into or in place of good content."""
    half = content.index(b"\n", len(content) // 2) + 1
    for bad in (b"caf\xe9", b"\xc0\xaf", b"\xed\xa0\x80", b"\xff\xfe", b"\xe4\xb8", "中文".encode("gb18030")):
        yield ending, content[:half] + content[half:].replace(b"says", bad, 1)
    yield ending, content.decode().encode("utf-16")
    yield ending, content.decode().encode("utf-16-le")
    yield ending, content.decode().encode("utf-32")
    yield ending, b""
    yield ending, content[:half] + b"\0\0\0" + content[half:]
    yield ending, PNG + _noise(5, 2_000)
    yield ending, b"PK\x03\x04" + _noise(6, 2_000)
    yield ending, b"\x80\x04\x95" + _noise(7, 2_000)


# -- each format


def _bad_text() -> Files:
    ending, content = good("text")
    yield from _bad_texts(content, ending)
    yield from _packed(content, ending)
    yield ending, content + b"x" * BOMB + b"\nlast\n"
    yield f"{ending}.gz", gzip.compress(b"x" * BOMB, mtime=0)


def _bad_jsonl() -> Files:
    ending, content = good("jsonl")
    yield from _bad_texts(content, ending)
    yield from _packed(content, ending)
    half = content.index(b"\n", len(content) // 2) + 1
    lines = (
        b"[" * 100_000, b'{"text":' * 50_000, b'{"text": ' + b"[" * 900 + b"]" * 900 + b"}", b'["no", "object"]', b'"text"', b"7",
        b"null", b'{"n": 3}', b'{"text": 5}', b'{"text": {"a": 1}}', b'{"text": "open', b"{'text': 'single'}",
        b'{"text": "a"} {"text": "b"}', b'{"text": ' + b"9" * 5_000 + b"}", b'{"text": "tab\there"}', b'{"text": "\\ud8"}',
        b"\xef\xbb\xbf{}", b"{", b"}",
    )  # fmt: skip
    for line in lines:
        yield ending, content[:half] + line + b"\n" + content[half:]
    yield ending, content + b'{"text": "' + b"x" * BOMB + b'"}\n{"n": 1, "text": "last"}\n'
    yield ending, content[:-20]


def _bad_csv() -> Files:
    ending, content = good("csv")
    yield from _bad_texts(content, ending)
    yield from _packed(content, ending)
    half = content.index(b"\n", len(content) // 2) + 1
    lines = (
        b'7,"never closed', b'"7,never closed', b"7", b"7,8,9", b'7,"a","b"', b"7;eight", b'7,"x\0y"', b"7,a\rb",
        b'7,"' + b"\n" * 1_000 + b"x", b",,,,,,,,", b'"', b'"""', b'7,"a"" never closed',
    )  # fmt: skip
    for line in lines:
        yield ending, content[:half] + line + b"\n" + content[half:]
    yield ending, content + b"7," + b"x" * BOMB + b"\n8,last\n"
    yield ending, b"a,a_1,a\n1,2,3\n"
    yield ending, b"\n\n\n"
    yield ending, b"\xff\xfe,text\n1,a\n"


def _bad_parquet() -> Files:
    ending, content = good("parquet")
    footer = int.from_bytes(content[-8:-4], "little")
    for cut in _cut(content, range(10)):
        yield ending, cut
    for length in (0xFFFFFFFF, 0x7FFFFFFF, 0, footer - 1, footer + 1, 5):
        yield ending, content[:-8] + struct.pack("<I", length) + b"PAR1"
    yield ending, b""
    yield ending, b"PAR1"
    yield ending, b"PAR1PAR1"
    yield ending, b"PAR1" + _noise(1, 5_000) + b"PAR1"
    yield ending, b"PAR1" + _noise(2, 5_000) + struct.pack("<I", 4_000) + b"PAR1"
    yield ending, content[:-4] + b"PARE"
    yield ending, b"XXXX" + _noise(3, len(content))
    yield ending, gzip.compress(content)
    yield ending, content[: len(content) - footer - 8] + b"\xff" * footer + content[-8:]
    yield ending, content[: len(content) - footer - 8] + bytes(footer) + content[-8:]
    yield ending, content[len(content) // 2 :]
    at = content.index(b"says", len(content) // 2)
    yield ending, content[:at] + b"\xff\xfe\xff\xfe" + content[at + 4 :]
    at = content.index(b"line 3000 says")
    yield ending, content[:at] + b"\xc3\x28" + content[at + 2 :]
    for part in (0.2, 0.5, 0.8):  # pages of whole zeros, of ones, of noise
        at = int((len(content) - footer) * part)
        yield ending, content[:at] + b"\xff" * 9_000 + content[at + 9_000 :]
        yield ending, content[:at] + _noise(int(part * 10), 9_000) + content[at + 9_000 :]


def _bad_arrow() -> Files:
    ending, content = good("arrow")
    for cut in _cut(content, range(12)):
        yield ending, cut
    yield ending, b""
    yield ending, b"ARROW1"
    yield ending, b"ARROW1\0\0" + content
    yield ending, b"ARROW1\0\0" + _noise(1, 3_000) + b"ARROW1"
    yield ending, b"\xff" * 4_000
    yield ending, _noise(2, 4_000)
    for length in (0x7FFFFFFF, 0xFFFFFFFE, 1, 2**24):
        yield ending, b"\xff\xff\xff\xff" + struct.pack("<I", length) + content[8:]
    schema = struct.unpack("<I", content[4:8])[0] + 8
    for length in (0x7FFFFFFF, 0xFFFFFFF0, 3):  # of the first batch
        yield ending, content[: schema + 4] + struct.pack("<I", length) + content[schema + 8 :]
    at = content.index(b"line 120 says")
    yield ending, content[:at] + b"\xff\xfe" + content[at + 2 :]
    at = content.index(b"line 0 says")
    for damage in (b"\xff" * 150, b"\x7f" * 150, _noise(4, 150)):  # offsets of the texts
        yield ending, content[: at - 150] + damage + content[at:]
    yield ending, content[: schema + 8] + _noise(5, 150) + content[schema + 158 :]
    yield ending, content[:20] + _noise(6, 60) + content[80:]
    yield ending, content[:-8] + _noise(7, 800)


def _bad_tar() -> Files:
    ending, content = good("tar")
    for seed in range(6):
        yield ending, content[: 1024 * random.Random(seed).randrange(1, 250) + 700 - 512 * (seed % 2)]
    some = [("a.txt", b"one"), ("b.txt", b"two")]
    rest = tar([("c.txt", b"three")])
    for kind in (tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE):
        yield ending, tar(some)[:2048] + tar([("x.txt", b"")], type=kind, linkname="/etc/passwd")[:512] + rest
    for name in ("../../x.txt", "/etc/x.txt", "a/../../x.txt"):
        yield ending, tar(some)[:2048] + tar([(name, b"bad")])[:1024] + rest
    for size in (2**40, 2**62, 300 * 2**20, 2**33):
        head = bytearray(tar([("x.txt", b"")])[:512])
        head[124:136] = b"\x80" + size.to_bytes(11, "big")
        yield ending, tar(some)[:2048] + summed(head) + rest
    negative = bytearray(tar([("x.txt", b"")])[:512])
    negative[124:136] = b"\xff" * 12
    yield ending, tar(some)[:2048] + summed(negative) + rest
    yield ending, tar(some)[:2048] + _noise(1, 512) + rest
    yield ending, tar(some)[:2048] + b"x" * 5120 + rest
    yield ending, b""
    yield ending, _noise(2, 10_240)
    yield ending, bytes(10_240)
    yield ending, PNG
    for text in (b"\xff\xfe", b"caf\xe9"):
        yield ending, tar([*some, ("x.txt", text)])
    for text in (b"{", b"[" * 100_000, b"\xff"):
        yield ending, tar([*some, ("x.txt", b"three"), ("x.json", text)])
    yield ending, tar([*some, ("x.json", b'{"n": 1}')])
    long = bytearray(tar([("n" * 300 + ".txt", b"x")]))
    long[124:136] = b"\x80" + (2**35).to_bytes(11, "big")
    yield ending, tar(some)[:2048] + summed(long)
    gz = gzip.compress(content, mtime=0)
    yield ".tar.gz", gz[: len(gz) // 2]
    yield ".tar.gz", gz[:-8] + b"\0" * 8 + b"junk"
    yield ".tgz", content
    yield ".tar.zst", zstd.compress(content)[:-10]


def summed(head: bytearray) -> bytes:
    """A tar header with the checksum that it must have."""
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head[:512])
    return bytes(head)


def _bad_images() -> Files:
    """Only what can be told without decoding: empty files, under every name."""
    for ending in (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".JPG", ".Png"):
        for _ in range(3):
            yield ending, b""


FORMATS: dict[str, Callable[[], Files]] = {
    "text": _bad_text, "jsonl": _bad_jsonl, "csv": _bad_csv, "parquet": _bad_parquet, "arrow": _bad_arrow, "tar": _bad_tar,
    "images": _bad_images,
}  # fmt: skip
