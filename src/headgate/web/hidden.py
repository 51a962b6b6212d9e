"""What may be named on a page: what depicts a real person, or is known by a free text only, is told as 'withheld'."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from headgate.shapes import Db

WITHHELD = "withheld"
# A ref inside the words of a check; a free text goes on to the next step of a path or the end of what is said.
_REF = re.compile(r"name:(?:(?! <-|; ).)+|(?:hf|civitai|file):[a-z0-9]+:[^\s,;()\"]+")
# Two steps: the numbers first, since a table of millions is read at single places once they are known.
_NUMBERS = "SELECT id FROM shelf.{names} WHERE hash IN (SELECT hash(folded(unnest($refs::VARCHAR[]))))"
_KNOWN = "SELECT folded, {mark} FROM shelf.{table} WHERE id IN (SELECT unnest($ids::INTEGER[]))"
_PLACES = (("node_names", "nodes", "withheld"), ("names", "artifacts", "depicts_person"))


def nameable(db: Db, refs: Iterable[str]) -> set[str]:
    """Those of `refs` that the index knows, as artifact or in the lineage, and that may be named on a page."""
    asked = sorted({ref for ref in refs if not ref.startswith("name:")})
    marks: dict[str, bool] = {}
    for names, table, mark in _PLACES:
        ids = [row[0] for row in db.execute(_NUMBERS.format(names=names), {"refs": asked}).fetchall()]
        for folded, hidden in db.execute(_KNOWN.format(mark=mark, table=table), {"ids": ids}).fetchall():
            marks[folded] = marks.get(folded, False) or bool(hidden)
    return {ref for ref in asked if not marks.get(ref.lower() if ref.startswith("hf:") else ref, True)}


def refs_in(text: str) -> list[str]:
    """The refs that stand in `text`, such as the evidence of a check."""
    return [_bare(found) for found in _REF.findall(text)]


def masked(text: str, may: Collection[str]) -> str:
    """`text` with every ref in it that is not among `may` as 'withheld'."""

    def told(found: re.Match[str]) -> str:
        ref = _bare(found[0])
        return found[0] if ref in may else WITHHELD + found[0][len(ref) :]

    return _REF.sub(told, text)


def placeless(text: str, *files: Path) -> str:
    """`text` without the folders that `files` lie in: readers know a workspace by its name."""
    folders = {str(one.parent) for file in files for one in (file, file.resolve())}
    # The longest first: one folder's name may be the end of another's, or of a word.
    for folder in sorted(folders, key=len, reverse=True):
        text = re.sub(rf"(?<![\w./-]){re.escape(folder.rstrip('/'))}/", "", text)
    return text


def _bare(found: str) -> str:
    return found.rstrip(".:…")
