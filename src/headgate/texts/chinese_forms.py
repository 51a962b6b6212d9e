"""Chinese words as they were before somebody wrote them in other characters.

`restored` reads text that is canonical already (`normalise.canonical`) and puts right: variant and archaic characters,
characters split into their parts, look-alikes, homophones and pinyin of common words (data/chinese_forms.csv,
chinese_variants.csv), signs and invisible characters between single characters, and traditional characters
strewn into simplified text. A text that is wholly traditional is left as it is, and so is Japanese and Korean.
The table is closed: a homophone that is not in it is not undone. Nothing here makes a disguise.

Reference: ChineseSafe (Zhang et al. 2024), whose items hold variant and homophone words; the characters are from the
Unicode Han Database (data/chinese_variants.LICENSE), the words are ours.
Checked against: Chinese package descriptions of Debian; see docs/methods/deobfuscate.md.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from headgate.normalise import Change
from headgate.tables import rows

_HAN = re.compile("[\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff]")
_OTHER = re.compile("[\u3041-\u30fa\uac00-\ud7a3]")  # kana and hangul
_IDEOGRAPH = "[\u4e00-\u9fff]"
# Between two characters of Chinese nothing needs one of these.
_HIDDEN = re.compile(f"(?<={_IDEOGRAPH})[\u00ad\u034f\u200b-\u200f\u2060-\u2064\u3164\ufeff]+(?={_IDEOGRAPH})")


def _first(sign: str) -> str:
    """That the character before stands first in its row, or second after one that could not: the end of a row that is
    no disguise is found once, and not from each of its characters.
    """
    second = f"{_IDEOGRAPH}{sign}{_IDEOGRAPH}"
    return rf"(?:(?<!{second})|(?<=\w{second}))"


_APART = re.compile(
    rf"{_IDEOGRAPH}([_*~+^#])(?:{_IDEOGRAPH}\1)+{_IDEOGRAPH}|"
    rf"(?<!\w){_IDEOGRAPH}(?:{_first('-')}(?:-{_IDEOGRAPH}){{3,}}|{_first(' ')}(?: {_IDEOGRAPH}){{4,}})"
    rf"(?![-\w]| {_IDEOGRAPH})"
)
_RADICALS = str.maketrans(
    "\u2e85\u2ea1\u2e98\u2ec8\u2ed0\u2e96\u2eb0\u2ebe\u2ecc\u2ee0\u2ea8\u2ead\u2ec2", "亻氵扌讠钅忄纟艹辶饣犭礻衤"
)


_PASSES = 3  # a character put together again may be part of a form


class Form(NamedTuple):
    """A row of the table: how a word is written, how it is read, its kind, and what may not stand beside it."""

    form: str
    reads: str
    kind: str
    not_after: tuple[str, ...]
    not_before: tuple[str, ...]


def restored(text: str) -> tuple[str, list[Change]]:
    """`text` (canonical) with Chinese disguises undone, and what was put right.

    Kinds: homophone, pinyin, shape (look-alikes), split (into parts), variant, traditional, spaced, invisible.
    """
    if not _HAN.search(text) or _OTHER.search(text):
        return text, []
    found: list[Change] = []
    text = _HIDDEN.sub(lambda m: _noted(found, "invisible", " ".join(f"U+{ord(c):04X}" for c in m[0]), ""), text)
    text = _APART.sub(lambda m: _noted(found, "spaced", m[0], re.sub("[-_*~+^# ]", "", m[0])), text)
    text = _characters(text.translate(_RADICALS), found)
    for _ in range(_PASSES):
        text, before = _words(text, found), text
        if text == before:
            break
    return text, found


def _noted(found: list[Change], kind: str, seen: str, read: str) -> str:
    found.append(Change(kind, seen, read))
    return read


def _characters(text: str, found: list[Change]) -> str:
    variant, traditional = _variants("variant"), _variants("traditional")
    text = _class("variant").sub(lambda m: _noted(found, "variant", m[0], variant[m[0]]), text)
    strewn = len(_class("traditional").findall(text))
    if strewn and len(_class("simplified").findall(text)) >= strewn:
        text = _class("traditional").sub(lambda m: _noted(found, "traditional", m[0], traditional[m[0]]), text)
    return text


def _words(text: str, found: list[Change]) -> str:
    table, start, parts, done = _forms(), _starts(), [], 0
    for hit in start.finditer(text):
        if hit.start() < done:
            continue
        for form in table[hit[0]]:
            end = hit.start() + len(form.form)
            if text.startswith(form.form, hit.start()) and _fits(text, form, hit.start(), end):
                parts += [text[done : hit.start()], _noted(found, form.kind, form.form, form.reads)]
                done = end
                break
    return "".join([*parts, text[done:]])


def _fits(text: str, form: Form, start: int, end: int) -> bool:
    before, after = text[max(start - 1, 0) : start], text[end : end + 1]
    if (form.form[0].isascii() and _joins(before)) or (form.form[-1].isascii() and _joins(after)):
        return False  # part of a longer Latin word, or of an address
    return not (form.not_after and text.endswith(form.not_after, 0, start)) and not (
        form.not_before and text.startswith(form.not_before, end)
    )


def _joins(c: str) -> bool:
    return c.isascii() and (c.isalnum() or c in tuple("-_./:@"))


@cache
def _forms() -> dict[str, tuple[Form, ...]]:
    """The rows of the table by their first character, the longest first."""
    table: dict[str, list[Form]] = {}
    for row in rows("chinese_forms.csv"):
        form = Form(
            row["form"], row["reads"], row["kind"], *(tuple(row[k].split()) for k in ("not_after", "not_before"))
        )
        table.setdefault(form.form[0], []).append(form)
    return {first: tuple(sorted(forms, key=lambda f: -len(f.form))) for first, forms in table.items()}


@cache
def _starts() -> re.Pattern[str]:
    """Where a form may start: told by its first two characters, so that clean text costs one pass."""
    forms = [form.form for group in _forms().values() for form in group]
    second = "".join({form[1] for form in forms if len(form) > 1})
    single = "".join({form for form in forms if len(form) == 1})
    first = "".join({form[0] for form in forms if len(form) > 1} - set(single))
    return re.compile(f"[{single}]|[{first}](?=[{second}])")


@cache
def _variants(kind: str) -> dict[str, str]:
    forms = [row for row in rows("chinese_variants.csv") if row["kind"] == kind]
    return {c: r for row in forms for c, r in zip(row["forms"], row["reads"], strict=True)}


@cache
def _class(kind: str) -> re.Pattern[str]:
    return re.compile("[" + "".join(row["forms"] for row in rows("chinese_variants.csv") if row["kind"] == kind) + "]")
