"""What may stay of a record that depicts a person: an allow-list of fields and words, and a net behind it.

Numbers, dates, hashes and words of the closed vocabulary stay in known fields. Names, file names and trigger
words become keyed pseudonyms; parents stay where they do not name the person; all else goes.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from headgate.person_words import scan, squash, terms, words
from headgate.refs import HF_ID

# What this module wrote; in a record that was pseudonymised before it stays.
OURS = re.compile(r"person-[0-9a-f]{16}(?![0-9a-z])(?:-[0-9a-f]{8}(?![0-9a-z]))?|(?:account|word)-[0-9a-f]{16}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9 ._+\-/:(){},\[\]<]{1,300}")
_HASH = re.compile(r"[0-9a-fA-F]+")
_HASH_LENGTHS = (8, 10, 12, 24, 40, 64)
_WHOLE_HASHES = (40, 64)  # no name is that long, so a piece of one inside is chance
_GONE = object()


@dataclass(frozen=True, slots=True)
class Person:
    """A depicted person: key and pseudonym, and the pieces of the name that must not be left."""

    key: bytes
    pseudonym: str
    long: frozenset[str]  # looked for inside words
    short: frozenset[str]  # looked for as whole words


def digest(key: bytes, text: str) -> str:
    """16 hex digits of the HMAC-SHA256 of `text`."""
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:16]


def hub_id(id_: str, person: Person) -> str:
    """`author/name` as `author/<pseudonym>-<8 hex of the whole id>`; a valid id again."""
    author, slash, name = id_.rpartition("/")
    if not OURS.fullmatch(name):
        name = f"{person.pseudonym}-{digest(person.key, f'id {id_.casefold()}')[:8]}"
    return f"{_account(author, person)}/{name}" if slash else name


def kept(record: dict[str, Any], person: Person) -> dict[str, Any]:
    """The part of `record` that may stay, in its own shape."""
    new: dict[str, Any] = _net(_object(record, person), person)
    return new


def _object(value: dict[str, Any], person: Person) -> dict[str, Any]:
    new = {k: _RULES.get(k, _fact)(v, person) for k, v in value.items() if k in _RULES or k in terms("field")}
    return {k: v for k, v in new.items() if v is not _GONE}


def _fact(value: object, person: Person) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return _object(value, person)
    if isinstance(value, list):
        return [new for v in value if (new := _fact(v, person)) is not _GONE]
    text = str(value)
    return text if _DATE.fullmatch(text) or _is_hash(text, _HASH_LENGTHS) or _safe(text) else _GONE


def _is_hash(text: str, lengths: tuple[int, ...]) -> bool:
    return len(text) in lengths and bool(_HASH.fullmatch(text))


def _safe(text: str) -> bool:
    # Numbers are part of versions; many of them, or an escape, could spell anything.
    if not _PLAIN.fullmatch(text):
        return False
    known = terms("safe", "likeness", "likeness-tag", "extension")
    scanned = list(scan(text, known))
    numbers = sum(word.replace(" ", "") not in known for word, _ in scanned)
    return bool(scanned) and numbers <= 3 and all(known for _, known in scanned)


def _names(text: object, person: Person) -> bool:
    flat = squash(text)
    return any(piece in flat for piece in person.long) or not person.short.isdisjoint(words(text))


def _id(value: object, person: Person) -> object:
    if isinstance(value, str) and not value.isdigit():
        return hub_id(value, person)
    return value if isinstance(value, int | str) else _GONE


def _account(value: object, person: Person) -> object:
    text = str(value)
    if OURS.fullmatch(text):
        return text
    if re.fullmatch(r"[A-Za-z0-9][\w.\-]{0,95}", text, re.ASCII) and not _names(text, person):
        return text
    return f"account-{digest(person.key, f'account {text.casefold()}')}"


def _path(value: object, person: Person) -> object:
    text = str(value)
    stem, _, ending = text.rpartition(".")
    ours = OURS.fullmatch(text) or (OURS.fullmatch(stem) and ending in terms("extension"))
    if ours or (_safe(text) and not _names(text, person)):
        return text
    ending = f".{ending.lower()}" if ending.lower() in terms("extension") else ""
    return f"{person.pseudonym}-{digest(person.key, f'path {text}')[:8]}{ending}"


def _triggers(value: object, person: Person) -> object:
    listed = value if isinstance(value, list) else [value]
    return [t if OURS.fullmatch(str(t)) else f"word-{digest(person.key, f'word {squash(t)}')}" for t in listed]


def _vocabulary(value: object, person: Person) -> object:
    known = terms("safe", "likeness", "likeness-tag")
    found = dict.fromkeys(word for word, _ in scan(value, known) if word.replace(" ", "") in known)
    return None if value is None else " ".join(word for word in found if not _names(word, person))


def _bases(value: object, person: Person) -> object:
    if isinstance(value, list):
        return [new for v in value if (new := _bases(v, person)) is not _GONE]
    if isinstance(value, dict):  # the Hub's baseModels: {"relation": ..., "models": [{"_id": ..., "id": ...}]}
        rules = {"models": _bases, "id": _bases, "_id": _fact, "relation": _fact}
        new = {k: rules[k](v, person) for k, v in value.items() if k in rules}
        return {k: v for k, v in new.items() if v is not _GONE}
    ours = re.sub(OURS, "", value) if isinstance(value, str) else ""
    clean = isinstance(value, str) and re.fullmatch(HF_ID, value, re.ASCII) and not _names(ours, person)
    return value if clean else _GONE


def _tags(value: object, person: Person) -> object:
    listed = [t.get("name") if isinstance(t, dict) else t for t in value] if isinstance(value, list) else []
    return [tag for tag in map(str, listed) if _may_stay(tag, person)]


def _may_stay(tag: str, person: Person) -> bool:
    parent = re.fullmatch(r"base_model:(?:(?:finetune|adapter|merge|quantized):)?(.+)", tag)
    if parent:
        return _bases(parent[1], person) is not _GONE
    if tag.startswith("license:"):
        return _licence(tag[8:], person) is not _GONE
    return _safe(tag)


def _licence(value: object, person: Person) -> object:
    if isinstance(value, list):
        return [new for v in value if (new := _licence(v, person)) is not _GONE]
    return value if isinstance(value, str) and value.isascii() and squash(value) in terms("licence") else _GONE


def _card_data(value: object, person: Person) -> object:
    if isinstance(value, str):  # a dump may carry the card as text that holds JSON
        try:
            inner = json.loads(value)
        except (ValueError, RecursionError):
            return _GONE
        return json.dumps(_net(_object(inner, person), person)) if isinstance(inner, dict) else _GONE
    return _fact(value, person)


def _none(value: object, person: Person) -> object:
    return []


_RULES: dict[str, Callable[[Any, Person], object]] = {
    "id": _id, "modelId": _id, "name": _path, "author": _account, "username": _account, "rfilename": _path,
    "tags": _tags, "trainedWords": _triggers, "instance_prompt": _triggers, "description": _vocabulary,
    "card": _vocabulary, "license": _licence, "cardData": _card_data, "base_model": _bases, "datasets": _bases,
    "base_model_name_or_path": _bases, "file_bases": _bases, "baseModels": _bases, "images": _none,
}  # fmt: skip


def _net(value: Any, person: Person) -> Any:
    # Texts in which a piece of the name is still found, which no rule above should have let through.
    if isinstance(value, dict):
        return {k: new for k, v in value.items() if (new := _net(v, person)) is not _GONE}
    if isinstance(value, list):
        return [new for v in value if (new := _net(v, person)) is not _GONE]
    if not isinstance(value, str) or _is_hash(value, _WHOLE_HASHES):
        return value
    flat = squash(OURS.sub("", value))
    return _GONE if any(piece in flat for piece in person.long) else value
