"""What crosses from one hub to the other: the same file again, sometimes after the original was removed."""

from __future__ import annotations

from datetime import datetime, timedelta

from headgate.synthetic import families, names, uploads
from headgate.synthetic.growth import Hub
from headgate.synthetic.shapes import EARLIER, LATER, Family, Repo, Upload, Version, Weight
from headgate.synthetic.truth import Person, Reupload
from headgate.synthetic.uploads import Studio

_BASE_ID = {base: id_ for base, id_, _, _ in families.IMAGE}
_SETTLED = LATER - timedelta(days=200)  # what is older leaves time to be copied


def to_hugging_face(hub: Hub, made: list[Upload], number: int) -> list[Reupload]:
    """Upload a version of `number` Civitai models to Hugging Face: those of people first, most removed since."""
    rng = hub.rng
    loras = [u for u in made if u.type in ("LORA", "LoCon", "DoRA") and u.versions[-1].created < _SETTLED]
    of_people = [u for u in loras if u.person]
    others = [u for u in loras if not u.person]
    rng.shuffle(others)
    chosen = of_people[: number * 6 // 10]
    chosen += others[: number - len(chosen)]
    pairs = []
    for upload in chosen:
        upload.gone = upload.person is not None and rng.random() < 0.75
        version = rng.choice([v for v in upload.versions if v.base in _BASE_ID] or upload.versions)
        created = max(version.created, EARLIER) + timedelta(days=rng.randint(2, 150), seconds=rng.randint(0, 86_399))
        repo = hub.add(_lora(hub, upload.name, version.base, created, upload.person, (version.weight,)))
        pairs.append(Reupload(repo.ref, version.ref, upload.gone))
    for upload in of_people[number * 6 // 10 :]:
        upload.gone = rng.random() < 0.75
    return pairs


def to_civitai(studio: Studio, repos: list[Repo], made: list[Upload], number: int) -> list[Reupload]:
    """Publish `number` Hugging Face image adapters on Civitai too, each as a model of one version."""
    rng = studio.rng
    here = {v.weight.sha256 for upload in made for v in upload.versions}
    old = [r for r in repos if r.family.image and r.relation == "adapter" and r.created < _SETTLED]
    pool = [r for r in old if not r.person and r.weights[0].sha256 not in here]
    pairs = []
    for i, repo in enumerate(rng.sample(pool, min(number, len(pool)))):
        id_ = 990_000_000 + 10 * i
        created = max(repo.created, EARLIER) + timedelta(days=rng.randint(3, 150))
        downloads = int(rng.lognormvariate(5, 1.5))
        version = Version(id_ + 1, "v1.0", str(repo.family.base), created, [], repo.weights[0], downloads)
        made.append(Upload(id_, repo.name.replace("-", " "), rng.choice(studio.handles), "LORA", "<p>Mirror.</p>",
                           ["style"], ["Image"], [version]))  # fmt: skip
        pairs.append(Reupload(version.ref, repo.ref, False))
    return pairs


def likenesses(hub: Hub, depicted: tuple[Person, ...]) -> None:
    """Publish one adapter of each of `depicted` on Hugging Face only."""
    for person in depicted:
        base = hub.rng.choice(list(_BASE_ID))
        created = families.moment(hub.rng, EARLIER - timedelta(days=400))
        hub.add(_lora(hub, f"{person.given} {person.family}", base, created, person, ()))


def _lora(hub: Hub, title: str, base: str, created: datetime, person: Person | None, files: tuple[Weight, ...]) -> Repo:
    rng = hub.rng
    root = hub.repos.get(_BASE_ID.get(base, "").lower())
    family = root.family if root else Family("Pony", "", "diffusion", "other", "Pony")
    slug = "-".join("".join(c if c.isalnum() else " " for c in title.lower()).split())
    repo = Repo(f"{rng.choice(hub.handles)}/{slug}-{rng.choice(('lora', 'flux', 'xl', 'v1'))}", family, 2.6, "adapter",
                created, "diffusers", person=person)  # fmt: skip
    repo.has_card = rng.random() < 0.9
    repo.has_text = repo.has_card
    repo.licence = rng.choice(("other", "creativeml-openrail-m", None)) if repo.has_card else None
    repo.told = "nothing"
    if root:
        repo.parents, repo.declared, repo.depth = [root], [root.id], 1
        repo.told = "declared" if repo.has_card else "nothing"
    if person:
        path = f"{rng.choice(uploads.spellings(rng, person)).replace(' ', '_')}.safetensors"
        repo.weights = files or (Weight(path, 180_000_000, names.digest(hub.seed, repo.id)),)
    else:
        repo.weights = files
    return repo
