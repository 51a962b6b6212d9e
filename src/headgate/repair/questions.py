"""Pairs of question and answer, from JSON to the examples of a causal language model.

A file holds a JSON list of objects, or one object a line, each with the texts `question` and `answer` and perhaps an
`author`, `topic` or `group`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from headgate.errors import BadInput, UsageError
from headgate.plain import plain
from headgate.repair.examples import examples
from headgate.repair.shapes import Examples

TEMPLATE = "Question: {question}\nAnswer: {answer}"
LARGEST = 256 * 2**20  # bytes of a file
LONGEST = 20_000  # characters of a text
NOTHING = -100  # in y: nothing is asked here
_GROUPS = ("author", "topic", "group")
_ENDS = ("</s>", "<|endoftext|>", "<eos>", "[EOS]")


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, its answer, and the author or topic it is about, where that is known."""

    question: str
    answer: str
    group: str = ""

    @property
    def id(self) -> str:
        """sha256 in hex of question and answer."""
        return sha256(f"{self.question}\0{self.answer}".encode()).hexdigest()


def read(path: Path) -> tuple[Pair, ...]:
    """The pairs of the file at `path`; raises `BadInput` where it cannot be read."""
    return tuple(
        Pair(text(path, n, row, "question"), text(path, n, row, "answer"), _group(path, n, row))
        for n, row in enumerate(rows(path), 1)
    )


def rows(path: Path) -> list[dict[str, Any]]:
    """The objects of the file at `path`, with all their fields; raises `BadInput` where it cannot be read."""
    try:
        if path.stat().st_size > LARGEST:
            raise _bad(path, f"is larger than {LARGEST // 2**20} MiB")
        whole = path.read_text(encoding="utf-8-sig").strip()
        found = json.loads(whole) if whole.startswith("[") else [json.loads(one) for one in _lines(whole)]
    except OSError as error:
        raise _bad(path, f"cannot be opened ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise _bad(path, f"is no JSON in UTF-8 ({plain(error, 120)})") from error
    if not found or not all(isinstance(one, dict) for one in found):
        raise _bad(path, "holds no objects" if not found else "holds something other than objects")
    return found


def text(path: Path, number: int, row: dict[str, Any], field: str) -> str:
    """The text `field` of the row; raises `BadInput` where there is none, or too long a one."""
    value = row.get(field)
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST:
        raise _bad(path, f"has no text of up to {LONGEST:,} characters as the {field} of item {number}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise _bad(path, f"has a {field} of item {number} that is not Unicode") from error
    return value


def asked(
    pairs: Sequence[Pair], tokeniser: Any, *, template: str = TEMPLATE, length: int = 0, block: int = 0,
) -> Examples:  # fmt: skip
    """`pairs` as examples: the tokens of prompt and answer, the answer's (and the end of text) asked in `y`.

    `tokeniser` is one of the packages tokenizers or transformers. All rows are `length` tokens wide, or as the longest
    is. Ids are hashes of the texts. Groups are the pairs' own, or blocks of `block` pairs in a row, or none. Raises
    `UsageError` for a template without its two places, and for a pair that is longer than `length`.
    """
    if template.count("{question}") != 1 or template.count("{answer}") != 1:
        msg = f"the template {plain(template, 80)!r} needs {{question}} and {{answer}}, each once."
        raise UsageError(msg)
    tokens = [_tokens(one, tokeniser, template) for one in pairs]
    widest = max((len(prompt) + len(answer) for prompt, answer in tokens), default=0)
    if length and widest > length:
        msg = f"a pair is {widest} tokens long, and {length} are the most. Give a larger length or a shorter text."
        raise UsageError(msg)
    end = _end(tokeniser)
    x = np.full((len(pairs), length or widest), end if end is not None else 0, dtype=np.int64)
    y = np.full_like(x, NOTHING)
    for n, (prompt, answer) in enumerate(tokens):
        begin, stop = len(prompt), len(prompt) + len(answer)
        x[n, :stop] = prompt + answer
        y[n, begin:stop] = answer
    return examples(
        x, y, ids=_ids(pairs), texts=[f"{one.question}\n{one.answer}" for one in pairs], groups=_groups(pairs, block)
    )


def _tokens(pair: Pair, tokeniser: Any, template: str) -> tuple[list[int], list[int]]:
    before, after = template.split("{answer}")
    # byte-pair vocabularies hold words with the space before them: it belongs to the answer
    prompt = before.rstrip(" ")
    answer = before[len(prompt) :] + pair.answer + after.replace("{question}", pair.question)
    start, end = _start(tokeniser), _end(tokeniser)
    return (
        start + encoded(tokeniser, prompt.replace("{question}", pair.question)),
        encoded(tokeniser, answer) + ([] if end is None else [end]),
    )


def encoded(tokeniser: Any, words: str, *, special: bool = False) -> list[int]:
    """The token ids of `words` by a tokeniser of either package."""
    found = tokeniser.encode(words, add_special_tokens=special)
    return list(getattr(found, "ids", found))


def _start(tokeniser: Any) -> list[int]:
    """The token that this tokeniser puts before every text, if any."""
    first = getattr(tokeniser, "bos_token_id", None)
    return [first] if first is not None and encoded(tokeniser, "", special=True)[:1] == [first] else []


def _end(tokeniser: Any) -> int | None:
    if hasattr(tokeniser, "token_to_id"):
        known = (tokeniser.token_to_id(one) for one in _ENDS)
        return next((one for one in known if one is not None), None)
    end: int | None = tokeniser.eos_token_id
    return end


def _ids(pairs: Sequence[Pair]) -> list[str]:
    seen: Counter[str] = Counter()
    found = []
    for one in pairs:
        name = one.id
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return found


def _groups(pairs: Sequence[Pair], block: int) -> list[str] | None:
    if any(one.group for one in pairs):
        return [one.group for one in pairs]
    return [f"block-{n // block}" for n in range(len(pairs))] if block else None


def _group(path: Path, number: int, row: dict[str, Any]) -> str:
    field = next((one for one in _GROUPS if one in row), None)
    return text(path, number, row, field) if field else ""


def _lines(whole: str) -> Iterator[str]:
    # not splitlines: texts may hold characters that it takes for line ends
    return (one for one in whole.split("\n") if one.strip())


def _bad(path: Path, what: str) -> BadInput:
    return BadInput(f"{plain(path)} {what}. Give JSON objects with the texts question and answer.")
