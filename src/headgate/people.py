"""Pseudonyms of depicted people: no name of one reaches the disk.

A record that says that it depicts a real person (Civitai's `poi`; likeness words on something that makes
images, video or voices) is rewritten from an allow-list before it is stored: see person_fields.py. The person
becomes a keyed hash of the name, the same on every hub, which nobody can undo without the key of the installation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from headgate.known_people import KnownPeople, parents_of, with_parents_renamed
from headgate.person_fields import Person, kept
from headgate.person_names import CAMEL, SEGMENTS, left_over, pseudonym, stored_id
from headgate.person_words import has, squash, squeezed, stems, terms
from headgate.refs import parse

_CIVITAI = frozenset({"poi", "modelVersions", "model", "baseModel", "_headgate"})
_NOT_SET = {"", "0", "false", "f", "no", "n", "none", "null"}
_BETWEEN_TAGS = re.compile(r"[,;|\n]")
_MOST_PIECES = 200  # of a name that are looked for because other fields than the title hold them


def pseudonymise(record: dict[str, object], key: bytes, known: KnownPeople | None = None) -> dict[str, object] | None:
    """Return `record` without the person it depicts, or None if it depicts none and may stay as it is.

    The new record keeps the hub's shape and order of fields; `_headgate` holds the pseudonym. A record that says
    nothing depicts a person of `known` if it shares a file with one or names one as its parent; what is found is
    added to `known`.
    """
    parents = _known_parents(record, key, known) if known and known.ids else {}
    told = _may_depict(record) and _depicts(record)
    if not told and not parents and not (known and known.share_a_file_with(record)):
        # an example image of somebody goes, its prompt with it; the model is none of that person for it
        return _without_images(record) if _flagged(record, images=True) else None
    record = with_parents_renamed(record, parents) if parents else record
    new = _without_person(record, key)
    if known is not None:
        known.remember(new)
    return new


def _known_parents(record: dict[str, Any], key: bytes, known: KnownPeople) -> dict[str, str]:
    # Only what makes images, video or voices can derive from a likeness; the rest is not worth the hashing.
    card = _card(record)
    written = parents_of(record, card)
    if not written or not _generates(record, card, _tags(record, card)):
        return {}
    stored = {text: stored_id(text, key) for text in written}
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
    return f"hf:{ref.kind}:{stored_id(ref.id, key)}"


def _may_depict(record: dict[str, Any]) -> bool:
    # Three million records pass here, nearly all of them about no person: a few look-ups and nothing more. It must
    # say yes wherever _depicts would.
    if _is_civitai(record):
        return True
    id_ = record.get("id") or record["modelId"]
    tags, card = record.get("tags") or "", record.get("cardData")
    if isinstance(tags, list):
        try:
            text = "\n".join(tags)
        except TypeError:
            return True
    elif isinstance(tags, str) and "\\" not in tags:
        text = tags
    else:
        return True
    if isinstance(card, dict):
        text += "\n".join(_texts(card["tags"])) if card.get("tags") else ""
    elif isinstance(card, str):  # escapes in JSON hide words
        text += "\n".join(_texts(_card(record).get("tags"))) if "\\" in card else card if "tags" in card else ""
    text = squeezed(f"{text}\n{id_ if not id_.isdigit() else record.get('name')}")
    return any(stem in text for stem in stems())


def _depicts(record: dict[str, Any]) -> bool:
    # A record that came through here before says so itself; nobody else's word for it is taken.
    if "_headgate" in record or _flagged(record):
        return True
    card = _card(record)
    tags = _tags(record, card)
    if not _generates(record, card, tags):
        return False
    name = _title(record)
    if any(squash(tag) in terms("likeness-tag") for tag in tags):
        return True
    return any(has(text, terms("likeness")) for text in [*tags, name, CAMEL.sub(" ", name)])


def _is_civitai(record: dict[str, Any]) -> bool:
    # Ids of Hugging Face are texts.
    return not (isinstance(record.get("id") or record.get("modelId"), str) and _CIVITAI.isdisjoint(record))


def _without_images(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: [] if k == "images" else _without_images(v) for k, v in value.items()}
    return [_without_images(v) for v in value] if isinstance(value, list) else value


def _flagged(record: dict[str, Any], *, images: bool = False) -> bool:
    # `poi` at any depth of what has the shape of Civitai, and whatever it holds but a no; an example image of
    # somebody does not make a model one of that person.
    left: list[Any] = [record] if _is_civitai(record) else []
    while left:
        value = left.pop()
        if isinstance(value, dict):
            if "poi" in value and _is_set(value["poi"]):
                return True
            left.extend(v for k, v in value.items() if isinstance(v, dict | list) and (images or k != "images"))
        else:
            left.extend(v for v in value if isinstance(v, dict | list))
    return False


def _is_set(value: object) -> bool:
    return value.strip().casefold() not in _NOT_SET if isinstance(value, str) else bool(value)


def _generates(record: dict[str, Any], card: dict[str, Any], tags: list[str]) -> bool:
    if "modelVersions" in record or "baseModel" in record:
        return True
    pipeline = record.get("pipeline_tag") or card.get("pipeline_tag")
    if squash(pipeline or "") in terms("pipeline") or record.get("library_name") == "diffusers":
        return True
    if squash(pipeline or "") in terms("pipeline-other"):
        return any(squash(tag) in terms("artifact") for tag in tags)
    words = [*tags, *_texts(card.get("base_model")), _title(record)]
    return any(has(word, terms("artifact", "artifact-weak")) for word in words)


def _levels(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield record
    versions = record.get("modelVersions")
    for value in (record.get("model"), *(versions if isinstance(versions, list) else ())):
        if isinstance(value, dict):
            yield value


def _card(record: dict[str, Any]) -> dict[str, Any]:
    card = record.get("cardData")
    if isinstance(card, str):
        card = _parsed(card)
    return card if isinstance(card, dict) else {}


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _tags(record: dict[str, Any], card: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for holder in (record, card):
        tags = holder.get("tags")
        if isinstance(tags, str):  # a dump may carry them as one text, in JSON or not
            parsed = _parsed(tags)
            tags = parsed if isinstance(parsed, list | dict) else _BETWEEN_TAGS.split(tags)
        found += _texts(tags)
    return found


def _texts(value: object) -> list[str]:
    """Every text in lists and objects, of an object with a name only that."""
    found: list[str] = []
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += [one["name"]] if "name" in one else reversed(one.values())
        elif isinstance(one, list):
            left += reversed(one)
        elif one is not None:
            found.append(str(one))
    return found


def _title(record: dict[str, Any]) -> str:
    # Hugging Face names a record by its id, author/name; Civitai by a title beside a number.
    id_ = record.get("id") or record.get("modelId")
    if isinstance(id_, str) and not id_.isdigit():
        return id_.rpartition("/")[2]
    inner = record.get("model")
    return str(record.get("name") or (inner.get("name") if isinstance(inner, dict) else "") or "")


def _person(record: dict[str, Any], key: bytes) -> Person:
    title, card = _title(record), _card(record)
    triggers = [text for level in _levels(record) for text in _texts(level.get("trainedWords"))]
    # The id alone decides on Hugging Face, so that whoever types it finds the pseudonym.
    named_by = [title] if isinstance(record.get("id"), str) else [title, *triggers]
    who = pseudonym(key, title, named_by, record.get("id"))
    pieces = _pieces([title, *SEGMENTS.split(title), *triggers, *_texts(card.get("instance_prompt"))])
    long = {piece for piece in pieces if _is_long(piece)}
    # A piece from elsewhere that is part of a known word would take that word away from every record.
    known = "\n".join(sorted(terms("safe", "likeness", "likeness-tag", "extension", "licence")))
    more = (p for text in _elsewhere(record, card) for p in _pieces([text]) if _is_long(p) and p not in known)
    return Person(key, who, frozenset(long.union(islice(more, _MOST_PIECES))), frozenset(pieces - long))


def _is_long(piece: str) -> bool:
    return len(piece) >= (4 if piece.isascii() else 2)


def _pieces(said: list[str]) -> set[str]:
    pieces: set[str] = set()
    for text in said:
        left = left_over(text)
        pieces |= {*left, *left_over(CAMEL.sub(" ", text)), "".join(left)}
    return pieces - {""}


def _elsewhere(record: dict[str, Any], card: dict[str, Any]) -> Iterator[str]:
    """What may hold the name besides the title: owner, tags, names of versions and of files."""
    yield str(record.get("id") or record.get("modelId") or "").rpartition("/")[0]
    for holder in (record.get("author"), record.get("creator")):
        yield from _texts(list(holder.values()) if isinstance(holder, dict) else holder)
    yield from (tag for tag in _tags(record, card) if ":" not in tag)
    for level in _levels(record):
        yield from _texts(level.get("name"))
        for files, name in ((level.get("files"), "name"), (level.get("siblings"), "rfilename")):
            yield from (str(f.get(name)) for f in (files if isinstance(files, list) else ()) if isinstance(f, dict))
