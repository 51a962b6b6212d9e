"""Labels from a CSV file: all rows or none, with the line of every row that cannot be used."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from headgate import label_text, labels, refs
from headgate.errors import BadInput, UsageError
from headgate.keys import installation_key
from headgate.labels import LABELS, ROLES, Label
from headgate.plain import plain
from headgate.workspace import Workspace

COLUMNS = ("ref", "question", "label", "labeller", "made", "reason")
_QUESTION = re.compile(r"[a-z][a-z0-9_]{0,63}")
_TOLD = 5  # bad rows named in the message
_ROLES = tuple(role for role in ROLES if role != "appeal")


class Imported(NamedTuple):
    """How many rows were added, were there before, and had no label."""

    added: int
    repeated: int
    empty: int


def import_csv(
    ws: Workspace, path: Path, *, question: str | None = None, labeller: str | None = None, role: str = "seed"
) -> Imported:
    """Add the labels of the CSV at `path`: ref,question,label,labeller,made,reason and perhaps role,chance.

    `question` must be the one of every row if given; `labeller` and `role` stand in where a row has none, and
    for `made` the time when the file was last changed. Rows without a label are left out, other columns ignored,
    and rows that were imported before not added again. Raises `BadInput` with line numbers where a row cannot be
    used: then nothing is written.
    """
    good: list[Label] = []
    bad: list[str] = []
    empty, text = 0, _text(path)
    now = datetime.now(UTC)
    changed = min(now, datetime.fromtimestamp(path.stat().st_mtime, UTC))
    for line, row in _rows(path, text):
        if not row.get("label"):
            empty += 1
            continue
        try:
            good.append(_label(row, question, labeller, role, changed))
        except (ValueError, UsageError) as error:
            bad.append(f"line {line}: {plain(error, 120).rstrip('.')}")
    if bad:
        more = f"; and {len(bad) - _TOLD} more" if len(bad) > _TOLD else ""
        msg = (
            f"{plain(path.name)}: {len(bad)} of {len(bad) + len(good)} labels cannot be used, so nothing was written. "
            f"{'; '.join(bad[:_TOLD])}{more}."
        )
        raise BadInput(msg)
    new = _unknown(ws, good)
    if new:
        labels.add(ws, new)
    return Imported(len(new), len(good) - len(new), empty)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        msg = f"no labels at {path} ({error.strerror}). Name a CSV file."
        raise UsageError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"{path} is not UTF-8 (byte {error.start}). Save it as UTF-8."
        raise BadInput(msg) from error


def _rows(path: Path, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="_more", restval="", strict=True)
    try:
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            msg = f"{path} has no column {missing[0]!r}. Its first line must name {', '.join(COLUMNS)}."
            raise BadInput(msg)
        for row in reader:
            yield reader.line_num, {k: v.strip() for k, v in row.items() if isinstance(v, str)}
    except csv.Error as error:
        msg = f"{path} is no CSV after line {reader.line_num}: {error}. Nothing was written."
        raise BadInput(msg) from error


def _label(row: dict[str, str], question: str | None, labeller: str | None, role: str, changed: datetime) -> Label:
    asked = row["question"] or question or ""
    if not _QUESTION.fullmatch(asked):
        raise ValueError(f"question {asked[:40]!r} is no name of a check")
    if question is not None and asked != question:
        raise ValueError(f"question {asked!r} is not {question}")
    said, part = row["label"].casefold(), (row.get("role") or role).casefold()
    if said not in LABELS or said == "contested":
        raise ValueError(f"label {row['label'][:40]!r} is not yes, no or unsure")
    if part not in _ROLES:
        raise ValueError(f"role {part[:40]!r} is not {', '.join(_ROLES)}")
    who = row["labeller"] or labeller or ""
    label_text.labeller(who, b"")  # whether it can be one
    if who.casefold().startswith("rule:") and part != "seed":
        raise ValueError(f"a rule gives seeds, no {part}")
    ref, chance = str(refs.parse(row["ref"])), _chance(row.get("chance", ""))
    return Label(ref, asked, said, who, part, row["reason"], _time(row["made"], changed), chance)


def _time(text: str, changed: datetime) -> datetime:
    if not text:
        return changed
    try:
        made = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"made {text[:40]!r} is no date; write 2026-11-21 or 2026-11-21T08:00:00+00:00") from None
    try:
        made = (made if made.tzinfo else made.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        raise ValueError(f"made {text[:40]!r} is no date in UTC") from None
    if made > datetime.now(UTC):
        raise ValueError(f"made {text[:40]!r} lies in the future")
    return made


def _chance(text: str) -> float | None:
    if not text:
        return None
    try:
        chance = float(text)
    except ValueError:
        chance = 0.0
    if not 0 < chance <= 1:
        raise ValueError(f"chance {text[:40]!r} is no probability above 0")
    return chance


def _unknown(ws: Workspace, given: list[Label]) -> list[Label]:
    """Those of `given` that the workspace does not hold yet, each once."""
    key = installation_key()
    rows = ws.db.execute("SELECT folded(subject), question, labeller, role, label, made FROM labels").fetchall()
    known = {(*row[:5], row[5].replace(tzinfo=UTC)) for row in rows}
    new: dict[tuple[object, ...], Label] = {}
    for one in given:
        folded = one.subject.lower() if one.subject.startswith("hf:") else one.subject
        same = (folded, one.question, label_text.labeller(one.labeller, key), one.role, one.label, one.made)
        if same not in known:
            new.setdefault(same, one)
    return list(new.values())
