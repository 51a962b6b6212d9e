from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.normalise import canonical
from headgate.texts.respell import known, respelt

# Long common words: short ones have many neighbours.
WORDS = ["yesterday", "important", "together", "language", "children", "mountain", "question", "beautiful", "computer",
         "different", "government", "interesting", "remember", "company", "develop", "problem", "history"]  # fmt: skip
PROSE = "i think that the {} is in the other house"


@pytest.mark.parametrize(
    ("text", "read", "kinds"),
    [
        ("the qu35tion is what they want", "the question is what they want", ["leet"]),
        ("m0unt4in", "mountain", ["leet"]),  # a word by itself
        ("the l a n g u a g e of the people", "the language of the people", ["spaced"]),
        ("they d i e here", "they die here", ["spaced"]),
        ("a big d-o-g is here", "a big dog is here", ["spaced"]),
        ("the gover nment of the people", "the government of the people", ["spaced"]),
        ("wethink that it is good", "we think that it is good", ["joined"]),
        ("the chlidren are here", "the children are here", ["misspelt"]),
        ("the childrn are here", "the children are here", ["misspelt"]),
        ("that is sooooo good", "that is so good", ["misspelt"]),
        # what is left alone
        ("the mp3 and the 4th h264 file on python3 at 10k", None, []),
        ("see https://example.org/chlidren and a@chlidren.org or src/chlidren.py", None, []),
        ("vitamin c is good for the body and the x ray too", None, []),
        ("der Hund ist im Haus und schläft heute", None, []),  # another language
        ("слово и ещё много других слов здесь the chlidren is", None, []),  # names in another script
        ("这是一个很长的中文句子没有空格, the chlidren are", None, []),
        ("the wethink youthink 1 2 3 4", None, []),  # no prose
        ("see line5 and tool5", None, []),
        ("42 1999 3.14", None, []),
        ("", "", []),
    ],
)
def test_reads_bent_spelling(text: str, read: str | None, kinds: list[str]) -> None:
    out, found = respelt(text)
    assert out == (text if read is None else read)
    assert [change.kind for change in found] == kinds


def test_words_of_the_caller_count_as_ordinary() -> None:
    text = "the frobnicators are h3re with the frobn1cators"
    assert "frobn1cators" in respelt(text)[0]
    assert respelt(text, frozenset({"frobnicators"}))[0] == "the frobnicators are here with the frobnicators"
    assert known("frobnicators", frozenset({"frobnicators"}))
    assert not known("frobnicators")


def test_letters_that_canonical_joined_are_cut_where_words_end() -> None:
    text = canonical("they say i t i s a d o g and i laugh")
    assert respelt(text, apart=frozenset({"itisadog"}))[0] == "they say it is a dog and i laugh"


@pytest.mark.parametrize("way", ["swap", "drop", "leet", "space"])
def test_random_edits_of_common_words_are_undone(way: str) -> None:
    rng = random.Random(7)
    right = sum(respelt(PROSE.format(bent(word, way, rng)))[0] == PROSE.format(word) for word in WORDS)
    assert right >= len(WORDS) - 1


def bent(word: str, way: str, rng: random.Random) -> str:
    at = rng.choice([n for n in range(1, len(word) - 2) if word[n] != word[n + 1]])
    if way == "swap":
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if way == "drop":
        return word[:at] + word[at + 1 :]
    if way == "space":
        return " ".join(word)
    vowel = rng.choice([n for n, c in enumerate(word) if c in "aeio"])
    return word[:vowel] + {"a": "4", "e": "3", "i": "1", "o": "0"}[word[vowel]] + word[vowel + 1 :]


@given(st.text(alphabet="abcdeist 0134@$.-'", max_size=60))
def test_any_text_is_read_and_ordinary_prose_stays(text: str) -> None:
    out, found = respelt(text)
    assert (out == text) == (not found)


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8))
def test_ordinary_words_stay(words: list[str]) -> None:
    assert respelt(" ".join(words)) == (" ".join(words), [])
