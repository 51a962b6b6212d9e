"""What a record of the Hugging Face Hub names as lying upstream of it: base models, an adapter's base, datasets.

The same fields that the link methods read, so that what their edges will point at can be asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from headgate import refs
from headgate.errors import UsageError
from headgate.known_people import parents_of
from headgate.pins import is_repository, same

_LONGEST = 300  # characters of a text that may be an id or the address of one
_HOSTS = ("huggingface.co/", "www.huggingface.co/", "hf.co/")


def upstream(record: dict[str, Any]) -> list[refs.Ref]:
    """The models, then the datasets that `record` names, each once; texts that are no id of the Hub are left out."""
    card = _card(record.get("cardData"))
    models = sorted({*parents_of(record, card), *_adapter_bases(record.get("config"))})
    datasets = sorted({*_tagged(record.get("tags")), *_texts(card.get("datasets"))})
    named = [_ref(text, "model") for text in models] + [_ref(text, "dataset") for text in datasets]
    return list({same(ref): ref for ref in named if ref}.values())


def _ref(text: str, kind: str) -> refs.Ref | None:
    text = text.strip().rstrip("/")
    if len(text) > _LONGEST:
        return None
    try:
        found = refs.parse(f"https://{text}" if text.startswith(_HOSTS) else text)
    except UsageError:
        return None
    return refs.Ref("hf", kind, found.id) if is_repository(found) else None


def _card(value: object) -> dict[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


def _adapter_bases(config: object) -> Iterator[str]:
    if isinstance(config, dict):
        for holder in (config.get("peft"), config.get("adapter_config"), config):
            if isinstance(holder, dict):
                yield from _texts(holder.get("base_model_name_or_path"))


def _tagged(tags: object) -> list[str]:
    return [tag.removeprefix("dataset:") for tag in _texts(tags) if tag.startswith("dataset:")]


def _texts(value: object) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [text for text in listed if isinstance(text, str)]
