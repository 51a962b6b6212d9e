from __future__ import annotations

import gzip
import json
from pathlib import Path

import duckdb
import pytest

from headgate.disguises import disguised
from headgate.keywords import UNCENSORED


def found(texts: list[str]) -> dict[str, str]:
    db = duckdb.connect()
    db.execute("CREATE TABLE t AS SELECT unnest(?::VARCHAR[]) AS text", [texts])
    return dict(disguised(db, "SELECT text FROM t", UNCENSORED).fetchall())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Llama-3-Un\u0441ensored", "uncensored"),
        ("Llama-UNC3NS0RED-v2", "uncensored"),
        ("model-4bliterat3d", "abliterated"),
        ("j41lbreak", "jailbreak"),
        ("jai1break", "jailbreak"),
        ("xy-l-e-w-d", "lewd"),
        ("x-l-e-w-d-y", ""),  # all single letters: nobody can tell where the word begins
        ("b-h-3-r-e-t-i-c", ""),  # spells bheretic
        ("hereti\uff43", "heretic"),
        ("my.u+n+c+e+n+s+o+r+e+d", "uncensored"),
        ("l!lewd!", ""),
        ("unf!ltered model", "unfiltered"),
        ("plain uncensored", ""),  # the plain rule's own work
        ("Llama-3-8B-Q4_K_M", ""),
        ("\u043c\u043e\u0434\u0435\u043b\u044c", ""),
        ("3.2.1-abc", ""),
    ],
)
def test_finds_what_only_people_read(text: str, words: str) -> None:
    assert found([text, "other"]) == ({text: words} if words else {})


def test_each_text_comes_once_and_none_is_fine() -> None:
    assert found(["h3retic"] * 3) == {"h3retic": "heretic"}
    assert found([]) == {}


def test_hostile_texts_are_bound_and_bounded() -> None:
    text = "'); DROP TABLE t; -- h3retic"
    assert found([text, "\u0430" * 200_000]) == {text: "heretic"}


def test_no_genuine_name_is_taken_for_a_disguise(data: Path) -> None:
    with gzip.open(data / "hub" / "hf_models.jsonl.gz", "rt", encoding="utf-8") as file:
        names = [json.loads(line)["id"].split("/")[-1] for line in file]
    assert len(names) > 60_000
    assert found(names) == {}
