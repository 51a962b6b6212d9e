"""`headgate demo` from end to end, its figures checked against the dumps and the disk."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from headgate import zstd
from headgate.commands.demo import command
from headgate.errors import UsageError
from headgate.synthetic import Truth, generate

SIZE, SEED = 400, 7


def demo(into: Path, *more: str) -> str:
    words = ["--into", str(into), "--artifacts", str(SIZE), "--seed", str(SEED), *more]
    result = CliRunner().invoke(command, words, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, Truth]:
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADGATE_HOME", str(folder / "home"))
        printed = demo(folder / "hub.headgate")
    return printed, folder / "hub.headgate", generate(folder / "dumps", artifacts=SIZE, seed=SEED)


def row(printed: str, what: str) -> list[str]:
    line = next(line for line in printed.splitlines() if line.startswith(what))
    return line.removeprefix(what).split()


def planted(truth: Truth, told: str, relations: str) -> int:
    return sum(e.told == told and e.relation in relations.split() for e in truth.edges)


def test_the_table_shows_what_was_planted_and_that_it_was_found(made: tuple[str, Path, Truth]) -> None:
    printed, _, truth = made
    lineage = "finetune adapter merge quantized"
    expected = {
        "parents declared in card or tags": planted(truth, "declared", lineage),
        "parents only in an adapter's configuration": planted(truth, "config", lineage),
        "parents only in a merge recipe": planted(truth, "recipe", lineage),
        "datasets trained on": planted(truth, "declared", "trained_on"),
        "versions and their base families": planted(truth, "declared", "version_of base_family"),
        "renamed repositories": planted(truth, "hub_id", "renamed"),
        "licence missing, card seen": len(truth.without_licence - truth.without_card),
    }
    for what, number in expected.items():
        assert number > 0, what
        assert row(printed, what) == [str(number), str(number), "100%", "0"], what
    nothing = row(printed, "parents of which nothing tells")
    assert nothing[:2] == [str(planted(truth, "nothing", lineage)), "0"]
    by_name, found = map(int, row(printed, "quantised copies that only the name tells")[:2])
    assert by_name == planted(truth, "name", lineage)
    assert by_name * 0.8 <= found <= by_name
    assert row(printed, "licence missing, no card to see")[:2] == [str(len(truth.without_card)), "0"]


def test_the_workspace_holds_the_newest_listing(made: tuple[str, Path, Truth]) -> None:
    printed, into, truth = made
    counts = truth.counts
    assert f"huggingface model {counts['hf_models']}," in printed
    assert f"civitai version {counts['civitai_versions']}" in printed
    assert re.search(rf"^gone .*civitai model {counts['civitai_models_gone']}\b", printed, re.MULTILINE)
    report = Path(printed.rpartition("report: ")[2].strip())
    assert report.is_file()
    assert report.is_relative_to(into)
    assert json.loads((into / "demo.json").read_text(encoding="utf-8"))["seed"] == SEED


def everything(into: Path) -> str:
    """All text of a workspace, read without the code that the demo reads it with."""
    texts = []
    for path in into.rglob("*"):
        texts.append(str(path))
        if path.suffix == ".zst":
            texts.append(zstd.decompress(path.read_bytes()).decode("utf-8"))
        elif path.suffix == ".parquet":
            texts.append(str(duckdb.connect().execute("FROM read_parquet(?)", [str(path)]).fetchall()))
        elif path.is_file():
            texts.append(path.read_bytes().decode("latin-1"))
    return "\n".join(texts).lower()


def test_no_person_whose_record_says_so_is_named_on_the_disk(made: tuple[str, Path, Truth]) -> None:
    printed, into, truth = made
    text = everything(into)
    said = [p for p in truth.persons if p not in truth.unsaid]
    assert len(said) > 3
    assert not [p for p in said if p.given.lower() in text or p.family.lower() in text]
    assert f"{len(said)} people whose records say so: a name stands in 0 places" in printed
    left = any(p.given.lower() in text or p.family.lower() in text for p in truth.unsaid)
    assert left != bool(re.search(r"does not say so: a name stands in 0 places", printed))


def test_an_earlier_demo_is_replaced(made: tuple[str, Path, Truth], tmp_path: Path) -> None:
    into = tmp_path / "again.headgate"
    first = demo(into)
    before = {path.name for path in (into / "runs").iterdir()}
    second = demo(into)
    assert not before & {path.name for path in (into / "runs").iterdir() if path.suffix == ".json"}
    dated = r"report-\S+|\d{8}T\S+|[\d.]+ MiB"
    assert re.sub(dated, "", first) == re.sub(dated, "", second)


@pytest.mark.parametrize("files", [["notes.txt"], ["runs/x.json"], ["demo.json", "notes.txt"]])
def test_a_folder_of_the_users_is_never_touched(tmp_path: Path, files: list[str]) -> None:
    for name in files:
        (tmp_path / "mine" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mine" / name).write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="left alone"):
        demo(tmp_path / "mine")
    assert [(tmp_path / "mine" / name).read_text(encoding="utf-8") for name in files] == ["mine"] * len(files)


def test_a_link_to_an_earlier_demo_and_a_file_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "demo.json").write_text("{}", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for name in ("link", "file"):
        with pytest.raises(UsageError, match="left alone"):
            demo(tmp_path / name)
    assert (tmp_path / "real" / "demo.json").exists()
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_a_wrong_size_leaves_the_earlier_demo_as_it_is(tmp_path: Path) -> None:
    into = tmp_path / "old.headgate"
    into.mkdir()
    (into / "demo.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="5 artifacts"):
        demo(into, "--artifacts", "5")
    assert (into / "demo.json").exists()


def test_small_figures_of_sensitive_findings_are_not_shown() -> None:
    from headgate.commands.demo import _line
    from headgate.synthetic.compare import Row

    assert _line(Row("w", 12, 9, 3, sensitive=True)).split() == ["w", "12", "under", "10", "under", "10"]
    assert _line(Row("w", 12, 9, 3)).split() == ["w", "12", "9", "75%", "3"]
    assert _line(Row("w", 40, 10, 0, sensitive=True)).split() == ["w", "40", "10", "25%", "0"]


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match=r"cannot make a demo at .* \(Not a directory\)"):
        demo(tmp_path / "file" / "hub.headgate")
