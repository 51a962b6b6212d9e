"""Declared licences as SPDX 3 elements: one expression for each, and a text for each that SPDX does not list."""

from __future__ import annotations

import hashlib
import re
from typing import Any, TypeAlias

from headgate.bom import words
from headgate.bom.shapes import Artifact, Licence

Json: TypeAlias = dict[str, Any]

NO_ASSERTION = "expandedlicensing_NoAssertionLicense"
NOT_HELD = "The text of this licence is not held here."
_IDSTRING = re.compile(r"[^A-Za-z0-9.-]+")
_VAGUE = {"other", "unknown"}  # stand for whatever the card names or links


def expression(one: Artifact, licence: Licence) -> str:
    """The SPDX licence expression of what `one` declares: a listed id, or a `LicenseRef-` of ours."""
    if licence.spdx:
        return licence.spdx
    base, (name, link) = licence.id or licence.declared, _told(one, licence)
    slug = _IDSTRING.sub("-", words.line(name or base, 60)).strip("-.") or "unnamed"
    # `other` of two cards are two licences, unless both name or link the same one
    own = one.ref if base in _VAGUE and not (name or link) else None
    told = (base, name, link, own)
    return f"LicenseRef-headgate-{slug}" + ("" if told == (slug, None, None, None) else f"-{_digest(told)}")


def elements(one: Artifact, licence: Licence, named: str, text_id: str, element_id: str) -> list[Json]:
    """The elements of the licence that `named` (of `expression`) stands for: itself, and a text where SPDX has none."""
    made: Json = {
        "type": "simplelicensing_LicenseExpression", "spdxId": element_id, "creationInfo": "_:creation",
        "simplelicensing_licenseExpression": named,
    }  # fmt: skip
    if licence.spdx:
        return [made]
    name, link = _told(one, licence)
    text: Json = {
        "type": "simplelicensing_SimpleLicensingText", "spdxId": text_id, "creationInfo": "_:creation",
        "name": words.line(name or licence.id or licence.declared, 200),
        "comment": f"Declared as {words.line(licence.declared, 200)!r}.",
        "simplelicensing_licenseText": NOT_HELD,
    }  # fmt: skip
    if link:
        text["externalRef"] = [{"type": "ExternalRef", "externalRefType": "license", "locator": [link]}]
    made["simplelicensing_customIdToUri"] = [{"type": "DictionaryEntry", "key": named, "value": text_id}]
    return [text, made]


def _told(one: Artifact, licence: Licence) -> tuple[str | None, str | None]:
    """The name and the address that the card gives, where they can only be of this licence."""
    if len(one.licences) > 1 or (licence.id and licence.id not in _VAGUE):
        return None, None
    return (words.line(one.licence_name, 200) or None) if one.licence_name else None, words.address(one.licence_link)


def _digest(told: tuple[str | None, ...]) -> str:
    return hashlib.sha256(repr(told).encode("utf-8", "replace")).hexdigest()[:8]
