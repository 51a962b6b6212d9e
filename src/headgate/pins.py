"""The repositories of the Hugging Face Hub that a list, a bill of materials or a repository names, with their pins."""

from __future__ import annotations

from pathlib import Path

from headgate import mentions
from headgate.plain import plain
from headgate.refs import Ref

_SHOWN = 400  # characters of a list in a note


def pinned(path: Path) -> tuple[list[Ref], list[str]]:
    """One ref for each repository that `path` names, with the first revision asked for, and notes for the reader.

    A folder is read as `gate --scan` does, a file as `gate --lock`. The notes say what cannot be asked for: calls that
    hide what they load, refs of other hubs, second revisions of one repository. Raises `UsageError` and `BadInput`.
    """
    found = mentions.in_repository(path) if path.is_dir() else mentions.in_list(path)
    chosen: dict[tuple[str, str], Ref] = {}
    notes, elsewhere, again = [], set(), set()
    for mention in found:
        ref = mention.ref
        if ref is None:
            where = f"{plain(mention.path)}:{mention.line}"
            notes.append(f"{where} hides which model it loads: {plain(mention.text)}")
        elif not is_repository(ref):
            elsewhere.add(str(ref))
        else:
            before = chosen.setdefault(same(ref), ref)
            if pin(ref) and not pin(before):
                chosen[same(ref)] = ref
            elif pin(ref) and pin(ref) != pin(before):
                again.add(f"{ref}@{ref.revision}")
    if elsewhere:
        notes.append(f"left out, as they are no repositories of the Hugging Face Hub: {_listed(elsewhere)}")
    if again:
        notes.append(f"left out, as another revision of the same repository is asked for: {_listed(again)}")
    if not chosen:
        notes.append(f"{plain(path)} names no model or dataset of the Hugging Face Hub.")
    return list(chosen.values()), notes


def is_repository(ref: Ref) -> bool:
    """Whether `ref` can be asked of the Hub; a name of dots alone would be a step up in the path of the request."""
    return ref.hub == "hf" and bool(ref.id.rpartition("/")[2].strip("."))


def pin(ref: Ref) -> str | None:
    """The revision that `ref` asks for, None for the newest."""
    return None if ref.revision == "main" else ref.revision


def same(ref: Ref) -> tuple[str, str]:
    """What refs of one repository share: the Hub tells ids apart without regard to case."""
    return ref.kind, ref.id.lower()


def _listed(names: set[str]) -> str:
    return plain(", ".join(sorted(names)), _SHOWN)
