"""Who may judge a debate: words, any screen method, people's votes, a local language model, a chat endpoint.

A judge that is a function states the chance that the answer is yes. As a debater it gives up the side it finds nothing
for; as a judge it moves from its own chance towards the mean of what the debaters last stated, by the share `listens`
(0.3; of people 0).
The file of judges is TOML, a table [[judge]] for each: `name`, `role` (affirmative, negative or judge), `kind`, and
  words     words = ["...", ...], sure = 0.8        yes if the item has one of them
  screener  method = "ss3", axis = "...", [judge.options]   a screen method that scores texts
  people    votes = "votes.csv"                     columns item (sha256 of the text) and verdict (yes or no)
  model     folder = "...", tokens = 300            a causal language model in a local folder
  chat      url = "https://host/v1", model = "...", key = "NAME_OF_A_VARIABLE", seconds = 300, tokens = 500
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from headgate import catalog
from headgate.debating.debate import Player, Speak
from headgate.debating.verdicts import ROLES, Ask, Reply, answer
from headgate.errors import UsageError
from headgate.normalise import canonical
from headgate.shapes import Batch
from headgate.toml_fields import Where, read_file

Chance = Callable[[Ask], tuple[float | None, str]]  # the chance of yes, None where it cannot tell, and the reason
_FIELDS = {
    "words": {"words", "sure", "listens"},
    "screener": {"method", "axis", "options", "listens"},
    "people": {"votes", "listens"},
    "model": {"folder", "tokens"},
    "chat": {"url", "model", "key", "seconds", "tokens"},
}


def players(path: Path) -> list[Player]:
    """Those whom the TOML file at `path` names; raises `UsageError` for one that cannot take part."""
    told = read_file(path, "file of judges", "Write one with a table [[judge]] for each (docs/methods/debate.md).")
    Where(path, "the file", "file of judges").only(told, {"judge"})
    tables = Where(path, "the file", "file of judges").tables(told, "judge")
    return [_player(Where(path, f"judge {n}", "file of judges"), given) for n, given in enumerate(tables, 1)]


def opinion(chance: Chance, listens: float) -> Speak:
    """The way of a judge that is a function; see the module."""

    def speak(ask: Ask) -> Reply:
        own, reason = chance(ask)
        if own is None:
            return answer(ask, "unsure", 0.0, (reason,))
        if ask.role == "judge" and (heard := _heard(ask)):
            own = (1 - listens) * own + listens * sum(heard) / len(heard)
        return answer(ask, "yes", own, (reason,)) if own >= 0.5 else answer(ask, "no", 1 - own, (reason,))

    return speak


def words(listed: list[str], sure: float) -> Chance:
    """Yes with the chance `sure` where the item has one of the words, else 1 - `sure`."""
    keys = "|".join(re.escape(canonical(word)) for word in sorted(set(listed), key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?:{keys})(?!\w)")

    def chance(ask: Ask) -> tuple[float | None, str]:
        number = len(set(pattern.findall(canonical(ask.text))))
        return (sure, f"{number} of {len(listed)} words") if number else (1 - sure, f"none of {len(listed)} words")

    return chance


def screener(method: str, axis: str, options: dict[str, Any]) -> Chance:
    """The headline of a screen method that scores texts, or its `axis`; its threshold is the chance 0.5."""
    made = catalog.load(catalog.find("screen", method))(**options)
    if axis and axis not in made.axes:
        msg = f"screen {method} has no axis {axis!r}; it has {', '.join(made.axes)}."
        raise UsageError(msg)
    column = made.axes.index(axis) if axis else None

    def chance(ask: Ask) -> tuple[float | None, str]:
        scores = made.score(Batch([ask.item], [ask.text]))
        value = float(scores.score[0] if column is None else scores.axes[0, column])
        if value != value:
            return None, f"{method} could not tell"
        at = min(max(made.threshold, 1e-6), 1 - 1e-6)
        value = min(max(value, 0.0), 1.0)
        share = value / (2 * at) if value < at else 0.5 + (value - at) / (2 * (1 - at))
        return share, f"{method} {axis} {value:.2f}".replace("  ", " ")

    return chance


def people(path: Path) -> Chance:
    """What people said of each item in the CSV file at `path`: all of them yes is 1, all no is 0."""
    votes: dict[str, list[bool]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                if row.get("verdict") in ("yes", "no"):
                    votes.setdefault(row.get("item") or "", []).append(row["verdict"] == "yes")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        msg = f"no votes can be read at {path} ({type(error).__name__}). Give a CSV file with item and verdict."
        raise UsageError(msg) from error

    def chance(ask: Ask) -> tuple[float | None, str]:
        said = votes.get(ask.item)
        return (sum(said) / len(said), f"{sum(said)} of {len(said)} people") if said else (None, "nobody looked")

    return chance


def _heard(ask: Ask) -> list[float]:
    # The last word of each side; its earlier ones were answered.
    last = {heard.role: heard.verdict.chance for heard in ask.before if heard.verdict.chance is not None}
    return list(last.values())


def _player(where: Where, given: dict[str, Any]) -> Player:
    name, kind = where.text(given, "name"), where.one_of(given, "kind", tuple(_FIELDS), "")
    where.only(given, {"name", "role", "kind", *_FIELDS[kind]})
    role = where.one_of(given, "role", ROLES, "")
    speak, what = _speaker(where, given, kind)
    return Player(name, role, what, speak)


def _speaker(where: Where, given: dict[str, Any], kind: str) -> tuple[Speak, str]:
    """How the judge answers, and what a transcript says it is."""
    if kind == "chat":
        from headgate.debating.chat import chat

        url, model = where.text(given, "url"), where.text(given, "model")
        key = where.optional_text(given, "key")
        seconds, tokens = _number(where, given, "seconds", 300, 3600), _number(where, given, "tokens", 500, 100_000)
        return chat(url, model, key=key, seconds=seconds, tokens=int(tokens)), f"chat {model}"
    if kind == "model":
        from headgate.texts.local_model import local_model

        folder, tokens = Path(where.text(given, "folder")), _number(where, given, "tokens", 300, 100_000)
        return local_model(folder, int(tokens)), f"model {folder.name}"
    listens = _number(where, given, "listens", 0 if kind == "people" else 0.3, 1)
    return opinion(_chance(where, given, kind), listens), kind


def _chance(where: Where, given: dict[str, Any], kind: str) -> Chance:
    if kind == "words":
        listed = given.get("words")
        if not isinstance(listed, list) or not listed or not all(isinstance(w, str) and w.strip() for w in listed):
            where.bad("needs words, a list of texts")
        if not all(canonical(w).strip() for w in listed):
            where.bad("has a word that is drawn as nothing")
        sure = _number(where, given, "sure", 0.8, 1)
        return words(listed, sure)
    if kind == "people":
        return people(where.path.parent / where.text(given, "votes"))
    options = given.get("options", {})
    if not isinstance(options, dict):
        where.bad("has options that are no table. Write [judge.options]")
    method = where.text(given, "method")
    found = catalog.find("screen", method)
    if found.whole or found.reads != "texts":
        where.bad(f"names screen {method}, which does not score single texts")
    types = {param.name: param.type for param in found.params}
    where.only(options, set(types))
    read = {name: Path(value) if "Path" in types[name] else value for name, value in options.items()}
    return screener(method, where.optional_text(given, "axis") or "", read)


def _number(where: Where, given: dict[str, Any], field: str, default: float, most: float) -> float:
    value = where.number(given, field)
    value = default if value is None else value
    if not 0 <= value <= most:
        where.bad(f"needs a number from 0 to {most} for {field!r}, not {value}")
    return value
