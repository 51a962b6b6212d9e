"""Which column of a dataset holds the text and which the image: the one named, or the first of the usual names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headgate.errors import BadInput
from headgate.plain import plain
from headgate.shapes import Columns

TEXTS = (
    "text", "content", "sentence", "tweet", "comment", "comment_text", "body", "prompt", "question", "caption",
    "description", "instruction", "message", "post", "review", "document", "title",
)  # fmt: skip
CHATS = ("messages", "conversations", "conversation", "chat", "dialog", "dialogue")
IMAGES = ("image", "jpg", "jpeg", "png", "webp", "img", "bytes", "image_bytes", "gif", "bmp", "tiff", "tif")
SAMPLE = 100  # records from the start of a file whose columns are told from them


@dataclass(frozen=True, slots=True)
class Picked:
    """What is read of each row: the columns of the text and the image, and whether every other one as well."""

    reads: str
    text: str | None
    image: str | None


def pick(columns: Columns, kinds: Mapping[str, str]) -> Picked:
    """The columns to read of a file whose columns are `kinds`: name -> text, chat, image or other.

    Raises `BadInput`, which names the columns there are, where there is none to read.
    """
    wants_text, wants_image = columns.reads == "texts", columns.reads == "images"
    text = _one(columns.text, kinds, {"text", "chat"}, (*TEXTS, *CHATS)) if not wants_image else None
    image = _one(columns.image, kinds, {"image"}, IMAGES) if columns.reads in {"images", "pairs"} else None
    if (wants_text and text is None) or (wants_image and image is None):
        flag, what = ("--text", "text") if wants_text else ("--image", "image")
        msg = f"no column of {what}s is known by its name; name it with {flag}. {_listed(kinds)}"
        raise BadInput(msg)
    return Picked(columns.reads, text, image)


def kind_of(value: object) -> str:
    """The kind of a column whose values are like `value`."""
    if isinstance(value, str):
        return "text"
    if isinstance(value, (bytes, bytearray)) or (isinstance(value, dict) and isinstance(value.get("bytes"), bytes)):
        return "image"
    return "chat" if isinstance(value, list) and value and isinstance(value[0], (str, dict)) else "other"


def kinds_of(records: list[dict[str, object]]) -> dict[str, str]:
    """The kinds of the columns of `records`, told from the first value of each that tells."""
    kinds: dict[str, str] = {}
    for record in records:
        for name, value in record.items():
            if kinds.get(name, "other") == "other":
                kinds[name] = kind_of(value)
    return kinds


def _one(named: str | None, kinds: Mapping[str, str], fit: set[str], usual: tuple[str, ...]) -> str | None:
    if named is not None:
        if named not in kinds:
            msg = f"no column {plain(named, 60)!r}. {_listed(kinds)}"
            raise BadInput(msg)
        return named
    folded: dict[str, str] = {}
    for name, kind in kinds.items():
        if kind in fit:
            folded.setdefault(name.lower(), name)
    return next((folded[name] for name in usual if name in folded), None)


def _listed(kinds: Mapping[str, str]) -> str:
    names = [plain(name, 40) for name in kinds]
    shown = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
    return f"Its columns are: {shown or 'none'}."
