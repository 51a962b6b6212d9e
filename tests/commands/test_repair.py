from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra models is not installed")
pytest.importorskip("sklearn", reason="the extra learn is not installed")

from headgate.repair.certificate import folder_hash, place, verify
from headgate.repair.example_files import read_ids
from headgate.repair.record import from_json
from headgate.workspace import open_workspace
from tests.calling import Ended, call
from tests.subject_folders import digits_folder, table_folder

QUICK = ["--trace", "neighbours", "--remove", "npo", "--budget", "6", "--references", "1"]


@pytest.fixture(scope="module")
def repaired(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended]:
    folder = tmp_path_factory.mktemp("repaired")
    tests = "behaviour_rate,neighbour_damage"
    words = ["--into", folder / "w", "--out", folder / "out", "--most", "65", *QUICK, "--tests", tests]
    return folder, call("repair", digits_folder(), *words)


def test_the_planted_items_are_found_and_taken_out_but_without_relearning_nothing_is_concluded(
    repaired: tuple[Path, Ended],
) -> None:
    folder, result = repaired
    assert result.code == 2, result
    assert "inconclusive: relearning did not run" in result.out
    held = {line.split()[1] for line in result.out.splitlines() if line.startswith("prove:") and " held: " in line}
    assert held == {"behaviour_rate", "neighbour_damage"}
    planted = set(read_ids(digits_folder() / "bad.csv"))
    forgotten = read_ids(folder / "out" / "forget.csv")
    assert len(forgotten) == 65
    assert len(planted & set(forgotten)) >= 50


def test_everything_that_was_made_is_there_and_agrees(repaired: tuple[Path, Ended]) -> None:
    folder, _ = repaired
    out = folder / "out"
    assert sorted(path.name for path in out.iterdir()) == [
        "certificate.json", "forget.csv", "model", "repair.html", "repair.json"
    ]  # fmt: skip
    record = from_json((out / "repair.json").read_text())
    certificate = verify((out / "certificate.json").read_text(), after=folder_hash(out / "model"))
    assert record.certificate == certificate
    assert (certificate.verdict, {one.verdict for one in certificate.checks}) == ("inconclusive", {"held"})
    assert certificate.removal["required"] == ["behaviour_rate", "relearning"]
    assert certificate.forget["items"] == 65
    chosen = {one.id for one in record.ranked if one.chosen}
    assert chosen == set(read_ids(out / "forget.csv"))
    assert len([one for one in record.trials if one.taken]) == 1
    assert len(record.trials) == 6
    ref = f"file:sha256:{folder_hash(out / 'model')}"
    kept = place(folder / "w", ref)
    assert kept is not None
    assert kept.read_text() == (out / "certificate.json").read_text()
    page = (out / "repair.html").read_text()
    assert "poisoned digits" in page
    assert "<script" not in page


def test_the_workspace_knows_all_of_it(repaired: tuple[Path, Ended]) -> None:
    folder, _ = repaired
    db = open_workspace(folder / "w").db
    assert db.execute("SELECT method, count(*) FROM influences GROUP BY ALL").fetchall() == [("neighbours", 1300)]
    ((child, name),) = db.execute("SELECT ref, name FROM artifacts").fetchall()
    assert name == "poisoned digits without 65 items"
    assert db.execute("SELECT child, relation, method FROM edges").fetchall() == [(child, "unlearned", "npo")]
    rows = db.execute('SELECT DISTINCT subject, "check" FROM findings ORDER BY ALL').fetchall()
    assert rows == [(child, check) for check in
                    ("behaviour_rate", "behaviour_rate.utility", "neighbour_damage.far", "neighbour_damage.near")]  # fmt: skip
    assert db.execute("SELECT stage, status FROM runs WHERE stage = 'remove'").fetchall() == [("remove", "done")]


def test_its_parts_give_the_same_one_by_one(repaired: tuple[Path, Ended], tmp_path: Path) -> None:
    folder, _ = repaired
    digits, forget = digits_folder(), folder / "out" / "forget.csv"
    traced = call("trace", "neighbours", digits, "--into", tmp_path / "w", "--format", "json", "--top", "5")
    top = [row["item"] for row in json.loads(traced.out)["top"]]
    assert set(top) <= set(read_ids(forget))
    removed = call("remove", "finetune", digits, "--forget", forget, "--out", tmp_path / "m", "--into", tmp_path / "w")
    assert removed.code == 0, removed
    words = [digits, "--forget", forget, "--into", tmp_path / "w", "--references", "1"]
    good = call("prove", "behaviour_rate", *words, "--after", folder / "out" / "model", "--format", "json")
    assert good.code == 0, good
    assert json.loads(good.out)["checks"][0]["verdict"] == "held"
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "model.safetensors").write_bytes((digits / "model.safetensors").read_bytes())
    bad = call("prove", "behaviour_rate", *words, "--after", tmp_path / "source")
    assert bad.code == 1, bad
    assert "behaviour_rate: leaks" in bad.out


def test_without_a_way_to_retrain_it_cannot_tell(tmp_path: Path) -> None:
    text = (digits_folder() / "subject.toml").read_text()
    for path in digits_folder().iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "subject.toml").write_text(text.partition("[training]")[0] + "[[checkpoint]]" +
                                           text.partition("[[checkpoint]]")[2])  # fmt: skip
    forget = tmp_path / "bad.csv"
    result = call("repair", tmp_path, "--into", tmp_path / "w", "--out", tmp_path / "out", "--forget", forget,
                  "--trace", "neighbours", "--remove", "npo", "--budget", "2", "--tests", "neighbour_damage")  # fmt: skip
    assert result.code == 2, result
    assert "inconclusive: behaviour_rate did not run" in result.out


def test_an_estimator_is_repaired_by_fitting_it_again(tmp_path: Path) -> None:
    folder = table_folder(tmp_path / "t")
    result = call("repair", folder, "--into", tmp_path / "w", "--out", tmp_path / "out", "--forget", folder / "bad.csv",
                  "--tests", "behaviour_rate", "--trace", "neighbours")  # fmt: skip
    assert result.code in (0, 2), result
    assert "after 0.000" in result.out
    assert len(read_ids(tmp_path / "out" / "forget.csv")) == 12


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--trace", "tracim"], "Did you mean tracin"),
        (["--remove", "nop"], "remove has no method"),
        (["--tests", "x"], "prove has no method"),
        (["--forget", "absent.csv"], "cannot be opened"),
        (["--drop", "2"], "0<=x<=1"),
    ],
)
def test_a_wrong_word_is_told_before_anything_is_written(tmp_path: Path, words: list[str], said: str) -> None:
    result = call("repair", digits_folder(), "--into", tmp_path / "w", "--out", tmp_path / "out", *words)
    assert result.code in (2, 3)
    assert said in result.err
    assert len(result.err.strip().splitlines()) <= 4
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "w").exists()


def test_what_is_missing_is_named_and_nothing_is_written_over(tmp_path: Path) -> None:
    assert "needs SUBJECT, --into and --out, and lacks --out" in call("repair", digits_folder(), "--into", "w").err
    assert "lacks --into" in call("repair").err
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("x")
    result = call("repair", digits_folder(), "--into", tmp_path / "w", "--out", tmp_path / "out", *QUICK)
    assert result.code == 3
    assert "is not empty" in result.err


def test_the_example_is_a_subject_that_misbehaves(tmp_path: Path) -> None:
    result = call("repair", "--example", tmp_path / "digits")
    assert result.code == 0, result
    names = sorted(path.name for path in digits_folder().iterdir())
    assert sorted(path.name for path in (tmp_path / "digits").iterdir()) == names
    assert call("repair", "--example", tmp_path / "digits").code == 3


def test_a_forget_set_of_no_item_is_told_before_anything_is_written(tmp_path: Path) -> None:
    folder = table_folder(tmp_path / "t")
    (tmp_path / "ids.csv").write_text("id\nrow-1\nrow-999\n")
    for words in (["repair", folder, "--out", tmp_path / "out"], ["prove", "membership", folder, "--after", tmp_path]):
        done = call(*words, "--forget", tmp_path / "ids.csv", "--into", tmp_path / "w")
        assert done.code == 3
        assert "no training item has the id 'row-999'" in done.err
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "w").exists()


def test_a_folder_that_cannot_be_written_is_told_before_the_work(tmp_path: Path) -> None:
    folder = table_folder(tmp_path / "t")
    (tmp_path / "file").write_text("x")
    words = ["--forget", folder / "bad.csv", "--into", tmp_path / "w", "--out", tmp_path / "file" / "out"]
    for verb in (["repair"], ["remove", "retrain"]):
        done = call(*verb, folder, *words)
        assert (done.code, len(done.err.strip().splitlines())) == (3, 1)
        assert "cannot write" in done.err
    assert not (tmp_path / "w").exists()


def test_a_model_that_no_removal_changed_is_not_called_one_without_the_items(tmp_path: Path) -> None:
    words = ["--forget", digits_folder() / "bad.csv", "--trace", "neighbours", "--remove", "finetune", "--budget", 1,
             "--drop", 0, "--references", 0, "--tests", "behaviour_rate"]  # fmt: skip
    done = call("repair", digits_folder(), "--into", tmp_path / "w", "--out", tmp_path / "out", *words)
    assert done.code == 1, done
    assert "nothing was taken" in done.out
    db = open_workspace(tmp_path / "w").db
    assert db.execute("SELECT name, evidence FROM artifacts JOIN edges ON child = ref").fetchall() == [
        ("poisoned digits, unchanged", "no removal was taken: the weights are the source's")
    ]
