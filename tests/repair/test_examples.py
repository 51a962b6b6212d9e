from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.errors import UsageError
from headgate.repair.examples import among, asked, digest, examples, joined, parted, take
from headgate.repair.shapes import ForgetSet


def five() -> tuple[np.ndarray, np.ndarray]:
    return np.arange(10, dtype=np.float32).reshape(5, 2), np.array([0, 1, 0, 1, 2])


def test_ids_come_from_the_content_and_equal_items_are_told_apart() -> None:
    x, y = five()
    first = examples(x, y)
    again = examples(x[::-1], y[::-1])
    assert first.ids == again.ids[::-1]
    twice = examples(np.vstack([x, x[:1]]), np.append(y, y[0]))
    assert twice.ids[:5] == first.ids
    assert twice.ids[5] == first.ids[0] + "-2"
    other = examples(x, np.array([0, 1, 0, 1, 3]))
    assert other.ids[:4] == first.ids[:4]
    assert other.ids[4] != first.ids[4]


def test_take_keeps_rows_together() -> None:
    x, y = five()
    all_ = examples(x, y, ids=list("abcde"), texts=list("ABCDE"), groups=list("ppqqq"))
    some = take(all_, [3, 0])
    assert (some.ids, some.texts, some.groups) == (("d", "a"), ("D", "A"), ("q", "p"))
    assert some.x.tolist() == [[6, 7], [0, 1]]
    assert some.y.tolist() == [1, 0]
    assert take(all_, y == 0).ids == ("a", "c")
    assert len(take(all_, [])) == 0


def test_joined_keeps_texts_only_where_both_have_them() -> None:
    x, y = five()
    with_texts = examples(x, y, ids=list("abcde"), texts=list("ABCDE"))
    without = examples(x, y, ids=list("vwxyz"))
    assert joined(with_texts, without).texts is None
    both = joined(take(with_texts, [0]), take(with_texts, [1]))
    assert (both.ids, both.texts) == (("a", "b"), ("A", "B"))


def test_forget_and_retain_part_the_items() -> None:
    x, y = five()
    all_ = examples(x, y, ids=list("abcde"))
    out, kept = parted(all_, ForgetSet(("d", "b"), "test"))
    assert (out.ids, kept.ids) == (("b", "d"), ("a", "c", "e"))
    for ids in ((), tuple("abcde")):
        with pytest.raises(UsageError, match="Some must go and some must stay"):
            parted(all_, ForgetSet(ids, "test"))
    with pytest.raises(UsageError, match="'zz' \\(1 such\\)"):
        among(all_, ["a", "zz"])


def test_columns_of_other_lengths_and_repeated_ids_are_refused() -> None:
    x, y = five()
    with pytest.raises(UsageError, match="differ in length"):
        examples(x, y[:4])
    with pytest.raises(UsageError, match="differ in length"):
        examples(x, y, texts=["one"])
    with pytest.raises(UsageError, match="'b' comes twice"):
        examples(x, y, ids=list("abbde"))


@pytest.mark.parametrize("odd", ["", " a", "a ", "a\nb", "a\x1b[31m", "a\u2028b"])
def test_an_id_is_one_line_of_text(odd: str) -> None:
    # the hash of ["a\nb"] would be that of ["a", "b"], and read_ids strips what a list of ids holds
    x, y = five()
    with pytest.raises(UsageError, match="an id is empty"):
        examples(x, y, ids=[odd, *"bcde"])


@given(st.lists(st.text(alphabet="abc", min_size=1, max_size=3), unique=True, min_size=1), st.randoms())
def test_a_digest_of_ids_does_not_depend_on_their_order(ids: list[str], random: object) -> None:
    shuffled = list(ids)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert digest(ids) == digest(shuffled)
    assert digest([*ids, "zzzz"]) != digest(ids)


def test_what_is_asked_of_an_item_is_one_answer_or_the_tokens_of_one() -> None:
    x, y = five()
    assert asked(examples(x, y)).tolist() == [1] * 5
    assert asked(examples(x, x)).tolist() == [1] * 5
    tokens = np.array([[-100, 4, 5], [-100, -100, 7], [-100] * 3, [1, 2, 3], [-100, 0, -100]])
    assert asked(examples(x, tokens)).tolist() == [2, 1, 1, 3, 1]
