from __future__ import annotations

import csv
import gettext
import random
import re
import unicodedata
from collections import defaultdict
from pathlib import Path
from pydoc_data.topics import topics

import pytest
from hypothesis import given
from hypothesis import strategies as st

import headgate
from headgate.evidence.intervals import wilson
from headgate.normalise import _ORDINARY, Change, canonical, changes, crude, leet, reading, readings

LOCALES = Path("/usr/share/locale")
PACKAGES = {"coreutils", "dpkg", "glib20", "grep", "sed", "tar", "shared-mime-info"}  # enough, and quick to read
TABLE = Path(headgate.__file__).parent / "data" / "confusables.csv"


@pytest.mark.parametrize(
    ("text", "read", "kinds"),
    [
        ("Llama-3-Uncensored", "llama-3-uncensored", []),
        ("Llama-3-un\u0441\u0435ns\u043er\u0435d", "llama-3-uncensored", ["homoglyph"]),  # Cyrillic letters
        ("\u041d\u0395R\u0415\u0422I\u0421", "heretic", ["homoglyph"]),  # capitals that differ from their small letters
        ("unc\u0435nsor\u0435d\u0416", "uncensored\u0436", ["homoglyph"]),  # one letter that looks like none
        ("\U0001d42e\U0001d427censored", "uncensored", ["styled", "styled"]),
        ("\uff55\uff4e-Censored", "un-censored", ["styled", "styled"]),
        ("\u1d1c\u0274\u1d04\u1d07\u0274\ua731\u1d0f\u0280\u1d07\u1d05", "uncensored", ["homoglyph"]),  # small capitals
        ("u\u200bn\u00adcensored", "uncensored", ["invisible", "invisible"]),
        ("l\u0336e\u0336wd", "lewd", ["mark", "mark"]),
        ("le\u0301\u0302\u0303wd", "lewd", ["mark"]),
        ("L3-u-n-c-e-n-s-o-r-e-d-GGUF", "l3-uncensored-gguf", ["spaced"]),
        ("L3 l e w d s", "l3 lewds", ["spaced"]),
        ("a model \u0435\u0445\u0440\u043e", "a model expo", ["homoglyph"]),  # wholly look-alike among Latin words
        ("\u0435\u0445\u0440\u043e", "\u0435\u0445\u0440\u043e", []),  # alone it may be what it is
        ("\u0432\u0437\u044f\u043b \u043c\u043e\u0434\u0435\u043b\u044c \u0441\u043e\u0440\u043e LoRA", None, []),
        ("m\u00e9lange \u00fcber \u0111\u1eb7c bi\u1ec7t", None, []),
        ("\u0915\u094d\u200d\u0937 LoRA", None, []),  # a joiner that Hindi needs
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 model", None, []),  # and Persian
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f", None, []),
        ("a.b.c e.g. U.S.A. q4_k_m 1-2-3-4-5", None, []),
        ("5\u00d75 A\u2229B", None, []),
        ("", "", []),
    ],
)
def test_reads_what_a_person_reads(text: str, read: str | None, kinds: list[str]) -> None:
    assert canonical(text) == (unicodedata.normalize("NFKC", text).casefold() if read is None else read)
    assert [change.kind for change in changes(text)] == kinds


def test_characters_passed_over_look_like_nothing_else() -> None:
    chinese = [c for c in map(chr, range(0x80, 0x10000)) if _ORDINARY.fullmatch(c)]
    assert len(chinese) > 20_000
    with TABLE.open(encoding="ascii") as file:
        alike = {chr(int(code, 16)) for row in csv.DictReader(file) for code in row["code_points"].split()}
    assert not alike & {*chinese, *(unicodedata.normalize("NFKC", c) for c in chinese if c > "\u2000")}
    assert all(changes(c) == [] for c in chinese)


def test_readings_take_every_digit_for_a_letter() -> None:
    assert readings("w0rd5") == ("words",)
    assert readings("b1ll") == ("bill", "blll")
    assert reading("un\u0441ut") == ("uncut", [Change("homoglyph", "un\u0441ut", "uncut")])


def test_a_change_says_what_stood_there() -> None:
    assert changes("an un\u0441ut l-e-w-d") == [
        Change("homoglyph", "un\u0441ut", "uncut"), Change("spaced", "l-e-w-d", "lewd"),
    ]  # fmt: skip
    assert changes("a\u200bb") == [Change("invisible", "U+200B", "")]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("unc3ns0r3d!", "uncensored!"), ("@bliter4ted", "abliterated"), ("jai1break", "jailbreak"),
        ("h3ret1c", "heretic"), ("\u00fc\u00f1c\u00e9ns\u00f6r\u00eb\u0111", "uncensored"),
        ("u-n-c-3-n-s-0-r-3-d", "uncensored"), ("un\u0441en$ored", "uncensored"),
        ("Llama-3.1-8B-Q4_K_M", "llama-3.1-8b-q4_k_m"), ("2024", "2024"),
    ],
)  # fmt: skip
def test_leet_keys(text: str, key: str) -> None:
    assert key in leet(text)
    assert len(leet(text)) <= 2


@given(st.text(alphabet="aeinosu013$@-. \u0430\u0435\u043e\u03bf\u200b\u0336\u4e2d\uff41\U0001d41a", max_size=30))
def test_crude_keys_miss_no_word(text: str) -> None:
    words = {word for key in (canonical(text), *leet(text)) for word in re.findall("[a-z]{2,}", key)}
    assert all(any(word in key for key in crude(text)) for word in words)


@given(st.text(max_size=60))
def test_any_text_is_read_once_and_for_all(text: str) -> None:
    key = canonical(text)
    assert canonical(text.lower() if text.isascii() else text) == key
    assert canonical(canonical(key)) == canonical(key)
    assert not key.isascii() or key == key.lower()
    if key == unicodedata.normalize("NFKC", text).casefold() and "\u03c2" not in text:
        assert {change.kind for change in changes(text)} <= {"styled"}


@pytest.mark.parametrize(
    "text", ["a-" * 50_000, "\u0430" * 100_000, "e\u0301" * 50_000, "\u200b" * 100_000, "a " * 50_000]
)
def test_hostile_text_is_read_in_time(text: str) -> None:
    assert len(canonical(text)) <= len(text)


def perturbed(word: str, glyphs: dict[str, list[str]], rng: random.Random) -> str:
    """`word` with about a third of its letters, at least one, replaced at random."""
    at = rng.sample(range(len(word)), max(1, round(0.3 * len(word))))
    return "".join(rng.choice(glyphs[c]) if n in at else c for n, c in enumerate(word))


def look_alikes() -> dict[str, list[str]]:
    """Letter -> the table's look-alikes of it and its styled forms."""
    found = defaultdict(list)
    with TABLE.open(encoding="ascii") as file:
        for row in csv.DictReader(file):
            if row["when"] in ("word", "any"):
                found[row["latin"]] += [chr(int(code, 16)) for code in row["code_points"].split()]
    for code in [*range(0x2100, 0x2500), *range(0xFF00, 0xFF60), *range(0x1D400, 0x1D7CB)]:
        plain = unicodedata.normalize("NFKC", chr(code)).lower()
        if len(plain) == 1 and "a" <= plain <= "z":
            found[plain].append(chr(code))
    return found


def test_recovers_words_with_random_substitutions() -> None:
    words = sorted(set(re.findall(r"\b[a-z]{4,}\b", " ".join(topics.values()))))
    rng, glyphs = random.Random(20261121), look_alikes()
    words = rng.sample(words, 2_000)
    recovered = sum(canonical(f"a model of {perturbed(word, glyphs, rng)}") == f"a model of {word}" for word in words)
    interval = wilson(recovered, len(words))
    assert interval is not None
    assert interval[0] > 0.97, (recovered, interval)


def test_genuine_text_of_many_languages_is_left_alone() -> None:
    files = sorted(LOCALES.glob("*/LC_MESSAGES/*.mo"))
    texts = defaultdict(set)
    for path in files:
        if path.stem in PACKAGES and not path.parts[-3].startswith("en"):
            texts[path.parts[-3]] |= translated(path)
    texts = {language: found for language, found in texts.items() if len(found) >= 100}
    if len(texts) < 10:
        pytest.skip(f"genuine translations in fewer than 10 languages under {LOCALES}")
    rng, looked, changed, worst = random.Random(1), 0, 0, 0.0
    for _, found in sorted(texts.items()):
        sample = rng.sample(sorted(found), min(300, len(found)))
        differ = sum(canonical(t) != unicodedata.normalize("NFKC", t).casefold() for t in sample)
        looked, changed, worst = looked + len(sample), changed + differ, max(worst, differ / len(sample))
    interval = wilson(changed, looked)
    assert interval is not None
    assert interval[1] < 0.01
    assert worst < 0.05


def translated(path: Path) -> set[str]:
    try:
        with path.open("rb") as file:
            catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    except (OSError, ValueError, IndexError):  # some files are not what gettext expects
        return set()
    return {text for key, text in catalogue.items() if key and text}
