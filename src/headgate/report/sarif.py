"""Verdicts as SARIF 2.1.0, each with the place in the repository that names the model.

GitHub refuses a whole file if one result has no physical location, so there is none without.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from headgate import __version__, refs
from headgate.gate import Verdict
from headgate.mentions import Mention
from headgate.plain import plain

_RULES = {
    "block": ("blocked", "ModelIsBlocked", "The policy blocks this model", "error"),
    "unknown": ("could-not-tell", "ModelIsNotKnown", "What the policy asks is not known of this model", "warning"),
    "hidden": ("id-not-in-code", "ModelIdIsHidden", "Which model this loads is not in the code", "note"),
}
_SPECIAL = re.compile(r"([\\\[\]])")  # what SARIF messages give a meaning


def document(found: Iterable[tuple[Mention, Verdict | None]]) -> dict[str, Any]:
    """The SARIF log of `found`: mentions with verdicts, None where code hides the id; allowed ones left out."""
    results = [
        _result(mention, verdict) for mention, verdict in found if verdict is None or verdict.decision != "allow"
    ]
    rules = [
        {"id": id_, "name": name, "shortDescription": {"text": f"{words}."},
         "fullDescription": {"text": f"{words}. Judged by the findings of a workspace under a policy."},
         "helpUri": "https://github.com/headgate/headgate/blob/main/docs/ci.md",
         "help": {"text": "See docs/ci.md: what each verdict means, and how a waiver is written."},
         "defaultConfiguration": {"level": level}}
        for id_, name, words, level in _RULES.values()
    ]  # fmt: skip
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "Headgate", "semanticVersion": __version__, "rules": rules,
                "informationUri": "https://github.com/headgate/headgate",
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the repository."}}},
            "results": results,
        }],
    }  # fmt: skip


def _result(mention: Mention, verdict: Verdict | None) -> dict[str, Any]:
    kind = verdict.decision if verdict else "hidden"
    id_, _, words, level = _RULES[kind]
    said = f"{verdict.ref}: {verdict.because or words}" if verdict else f"{words}: {mention.text}"
    same = f"{id_} {mention.path} {mention.text}"  # wherever in the file it moves
    path = quote(mention.path.encode("utf-8", "surrogateescape"))
    # what lies outside the repository has an address of its own
    artifact = {"uri": f"file://{path}"} if path.startswith("/") else {"uri": path, "uriBaseId": "SRCROOT"}
    place = {
        "artifactLocation": artifact,
        "region": {
            "startLine": mention.line, "startColumn": mention.column,
            "endColumn": mention.column + len(mention.text) if verdict else mention.column + 1,
        },
    }  # fmt: skip
    location: dict[str, Any] = {"physicalLocation": place}
    if mention.ref:
        name = refs.to_purl(mention.ref) if mention.ref.hub != "name" else str(mention.ref)
        location["logicalLocations"] = [{"fullyQualifiedName": plain(name, 300), "kind": "module"}]
    return {
        "ruleId": id_,
        "ruleIndex": list(_RULES).index(kind),
        "level": level,
        "message": {"text": _SPECIAL.sub(r"\\\1", plain(said, 1500)).replace("{", "{{").replace("}", "}}")},
        "locations": [location],
        "partialFingerprints": {"headgateMention/v1": sha256(same.encode("utf-8", "surrogateescape")).hexdigest()},
    }
