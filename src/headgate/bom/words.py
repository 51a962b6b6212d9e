"""Hub text as the documents carry it: one line, no control characters, short, and addresses that are addresses."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import quote

from headgate import tables
from headgate.plain import plain

_FRONT = re.compile(r"\ufeff?---[ \t]*\r?\n.*?^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_MARKUP = re.compile(r"<[^<>]{0,2000}>|!\[[^\]]{0,500}\]\([^)]{0,2000}\)|^[ \t]*(?:#|\||```|---)[^\n]*$", re.MULTILINE)
_LINK = re.compile(r"\[([^\[\]]{0,500})\]\([^()\s]{0,2000}\)")
_URL = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.\-]{0,252}(/[A-Za-z0-9\-._~/%+=&?#:@,]{0,800})?")
_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ARXIV = re.compile(r"arxiv:(\d{4}\.\d{4,5})(v\d+)?")
_READ = 6_000  # characters of a card in which a summary is looked for
_LEAST = 40  # characters of a paragraph that says something


def line(text: object, width: int = 300) -> str:
    """`text` on one line of at most `width` characters, white space as single spaces, unsafe characters replaced."""
    return plain(" ".join(str(text)[: 4 * width].split()), width)


def summary(card: str | None) -> str | None:
    """The first paragraph of prose of `card`; None where there is none, or the front matter has no end."""
    if not card:
        return None
    body, found = _FRONT.subn("", card, count=1) if card.lstrip("\ufeff").startswith("---") else (card, 1)
    if not found:
        return None
    text = _LINK.sub(r"\1", _MARKUP.sub("\n\n", _COMMENT.sub("", body[:_READ])))
    paragraphs = (line(part, 500) for part in re.split(r"\n\s*\n", text))
    return next((part for part in paragraphs if len(part) >= _LEAST and " " in part), None)


def address(text: str | None) -> str | None:
    """`text` where it is a plain web address; None for anything else."""
    return text if text and _URL.fullmatch(text) and not _PERCENT.search(text) else None


def page(hub: str | None, kind: str | None, name: str | None) -> str | None:
    """The page of a Hugging Face model or dataset, where its card is; None elsewhere."""
    if hub != "huggingface" or not name or "/" not in name:
        return None
    return f"https://huggingface.co/{'datasets/' if kind == 'dataset' else ''}{quote(name)}"


def papers(tags: tuple[str, ...]) -> list[str]:
    """Addresses of the arXiv papers that `tags` name."""
    found = (_ARXIV.fullmatch(tag) for tag in tags)
    return sorted({f"https://arxiv.org/abs/{match[1]}" for match in found if match})


@cache
def _formats() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    listed = tables.rows("task_formats.csv")
    return {row["task"]: (tuple(row["inputs"].split()), tuple(row["outputs"].split())) for row in listed}


def formats(task: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a model for `task` takes and gives, as the name of the task says; empty where the task is not known."""
    return _formats().get(task or "", ((), ()))
