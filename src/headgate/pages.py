"""Raw pages: what a hub said, append-only, one zstd file a page, whole or absent.

A page is written aside, synced and renamed. The run's record is then moved on; a kill between the two
fetches that page again and writes the same file over, so nothing is lost and nothing doubled.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from headgate import people, zstd
from headgate.known_people import KnownPeople
from headgate.whole import write_whole

# DuckDB's parser refuses what Python's accepts: lone surrogates, and NaN or Infinity as numbers.
_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def page_path(folder: Path, number: int) -> Path:
    """Where page `number` (from 1) of a run lies."""
    return folder / f"page-{number:06d}.jsonl.zst"


def write_page(path: Path, lines: Iterable[str | bytes], key: bytes, known: KnownPeople | None = None) -> Counter[str]:
    """Write one page of records and return counts: `records`, `pseudonymised`, `rejected_<reason>`.

    Each line must hold one JSON object; a line that does not is counted and left out. Names of
    depicted people are replaced here, before anything reaches the disk; `known` holds those met so far.
    """
    counts: Counter[str] = Counter()
    kept: list[str] = []
    for line in lines:
        text = _clean(line, key, known, counts)
        if text:
            kept.append(text)
    counts["records"] = len(kept)
    write_whole(path, zstd.compress("\n".join([*kept, ""]).encode(), 3))
    return counts


def page_files(folder: Path, pages: int) -> Sequence[str]:
    """The first `pages` page files of a run, those its record vouches for."""
    return [str(page_path(folder, number)) for number in range(1, pages + 1)]


def pseudonymised(folder: Path, number: int) -> Iterator[dict[str, object]]:
    """The records of the first `number` pages that were pseudonymised, as they are stored."""
    for path in page_files(folder, number):
        for line in zstd.decompress(Path(path).read_bytes()).splitlines():
            if b'"_headgate"' in line:
                yield json.loads(line)


def _clean(line: str | bytes, key: bytes, known: KnownPeople | None, counts: Counter[str]) -> str | None:
    try:
        return _cleaned(line, key, known, counts)
    except RecursionError:
        counts["rejected_too_deep"] += 1
        return None


def _cleaned(line: str | bytes, key: bytes, known: KnownPeople | None, counts: Counter[str]) -> str | None:
    try:
        text = (line.decode("utf-8") if isinstance(line, bytes) else line).lstrip("\ufeff").strip()
        if not text:
            return None
        record = json.loads(text)
    except UnicodeDecodeError:
        counts["rejected_not_utf8"] += 1
        return None
    except ValueError:
        counts["rejected_not_json"] += 1
        return None
    if not isinstance(record, dict):
        counts["rejected_not_an_object"] += 1
        return None
    changed = people.pseudonymise(record, key, known)
    if changed is not None:
        counts["pseudonymised"] += 1
    elif not _is_suspect(text):
        return text
    return _dump(changed or record)


def _is_suspect(text: str) -> bool:
    # plain searches first: one pattern for all of this would double the time of loading a dump
    if "NaN" in text or "Infinity" in text or "\n" in text:
        return True
    return ("\\u" in text and bool(_ESCAPED.search(text))) or (not text.isascii() and bool(_SURROGATE.search(text)))


def _dump(record: dict[str, object]) -> str:
    text = json.dumps(_finite(record), ensure_ascii=False)
    return _SURROGATE.sub("\ufffd", text)


def _finite(value: object) -> object:
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    if isinstance(value, dict):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_finite(v) for v in value]
    return value
