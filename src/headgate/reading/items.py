"""Rows made items: their text, image or all columns, with the id that the content gives them, in batches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from headgate.reading.columns import Picked, kind_of
from headgate.shapes import Batch, Trouble

LONGEST = 64 * 2**20  # bytes of a line, a record or a text; a longer one is no item and would only fill the memory
LARGEST = 200 * 2**20  # bytes of an image
HEAVIEST = 64 * 2**20  # bytes or characters of a batch, one item more at most
MOST_TOLD = 1_000  # troubles of one shard, one by one; the others are counted
_MISSING: Any = object()

Record = tuple[int, dict[str, Any]]  # where a row stands in its file, and its columns
Tell = Callable[[int, str], None]  # that the row which stands there cannot be read, and why


@dataclass(slots=True)
class _Pile:
    rows: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    images: list[bytes] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    weight: int = 0


class Few(list[Trouble]):
    """Passes the first troubles on and counts the others, for a file of noise has millions."""

    def __init__(self, troubles: list[Trouble]) -> None:
        super().__init__()
        self.all, self.told, self.more = troubles, 0, 0

    def append(self, trouble: Trouble) -> None:
        """Pass `trouble` on, or count it."""
        self.told += 1
        if self.told <= MOST_TOLD:
            self.all.append(trouble)
        else:
            self.more += 1


def batches(records: Iterable[Record], picked: Picked, tell: Tell, size: int) -> Iterator[Batch]:
    """Batches of at most `size` items from `records`; what makes no item is told."""
    pile, add = _Pile(), _ADD[picked.reads]
    for row, record in records:
        try:
            add(pile, record, picked)
        except (ValueError, RecursionError, TypeError) as error:
            tell(row, str(error) if type(error) is ValueError else f"cannot be told apart ({type(error).__name__})")
            continue
        pile.rows.append(row)
        if len(pile.rows) >= size or pile.weight >= HEAVIEST:
            yield _batch(pile, picked)
            pile = _Pile()
    if pile.rows:
        yield _batch(pile, picked)


def text_batches(rows: list[int], values: list[Any], picked: Picked, tell: Tell, size: int) -> Iterator[Batch]:
    """The same of a column of texts that was read at once, at most `size` of them, fast where all of them are texts."""
    if {*map(type, values)} == {str} and sum(map(len, values)) < HEAVIEST:
        yield Batch([text_id(text) for text in values], values, rows=rows)
    else:
        yield from batches(((row, {picked.text or "": value}) for row, value in zip(rows, values, strict=True)),
                           picked, tell, size)  # fmt: skip


def _batch(pile: _Pile, picked: Picked) -> Batch:
    ids = pile.ids or [text_id(text) for text in pile.texts]
    names = dict.fromkeys(name for record in pile.records for name in record)
    more = {name: [record.get(name) for record in pile.records] for name in names}
    texts = pile.texts if picked.text is not None else []
    return Batch(ids, texts, pile.images, more, pile.rows)


def _add_text(pile: _Pile, record: dict[str, Any], picked: Picked) -> None:
    value = record.get(picked.text, _MISSING)  # type: ignore[arg-type]
    if type(value) is not str:
        value = _text(value, picked.text)
    pile.texts.append(value)
    pile.weight += len(value)


def _add_image(pile: _Pile, record: dict[str, Any], picked: Picked) -> None:
    image = _image(record.get(picked.image, _MISSING), picked.image)  # type: ignore[arg-type]
    pile.images.append(image)
    pile.ids.append(sha256(image).hexdigest())
    pile.weight += len(image)


def _add_row(pile: _Pile, record: dict[str, Any], picked: Picked) -> None:
    id_ = None
    if picked.image is not None:
        image = _image(record.get(picked.image, _MISSING), picked.image)
        id_ = sha256(image).hexdigest()
    if picked.reads == "pairs":
        record = {name: value for name, value in record.items() if kind_of(value) != "image"}
    canonical = row_json(record)
    text = _text(record.get(picked.text, _MISSING), picked.text) if picked.text is not None else ""
    if picked.image is not None:
        pile.images.append(image)
        pile.weight += len(image)
    pile.ids.append(id_ or sha256(canonical).hexdigest())
    pile.texts.append(text)
    pile.records.append(record)
    pile.weight += 2 * len(canonical)


_ADD = {"texts": _add_text, "images": _add_image, "pairs": _add_row, "table": _add_row}


def text_id(text: str) -> str:
    """The id of an item that is a text."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def row_json(record: dict[str, Any]) -> bytes:
    """A row as JSON, its keys sorted and NULLs left out, so that it is one in every format; bytes by their hash."""
    given = {name: value for name, value in record.items() if value is not None}
    text = json.dumps(given, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plainly)
    return text.encode("utf-8", "surrogatepass")


def _plainly(value: object) -> str:
    return f"sha256:{sha256(value).hexdigest()}" if isinstance(value, (bytes, bytearray)) else str(value)


def _text(value: object, column: str | None) -> str:
    if value is _MISSING:
        msg = f"has no {column!r}"
        raise ValueError(msg)
    text = _joined(value, 0)
    if len(text) > LONGEST:
        msg = f"a text of {len(text)} characters, more than {LONGEST}"
        raise ValueError(msg)
    return text


def _joined(value: object, depth: int) -> str:
    """A text, or what is said in a list of turns: texts, or objects with `content`, `value` or `text`."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            msg = "is not UTF-8"
            raise ValueError(msg) from None
    if isinstance(value, list) and depth < 4:
        return "\n".join(_joined(part, depth + 1) for part in value)
    if isinstance(value, dict) and depth:
        said = next((value[name] for name in ("content", "value", "text") if name in value), None)
        return _joined(said, depth + 1)
    msg = f"is of type {type(value).__name__} where a text should be"
    raise ValueError(msg)


def _image(value: object, column: str | None) -> bytes:
    if isinstance(value, dict):
        value = value.get("bytes", _MISSING)
    if not isinstance(value, (bytes, bytearray)):
        found = "nothing" if value is _MISSING or value is None else f"a value of type {type(value).__name__}"
        msg = f"{found} in {column!r} where the bytes of an image should be"
        raise ValueError(msg)
    if len(value) > LARGEST:
        msg = f"an image of {len(value)} bytes, more than {LARGEST}"
        raise ValueError(msg)
    return bytes(value)
