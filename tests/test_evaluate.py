from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from headgate import labels, run
from headgate.errors import BadInput, UsageError
from headgate.evaluate import evaluate, worst
from headgate.evaluate_methods import CONTROL
from headgate.labels import Label
from tests.build import collect, model
from tests.planted import write


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A planted workspace of 2,500 models, and a file of those whose name says so."""
    folder = tmp_path_factory.mktemp("planted")
    _, population, refs = write(folder / "w", 2_500, 5, begins=0.03)
    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["id", "level"], *([refs[i], "strict"] for i in np.flatnonzero(population.says))])
    return folder / "w", folder / "labels.csv"


def test_every_split_holds_every_method_on_the_same_rows(planted: tuple[Path, Path]) -> None:
    from headgate.workspace import open_workspace

    found = evaluate(
        open_workspace(planted[0]), "uncensored", labels=planted[1], wanted=("component", "author", "hub"), folds=3
    )
    rows = {row.method: row for row in found.rows if row.split == "author"}
    apart = {row.method: row.ranking.average_precision.value for row in found.rows if row.split == "component"}
    assert set(rows) == {
        "detector", "its linear part alone", "its trees alone", "graph only, logistic", "words only, logistic", "label propagation",
        "personalised PageRank", CONTROL, "keyword rule, masked", "keyword rule, reading the names",
    }  # fmt: skip
    assert {(row.ranking.items, row.ranking.positives) for row in found.rows} == {(2_500, found.positives)}
    average = {method: row.ranking.average_precision.value for method, row in rows.items()}
    base = found.positives / found.items
    assert average["keyword rule, masked"] == pytest.approx(base)
    assert average["keyword rule, reading the names"] == pytest.approx(1)  # the labels were made from the names
    assert apart["personalised PageRank"] == pytest.approx(base)  # no seed is left in a component that is tested
    assert average["personalised PageRank"] > 3 * base
    assert average["detector"] > 3 * base
    assert average[CONTROL] < average["detector"] / 2
    assert found.left_out == {"hub": "labelled artifacts on one hub only"}
    assert rows["detector"].error is not None
    assert rows["detector"].behind is None
    behind = rows["words only, logistic"].behind
    assert behind is not None
    assert behind.value == pytest.approx(average["detector"] - average["words only, logistic"])
    assert worst(found).split == "component"
    assert worst(found).ranking.average_precision.value == apart["detector"]


def test_the_time_split_never_looks_ahead(planted: tuple[Path, Path]) -> None:
    from headgate.workspace import open_workspace

    found = evaluate(open_workspace(planted[0]), "uncensored_hidden", labels=planted[1], wanted=("time",), folds=3)
    # the oldest period is only learned from
    assert found.rows[0].ranking.items == pytest.approx(2_500 * 2 / 3, abs=30)


def test_the_worst_split_is_not_the_random_one(planted: tuple[Path, Path]) -> None:
    from headgate.workspace import open_workspace

    ws = open_workspace(planted[0])
    found = evaluate(ws, "uncensored_hidden", labels=planted[1], wanted=("author", "random"), folds=2)
    assert worst(found).split == "author"
    assert set(found.digests) == {"author", "random"}


def test_a_detector_that_does_not_learn_is_judged_by_its_findings(tmp_path: Path) -> None:
    stated = [model(f"a{i}/m{i}", cardData={"license": "mit"} if i >= 30 else {}) for i in range(100)]
    ws, _ = collect(tmp_path / "w", stated)
    run.run_method(ws, "detect", "licence_missing")
    # 25 of the 30 that state none are truly without, and so is one that does state one
    labels.add(ws, [Label(f"hf:model:a{i}/m{i}", "licence_missing", "yes", "ann") for i in (*range(25), 99)])
    found = evaluate(ws, "licence_missing", wanted=("author",))
    first = found.rows[0]
    assert (first.ranking.items, first.ranking.positives) == (100, 26)
    # 30 equal scores with 25 hits, then 70 with one: by hand
    assert first.ranking.average_precision.value == pytest.approx(25 / 26 * 25 / 30 + 1 / 26 * 26 / 100)


def test_what_cannot_be_judged_is_said(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x-uncensored"), model("a/y")])
    with pytest.raises(UsageError, match="<10 models here are labelled, fewer than 20"):
        evaluate(ws, "uncensored")  # a sensitive check: how few is not said
    (tmp_path / "few.csv").write_text("ref,label\na/x-uncensored,yes\na/y,no\na/z,yes\nhf:dataset:a/d,yes\n")
    with pytest.raises(
        UsageError, match=r"1 models here are labelled, fewer than 20; 2 labels of few\.csv are of no model"
    ):
        evaluate(ws, "uncensored", labels=tmp_path / "few.csv")
    (tmp_path / "long.csv").write_text("ref\n" + "x" * 200_000)
    with pytest.raises(BadInput, match="field larger than"):
        evaluate(ws, "uncensored", labels=tmp_path / "long.csv")
    for seed in (-1, 2**40):
        with pytest.raises(UsageError, match=r"seed .* is not between"):
            evaluate(ws, "uncensored", seed=seed)
    with pytest.raises(BadInput, match=r"cannot read .*none\.csv"):
        evaluate(ws, "uncensored", labels=tmp_path / "none.csv")
    (tmp_path / "bad.csv").write_text("id\nnot a ref at all\n")
    with pytest.raises(UsageError, match="not a ref"):
        evaluate(ws, "uncensored", labels=tmp_path / "bad.csv")


@pytest.mark.parametrize("created", ["2020-01-01", None])
def test_labels_of_one_moment_make_no_split_by_time(tmp_path: Path, created: str | None) -> None:
    rest = created or "2021-01-01"
    ws, _ = collect(tmp_path / "w", [
        model(f"a{i}/m{i}{'-uncensored' if i < 25 else ''}", createdAt=f"{rest if i < 25 else '2024-01-01'}T00:00:00.000Z")
        if created else model(f"a{i}/m{i}{'-uncensored' if i < 25 else ''}", createdAt=f"{rest}T00:00:00.000Z")
        for i in range(60)
    ])  # fmt: skip
    found = evaluate(ws, "uncensored_hidden", wanted=("time", "random"), folds=2)
    assert found.left_out == {"time": "no labelled artifact is older than the others, or none newer"}
    assert {row.split for row in found.rows} == {"random"}


def test_few_accounts_and_few_folds_are_judged_too(tmp_path: Path) -> None:
    listed = [
        model(f"a{i % 3}/m{i}{'-uncensored' if i % 2 else ''}", createdAt=f"20{18 + i % 7}-01-01T00:00:00.000Z")
        for i in range(60)
    ]
    ws, _ = collect(tmp_path / "w", listed)
    found = evaluate(ws, "uncensored_hidden", wanted=("author", "time"), folds=2)
    first = {row.split: row for row in found.rows if row.behind is None}
    assert first["author"].error is not None
    assert first["time"].error is None  # one period was tested, and bins need another


def test_labels_on_datasets_are_no_models(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model(f"a/m{i}") for i in range(60)])
    labels.add(ws, [Label(f"hf:dataset:a/d{i}", "uncensored", "yes", "ann") for i in range(40)])
    with pytest.raises(UsageError, match="0 models here are labelled"):
        evaluate(ws, "uncensored")


def test_findings_that_are_not_there_are_asked_for(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model(f"a/m{i}") for i in range(60)])
    labels.add(ws, [Label(f"hf:model:a/m{i}", "licence_missing", "yes", "ann") for i in range(30)])
    with pytest.raises(UsageError, match=r"no findings of licence_missing here\. Run it first"):
        evaluate(ws, "licence_missing", wanted=("random",))
