from __future__ import annotations

from headgate.clause_diff import changes

OLD = """Terms of the Heron model

You may not use the model to make spam.

You must retain this copyright notice in all copies.

The model is provided "as is", without warranty of any kind.

We like herons.
"""
NEW = """Terms of the Heron model, second edition

The model is provided "as is",
without WARRANTY of any kind!

You may not use the model to make spam or malware.

You will not use outputs of the model to train any other language model.

We like herons and storks.
"""


def test_added_dropped_and_changed() -> None:
    found = {change.change: change for change in changes(OLD, NEW)}
    assert len(changes(OLD, NEW)) == 3
    assert (found["changed"].types, found["changed"].line_before, found["changed"].line_after) == (
        ("use_restriction",), 3, 6,
    )  # fmt: skip
    assert found["added"].types == ("training_ban", "use_restriction")
    assert (found["added"].line_before, found["added"].line_after, found["added"].before) == (None, 8, "")
    assert found["dropped"].types == ("attribution",)
    assert (found["dropped"].line_before, found["dropped"].line_after) == (5, None)
    assert found["dropped"].before in OLD


def test_what_only_moved_or_was_laid_out_anew_is_no_change() -> None:
    assert changes(OLD, OLD) == []
    parts = OLD.strip().split("\n\n")
    assert changes(OLD, "\n\n\n".join(reversed(parts)).upper()) == []


def test_one_text_is_empty() -> None:
    assert {change.change for change in changes("", OLD)} == {"added"}
    assert {change.change for change in changes(OLD, "")} == {"dropped"}
    assert len(changes("", OLD)) == len(changes(OLD, "")) == 3


def test_a_paragraph_said_twice_and_then_once() -> None:
    said = "You must retain this copyright notice in all copies."
    (one,) = changes(f"{said}\n\n{said}", said)
    assert (one.change, one.types) == ("dropped", ("attribution",))
