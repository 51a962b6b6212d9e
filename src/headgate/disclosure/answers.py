"""Ask one card the questions of a set: for each item an answer and the words that give it, with their place.

A match counts for its answer unless it is negated ("no ethics review was sought": `denied`, where the set has such an
answer, otherwise nothing) or only planned, asked or demanded ("we will pay annotators": `unclear`, or `mentioned`).
Text of licences and templates, code, comments and references never count. Of several matches the one with the
strongest answer is taken, and of these the first.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from headgate.disclosure.blanks import blanked, lowered
from headgate.disclosure.questions import Item, Questions, Rule
from headgate.disclosure.segments import Segment, segments

Span: TypeAlias = tuple[int, int]

QUOTED = 300  # characters of a quote
_NEAR = 7  # words before a match in which a negation counts
_FAR = 14  # words before a match in which a plan counts
_NOT = re.compile(
    r"\b(no|not|never|without|neither|nor|none|cannot|lacks?|lacking|absence of|instead of|rather than|"
    r"\w+n['\u2019]t)\b"
    r"(?!\s+(only|just|to mention|least|later|limited))",
    re.IGNORECASE,
)
_NOT_AFTER = re.compile(
    r"\s*\)?(\s+\w{1,20}){0,4}?\s+(not|never|\w+n['\u2019]t|waived)\b(?!\s+only)|"
    r"[\w\s()/]{0,40}[:=]\s*\W{0,4}(no|not|none|never)\b",
    re.IGNORECASE,
)
_PLANNED = re.compile(
    r"\b(will|shall|plan|plans|planned|planning|intends?|hopes?|aims?|going to|future|if|whether|should|must|"
    r"(?<!to )ensure|"
    r"needs? to|would|could|might|may|to be|consider(ing)?|when using|agrees?)\b",
    re.IGNORECASE,
)
_PLANNED_AFTER = re.compile(
    r"[^.;]{0,60}?\b(pending|will (be|follow)|(is|are) planned|in (the|a) future|to be (added|announced|released)|"
    r"coming soon|to follow)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[;:!?]|\.\s|,?\s\b(but|however|although|though|while|whereas|except)\b", re.IGNORECASE)


class Answer(NamedTuple):
    """The answer to one item. `quote` is `card[start:end]`; all three are empty where nothing is said."""

    item: str
    answer: str
    quote: str = ""
    start: int = 0
    end: int = 0
    because: str = ""

    @property
    def answer_to(self) -> str:
        """The item as words."""
        return self.item.replace("_", " ")


def ask(card: str, questions: Questions) -> list[Answer]:
    """The answers of `card` (only its beginning is read, see `segments`), one for each item in the set's order."""
    text = blanked(card)
    lower = lowered(text)
    best = {item.name: Answer(item.name, questions.none) for item in questions.items}
    order = {answer: rank for rank, answer in enumerate(questions.answers)}
    for piece in segments(text):
        if piece.kind in {"licence", "heading"}:
            continue
        words = lower[piece.start : piece.end]
        for item, answer, start, end, why in _told(words, piece.heading.lower(), piece.lead.lower(), questions):
            if order[answer] < order[best[item].answer]:
                left, right = _quoted(text, piece, piece.start + start, piece.start + end)
                because = " ".join(card[piece.start + why[0] : piece.start + why[1]].split())[:QUOTED]
                best[item] = Answer(item, answer, card[left:right], left, right, because)
    return list(best.values())


def applies(card: str, questions: Questions) -> bool:
    """Whether the set has a subject in `card`, such as people who worked on the data."""
    return questions.applies is None or bool(questions.applies.search(lowered(blanked(card))))


@lru_cache(maxsize=50_000)  # the cards of a hub share most of their sentences
def _told(words: str, heading: str, lead: str, questions: Questions) -> tuple[tuple[str, str, int, int, Span], ...]:
    """What one piece says: item, answer, place of the words and of the reason in it; lower-case texts."""
    told = []
    for item in questions.items:
        found = [one for rule in item.rules if (one := _found(words, heading, lead, rule, item, questions))]
        denied = [one for one in found if one[0] == "denied"]  # of one sentence, "no" outweighs what it denies
        if found:
            answer, start, end = min(denied or found, key=lambda one: questions.answers.index(one[0]))
            told.append((item.name, answer, start, end, _because(words, item, answer)))
    return tuple(told)


def _found(
    words: str, heading: str, lead: str, rule: Rule, item: Item, questions: Questions
) -> tuple[str, int, int] | None:
    """What `rule` gives in a piece, and where in it."""
    if rule.kind == "under":
        return (rule.answer, 0, len(words)) if rule.pattern.search(heading) else None
    match = rule.pattern.search(words)
    if not match or any(pattern.search(words) for pattern in item.unless):
        return None
    answer = rule.answer
    if rule.kind == "plain" and words.rstrip().endswith("?"):
        return None
    if rule.kind == "says":
        answer = _as_meant(words, lead, match, answer, questions)
    return (answer, match.start(), match.end()) if answer else None


def _as_meant(words: str, lead: str, match: re.Match[str], answer: str, questions: Questions) -> str:
    clause = _CLAUSE.split(words[: match.start()])[-1] or ""
    before = f"{lead} {clause}" if lead else clause
    if _NOT.search(_last(clause, _NEAR)) or _NOT_AFTER.match(words, match.end()) or _NOT.search(match[0]):
        return "denied" if "denied" in questions.answers else ""
    bare = not re.search(r"\w", words.replace(match[0], "", 1)) and not re.search(r"\d", match[0])  # a mere label
    planned = bare or _PLANNED.search(_last(before, _FAR)) or _PLANNED_AFTER.match(words, match.end())
    if planned or words.rstrip().endswith("?"):
        return next((weaker for weaker in ("unclear", "mentioned") if weaker in questions.answers), "")
    return answer


def _last(words: str, number: int) -> str:
    return " ".join(words[-400:].split()[-number:])


def _because(words: str, item: Item, answer: str) -> Span:
    for pattern in item.because.get(answer, ()):
        if match := pattern.search(words):
            return match.span()
    return 0, 0


def _quoted(text: str, piece: Segment, start: int, end: int) -> tuple[int, int]:
    """The piece, or as many whole words around the match as a quote may have."""
    if piece.end - piece.start <= QUOTED:
        return piece.start, piece.end
    room = max(0, QUOTED - (end - start)) // 2
    left, right = max(piece.start, start - room), min(piece.end, end + room)
    while left > piece.start and left < start and not text[left - 1].isspace():
        left += 1
    while right < piece.end and right > end and not text[right].isspace():
        right -= 1
    return left, min(right, left + QUOTED)
