from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from headgate.errors import UsageError
from headgate.synthetic import generate
from tests.synthetic.dumps import FILES, Dumps, read


def test_the_same_seed_gives_the_same_bytes_in_another_process(dumps: Dumps, tmp_path: Path) -> None:
    script = "import sys, pathlib; from headgate.synthetic import generate; generate(pathlib.Path(sys.argv[1]), artifacts=2000)"
    # sets are walked in another order there
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], env=os.environ | {"PYTHONHASHSEED": "1"}, check=True)
    for name in (*(f"{name}.jsonl.zst" for name in FILES), "truth.json"):
        assert (tmp_path / name).read_bytes() == (dumps.folder / name).read_bytes(), name


def test_another_seed_gives_another_hub(dumps: Dumps, tmp_path: Path) -> None:
    other = generate(tmp_path, artifacts=2000, seed=8)
    shared = {e.child for e in other.edges} & {e.child for e in dumps.truth.edges if e.child.startswith("hf:model:")}
    assert not shared
    assert not set(other.persons) & set(dumps.truth.persons)


@pytest.mark.parametrize("artifacts", [200, 400, 5000])
def test_there_are_about_as_many_artifacts_as_asked_for(tmp_path: Path, artifacts: int) -> None:
    truth = generate(tmp_path, artifacts=artifacts)
    models, datasets, civitai, _, before = (read(tmp_path, name) for name in FILES)
    versions = sum(len(record["modelVersions"]) for record in civitai)
    assert len(models) + len(datasets) + len(civitai) + versions == pytest.approx(artifacts, rel=0.05)
    gone = {record["id"] for record in before} - {record["id"] for record in civitai}
    assert {key: truth.counts[key] for key in ("hf_models", "hf_datasets", "civitai_models", "civitai_versions")} == {
        "hf_models": len(models), "hf_datasets": len(datasets), "civitai_models": len(civitai), "civitai_versions": versions
    }  # fmt: skip
    assert truth.counts["civitai_models_gone"] == len(gone) > 0
    assert 1.3 < versions / len(civitai) < 1.7


@pytest.mark.parametrize("artifacts", [0, 199, 30_001])
def test_a_size_out_of_range_is_refused(tmp_path: Path, artifacts: int) -> None:
    with pytest.raises(UsageError, match=f"{artifacts} artifacts"):
        generate(tmp_path, artifacts=artifacts)
    assert not list(tmp_path.iterdir())


def test_ids_are_unique_without_regard_to_case(dumps: Dumps) -> None:
    for records in (dumps.models, dumps.datasets, dumps.civitai, dumps.old_models, dumps.old_civitai):
        assert max(Counter(str(record["id"]).lower() for record in records).values()) == 1
    versions = [v["id"] for record in dumps.civitai for v in record["modelVersions"]]
    assert len(versions) == len(set(versions))


def test_the_earlier_listing_is_what_was_there_by_then(dumps: Dumps) -> None:
    assert {r["_id"] for r in dumps.old_models} == {r["_id"] for r in dumps.models if r["createdAt"] < "2025-04-30"}
    downloads = {r["_id"]: r["downloads"] for r in dumps.models}
    assert all(r["downloads"] == int(downloads[r["_id"]] * 0.4) for r in dumps.old_models)
    assert max(v["createdAt"] for r in dumps.old_civitai for v in r["modelVersions"]) < "2025-05-01T00:00:01"


def test_the_most_downloaded_come_first_and_the_hub_grows(dumps: Dumps) -> None:
    downloads = [r["downloads"] for r in dumps.models]
    assert downloads == sorted(downloads, reverse=True)
    years = Counter(r["createdAt"][:4] for r in dumps.models)
    assert set(years) == {"2023", "2024", "2025", "2026"}
    assert years["2023"] < years["2024"] < years["2025"]


def test_people_of_whom_only_the_name_tells_have_a_record_without_a_card(dumps: Dumps) -> None:
    bare = {r["_id"] for r in dumps.models if "cardData" not in r}
    count = sum(id_ in bare for id_ in dumps.truth.naming.values())
    assert len(dumps.truth.unsaid) == dumps.truth.counts["persons_unsaid"] == count > 0
    assert list(dumps.truth.persons) == sorted(set(dumps.truth.persons))
    assert len(dumps.truth.persons) == dumps.truth.counts["persons"] > 15
