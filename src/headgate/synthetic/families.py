"""The base models that every other model of the synthetic hub comes from, and the datasets."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from headgate.synthetic import names
from headgate.synthetic.shapes import LATER, START, Corpus, Family, Repo

# Real families of image models, so that lineage joins across the hubs; everything about them but the
# name of the base model's repository is invented.
IMAGE = (
    ("SD 1.5", "stable-diffusion-v1-5/stable-diffusion-v1-5", "creativeml-openrail-m", 0.9),
    ("SDXL 1.0", "stabilityai/stable-diffusion-xl-base-1.0", "openrail++", 2.6),
    ("Flux.1 D", "black-forest-labs/FLUX.1-dev", "other", 11.9),
    ("Illustrious", "OnomaAIResearch/Illustrious-xl-early-release-v0", "openrail", 2.6),
)
PONY = 257749  # this family's base model is published on Civitai
BASE_REF = {base: f"hf:model:{id_}" for base, id_, _, _ in IMAGE} | {"Pony": f"civitai:model:{PONY}"}
_ARCHITECTURES = ("llama", "qwen2", "mistral", "gemma2", "phi3", "bert", "t5", "whisper", "vit")
_GENERATIVE = 5  # of these, the first ones
# Shares of licences of base models, and of what a child that changes its licence changes it to.
BASE_LICENCES = {"apache-2.0": 38, "mit": 14, "llama3.1": 12, "gemma": 9, "other": 9, "cc-by-nc-4.0": 8,
                 "llama2": 5, "bigscience-openrail-m": 3, "agpl-3.0": 2}  # fmt: skip
DRIFT = {"apache-2.0": 48, "mit": 18, "other": 10, "cc-by-nc-4.0": 9, "openrail": 6, "unknown": 4, "cc-by-4.0": 3,
         "afl-3.0": 2}  # fmt: skip
_DATA_LICENCES = {"apache-2.0": 28, "mit": 22, "cc-by-4.0": 16, "cc-by-sa-4.0": 9, "cc-by-nc-4.0": 8, "other": 7,
                  "odc-by": 5, "cc0-1.0": 5}  # fmt: skip


def pick(rng: Random, shares: dict[str, int]) -> str:
    """One key of `shares`, as often as its share says."""
    return rng.choices(list(shares), weights=list(shares.values()))[0]


def moment(rng: Random, after: datetime = START, before: datetime = LATER) -> datetime:
    """A time between two dates, later ones more likely: hubs grow."""
    seconds = (before - after).total_seconds() * rng.random() ** 0.55
    return after + timedelta(seconds=int(seconds))


def roots(rng: Random, number: int) -> list[Repo]:
    """Base models, oldest first: families of text models in several sizes, the image bases, and loners."""
    made = [_image_root(rng, *row) for row in IMAGE]
    makers = names.organisations(rng, max(4, number // 6))
    while len(made) < number:
        grown = max(6, number // 2) > len(made)
        made += _family(rng, rng.choice(makers), generative=grown)
    return sorted(made[:number], key=lambda repo: repo.created)


def _image_root(rng: Random, base: str, id_: str, licence: str, size: float) -> Repo:
    family = Family(base, id_.partition("/")[0], "diffusion", licence, base)
    created = moment(rng, START, START.replace(year=2024))
    return Repo(id_, family, size, "root", created, "diffusers", licence=licence)


def _family(rng: Random, author: str, *, generative: bool) -> list[Repo]:
    name = names.word(rng).capitalize()
    first, last = (0, _GENERATIVE) if generative else (_GENERATIVE, len(_ARCHITECTURES))
    family = Family(name, author, rng.choice(_ARCHITECTURES[first:last]), pick(rng, BASE_LICENCES))
    created = START + (LATER - START) * rng.random() * 0.8
    sizes = sorted(rng.sample((0.5, 1.5, 3, 7, 8, 14, 32, 70), rng.randint(2, 3))) if generative else [0.3]
    generation = rng.choice(("", "", "2", "3"))
    return [
        Repo(f"{author}/{name}{generation}-{size:g}B", family, size, "root",
             created.replace(microsecond=0) + timedelta(hours=i), licence=family.licence)
        for i, size in enumerate(sizes)
    ]  # fmt: skip


def corpora(rng: Random, number: int, handles: list[str]) -> list[Corpus]:
    """Datasets; the first two hold pairs that teach a model to stop refusing."""
    made: dict[str, Corpus] = {}
    for i in range(number):
        topic = "refusal-pairs" if i < 2 else rng.choice(names.TOPICS).lower()
        id_ = f"{rng.choice(handles)}/{topic}-{names.word(rng, 3)}"
        has_card = rng.random() < 0.9
        licence = pick(rng, _DATA_LICENCES) if has_card and rng.random() < 0.78 else None
        created = moment(rng, before=START.replace(year=2024)) if i < 10 else moment(rng)
        downloads = int(rng.lognormvariate(4, 2))
        made[id_] = Corpus(id_, topic, created, licence, has_card, downloads, int(rng.lognormvariate(9, 2)))
    return list(made.values())
