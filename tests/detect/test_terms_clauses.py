from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bench import terms_clauses as bench
from headgate import clauses, run
from headgate.clauses import TYPES
from headgate.workspace import Workspace, open_workspace
from tests.build import collect, findings, model

CARD = """---
license: cc-by-nc-4.0
---
# Heron

Heron is a model about herons. It was trained for three days.

## Terms

You may not use the model to generate
malware. Do not generate images of real people.

Please \x1b[31menjoy it.
"""
LICENCE = "Heron licence\n\nYou must retain this copyright notice.\n\nThis licence terminates if you breach it.\n"


def workspace_of(tmp_path: Path) -> Workspace:
    records = [
        model("a/both", card=CARD, licenseText=LICENCE),
        model("a/card", card=CARD),
        model("a/again", card=CARD),
        model("a/quiet", card="# Quiet\n\nA model."),
        model("a/front", card="---\nlicense: cc-by-nc-4.0\n---\n"),
        model("a/none"),
    ]
    return collect(tmp_path / "w", records)[0]


def test_found_silent_and_unseen(tmp_path: Path) -> None:
    ws = workspace_of(tmp_path)
    found = findings(ws, "terms_clauses")
    assert {ref[9:]: value for ref, (value, _) in found.items()} == {
        "a/both": 1, "a/card": 1, "a/again": 1, "a/quiet": 0, "a/front": None, "a/none": None,
    }  # fmt: skip
    n = dict(ws.db.execute("SELECT subject[10:], n FROM findings").fetchall())
    assert n == {"a/both": 8, "a/card": 5, "a/again": 5, "a/quiet": 2, "a/front": 0, "a/none": 0}
    assert found["hf:model:a/card"][1] == (
        'real_person_ban (card): "Do not generate images of real people."; '
        'use_restriction (card): "You may not use the model to generate malware."'
    )
    # three quotes, the rest by name
    assert found["hf:model:a/both"][1] == found["hf:model:a/card"][1] + (
        '; termination (licence): "This licence terminates if you breach it."; attribution (licence)'
    )


def test_each_quote_stands_in_the_text_and_sql_finds_what_python_finds(tmp_path: Path) -> None:
    texts = [text for _, text in bench.sources()[:60]] or [CARD, LICENCE]
    ws, _ = collect(tmp_path / "w", [model(f"a/m{n}", card=text) for n, text in enumerate(texts)])
    run.run_method(ws, "detect", "terms_clauses")
    rows = ws.db.execute("SELECT card, n, evidence FROM findings JOIN artifacts ON ref = subject").fetchall()
    assert len(rows) == len(texts)
    for card, n, evidence in rows:
        text = re.sub(clauses.FRONT, "", card[:60_000])
        assert n == len(clauses.paragraphs(text))
        types = {one.type for one in clauses.clauses(text)}
        assert {type_ for type_ in TYPES if f"{type_} (card)" in evidence} == types
        quotes = re.findall(rf'(?:{"|".join(TYPES)}) \(card\): "(.*?)"(?=; |$)', evidence)
        assert len(quotes) == min(3, len(types))
        assert all(clauses.verified(text, quote) for quote in quotes)


def test_the_share_of_real_cards_is_a_plain_recount(tmp_path: Path, data: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    run.collect(ws, "dump", path=data / "hub" / "hf_models_sample2k.jsonl.gz")
    found = findings(ws, "terms_clauses")
    cards = ws.db.execute("SELECT ref, card FROM artifacts WHERE card IS NOT NULL").fetchall()
    expected = {ref for ref, card in cards if clauses.clauses(re.sub(clauses.FRONT, "", card[:60_000]))}
    assert {ref for ref, (value, _) in found.items() if value == 1} == expected
    assert 20 <= len(expected) <= 200


@pytest.mark.parametrize(("drawn", "number", "f1"), [("families", 150, 0.941), ("fresh", 64, 0.894)])
def test_measured_on_labelled_paragraphs_of_debian(drawn: str, number: int, f1: float) -> None:
    rows = [row for row in bench.labelled() if row.drawn == drawn]
    if len(rows) < 0.9 * number:
        pytest.skip(f"only {len(rows)} of {number} labelled paragraphs are installed here (Debian copyright files)")
    rules = bench.scores(rows, bench.by_rules(rows), draws=200)
    # where every paragraph is installed; some may be missing here
    assert rules["micro"].f1 == pytest.approx(f1, abs=0.02)
    assert bench.ahead(rows, bench.by_rules(rows), bench.by_keywords(rows), draws=200).low > 0
    assert {"attribution", "disclaimer", "redistribution", "micro", "macro"} == set(rules)


def test_labels_are_hashes_and_types_only() -> None:
    lines = bench.LABELS.read_text(encoding="utf-8").splitlines()
    assert lines[1] == "sha256,family,drawn,labels"
    assert len(lines) == 2 + 150 + 40 + 54 + 64
    for line in lines[2:]:
        sha, family, drawn, labels = line.split(",")
        assert re.fullmatch(r"[0-9a-f]{64}", sha)
        assert re.fullmatch(r"[a-z-]+", family)
        assert drawn in {"families", "rare", "cards", "fresh"}
        assert set(labels.split()) <= set(TYPES)


def test_no_family_is_fitted_and_judged_at_once() -> None:
    pytest.importorskip("sklearn")
    # one family alone has the word that tells: a model that saw it in fitting would know it
    rows = [bench.Row(f"f{n % 5}", "families", f"herons number {n} may fly about the lake" + (" zq patent grant" if n % 5 == 0 else ""),
                      frozenset({"patent"} if n % 5 == 0 else ())) for n in range(50)]  # fmt: skip
    assert not bench.by_model(rows)[:, TYPES.index("patent")].any()
    assert bench.by_rules(rows)[:, TYPES.index("patent")].sum() == 10


def test_f1_by_hand() -> None:
    rows = [bench.Row(f"f{n}", "families", "", frozenset({"patent"} if n < 6 else ())) for n in range(10)]
    said = bench.told(rows).copy()
    said[0] = False
    said[9, TYPES.index("patent")] = said[8, TYPES.index("patent")] = True
    found = bench.scores(rows, said, draws=50)
    assert found["patent"].f1 == found["micro"].f1 == pytest.approx(10 / 13)  # 5 right, 2 too many, 1 missed
    assert found["patent"].low < 10 / 13 < found["patent"].high
    assert json.dumps(found["macro"]) == json.dumps(found["patent"])
