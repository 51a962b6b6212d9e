from __future__ import annotations

import pytest

from headgate import person_words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tête-à-Tête", ["tete", "a", "tete"]),
        ("O'Zuvek O’Zuvek", ["ozuvek", "ozuvek"]),
        ("ŁAZØ\u200bB", ["lazob"]),
        ("ＬｏＲＡ_v2.0", ["lora", "v2", "0"]),
        ("Щит", ["щит"]),
        ("", []),
        (None, ["none"]),
    ],
)
def test_words(text: object, expected: list[str]) -> None:
    assert person_words.words(text) == expected


def test_terms_of_several_words_are_found_as_one() -> None:
    known = frozenset({"textualinversion", "sd15", "photo"})
    found = list(person_words.scan("Photo: textual_inversion of zuvek, SD 1.5 v3", known))
    assert found == [
        ("photo", True),
        ("textual inversion", True),
        ("of", False),
        ("zuvek", False),
        ("sd 1 5", True),
        ("v3", True),
    ]
    assert person_words.has("a Textual-Inversion", known)
    assert not person_words.has("photos", known)


def test_every_likeness_term_holds_a_stem() -> None:
    for term in person_words.terms("likeness", "likeness-tag"):
        assert any(stem in term for stem in person_words.stems()), term


def test_fields_keep_their_case() -> None:
    assert {"createdAt", "modelVersions", "SHA256"} <= person_words.terms("field")
    assert "runwayml/stable-diffusion-v1-5" in person_words.terms("base")
