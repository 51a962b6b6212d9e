"""What a card says under the headings that documents have a field for, in the card's own words.

The headings are those of the hub's two templates of dataset cards, of its template of model cards and of the cards
that its training library writes. A heading with a placeholder under it says nothing.
Reference: huggingface_hub, templates/datasetcard_template.md and modelcard_template.md.
"""

from __future__ import annotations

import re

from headgate.bom import words

LONGEST = 1_000  # characters quoted of one section
_FRONT = re.compile(r"\ufeff?---[ \t]*\r?\n.*?^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(\S.{0,120})")
_EXTRA = re.compile(r"\[optional\]|[^a-z0-9&,' -]")
_PLACEHOLDER = re.compile(r"\W*(more information( is)? needed|needs more information|todo|tbd|n/a|coming soon)\W*")
_FIELDS = {
    "uses": ("direct use", "uses", "use cases", "intended use", "intended uses", "intended uses & limitations"),
    "limitations": ("bias, risks, and limitations", "bias, risks and limitations", "limitations", "known limitations",
                    "other known limitations", "limitations and bias", "limitations and biases", "out-of-scope use"),
    "biases": ("discussion of biases", "bias", "biases", "known biases"),
    "social impact": ("social impact of dataset", "social impact"),
    "personal": ("personal and sensitive information",),
    "collection": ("data collection and processing", "initial data collection and normalization", "data collection",
                   "data collection process", "source data"),
    "annotation": ("annotation process",),
    "annotators": ("who are the annotators",),
    "preprocessing": ("preprocessing", "data preprocessing", "preprocessing optional"),
    "maintenance": ("maintenance", "maintenance plan", "dataset maintenance", "update frequency"),
    "training data": ("training data", "training and evaluation data"),
    "training": ("training procedure", "training details"),
}  # fmt: skip
_FIELD_OF = {heading: field for field, headings in _FIELDS.items() for heading in headings}


def read(card: str | None) -> dict[str, list[str]]:
    """What `card` says by field (`uses`, `limitations`, ...), each section on one line; what is absent is not there."""
    found: dict[str, list[str]] = {}
    for heading, lines in _parts(card or ""):
        field = _FIELD_OF.get(_plain(heading))
        if field and (quoted := _quoted(lines)):
            found.setdefault(field, []).append(quoted)
    return found


def _parts(card: str) -> list[tuple[str, list[str]]]:
    parts: list[tuple[str, list[str]]] = [("", [])]
    fenced = False
    for text in _COMMENT.sub("", _FRONT.sub("", card, count=1)).splitlines():
        fenced ^= text.lstrip().startswith("```")
        if not fenced and (heading := _HEADING.match(text)):
            parts.append((heading[1], []))
        else:
            parts[-1][1].append(text)
    return parts


def _plain(heading: str) -> str:
    return " ".join(_EXTRA.sub(" ", heading.lower()).split())


def _quoted(lines: list[str]) -> str | None:
    said = [text for text in lines if text.strip() and not _PLACEHOLDER.fullmatch(text.strip().lower())]
    return words.line(" ".join(said), LONGEST) or None
