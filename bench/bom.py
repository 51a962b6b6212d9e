"""Bills of materials of real models: seconds each, one by one and as a cohort, their validity, and a peer's time.

    python bench/bom.py                      # the 1,895 models with cards, and 10,000 of the 60,606
    python bench/bom.py --validate           # also the strict validator of CycloneDX's library, both versions (minutes)

One by one, every document reads its facts from the workspace anew, as a command would; the cohort reads them once.
The peer, cyclonedx-python-lib, is given the same components, licences, hashes and dependencies as ready values and only
builds and serialises them: it has no field for model cards, data or lineage, so it does less. Without the shared data
nothing is done, with a note. No name is printed.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from headgate import run
from headgate.bom import cyclonedx, facts, g7, integrity, write
from headgate.bom.shapes import Cohort, only
from headgate.workspace import Workspace, open_workspace

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("HEADGATE_DATA", ROOT.parent / "shared" / "data"))
MOMENT = datetime(2026, 11, 21, tzinfo=UTC)
G7_SHOWN = ("MD-10", "MDL-03", "MDL-06", "MDL-09", "MDL-10", "MDL-11", "MDL-12", "DP-09", "DP-10")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--validate", action="store_true")
    parser.add_argument("--alone", type=int, default=300, help="documents made one by one")
    parser.add_argument("--cohort", type=int, default=10_000)
    given = parser.parse_args()
    if not (DATA / "hub" / "hf_models_sample2k.jsonl.gz").is_file():
        print(f"no shared data at {DATA}; nothing done. Set HEADGATE_DATA.")
        return
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("HEADGATE_HOME", folder)
        print("== the models with cards")
        rich = workspace(Path(folder) / "rich", "hf_models_sample2k.jsonl.gz")
        one_by_one(rich, given.alone)
        cohort = as_cohort(rich, None)
        peer(cohort, given.alone)
        each(cohort, validate=given.validate)
        coverage(cohort)
        print(f"\n== {given.cohort:,} of all models")
        whole = workspace(Path(folder) / "whole", "hf_models.jsonl.gz")
        names = [row[0] for row in whole.db.execute("SELECT ref FROM artifacts ORDER BY ref").fetchall()]
        one_by_one(whole, given.alone)
        as_cohort(whole, random.Random(7).sample(names, given.cohort))


def workspace(path: Path, dump: str) -> Workspace:
    ws = open_workspace(path, create=True)
    run.collect(ws, "dump", path=DATA / "hub" / dump, shape="huggingface-models", observed="2026-11-21")
    run.run_stage(ws, "link")
    run.run_method(ws, "detect", "licence_missing")
    return ws


def timed(what: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds that passed, seconds of processor time of all threads, and what came of it."""
    begun, used = time.perf_counter(), time.process_time()
    made = what()
    return time.perf_counter() - begun, time.process_time() - used, made


def made(cohort: Cohort, spec: str = "1.7") -> str:
    document = cyclonedx.document(cohort, moment=MOMENT, spec=spec)
    assert integrity.check(document) == []
    return write.text(document)


def one_by_one(ws: Workspace, number: int) -> None:
    names = [row[0] for row in ws.db.execute("SELECT ref FROM artifacts WHERE kind = 'model' ORDER BY ref").fetchall()]
    took = []
    for ref in random.Random(1).sample(names, min(number, len(names))):
        seconds, used, _ = timed(lambda ref=ref: made(facts.gather(ws, [ref])))
        took.append((seconds * 1000, used * 1000))
    passed = sorted(one[0] for one in took)
    used = statistics.median(one[1] for one in took)
    print(f"one by one, {len(took):,} of {len(names):,}: median {statistics.median(passed):.1f} ms, "
          f"95 % under {passed[int(0.95 * len(took))]:.1f} ms; processor {used:.1f} ms")  # fmt: skip


def as_cohort(ws: Workspace, names: list[str] | None) -> Cohort:
    read, used, cohort = timed(lambda: facts.gather(ws, names))
    wrote, more, text = timed(lambda: made(cohort))
    parts, edges = len(cohort.artifacts), sum(map(len, cohort.parents.values()))
    print(f"cohort of {len(cohort.asked):,}: {read:.2f} s to read, {wrote:.2f} s to write and check "
          f"(processor {used:.2f} and {more:.2f} s); {parts:,} components, {edges:,} derivations, "
          f"{len(text) / 1e6:.1f} MB")  # fmt: skip
    return cohort


def each(cohort: Cohort, *, validate: bool) -> None:
    for spec in cyclonedx.SPECS:
        seconds, used, texts = timed(lambda spec=spec: [made(only(cohort, ref), spec) for ref in cohort.asked])
        number = len(texts)
        print(f"a document each, {spec}: {1000 * seconds / number:.2f} ms a model "
              f"(processor {1000 * used / number:.2f}), {sum(map(len, texts)) / number / 1000:.1f} kB")  # fmt: skip
        if validate:
            seconds, _, bad = timed(lambda spec=spec, texts=texts: sum(map(invalid(spec), texts)))
            print(f"  strict validator: {bad} of {len(texts):,} with errors, {1000 * seconds / len(texts):.0f} ms each")


def invalid(spec: str) -> Callable[[str], bool]:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    validator = JsonStrictValidator(SchemaVersion.from_version(spec))
    return lambda text: validator.validate_str(text) is not None


def peer(cohort: Cohort, number: int) -> None:
    refs = random.Random(1).sample(cohort.asked, min(number, len(cohort.asked)))
    parts = [only(cohort, ref) for ref in refs]
    _, theirs, texts = timed(lambda: [by_library(part) for part in parts])
    _, ours, _ = timed(lambda: [made(part) for part in parts])
    print(f"the same {len(refs):,} from facts in memory, processor: headgate {1000 * ours / len(refs):.2f} ms with "
          f"model card, lineage and check; the library {1000 * theirs / len(refs):.2f} ms without")  # fmt: skip
    assert not any("modelCard" in text for text in texts)


def by_library(cohort: Cohort) -> str:
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.model.license import DisjunctiveLicense
    from cyclonedx.output.json import JsonV1Dot7

    bom = Bom()
    parts = {}
    for ref, one in cohort.artifacts.items():
        files = [
            Component(name=file.path, type=ComponentType.FILE, bom_ref=f"{ref}#{number}",
                      hashes=[HashType(alg=HashAlgorithm.SHA_256, content=file.sha256)] if file.sha256 else [])
            for number, file in enumerate(cohort.files.get(ref, ()))
        ]  # fmt: skip
        stated = [
            DisjunctiveLicense(id=found.spdx) if found.spdx else DisjunctiveLicense(name=found.declared)
            for found in one.licences
        ]
        parts[ref] = Component(
            name=one.name or ref, version=one.sha, bom_ref=cyclonedx.bom_ref(one), licenses=stated, components=files,
            type=ComponentType.MACHINE_LEARNING_MODEL,
        )  # fmt: skip
    bom.metadata.component = parts[cohort.asked[0]]
    for ref, part in parts.items():
        if ref != cohort.asked[0]:
            bom.components.add(part)
        bom.register_dependency(
            part, [parts[edge.parent] for edge in cohort.parents.get(ref, ()) if edge.parent != ref]
        )
    return JsonV1Dot7(bom).output_as_string()


def coverage(cohort: Cohort) -> None:
    rows = {row.element.id: row for row in g7.coverage(cohort)}
    told = (
        f"{row.element.id} {row.stated:,} of {row.n:,} ({row.low:.1%} to {row.high:.1%})"
        for row in map(rows.get, G7_SHOWN)
    )
    print("G7 elements stated:", "; ".join(told))


if __name__ == "__main__":
    main()
