"""Grow a synthetic hub and write it as dumps in the hubs' own shapes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from headgate import zstd
from headgate.errors import UsageError
from headgate.synthetic import civitai, crossings, families, growth, huggingface, names, oddities, uploads
from headgate.synthetic.shapes import EARLIER, LATER, Corpus, Repo, Upload
from headgate.synthetic.truth import Edge, Reupload, Truth

FEWEST, MOST = 200, 30_000
_SHARES = {"models": 0.645, "datasets": 0.095, "uploads": 0.107}  # the rest are Civitai versions


def generate(folder: Path, *, artifacts: int = 5000, seed: int = 7) -> Truth:
    """Write a synthetic hub of about `artifacts` artifacts into `folder` and return what is true of it.

    `hf_models`, `hf_datasets` and `civitai_models` (.jsonl.zst) hold complete listings of 2026-11-01;
    `earlier/` holds the models of 2025-05-01, before some were removed or renamed. `truth.json` holds what
    was planted, people's names left out. The same `seed` gives the same bytes. Every account, model and
    person is invented. Raises `UsageError` where `artifacts` is not between 200 and 30,000.
    """
    if not FEWEST <= artifacts <= MOST:
        msg = f"cannot make a hub of {artifacts} artifacts. Ask for {FEWEST} to {MOST:,}."
        raise UsageError(msg)
    wanted = {part: round(artifacts * share) for part, share in _SHARES.items()}
    rng = names.dice(seed, "names")
    handles = names.accounts(rng, artifacts // 9)
    people = names.people(rng, artifacts // 75)
    depicted, only_here = people[: len(people) * 3 // 4], people[len(people) * 3 // 4 :]
    crossing = artifacts // 80

    rng = names.dice(seed, "models")
    corpora = families.corpora(names.dice(seed, "datasets"), wanted["datasets"], handles)
    hub = growth.Hub(rng, seed, handles, corpora)
    roots = families.roots(rng, max(12, wanted["models"] // 33))
    growth.grow(hub, roots, wanted["models"] - crossing - len(only_here))
    planted = oddities.plant(hub)
    studio = uploads.Studio(names.dice(seed, "uploads"), seed, handles)
    made = uploads.publish(studio, wanted["uploads"] - crossing // 3, depicted)
    reuploads = crossings.to_hugging_face(hub, made, crossing)
    crossings.likenesses(hub, only_here)
    repos = list(hub.repos.values())
    reuploads += crossings.to_civitai(studio, repos, made, crossing // 3)
    _popularity(seed, repos)

    truth = _truth(seed, repos, corpora, made, reuploads, planted)
    _write(folder, seed, repos, corpora, made)
    (folder / "truth.json").write_text(truth.to_json(), encoding="utf-8")
    return truth


def _popularity(seed: int, repos: list[Repo]) -> None:
    rng = names.dice(seed, "popularity")
    for repo in repos:
        repo.downloads = int(rng.lognormvariate(3.2, 2.0) * (1 + repo.children))


def _write(folder: Path, seed: int, repos: list[Repo], corpora: list[Corpus], made: list[Upload]) -> None:
    repos = sorted(repos, key=lambda repo: -repo.downloads)  # as the Hub lists them
    earlier = folder / "earlier"
    earlier.mkdir(parents=True, exist_ok=True)
    _dump(folder / "hf_models.jsonl.zst", (huggingface.model_record(r, seed) for r in repos))
    _dump(folder / "hf_datasets.jsonl.zst", (huggingface.dataset_record(c, seed) for c in corpora))
    _dump(folder / "civitai_models.jsonl.zst", (civitai.model_record(u, seed) for u in made if not u.gone))
    old = (huggingface.model_record(r, seed, EARLIER) for r in repos if r.created < EARLIER - timedelta(days=1))
    _dump(earlier / "hf_models.jsonl.zst", old)
    _dump(earlier / "civitai_models.jsonl.zst", (civitai.model_record(u, seed, EARLIER) for u in made))


def _dump(path: Path, records: Iterable[dict[str, Any] | None]) -> None:
    lines = (json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in records if record)
    path.write_bytes(zstd.compress("".join(f"{line}\n" for line in lines).encode(), 3))


def _truth(
    seed: int,
    repos: list[Repo],
    corpora: list[Corpus],
    made: list[Upload],
    reuploads: list[Reupload],
    planted: dict[str, int],
) -> Truth:
    there = [upload for upload in made if not upload.gone]
    listed: list[Repo | Corpus] = [*repos, *corpora]
    silent = [item for item in listed if item.licence is None]
    depicting = [r.person for r in repos if r.person] + [u.person for u in made if u.person]
    persons = set(depicting)
    unsaid = frozenset(r.person for r in repos if r.person and not r.has_card)
    edges = {*_repo_edges(repos), *_upload_edges(there)}
    edges |= {Edge(r.copy, r.original, "copy", "files") for r in reuploads if not r.original_gone}
    counts = {
        "hf_models": len(repos),
        "hf_datasets": len(corpora),
        "civitai_models": len(there),
        "civitai_versions": sum(len(u.versions) for u in there),
        "civitai_models_gone": len(made) - len(there),
        "persons": len(persons),
        "persons_unsaid": len(unsaid),
        "records_naming_a_person": len(depicting),
        "deepest": max(r.depth for r in repos),
        **planted,
    }
    return Truth(
        seed=seed,
        earlier=EARLIER.isoformat(),
        later=LATER.isoformat(),
        edges=tuple(sorted(edges)),
        reuploads=tuple(sorted(reuploads)),
        without_licence=frozenset(item.ref for item in silent),
        without_card=frozenset(item.ref for item in silent if not item.has_card),
        uncensored_named=frozenset(r.ref for r in repos if r.says_uncensored),
        uncensored_hidden=frozenset(r.ref for r in repos if r.uncensored and not r.says_uncensored),
        persons=tuple(sorted(persons)),
        unsaid=unsaid,
        naming={r.ref: huggingface.hub_id(seed, r.ref) for r in repos if r.person},
        counts=counts,
    )


def _repo_edges(repos: list[Repo]) -> Iterable[Edge]:
    for repo in repos:
        if repo.relation == "copy":
            yield Edge(repo.ref, repo.parents[0].ref, "copy", "files")
        elif repo.told in ("declared", "config", "recipe"):
            yield from (Edge(repo.ref, f"hf:model:{id_}", repo.relation, repo.told) for id_ in repo.declared)
        else:
            yield from (Edge(repo.ref, parent.ref, repo.relation, repo.told) for parent in repo.parents)
        yield from (Edge(repo.ref, f"hf:dataset:{id_}", "trained_on", "declared") for id_ in repo.datasets)
        if repo.old_id:
            yield Edge(f"hf:model:{repo.old_id}", repo.ref, "renamed", "hub_id")


def _upload_edges(made: list[Upload]) -> Iterable[Edge]:
    for upload in made:
        for version in upload.versions:
            yield Edge(version.ref, upload.ref, "version_of", "declared")
            yield Edge(version.ref, families.BASE_REF[version.base], "base_family", "declared")
