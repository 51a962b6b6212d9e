"""Sets of questions as data: data/questions/<set>.csv, which a lawyer or an ethicist can read and extend.

Each row has item, kind, answer, text. The kinds:

| kind | item | answer | text |
|---|---|---|---|
| answers | | | the possible answers, the strongest first, the last one where nothing is said |
| hint | | | words of which one must stand in a card, or nobody looks closer (a pattern of RE2) |
| applies | | | words that say that the set has a subject at all; where it is missing, every card is asked |
| words | a name | | alternatives that other rows write as {name} |
| ask | the item | required or optional | the question put to the author |
| says | the item | what it gives | a pattern; negations and plans are told apart |
| plain | the item | what it gives | a pattern that counts as it stands, such as "must not" |
| under | the item | what it gives | a pattern of a heading; what stands under it is the answer |
| because | the item or * | the answer | a pattern of the reason, in the same sentence |
| unless | the item or * | | a pattern: a sentence with it gives nothing |
| pair | the item | | the pair of sides that it belongs to |

A pattern is a regular expression, case ignored, of whole words; a space stands for any white space and ` ~ ` for up to
six words.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from headgate.errors import BadInput, UsageError

FOLDER = Path(__file__).parent.parent / "data" / "questions"
_KINDS = {"answers", "hint", "applies", "words", "ask", "says", "plain", "under", "because", "unless", "pair"}
_LONGEST = 20_000  # characters of a pattern
_SIGN = re.compile(r"[(?:]*\[[^\]\w\\]")  # a pattern that begins with a sign, such as [$€]
_WORD = 60  # characters of anything that a pattern repeats
_OPEN = re.compile(r"(\\[wWdDS]|\[(?:[^\]\\]|\\.)+\]|\.)([+*])")
_RUNAWAY = re.compile(r"\)[+*]|\){\d*,}|\\[1-9]")  # what could take for ever


@dataclass(frozen=True, slots=True)
class Rule:
    """What gives an answer: `kind` says, plain or under."""

    kind: str
    answer: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a set, and the rules that answer it."""

    name: str
    question: str
    required: bool
    pair: str
    rules: tuple[Rule, ...]
    unless: tuple[re.Pattern[str], ...]
    because: dict[str, tuple[re.Pattern[str], ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Questions:
    """A set: its items in their order, the answers from the strongest to none, and what tells a card apart."""

    name: str
    items: tuple[Item, ...]
    answers: tuple[str, ...]
    hint: str
    applies: re.Pattern[str] | None

    @property
    def none(self) -> str:
        """The answer where a card says nothing."""
        return self.answers[-1]


def names() -> list[str]:
    """The sets there are."""
    return sorted(path.stem for path in FOLDER.glob("*.csv") if path.stem != "boilerplate")


def load(name: str) -> Questions:
    """The set `name`, or the one in the file that it names (ending in .csv); raises `UsageError`, `BadInput`."""
    path = Path(name) if name.endswith(".csv") else FOLDER / f"{name}.csv"
    if not name.endswith(".csv") and name not in names():
        msg = f"no set of questions {name!r}. There are {', '.join(names())}, or name a CSV of your own."
        raise UsageError(msg)
    return _load(path)


@cache
def _load(path: Path) -> Questions:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        msg = f"cannot read the questions of {path} ({type(error).__name__}). Give a CSV item,kind,answer,text."
        raise BadInput(msg) from error
    for number, row in enumerate(rows, 2):
        if row.get("kind") not in _KINDS or not row.get("text"):
            kind = row.get("kind")
            msg = f"{path}, row {number}: no text, or no such kind ({kind!r}). Kinds: {', '.join(sorted(_KINDS))}."
            raise BadInput(msg)
    words: dict[str, str] = {}
    for row in rows:
        if row["kind"] == "words":
            words[row["item"]] = f"(?:{_filled(row['text'], words)})"
    answers = _one(path, rows, "answers").split()
    asked = [row for row in rows if row["kind"] == "ask"]
    applies = [row["text"] for row in rows if row["kind"] == "applies"]
    return Questions(
        path.stem,
        tuple(_item(path, row, rows, words) for row in asked),
        tuple(answers),
        _one(path, rows, "hint"),
        _pattern(path, applies[0], words) if applies else None,
    )


def _item(path: Path, asked: dict[str, str], rows: list[dict[str, str]], words: dict[str, str]) -> Item:
    name = asked["item"]
    own = [row for row in rows if row["item"] in {name, "*"}]

    def by_answer(kind: str) -> dict[str, tuple[re.Pattern[str], ...]]:
        given = [row for row in own if row["kind"] == kind]
        return {
            row["answer"]: tuple(_pattern(path, r["text"], words) for r in given if r["answer"] == row["answer"])
            for row in given
        }

    rules = [
        Rule(row["kind"], row["answer"], _pattern(path, row["text"], words))
        for row in own
        if row["kind"] in {"says", "plain", "under"}
    ]
    pair = next((row["text"] for row in own if row["kind"] == "pair"), "")
    unless = tuple(_pattern(path, row["text"], words) for row in own if row["kind"] == "unless")
    required = asked["answer"] != "optional"
    return Item(name, asked["text"], required, pair, tuple(rules), unless, by_answer("because"))


def _pattern(path: Path, text: str, words: dict[str, str]) -> re.Pattern[str]:
    text = _filled(text, words)
    if len(text) > _LONGEST or _RUNAWAY.search(text):
        msg = f"{path}: the pattern {text[:60]!r} could take too long. Repeat no group without end; write ` ~ `."
        raise BadInput(msg)
    text = text.replace(" ~ ", r"\s+(?:\S+\s+){0,6}?").replace(" ?", r"\s*").replace(" ", r"\s+")
    text = _OPEN.sub(lambda m: f"{m[1]}{{{'1' if m[2] == '+' else '0'},{_WORD}}}", text)  # no run without an end
    try:
        # lower case against lower case, and \b, are four times as fast as what they stand for
        text = re.sub(r"(?<!\\)[A-Z]", lambda m: m[0].lower(), text)
        start = r"(?<!\w)" if _SIGN.match(text) else r"\b"
        return re.compile(rf"{start}(?:{text})(?!\w)")
    except re.error as error:
        msg = f"{path}: the pattern {text[:60]!r} is no regular expression ({error}). Mend that row."
        raise BadInput(msg) from error


def _filled(text: str, words: dict[str, str]) -> str:
    for name, alternatives in words.items():
        text = text.replace(f"{{{name}}}", alternatives)
    return text


def _one(path: Path, rows: list[dict[str, str]], kind: str) -> str:
    found = [row["text"] for row in rows if row["kind"] == kind]
    if len(found) != 1:
        msg = f"{path}: {len(found)} rows of kind {kind}. Give exactly one."
        raise BadInput(msg)
    return found[0]
