"""SS3 models as JSON that holds counts and nothing that could run, and labelled rows to train one on.

A model file holds words of its training texts, with how often each class had them; those met once in a class at most
are left out, since they have no confidence.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from headgate.errors import BadInput, UsageError
from headgate.plain import plain
from headgate.texts.ss3 import Model, build
from headgate.whole import write_whole

FORMAT = "headgate ss3 1"
MOST_GRAMS = 8
_LARGEST = 512 * 2**20  # bytes of a model file
_MOST = 2**40  # times that a word was met
_HIGHEST = 1e6  # of a parameter
_FIELD = 16 * 2**20  # characters of a cell


def save(model: Model, path: Path) -> None:
    """Write `model` to `path`, whole or not at all; the same model gives the same bytes."""
    words = dict(zip(model.words, model.counts.tolist(), strict=True))
    told = {
        "format": FORMAT, "classes": model.classes, "grams": model.grams, "sigma": model.sigma, "lam": model.lam,
        "rho": model.rho, "lead": model.lead, "held": model.held, "words": words,
    }  # fmt: skip
    write_whole(path, json.dumps(told, ensure_ascii=True, sort_keys=True).encode())


def load(path: Path) -> Model:
    """The model at `path`; raises `UsageError` where there is none and `BadInput` where it is none of ours."""
    try:
        if path.stat().st_size > _LARGEST:
            raise _bad(path, f"is over {_LARGEST >> 20} MB")
        told = json.loads(path.read_text(encoding="utf-8"), parse_constant=lambda _: None)
    except OSError as error:
        msg = f"no SS3 model at {path} ({error.strerror}). Make one with --train FILE --model {path}."
        raise UsageError(msg) from error
    except (ValueError, RecursionError):
        raise _bad(path, "is not JSON") from None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise _bad(path, "is no SS3 model")
    if wrong := _wrong(told):
        raise _bad(path, wrong)
    rest = {name: told[name] for name in ("grams", "sigma", "lam", "rho", "lead", "held")}
    return build(told["classes"], told["words"], **rest)


def _wrong(told: dict[str, Any]) -> str | None:
    """What is wrong with what a model file says, None where nothing is."""
    classes, words, held, lead = (told.get(name) for name in ("classes", "words", "held", "lead"))
    if not isinstance(classes, list) or len(classes) < 2 or not all(isinstance(kind, str) for kind in classes):
        return "needs two classes or more"
    if len(set(classes)) < len(classes):
        return "names a class twice"
    if not isinstance(words, dict) or not all(_counts(row, len(classes)) for row in words.values()):
        return f"needs {len(classes)} counts for each word"
    if held is not None and not (
        isinstance(held, dict) and set(held) == set(classes) and all(map(_errors, held.values()))
    ):
        return "has measured errors that cannot be"
    if type(told.get("grams")) is not int or not 1 <= told["grams"] <= MOST_GRAMS:
        return f"needs grams from 1 to {MOST_GRAMS}"
    if not all(_above_nothing(told.get(name)) for name in ("sigma", "lam", "rho")):
        return "needs numbers above 0 and below a million for sigma, lam and rho"
    return None if lead is None or _above_nothing(lead) else "has a lead that is no number above 0 and below a million"


def rows(path: Path, text: str, label: str) -> tuple[list[str], list[str]]:
    """The texts and labels of a CSV or JSON Lines file, whose columns are `text` and `label`; rows without either are
    left out. Raises `UsageError` for a file or column that is not there, `BadInput` for one that cannot be read.
    """
    texts, labels = [], []
    try:
        for row in _rows(path):
            if text not in row or label not in row:
                missing = text if text not in row else label
                msg = f"{path} has no column {missing!r}; it has {plain(', '.join(map(str, row)), 120)}."
                raise UsageError(msg)
            if row[text] not in (None, "") and row[label] not in (None, ""):
                texts.append(str(row[text]))
                labels.append(str(row[label]))
    except OSError as error:
        msg = f"no labelled rows at {path} ({error.strerror}). Give a CSV or JSON Lines file."
        raise UsageError(msg) from error
    except (ValueError, csv.Error, RecursionError) as error:
        raise _bad(path, f"cannot be read as labelled rows ({plain(error, 80)})") from None
    return texts, labels


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix.lower() in {".jsonl", ".json", ".ndjson"}:
            for line in file:
                if line.strip():
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        msg = "a line is no JSON object"
                        raise ValueError(msg)
                    yield row
        else:
            before = csv.field_size_limit(_FIELD)  # of the whole process, where others want it small
            try:
                yield from csv.DictReader(file)
            finally:
                csv.field_size_limit(before)


def _counts(row: object, kinds: int) -> bool:
    return isinstance(row, list) and len(row) == kinds and all(type(n) is int and 0 <= n < _MOST for n in row)


def _errors(row: object) -> bool:
    return _counts(row, 4) and isinstance(row, list) and row[0] <= row[1] and row[2] <= row[3]


def _above_nothing(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < _HIGHEST


def _bad(path: Path, what: str) -> BadInput:
    return BadInput(f"{path} {what}. Make one with headgate screen ss3 --train FILE --model FILE.")
