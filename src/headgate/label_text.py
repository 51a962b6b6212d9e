"""The words in which people explain a label: made safe to keep and to show.

What is said of an artifact that depicts a real person, or in answer to a question about people, keeps words of a
closed vocabulary only, since somebody may write the name there: see people.py. Everything else stays as written, on
one line, up to 500 characters.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata

from headgate.errors import UsageError
from headgate.person_words import scan, terms
from headgate.plain import plain

LONGEST = 500  # characters of a note
_RULE = re.compile(r"rule:[a-z0-9_.\-]{1,64}")
_OURS = re.compile(r"labeller-[0-9a-f]{16}")
_LINK = re.compile(
    r"(?:[a-z][a-z0-9+.\-]{1,20}:)?//\S+|\bwww\.\S+|\b(?:[a-z0-9\-]+\.)+[a-z]{2,24}/\S*|\bdata:[^\s,]*,\S+",
    re.IGNORECASE,
)
# Words to explain oneself with that are nobody's name.
_SMALL_WORDS = """
a all also an and are as at author but by can card claim clearly copyright does duplicate error evidence file
for found from has have i in is it its label like likeness look looks made maker match mistake my name named
names no not of on one only or original our own permit permitted play please prompt proof real removed says
shows so some someone tag tags than that the there they this to unclear uses was we what who with without word
words wrong you your
"""


def labeller(name: str, key: bytes) -> str:
    """The keyed pseudonym of the person `name`, case and spaces folded; `rule:<name>` and pseudonyms stay.

    Raises `ValueError` for a name that is empty or no rule's although it begins with `rule:`.
    """
    folded = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    if _RULE.fullmatch(folded) or _OURS.fullmatch(folded):
        return folded
    if not folded or folded.startswith("rule:"):
        msg = "no labeller" if not folded else "rule: is followed by something else than letters, digits, _, . and -"
        raise ValueError(msg)
    return "labeller-" + hmac.new(key, f"labeller {folded}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:16]


def person(name: str) -> None:
    """Raise `UsageError` where `name` can be no person's: a rule gives seeds, and neither reviews nor appeals."""
    try:
        rule = labeller(name, b"").startswith("rule:")
    except ValueError:
        rule = True
    if rule:
        msg = f"{plain(name, 80)!r} is no person. Give --labeller another name; only a keyed pseudonym of it is kept."
        raise UsageError(msg)


def kept(text: str, *, about_people: bool) -> str:
    """`text` as it may be stored; `about_people` leaves words of the closed vocabulary only."""
    shown = plain(" ".join(text.split()), LONGEST)
    if not about_people:
        return shown
    known = terms("safe", "likeness", "likeness-tag") | frozenset(_SMALL_WORDS.split())
    return " ".join(word for word, _ in scan(shown, known) if word.replace(" ", "") in known)


def shown(text: object, width: int = 200) -> str:
    """`text` for a screen: on one line, no control characters, and no links, as none to a harmful item is printed."""
    return plain(_LINK.sub("[link]", " ".join(str(text)[: width * 4].split())), width)


def asks_about_people(question: str) -> bool:
    """Whether the check `question` is about depicted people."""
    return not {"person", "ncii", "likeness"}.isdisjoint(question.split("_"))
