"""Prompts that base and variant are both asked: id, subset and text, from a table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from headgate import frames
from headgate.drift.completions import needs, subsets_of
from headgate.errors import BadInput
from headgate.plain import plain


@dataclass(frozen=True, slots=True)
class Prompts:
    """One row a prompt: three columns of equal length."""

    ids: tuple[str, ...]
    subsets: tuple[str, ...]
    texts: tuple[str, ...]


def read(path: Path, *, subset: str = "subset") -> Prompts:
    """The prompts in a table with the columns id and prompt, and `subset` where it has one.

    Raises `BadInput` for an id that is empty or comes twice, and for an empty prompt.
    """
    table = frames.read(path)
    needs(table, "id", "prompt")
    ids = [plain(one, 200) for one in table.words("id").tolist()]
    texts = ["" if one is None else str(one) for one in table.column("prompt").tolist()]
    seen: set[str] = set()
    for row, (name, text) in enumerate(zip(ids, texts, strict=True), 1):
        if not name or name in seen or not text.strip():
            what = (
                "the prompt is empty" if name and name not in seen else f"the id {plain(name, 60)!r} is empty or again"
            )
            msg = f"{plain(path)}, row {row}: {what}. Give each prompt an id of its own and a text."
            raise BadInput(msg)
        seen.add(name)
    return Prompts(tuple(ids), tuple(subsets_of(table, subset)), tuple(texts))
