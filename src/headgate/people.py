"""Pseudonyms of depicted people: no name of one reaches the disk.

A record that says that it depicts a real person (Civitai's `poi`; likeness words on something that makes
images, video or voices) is rewritten from an allow-list before it is stored: see person_fields.py. The person
becomes a keyed hash of the name, the same on every hub, which nobody can undo without the key of the installation.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from headgate.known_people import KnownPeople, parents_of, with_parents_renamed
from headgate.person_fields import OURS, Person, digest, hub_id, kept
from headgate.person_words import has, scan, spellings, squash, stems, terms
from headgate.refs import parse

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_TOOLS = re.compile(r"LoRA|LyCORIS|SDXL|SD(?=\d)|F(?:lux|LUX)(?![a-z])")
# What follows the person in a title: "Jane Example (actress) | SDXL", "Jane Example by maker".
_SEGMENTS = re.compile(r"[|(\[{【「:~]|\s[-\u2013\u2014]\s|\s(?:by|as|from|in|for)\s", re.IGNORECASE)
_OWN_WORDS = ("safe", "noise", "likeness", "likeness-tag", "artifact", "artifact-weak", "extension")


def pseudonymise(record: dict[str, object], key: bytes, known: KnownPeople | None = None) -> dict[str, object] | None:
    """Return `record` without the person it depicts, or None if it depicts none and may stay as it is.

    The new record keeps the hub's shape and order of fields; `_headgate` holds the pseudonym. A record that says
    nothing depicts a person of `known` if it shares a file with one or names one as its parent; what is found is
    added to `known`.
    """
    parents = _known_parents(record, key, known) if known and known.ids else {}
    told = _may_depict(record) and _depicts(record)
    if not told and not parents and not (known and known.share_a_file_with(record)):
        return None
    record = with_parents_renamed(record, parents) if parents else record
    new = _without_person(record, key)
    if known is not None:
        known.remember(new)
    return new


def _known_parents(record: dict[str, Any], key: bytes, known: KnownPeople) -> dict[str, str]:
    # Only what makes images, video or voices can derive from a likeness; the rest is not worth the hashing.
    card = _card(record)
    written = parents_of(record, card)
    if not written or not _generates(record, card, [*_texts(record.get("tags")), *_texts(card.get("tags"))]):
        return {}
    stored = {text: hub_id(text, _person({"id": text}, key)) for text in written}
    return {text: id_ for text, id_ in stored.items() if id_ in known.ids}


def _without_person(record: dict[str, object], key: bytes) -> dict[str, object]:
    person = _person(record, key)
    new = kept(record, person)
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
    return f"hf:{ref.kind}:{hub_id(ref.id, _person({'id': ref.id}, key))}"


def _may_depict(record: dict[str, Any]) -> bool:
    # Three million records pass here, nearly all of them about no person: a few look-ups and nothing more.
    if "poi" in record or "modelVersions" in record or "model" in record or "_headgate" in record:
        return True
    tags, card, pipeline = record.get("tags") or (), record.get("cardData"), record.get("pipeline_tag")
    try:
        if pipeline and pipeline not in spellings("pipeline") and spellings("artifact").isdisjoint(tags):
            return False
        text = tags if isinstance(tags, str) else "\n".join(tags)
    except TypeError:
        return True
    if card:
        text += str(card.get("tags")) if isinstance(card, dict) else str(card)
    text = f"{text}\n{record.get('id') or record.get('modelId') or record.get('name')}".lower()
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return any(stem in text for stem in stems())


def _depicts(record: dict[str, Any]) -> bool:
    # A record that came through here before says so itself; nobody else's word for it is taken.
    if "_headgate" in record or any(_flag(level.get("poi")) for level in _levels(record)):
        return True
    card = _card(record)
    tags = [*_texts(record.get("tags")), *_texts(card.get("tags"))]
    if not _generates(record, card, tags):
        return False
    name = _title(record)
    if any(squash(tag) in terms("likeness-tag") for tag in tags):
        return True
    return any(has(text, terms("likeness")) for text in [*tags, name, _CAMEL.sub(" ", name)])


def _generates(record: dict[str, Any], card: dict[str, Any], tags: list[str]) -> bool:
    if "modelVersions" in record or "baseModel" in record:
        return True
    pipeline = record.get("pipeline_tag") or card.get("pipeline_tag")
    if squash(pipeline or "") in terms("pipeline") or record.get("library_name") == "diffusers":
        return True
    if pipeline:
        return any(squash(tag) in terms("artifact") for tag in tags)
    words = [*tags, *_texts(card.get("base_model")), _title(record)]
    return any(has(word, terms("artifact", "artifact-weak")) for word in words)


def _levels(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield record
    versions = record.get("modelVersions")
    for value in (record.get("model"), *(versions if isinstance(versions, list) else ())):
        if isinstance(value, dict):
            yield value


def _flag(value: object) -> bool:
    return value is True or value == 1 or (isinstance(value, str) and value.strip().lower() in {"true", "1"})


def _card(record: dict[str, Any]) -> dict[str, Any]:
    card = record.get("cardData")
    if isinstance(card, str):
        try:
            card = json.loads(card)
        except (ValueError, RecursionError):
            return {}
    return card if isinstance(card, dict) else {}


def _texts(value: object) -> list[str]:
    found = value if isinstance(value, list) else [] if value is None else [value]
    return [str(v.get("name")) if isinstance(v, dict) else str(v) for v in found]


def _title(record: dict[str, Any]) -> str:
    # Hugging Face names a record by its id, author/name; Civitai by a title beside a number.
    id_ = record.get("id") or record.get("modelId")
    if isinstance(id_, str) and not id_.isdigit():
        return id_.rpartition("/")[2]
    inner = record.get("model")
    return str(record.get("name") or (inner.get("name") if isinstance(inner, dict) else "") or "")


def _person(record: dict[str, Any], key: bytes) -> Person:
    title = _title(record)
    triggers = [text for level in _levels(record) for text in _texts(level.get("trainedWords"))]
    # The id alone decides on Hugging Face, so that whoever types it finds the pseudonym.
    named_by = [title, *triggers] if "id" not in record or not isinstance(record["id"], str) else [title]
    name = next((found for found in map(_name, named_by) if found), "")
    ours = OURS.match(title)
    if ours and ours[0].startswith("person-"):
        pseudonym = ours[0][:23]
    else:
        pseudonym = "person-" + digest(key, name or f"no name: {squash(title)} {record.get('id')}")
    said = [title, *_SEGMENTS.split(title), *triggers, *_texts(_card(record).get("instance_prompt"))]
    pieces = {name}
    for text in said:
        left = _left_over(text)
        pieces |= {*left, *_left_over(_CAMEL.sub(" ", text)), "".join(left)}
    pieces.discard("")
    long = frozenset(piece for piece in pieces if len(piece) >= (4 if piece.isascii() else 2))
    return Person(key, pseudonym, long, frozenset(pieces - long))


def _name(text: str) -> str:
    # Joined without separators: "Jane O'Example", "jane-o-example" and "JaneOExample" are one person.
    for segment in _SEGMENTS.split(OURS.sub(" ", text)):
        name = "".join(_left_over(_CAMEL.sub(" ", _TOOLS.sub(r" \g<0> ", segment).replace("LoRA", "lora"))))
        if len(name) >= (3 if name.isascii() else 1):
            return name
    return ""


def _left_over(text: str) -> list[str]:
    left = [word.strip("0123456789") for word, known in scan(text, terms(*_OWN_WORDS)) if not known]
    return [word for word in left if word]
