"""Pseudonyms of depicted people: no name of one reaches the disk.

A record that says that it depicts a real person (Civitai's `poi`; likeness words on something that makes
images, video or voices) is rewritten from an allow-list before it is stored: numbers, dates, hashes and words
of the closed vocabulary data/person_terms.csv stay, all other text goes. The person becomes a keyed hash of
the name, the same on every hub, which nobody without the key of the installation can undo.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from headgate.refs import HF_ID, parse

_TERMS = Path(__file__).with_name("data") / "person_terms.csv"
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
# What follows the person in a title: "Jane Example (actress) | SDXL", "Jane Example by maker".
_SEGMENTS = re.compile(r"[|(\[{【「:~]|\s[-\u2013\u2014]\s|\s(?:by|as|from|in|for)\s", re.IGNORECASE)
_APOSTROPHES = re.compile("['\u2018\u2019\u02bc`\u00b4]")
_FOLDED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ħ": "h", "ı": "i", "ð": "d", "þ": "th"})
_NUMBER = re.compile(r"v?\d{1,6}[bkmpvx]?|(?:e|ep|epoch|r|rank|dim|step|steps|ver|q|vol)\d+", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
_HASH = re.compile(r"(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{10}|[0-9a-fA-F]{12}|[0-9a-fA-F]{24}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64})")
_LONG_HASH = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
_OURS = re.compile(r"person-[0-9a-f]{16}(?![0-9a-z])(?:-[0-9a-f]{8}(?![0-9a-z]))?|(?:account|word)-[0-9a-f]{16}")
_LONGEST = 100_000  # characters of a text in which words are looked for
_GONE = object()


@dataclass(frozen=True, slots=True)
class _Person:
    key: bytes
    pseudonym: str
    long: frozenset[str]  # pieces of the name looked for inside words
    short: frozenset[str]  # pieces that count as whole words only


def pseudonymise(record: dict[str, object], key: bytes) -> dict[str, object] | None:
    """Return `record` without the person it depicts, or None if it depicts none and may stay as it is.

    The new record keeps the hub's shape and order of keys; `_headgate` holds the pseudonym.
    """
    if not _may_depict(record) or not _depicts(record):
        return None
    person = _person(record, key)
    new: dict[str, Any] = _net(_object(record, person), person)
    for holder, given in ((new, record), (new.get("model"), record.get("model"))):
        if isinstance(holder, dict) and isinstance(given, dict) and "name" in given:
            holder["name"] = person.pseudonym
    new["_headgate"] = {"depicts": person.pseudonym, "person": True}
    return new


def pseudonymise_ref(ref_text: str, key: bytes) -> str:
    """The ref under which the Hugging Face artifact `ref_text` is stored if it depicts a person.

    It is worked out from the id alone. Raises `UsageError` where `ref_text` names nothing.
    """
    ref = parse(ref_text)
    if ref.hub != "hf":
        return str(ref)
    return f"hf:{ref.kind}:{_hub_id(ref.id, _person({'id': ref.id}, key))}"


# -- does it depict a person?


def _may_depict(record: dict[str, object]) -> bool:
    # Three million records pass here, nearly all of them about no person: a few searches and nothing more.
    if "poi" in record or "modelVersions" in record or "model" in record or "_headgate" in record:
        return True
    tags, card = record.get("tags"), record.get("cardData")
    try:
        text = "\n".join(tags) if tags else ""  # type: ignore[arg-type]
    except TypeError:
        return True
    if card:
        text += str(card.get("tags")) if isinstance(card, dict) else str(card)
    text = f"{text}\n{record.get('id') or record.get('modelId') or record.get('name')}".lower()
    return any(stem in text for stem in _stems())


def _depicts(record: dict[str, object]) -> bool:
    # A record that came through here before says so itself; nobody else's word for it is taken.
    if "_headgate" in record or any(_flag(r.get("poi")) for r in _levels(record)):
        return True
    card = _card(record)
    tags = [*_texts(record.get("tags")), *_texts(card.get("tags")), *_texts(card.get("keywords"))]
    if not _generates(record, card, tags):
        return False
    strong, whole = _terms("likeness"), _terms("likeness-tag")
    name = _title(record)
    return any(_squash(t) in whole for t in tags) or any(_has(t, strong) for t in [*tags, name, _CAMEL.sub(" ", name)])


def _levels(record: dict[str, object]) -> Iterator[dict[str, object]]:
    yield record
    versions = record.get("modelVersions")
    for value in (record.get("model"), *(versions if isinstance(versions, list) else ())):
        if isinstance(value, dict):
            yield value


def _flag(value: object) -> bool:
    return value is True or value == 1 or (isinstance(value, str) and value.strip().lower() in {"true", "1"})


def _generates(record: dict[str, object], card: dict[str, Any], tags: list[str]) -> bool:
    if "modelVersions" in record or "modelId" in record and "baseModel" in record:
        return True
    pipeline = _squash(record.get("pipeline_tag") or card.get("pipeline_tag") or "")
    if pipeline in _terms("pipeline") or _squash(record.get("library_name") or "") == "diffusers":
        return True
    words = [*tags, *_texts(card.get("base_model"))]
    # An adapter of unknown purpose may well make images; one that says that it makes text does not.
    weak = not pipeline and any(_has(word, _terms("artifact-weak")) for word in [*words, _title(record)])
    return weak or any(_has(word, _terms("artifact")) for word in words)


def _card(record: dict[str, object]) -> dict[str, Any]:
    card = record.get("cardData")
    if isinstance(card, str):
        try:
            card = json.loads(card)
        except (ValueError, RecursionError):
            return {}
    return card if isinstance(card, dict) else {}


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    found = value if isinstance(value, list) else []
    return [str(v.get("name")) if isinstance(v, dict) else str(v) for v in found]


def _title(record: dict[str, object]) -> str:
    # Hugging Face names a record by its id, author/name; Civitai by a title beside a number.
    id_ = record.get("id") or record.get("modelId")
    if isinstance(id_, str) and not id_.isdigit():
        return id_.rpartition("/")[2]
    inner = record.get("model")
    return str(record.get("name") or (inner.get("name") if isinstance(inner, dict) else "") or "")


# -- who is it?


def _person(record: dict[str, object], key: bytes) -> _Person:
    title = _title(record)
    triggers = [t for level in _levels(record) for t in _texts(level.get("trainedWords"))]
    named = any(isinstance(record.get(k), str) for k in ("id", "modelId"))
    name = next((n for n in map(_name, [title] if named else [title, *triggers]) if n), "")
    ours = _OURS.match(title)
    if ours and ours[0].startswith("person-"):
        pseudonym = ours[0][:23]
    else:
        pseudonym = "person-" + _digest(key, name or f"no name: {_squash(title)} {record.get('id')}")
    said = [title, *triggers, *_texts(_card(record).get("instance_prompt"))]
    pieces = {word for text in said for form in (text, _CAMEL.sub(" ", text)) for word in _left_over(form)}
    pieces |= {name, *("".join(_left_over(text)) for text in (title, *_SEGMENTS.split(title)))} - {""}
    long = frozenset(p for p in pieces if len(p) >= (4 if p.isascii() else 2))
    return _Person(key, pseudonym, long, frozenset(pieces - long))


def _name(text: str) -> str:
    # Joined without separators: "Jane O'Example", "jane-o-example" and "JaneOExample" are one person.
    for segment in _SEGMENTS.split(_OURS.sub(" ", text)):
        name = "".join(_left_over(_CAMEL.sub(" ", re.sub(r"LoRA|LyCORIS", " lora ", segment))))
        if len(name) >= (3 if name.isascii() else 1):
            return name
    return ""


def _digest(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:16]


def _words(text: object) -> list[str]:
    folded = unicodedata.normalize("NFKD", str(text)).casefold().translate(_FOLDED)
    folded = "".join(c for c in _APOSTROPHES.sub("", folded) if unicodedata.category(c)[0] not in "MC")
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", folded))


def _squash(text: object) -> str:
    return "".join(_words(text))


def _has(text: str, terms: frozenset[str]) -> bool:
    words = _words(text[:_LONGEST])
    return any("".join(words[i : i + n]) in terms for i in range(len(words)) for n in range(1, 5))


def _scan(text: object, terms: frozenset[str]) -> Iterator[tuple[str, bool]]:
    """The words of `text`, terms of several words as one, and whether each is a term or a number."""
    words = _words(str(text)[:_LONGEST])
    at = 0
    while at < len(words):
        n = next((n for n in (6, 5, 4, 3, 2, 1) if "".join(words[at : at + n]) in terms), 0)
        phrase = " ".join(words[at : at + (n or 1)])
        yield phrase, bool(n) or bool(_NUMBER.fullmatch(phrase))
        at += n or 1


def _left_over(text: str) -> list[str]:
    words = (word for word, known in _scan(text, _terms("safe", "noise", "likeness", "likeness-tag", "artifact",
                                                        "artifact-weak", "extension")) if not known)  # fmt: skip
    return [bare for word in words if (bare := word.strip("0123456789"))]


def _names(text: object, person: _Person) -> bool:
    flat = _squash(text)
    return any(piece in flat for piece in person.long) or not person.short.isdisjoint(_words(text))


@cache
def _terms(*uses: str) -> frozenset[str]:
    with _TERMS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["use"] in uses]
    return frozenset(row["term"] if row["use"] == "field" else _squash(row["term"]) for row in rows)


@cache
def _stems() -> tuple[str, ...]:
    with _TERMS.open(encoding="utf-8", newline="") as file:
        terms = [row["term"] for row in csv.DictReader(file) if row["use"].startswith("likeness")]
    longest = {max(_words(term), key=len) for term in terms}
    return tuple(sorted(s for s in longest if not any(o != s and o in s for o in longest)))


# -- what may stay of it


def _safe(text: str) -> bool:
    scanned = list(_scan(text, _terms("safe", "likeness", "likeness-tag", "extension")))
    return len(text) <= 300 and bool(scanned) and all(known for _, known in scanned)


def _object(value: dict[str, Any], person: _Person) -> dict[str, Any]:
    kept = {k: _RULES.get(k, _fact)(v, person) for k, v in value.items() if k in _RULES or k in _terms("field")}
    return {k: v for k, v in kept.items() if v is not _GONE}


def _fact(value: object, person: _Person) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return _object(value, person)
    if isinstance(value, list):
        return [new for v in value if (new := _fact(v, person)) is not _GONE]
    text = str(value)
    return text if _DATE.fullmatch(text) or _HASH.fullmatch(text) or _safe(text) else _GONE


def _id(value: object, person: _Person) -> object:
    if isinstance(value, str) and not value.isdigit():
        return _hub_id(value, person)
    return value if isinstance(value, int | str) else _GONE


def _hub_id(id_: str, person: _Person) -> str:
    author, slash, name = id_.rpartition("/")
    ours = _OURS.fullmatch(name)
    name = name if ours else f"{person.pseudonym}-{_digest(person.key, f'id {id_.casefold()}')[:8]}"
    return f"{_account(author, person)}/{name}" if slash else name


def _account(value: object, person: _Person) -> object:
    text = str(value)
    if re.fullmatch(r"[A-Za-z0-9][\w.\-]{0,95}", text, re.ASCII) and not _names(_OURS.sub("", text), person):
        return text
    return f"account-{_digest(person.key, f'account {text.casefold()}')}"


def _path(value: object, person: _Person) -> object:
    text = str(value)
    if _safe(text) or _OURS.fullmatch(text.partition(".")[0]):
        return text if not _names(_OURS.sub("", text), person) else _GONE
    ending = text.rpartition(".")[2].lower()
    ending = f".{ending}" if ending in _terms("extension") else ""
    return f"{person.pseudonym}-{_digest(person.key, f'path {text}')[:8]}{ending}"


def _file_or_version(value: object, person: _Person) -> object:
    return _path(value, person) if value is not None else None


def _triggers(value: object, person: _Person) -> object:
    return [f"word-{_digest(person.key, f'word {_squash(t)}')}" for t in _texts(value)]


def _vocabulary(value: object, person: _Person) -> object:
    if value is None:
        return None
    known = _terms("safe", "likeness", "likeness-tag")
    words = dict.fromkeys(w for w, _ in _scan(value, known) if w.replace(" ", "") in known and not _names(w, person))
    return " ".join(words)


def _bases(value: object, person: _Person) -> object:
    if isinstance(value, list):
        return [new for v in value if (new := _bases(v, person)) is not _GONE]
    if isinstance(value, dict):  # the Hub's baseModels: {"relation": ..., "models": [{"_id": ..., "id": ...}]}
        new = {k: (_bases if k in {"models", "id"} else _fact)(v, person) for k, v in value.items()
               if k in {"models", "id", "_id", "relation"}}  # fmt: skip
        return {k: v for k, v in new.items() if v is not _GONE}
    clean = isinstance(value, str) and re.fullmatch(HF_ID, value, re.ASCII) and not _names(value, person)
    return value if clean else _GONE


def _tags(value: object, person: _Person) -> object:
    return [new for t in _texts(value) if (new := _tag(t, person)) is not _GONE]


def _tag(tag: str, person: _Person) -> object:
    found = re.fullmatch(r"(base_model:(?:(?:finetune|adapter|merge|quantized):)?)(.+)", tag)
    if found:
        return tag if _bases(found[2], person) is not _GONE else _GONE
    if tag.startswith("license:"):
        return tag if _licence(tag[8:], person) is not _GONE else _GONE
    return tag if _safe(tag) else _GONE


def _licence(value: object, person: _Person) -> object:
    return [t for t in _texts(value) if _squash(t) in _terms("licence")] or _GONE if isinstance(value, list) else (
        value if _squash(value) in _terms("licence") else _GONE)  # fmt: skip


def _card_data(value: object, person: _Person) -> object:
    if isinstance(value, str):
        return json.dumps(_object(_card({"cardData": value}), person))
    return _fact(value, person) if isinstance(value, dict) else None


_RULES: dict[str, Callable[[Any, _Person], object]] = {
    "id": _id, "modelId": _id, "name": _file_or_version, "author": _account, "username": _account,
    "rfilename": _path, "tags": _tags, "trainedWords": _triggers, "instance_prompt": _triggers,
    "description": _vocabulary, "card": _vocabulary, "license": _licence, "cardData": _card_data,
    "base_model": _bases, "base_model_name_or_path": _bases, "file_bases": _bases, "baseModels": _bases,
    "datasets": _bases, "images": lambda value, person: [],
}  # fmt: skip


def _net(value: Any, person: _Person) -> Any:
    """`value` without the texts in which a piece of the name is still found: what the rules above missed."""
    if isinstance(value, dict):
        return {k: new for k, v in value.items() if (new := _net(v, person)) is not _GONE}
    if isinstance(value, list):
        return [new for v in value if (new := _net(v, person)) is not _GONE]
    if not isinstance(value, str) or _LONG_HASH.fullmatch(value):
        return value
    flat = _squash(_OURS.sub("", value))
    return _GONE if any(piece in flat for piece in person.long) else value
