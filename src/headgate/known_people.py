"""Records that do not say whom they depict, but whose files or parents do.

A re-upload without a word carries the same weight file, by hash, as an artifact that was pseudonymised before; a
merge or a copy names such an artifact as its parent. Both are then treated as depicting the person. Only what was
collected earlier can be known, so collect the hub that flags its records first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_PARENT_TAG = re.compile(r"(base_model:(?:(?:finetune|adapter|merge|quantized):)?)(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class KnownPeople:
    """Lower-case sha256 of files, and stored (pseudonymous) Hugging Face ids, of artifacts that depict people."""

    hashes: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)

    def remember(self, stored: dict[str, Any]) -> None:
        """Take in a record as it is stored."""
        self.hashes.update(hashes_of(stored))
        if isinstance(stored.get("id"), str):
            self.ids.add(stored["id"])

    def share_a_file_with(self, record: dict[str, Any]) -> bool:
        """Whether a file of `record` is one of theirs."""
        return bool(self.hashes) and not self.hashes.isdisjoint(hashes_of(record))


def hashes_of(record: dict[str, Any]) -> Iterator[str]:
    """The sha256 of every file that a record lists, in the shape of either hub."""
    versions = [v for v in _list(record.get("modelVersions")) if isinstance(v, dict)]
    for file in [*_list(record.get("siblings")), *(f for v in versions for f in _list(v.get("files")))]:
        if isinstance(file, dict):
            for holder, name in ((file.get("lfs"), "sha256"), (file.get("lfs"), "oid"), (file.get("hashes"), "SHA256")):
                if isinstance(holder, dict) and isinstance(holder.get(name), str):
                    yield holder[name].lower()


def parents_of(record: dict[str, Any], card: dict[str, Any]) -> set[str]:
    """The parents that a record declares, as written."""
    tags = [found[2] for tag in _list(record.get("tags")) if (found := _PARENT_TAG.fullmatch(str(tag)))]
    base = card.get("base_model")
    return {text for text in [*tags, *_list(base), base] if isinstance(text, str)}


def with_parents_renamed(value: Any, stored: dict[str, str]) -> Any:
    """`value` with every declared parent that is a key of `stored` replaced by its stored id."""
    if isinstance(value, dict):
        return {k: with_parents_renamed(v, stored) for k, v in value.items()}
    if isinstance(value, list):
        return [with_parents_renamed(v, stored) for v in value]
    if not isinstance(value, str):
        return value
    tag = _PARENT_TAG.fullmatch(value)
    return tag[1] + stored.get(tag[2], tag[2]) if tag else stored.get(value, value)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
