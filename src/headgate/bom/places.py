"""Where artifacts, their files and licences are found, and the times at which they were there."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

from headgate.bom.shapes import PRESENT, Artifact

_HUB = "https://huggingface.co"


def home(one: Artifact) -> str | None:
    """The page of `one` on Hugging Face; None elsewhere, or where it is not known to be there.

    A hub of image adapters gets no links: a list of them with addresses is what this tool must not become.
    """
    if one.status != PRESENT or one.hub != "huggingface":
        return None
    return f"{_HUB}/{'datasets/' if one.kind == 'dataset' else ''}{quote(one.ref.split(':', 2)[2])}"


def download(one: Artifact) -> str | None:
    """Where the content of `one` can be had: at its commit where that is known."""
    page = home(one)
    return f"{page}/tree/{quote(one.sha or 'main', safe='')}" if page else None


def file(one: Artifact, path: str) -> str | None:
    """Where the file at `path` of a Hugging Face repository is served."""
    page = home(one)
    return f"{page}/resolve/{quote(one.sha or 'main', safe='')}/{quote(path)}" if page else None


def licence(spdx: str) -> str:
    """The page of the SPDX licence `spdx`."""
    return f"https://spdx.org/licenses/{quote(spdx)}"


def stamp(moment: datetime) -> str:
    """`moment` (UTC where it names no zone) as the documents write it, to the second."""
    if moment.tzinfo:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.replace(microsecond=0).isoformat() + "Z"
