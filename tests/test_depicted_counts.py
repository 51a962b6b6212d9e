from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headgate import frames
from headgate.depicted_counts import depicted, reference
from headgate.errors import BadInput, UsageError

EVEN = "attribute,share,source\nwoman,0.5,even by choice\nman,0.5,even by choice\n"


def file(folder: Path, text: str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_shares_are_sorted_by_attribute_and_may_differ_by_role(tmp_path: Path) -> None:
    text = "role,attribute,share,source\nnurse,woman,0.9,census\nnurse,man,0.1,census\n,man,0.4,b\n,woman,0.6,a\n"
    found = reference(file(tmp_path, text), "attribute")
    assert found.attributes == ("man", "woman")
    assert found.of("nurse").tolist() == pytest.approx([0.1, 0.9])
    assert found.of("judge").tolist() == pytest.approx([0.4, 0.6])
    assert found.reasons == {"": "b; a", "nurse": "census"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("attribute,share\na,1\n", "source"),
        ("attribute,share,source\na,0.5,x\nb,0.5,\n", "row 2: share without a source"),
    ],
)
def test_no_reference_and_no_reason_are_usage_errors(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        reference(file(tmp_path, text), "attribute")
    with pytest.raises(UsageError, match="no reference shares are stated"):
        reference(None, "attribute")


@pytest.mark.parametrize(
    "rows", ["a,0.5,x\nb,0.4,x", "a,1,x", "a,0.5,x\na,0.5,x", "a,1,x\nb,0,x", "a,nan,x\nb,0.5,x", "a,0.5,x\n,0.5,x"]
)
def test_shares_that_make_no_distribution(tmp_path: Path, rows: str) -> None:
    with pytest.raises(BadInput):
        reference(file(tmp_path, f"attribute,share,source\n{rows}\n"), "attribute")


def test_counts_are_summed_by_role_and_prompt(tmp_path: Path) -> None:
    shares = reference(file(tmp_path, EVEN, "r.csv"), "attribute")
    text = "prompt,role,attribute,count\np1,nurse,man,3\np1,nurse,woman,4\np1,judge,man,5\np2,nurse,man,1\np3,x,man,0\n"
    found = depicted(frames.read(file(tmp_path, text)), "attribute", shares.attributes)
    assert dict(zip(found.roles, found.counts.tolist(), strict=True)).keys() == {"judge", "nurse"}
    assert sorted(zip(found.roles, map(tuple, found.counts.tolist()), strict=True)) == [
        ("judge", (5, 0)), ("nurse", (1, 0)), ("nurse", (3, 4)),
    ]  # fmt: skip


def test_without_a_count_each_row_is_one_output(tmp_path: Path) -> None:
    text = "prompt,role,attribute,annotation\n" + "p,nurse,woman,stereotype\n" * 3 + "p,nurse,man,none\np,nurse,man,\n"
    found = depicted(frames.read(file(tmp_path, text)), "attribute", ("man", "woman"))
    assert np.array_equal(found.counts, [[2, 3]])
    assert found.annotated == {("nurse", "stereotype"): 3}
    assert found.looked_at == {"nurse": 4}


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ("p,nurse,unclear,2", BadInput),
        ("p,nurse,man,1.5", BadInput),
        ("p,nurse,man,-1", BadInput),
        ("p,nurse,man,x", BadInput),
        ("p,nurse,man,1e300", BadInput),
    ],
)
def test_what_cannot_be_counted_is_refused(tmp_path: Path, row: str, error: type[Exception]) -> None:
    table = frames.read(file(tmp_path, f"prompt,role,attribute,count\n{row}\n"))
    with pytest.raises(error, match="row 1"):
        depicted(table, "attribute", ("man", "woman"))


def test_a_short_file_cannot_cost_much(tmp_path: Path) -> None:
    rows = "".join(f"p,r{n},man\n" for n in range(1001))
    with pytest.raises(BadInput, match="has 1,001 roles"):
        depicted(frames.read(file(tmp_path, f"prompt,role,attribute\n{rows}")), "attribute", ("man", "woman"))
    with pytest.raises(BadInput, match="has 201 attributes"):
        reference(file(tmp_path, "attribute,share,source\n" + "".join(f"a{n},0,x\n" for n in range(201))), "attribute")


def test_a_role_without_shares_is_refused(tmp_path: Path) -> None:
    text = "role,attribute,share,source\nnurse,woman,0.9,census\nnurse,man,0.1,census\n"
    with pytest.raises(BadInput, match="'judge'"):
        reference(file(tmp_path, text), "attribute").of("judge")
