from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from headgate import run
from headgate.measure.snapshot_distance import measure
from headgate.shapes import Measured
from tests.build import collect, model
from tests.calling import call


def hub(path: Path, names: str, *, size: int = 40, tail: int = 0, licence: str = "mit") -> Path:
    """A family of `size` fine-tunes in chains of two, and `tail` more models without parents, accounts named `names`."""
    card = {"license": licence}
    records: list[dict[str, Any]] = [model(f"{names}/base", cardData=card, tags=[f"license:{licence}"])]
    for n in range(size):
        base = f"{names}/base" if n % 2 else f"{names}/m{n - 1}" if n else f"{names}/base"
        records.append(model(f"{names}/m{n}", cardData={**card, "base_model": base}, tags=[f"license:{licence}"]))
    records += [model(f"{names}/lone{n}", cardData=card) for n in range(tail)]
    ws, _ = collect(path, records)
    run.run_stage(ws, "link")
    ws.db.close()
    return path


def values(made: Measured) -> dict[str, float | None]:
    return {one.axis: one.value for one in made.findings}


def test_other_names_for_the_same_lineage_are_at_0_and_all_new(tmp_path: Path) -> None:
    made = measure(first=hub(tmp_path / "a", "ann"), second=hub(tmp_path / "b", "bob"), limit=0.0)
    found = values(made)
    assert {found[f"structure.{name}"] for name in ("parents", "children", "return_rarity", "depth", "component")} == {
        0
    }
    assert found["structure"] == 0
    assert found["spectrum"] == pytest.approx(0, abs=1e-9)
    assert found["adds.artifacts"] == 41
    assert (found["relevance.licence"], found["diversity.licence"]) == (1, 0)
    assert (found["relevance.family"], found["diversity.family"]) == (0, 1)
    assert made.met is True


def test_another_lineage_is_not_and_the_exit_code_says_so(tmp_path: Path) -> None:
    one, other = hub(tmp_path / "a", "ann"), hub(tmp_path / "b", "ann", size=90, licence="gpl")
    ended = call("measure", "snapshot_distance", one, other, "--limit", "0.01", "--format", "json")
    assert ended.code == 1
    told = json.loads(ended.out)
    found = {row["axis"]: row for row in told["findings"]}
    assert found["structure"]["value"] > 0.01
    assert found["adds.artifacts"]["value"] == 50
    assert found["relevance.licence"]["value"] == 0
    assert told["answer"]["met"] is False


def test_a_sketch_stands_in_for_a_workspace_and_holds_no_name(tmp_path: Path) -> None:
    one, other, sketch = hub(tmp_path / "a", "ann"), hub(tmp_path / "b", "bob"), tmp_path / "s.json"
    secret = tmp_path / "secret"
    secret.write_bytes(b"0123456789abcdef")
    ended = call("measure", "snapshot_distance", one, one, "--sketch", sketch, "--secret", secret)
    assert ended.code == 0
    text = sketch.read_text()
    assert not [word for word in ("ann", "base_model", "mit", "hf:") if word in text]
    made = measure(first=sketch, second=other, secret=secret)
    found = values(made)
    assert (found["structure"], found["relevance.licence"]) == (0, 1)
    assert found["adds.artifacts"] is None
    assert any("sketch" in note for note in made.notes)
    again = values(measure(first=sketch, second=sketch))
    assert again["structure"] == 0
    # under another secret the buckets are others, so nothing is in common
    secret.write_bytes(b"fedcba9876543210")
    assert values(measure(first=sketch, second=other, secret=secret))["relevance.licence"] == 0


def test_two_dates_of_one_workspace(tmp_path: Path) -> None:
    path = tmp_path / "w"
    small = [model("a/base"), model("a/one", cardData={"base_model": "a/base"})]
    collect(path, small, observed="2026-01-01")
    ws, _ = collect(path, [*small, model("a/two", cardData={"base_model": "a/base"})], observed="2026-02-01")
    run.run_stage(ws, "link")
    for date in ("2026-01-15", "2026-02-01T02:00:00+05:00"):  # the latter is in January
        ended = call("measure", "snapshot_distance", path, path, "--first-as-of", date, "--format", "json")
        assert ended.code == 0
        found = {row["axis"]: row["value"] for row in json.loads(ended.out)["findings"]}
        assert (found["adds.artifacts"], found["adds.edges"], found["mismatch"]) == (1, 1, 1)


def test_a_side_without_edges_could_not_be_told(tmp_path: Path) -> None:
    collect(tmp_path / "lone", [model("a/one"), model("a/two")])
    ended = call("measure", "snapshot_distance", tmp_path / "lone", hub(tmp_path / "b", "bob"), "--limit", "1")
    assert ended.code == 2
    assert "could not be told" in ended.out


@pytest.mark.parametrize(
    ("words", "code"),
    [(("absent", "absent"), 3), (("w", "absent.json"), 2), (("w", "w", "--first-as-of", "soon"), 3),
     (("w", "w", "--limit", "-1"), 3), (("w", "w", "--secret", "absent"), 3), (("w", "w", "--secret", "short"), 3),
     (("w", "w", "--first-as-of", "2001-01-01"), 2), (("s.json", "w", "--first-as-of", "2026-01-01"), 3)],
)  # fmt: skip
def test_wrong_words_end_in_one_line(
    tmp_path: Path, words: tuple[str, ...], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub(tmp_path / "w", "ann", size=4)
    (tmp_path / "short").write_bytes(b"short")
    (tmp_path / "s.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    ended = call("measure", "snapshot_distance", *words)
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.count("\n") == 1


def test_too_few_nodes_for_a_sketch(tmp_path: Path) -> None:
    path = hub(tmp_path / "w", "ann", size=4)
    ended = call("measure", "snapshot_distance", path, path, "--sketch", tmp_path / "s.json")
    assert ended.code == 3
    assert not (tmp_path / "s.json").exists()
