"""Hub text made safe to show: no control characters, no escapes, no bidirectional overrides."""

from __future__ import annotations

import re

# C0 and C1 controls, line and paragraph separators, bidi marks and isolates, zero-width characters,
# the byte order mark, tags and lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f\ud800-\udfff]"
)

_LINES = frozenset("\t\n\r")  # what a text of several lines may hold

_MARKS = re.compile(r"([\\`*_\[\]<>|#&~])")


def plain(text: object, width: int = 200) -> str:
    """`text` on one line, unsafe characters shown as '\ufffd', cut at `width` characters with an ellipsis."""
    shown = _UNSAFE.sub("\ufffd", str(text)[: width + 1])
    return shown if len(shown) <= width else shown[: width - 1] + "…"


def harmless(text: str) -> str:
    """`text` with unsafe characters shown as '\ufffd', its lines and tabs kept, nothing cut."""
    if not _UNSAFE.search(text):
        return text
    return _UNSAFE.sub(lambda found: found[0] if found[0] in _LINES else "\ufffd", text)


def markdown(text: str) -> str:
    """`text` (made plain already) for a cell of a Markdown table: nothing in it is markup."""
    return _MARKS.sub(r"\\\1", text)


def csv_cell(text: object) -> str:
    """`text` for a spreadsheet: a leading =, +, -, @, tab or return would be run as a formula, so quote it."""
    shown = plain(text, 32_000)
    return f"'{shown}" if shown[:1] in tuple("=+-@\ufffd") else shown
