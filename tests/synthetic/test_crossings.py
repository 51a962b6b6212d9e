from __future__ import annotations

from random import Random

from headgate.synthetic import crossings, names, uploads
from headgate.synthetic.shapes import EARLIER, LATER
from tests.synthetic.dumps import Dumps, edges, grown, weights

PEOPLE = names.people(Random(1), 40)
STUDIO = uploads.Studio(Random(2), 7, ["ann", "bob"])


def test_uploads_of_people_cross_first_and_only_they_are_removed() -> None:
    hub, made = grown(300), uploads.publish(STUDIO, 200, PEOPLE)
    before = set(hub.repos)
    pairs = crossings.to_hugging_face(hub, made, 20)
    versions = {v.ref: (upload, v) for upload in made for v in upload.versions}
    repos = {r.ref: r for r in hub.repos.values()}
    assert {pair.copy for pair in pairs} == {hub.repos[key].ref for key in set(hub.repos) - before}
    assert len(pairs) == len({pair.original for pair in pairs}) == 20
    for pair in pairs:
        (upload, version), repo = versions[pair.original], repos[pair.copy]
        assert repo.weights == (version.weight,)
        assert max(version.created, EARLIER) < repo.created < LATER
        assert (repo.person, upload.gone) == (upload.person, pair.original_gone)
        assert (repo.told == "declared") <= (repo.parents[:1] != [] and repo.declared == [repo.parents[0].id])
    assert sum(versions[pair.original][0].person is not None for pair in pairs) == 12
    gone = [upload for upload in made if upload.gone]
    assert all(upload.person for upload in gone)
    assert 20 <= len(gone) <= 36


def test_adapters_published_again_on_civitai() -> None:
    hub, made = grown(600), uploads.publish(STUDIO, 50, ())
    repos = list(hub.repos.values())
    pairs = crossings.to_civitai(STUDIO, repos, made, 10)
    mirrors = made[50:]
    assert len(mirrors) == len(pairs) == len({pair.original for pair in pairs}) == 10
    assert len({upload.id for upload in made}) == 60
    originals = {r.ref: r for r in repos}
    for pair, upload in zip(pairs, mirrors, strict=True):
        (version,), original = upload.versions, originals[pair.original]
        assert (pair.copy, pair.original_gone) == (version.ref, False)
        assert (version.weight, version.base) == (original.weights[0], original.family.base)
        assert original.created < version.created < LATER
    again = crossings.to_civitai(STUDIO, repos, made, 10**6)
    assert not {pair.original for pair in again} & {pair.original for pair in pairs}


def test_some_people_are_depicted_on_hugging_face_only() -> None:
    hub = grown(100)
    crossings.likenesses(hub, PEOPLE[:9])
    made = list(hub.repos.values())[100:]
    assert tuple(r.person for r in made) == PEOPLE[:9]
    for r in made:
        assert r.person
        assert r.name.startswith(f"{r.person.given}-{r.person.family}-".lower())
        assert (r.relation, r.depth, r.has_text) == ("adapter", 1, r.has_card)
        assert (r.told, r.parents[0].relation) == ("declared" if r.has_card else "nothing", "root")
        assert r.person.given.lower() in r.weights[0].path or r.person.family.lower() in r.weights[0].path


def test_copies_are_the_weight_files_that_occur_twice(dumps: Dumps) -> None:
    carriers: dict[str, set[str]] = {}
    for ref, sha in weights([*dumps.models, *dumps.civitai]):
        carriers.setdefault(sha, set()).add(ref)
    shared = [refs for refs in carriers.values() if len(refs) > 1]
    copies = edges(dumps.truth, {"copy"}, "files")
    assert {ref for refs in shared for ref in refs} == {ref for pair in copies for ref in pair}
    assert all(any({child, parent} <= refs for refs in shared) for child, parent in copies)


def test_reuploads_cross_hubs_and_outlive_their_original(dumps: Dumps) -> None:
    now = dict(weights([*dumps.models, *dumps.civitai]))
    before = dict(weights(dumps.old_civitai))
    assert {r.original_gone for r in dumps.truth.reuploads} == {True, False}
    for r in dumps.truth.reuploads:
        assert r.copy.split(":")[0] != r.original.split(":")[0]
        assert (r.original in now) != r.original_gone
        assert (now | before)[r.original] == now[r.copy]
