"""What may stay of a record that depicts a person: an allow-list of fields and words, and a net behind it.

Numbers, dates, hashes and words of the closed vocabulary stay in known fields. Accounts, datasets, file names and
trigger words become keyed pseudonyms, and so do parents other than well-known base models; all else goes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from headgate.person_names import OURS, account, digest, hub_id, is_base, stored_id
from headgate.person_words import scan, squash, terms, words
from headgate.refs import HF_ID

_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9 ._+\-/:(){},\[\]<]{1,300}")
_PARENT = re.compile(r"(base_model:(?:(?:finetune|adapter|merge|quantized):)?)(.+)")
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
        return hub_id(value, person.pseudonym, person.key)
    return value if isinstance(value, int | str) else _GONE


def _account(value: object, person: Person) -> object:
    return account(str(value), person.key)


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
    return _parent(value, person) if isinstance(value, str) else _GONE


def _parent(text: str, person: Person) -> object:
    if is_base(text) or (_safe(text) and not _names(text, person)):
        return text
    return _repository(text, person)


def _repository(text: str, person: Person) -> object:
    # In the form in which it is stored if it depicts a person itself, so that the two still join.
    return stored_id(text, person.key) if re.fullmatch(HF_ID, text, re.ASCII) else _GONE


def _datasets(value: object, person: Person) -> object:
    listed = value if isinstance(value, list) else [value]
    new = [_repository(v, person) for v in listed if isinstance(v, str)]
    return [v for v in new if v is not _GONE]


def _tags(value: object, person: Person) -> object:
    listed = [t.get("name") if isinstance(t, dict) else t for t in value] if isinstance(value, list) else []
    return [new for tag in listed if (new := _tag(str(tag), person)) is not _GONE]


def _tag(tag: str, person: Person) -> object:
    parent = _PARENT.fullmatch(tag)
    prefix, told = parent.groups() if parent else tag.partition(":")[::2]
    rule = _parent if parent else {"license": _licence, "dataset": _repository}.get(prefix)
    if rule is None:
        return tag if _safe(tag) else _GONE
    new = rule(told, person)
    return _GONE if new is _GONE else tag.removesuffix(told) + str(new)


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
    "card": _vocabulary, "license": _licence, "cardData": _card_data, "base_model": _bases, "datasets": _datasets,
    "base_model_name_or_path": _bases, "file_bases": _bases, "baseModels": _bases, "images": _none,
}  # fmt: skip


def _net(value: Any, person: Person) -> Any:
    # Texts in which a piece of the name is still found, which no rule above should have let through.
    if isinstance(value, dict):
        return {k: new for k, v in value.items() if (new := _net(v, person)) is not _GONE}
    if isinstance(value, list):
        return [new for v in value if (new := _net(v, person)) is not _GONE]
    if not isinstance(value, str) or _is_hash(value, _WHOLE_HASHES) or is_base(_PARENT.sub(r"\2", value)):
        return value
    flat = squash(OURS.sub("", value))
    return _GONE if any(piece in flat for piece in person.long) else value
