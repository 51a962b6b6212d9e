"""WebDataset shards: a tar whose members x.jpg, x.txt and x.json make one item, read in order and never extracted.

The columns of an item are the ends of its members' names; any picture is also `image`, any words are also `text`, and
the fields of its JSON are columns too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from headgate.errors import BadInput
from headgate.plain import plain
from headgate.reading import items
from headgate.reading.columns import Picked, kinds_of, pick
from headgate.reading.lines import BROKEN, opened, reason
from headgate.reading.members import Member, members
from headgate.shapes import Batch, Columns, Shard, Trouble

PICTURES = ("jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "img")
WORDS = ("txt", "text", "caption")
_SAMPLE = 20  # items from the start of a tar whose columns are told from them


@dataclass(slots=True)
class _Tar:
    """A tar that is being read, and the item that was given last."""

    shard: Shard
    troubles: list[Trouble]
    wanted: frozenset[str]
    key: str = ""

    def tell(self, member: str, why: str) -> None:
        self.troubles.append(Trouble(self.shard.file, f"member {plain(member, 120)}", why))


def shards(path: Path, columns: Columns, rows: int) -> list[tuple[int, int | None]]:
    """One shard, whatever `rows`. Raises `BadInput` where its first items have no such columns or cannot be read."""
    _picked(path, columns)
    return [(0, None)]


def batches(path: Path, shard: Shard, columns: Columns, troubles: list[Trouble], size: int) -> Iterator[Batch]:
    """The items of the tar; `Batch.rows` counts them from 0."""
    picked = _picked(path, columns)
    tar = _Tar(shard, troubles, _wanted(columns))
    yield from items.batches(enumerate(_records(path, tar)), picked, lambda _row, why: tar.tell(tar.key, why), size)


def _wanted(columns: Columns) -> frozenset[str]:
    pictures, words = (columns.image or "", *PICTURES), (*WORDS, "json")
    return frozenset({"texts": words, "images": pictures}.get(columns.reads, pictures + words))


def _picked(path: Path, columns: Columns) -> Picked:
    tar = _Tar(Shard(0, path.name, "tar"), [], _wanted(columns))
    found = list(islice(_records(path, tar), _SAMPLE))
    if not found:
        why = tar.troubles[0].why if tar.troubles else "it holds no item"
        msg = f"nothing in it can be read ({why})"
        raise BadInput(msg)
    return pick(columns, kinds_of(found))


def _records(path: Path, tar: _Tar) -> Iterator[dict[str, Any]]:
    record: dict[str, Any] = {}
    weight = 0
    try:
        with opened(path) as file:
            for member in members(file, lambda name: _end(name)[1] in tar.wanted, items.LARGEST, tar.tell):
                key, end = _end(member.name)
                if record and (key != tar.key or end in record):
                    yield record
                    record, weight = {}, 0
                tar.key = key
                weight += len(member.data)
                if weight > 2 * items.LARGEST:
                    tar.tell(member.name, "too much for one item; it is left out")
                elif columns := _columns(member, end, tar):
                    record.update({"__key__": key} | columns)
    except BROKEN as error:
        tar.tell(tar.key or "1", f"and all after it: cut off or damaged ({reason(error)})")
    if record:
        yield record


def _end(name: str) -> tuple[str, str]:
    """The key of a member, and its end: a/b.seg.png -> a/b and seg.png."""
    folder, slash, base = name.rpartition("/")
    key, _, end = base.partition(".")
    return folder + slash + key, end.lower()


def _columns(member: Member, end: str, tar: _Tar) -> dict[str, Any]:
    if end in WORDS or end == "json":
        try:
            text = member.data.decode()
            if end != "json":
                return {"text": text, end: text}
            found = json.loads(text)
        except UnicodeDecodeError:
            tar.tell(member.name, "is not UTF-8")
        except (ValueError, RecursionError) as error:
            tar.tell(member.name, f"is no JSON ({type(error).__name__})")
        else:
            return dict(found) if isinstance(found, dict) else {"json": found}
        return {}
    return {"image": member.data, end: member.data}
