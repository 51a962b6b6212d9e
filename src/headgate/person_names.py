"""The pseudonyms of people, accounts and ids, and the name that a title holds.

All of them are worked out from the text alone, so that whoever types an id finds what was stored under it.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from headgate.person_words import scan, squash, terms

# What stands in a record that was pseudonymised before; it stays.
OURS = re.compile(r"person-[0-9a-f]{16}(?![0-9a-z])(?:-[0-9a-f]{8}(?![0-9a-z]))?|(?:account|word)-[0-9a-f]{16}")
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
# What follows the person in a title: "Jane Example (actress) | SDXL", "Jane Example by maker".
SEGMENTS = re.compile(r"[|(\[{【「:~]|\s[-\u2013\u2014]\s|\s(?:by|as|from|in|for)\s", re.IGNORECASE)
_TOOLS = re.compile(r"LoRA|LyCORIS|SDXL|SD(?=\d)|F(?:lux|LUX)(?![a-z])")
_OWN_WORDS = ("safe", "noise", "likeness", "likeness-tag", "artifact", "artifact-weak", "extension")
_FAMILIES = Path(__file__).with_name("data") / "base_families.csv"


def digest(key: bytes, text: str) -> str:
    """16 hex digits of the HMAC-SHA256 of `text`."""
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:16]


def pseudonym(key: bytes, title: str, named_by: Iterable[str], id_: object) -> str:
    """`person-<16 hex>` of the first name in `named_by`; of title and `id_` where nothing holds a name."""
    ours = OURS.match(title)
    if ours and ours[0].startswith("person-"):
        return ours[0][:23]
    name = next((found for found in map(name_in, named_by) if found), "")
    return "person-" + digest(key, name or f"no name: {squash(title)} {str(id_).casefold()}")


def account(text: str, key: bytes) -> str:
    """The same `account-<16 hex>` for an account wherever it occurs, without regard to case."""
    return text if OURS.fullmatch(text) else f"account-{digest(key, f'account {text.casefold()}')}"


def hub_id(id_: str, who: str, key: bytes) -> str:
    """`owner/name` as `account-<16 hex>/<who>-<8 hex of the whole id>`; a valid id again."""
    owner, slash, name = id_.rpartition("/")
    if not OURS.fullmatch(name):
        name = f"{who}-{digest(key, f'id {id_.casefold()}')[:8]}"
    return f"{account(owner, key)}/{name}" if slash else name


def stored_id(id_: str, key: bytes) -> str:
    """The id under which the Hugging Face repository `id_` is stored if it depicts a person."""
    title = id_.rpartition("/")[2]
    return hub_id(id_, pseudonym(key, title, [title], id_), key)


def is_base(text: str) -> bool:
    """Whether `text` is the id of a well-known base model: a constant, which says nothing of the person."""
    return text.casefold() in _bases()


def name_in(text: str) -> str:
    """The name in a title, joined: "Jane O'Example", "jane-o-example" and "JaneOExample" are one person."""
    for segment in SEGMENTS.split(OURS.sub(" ", text)):
        name = "".join(left_over(CAMEL.sub(" ", _TOOLS.sub(r" \g<0> ", segment).replace("LoRA", "lora"))))
        if len(name) >= (3 if name.isascii() else 1):
            return name
    return ""


def left_over(text: str) -> list[str]:
    """The words of `text` that are not of the vocabulary."""
    left = [word.strip("0123456789") for word, known in scan(text, terms(*_OWN_WORDS)) if not known]
    return [word for word in left if word]


@cache
def _bases() -> frozenset[str]:
    with _FAMILIES.open(encoding="utf-8", newline="") as file:
        refs = [row["ref"] for row in csv.DictReader(file)]
    return frozenset(ref.removeprefix("hf:model:").casefold() for ref in refs if ref.startswith("hf:")) | terms("base")
