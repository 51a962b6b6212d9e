"""The Civitai side: models in versions, some of them of people, some of which the hub removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from headgate.synthetic import families, names
from headgate.synthetic.shapes import EARLIER, LATER, START, Upload, Version, Weight
from headgate.synthetic.truth import Person

_FIRST_ID = 900_000_000  # far above what the real hub has given out
_BASES = {"SDXL 1.0": 27, "SD 1.5": 24, "Pony": 21, "Illustrious": 14, "Flux.1 D": 14}
_TYPES = {"LORA": 66, "Checkpoint": 15, "LoCon": 7, "TextualInversion": 7, "DoRA": 3, "Controlnet": 2}
_SIZE = {"Checkpoint": 6_900_000_000, "TextualInversion": 150_000, "Controlnet": 1_400_000_000}
# the hub gives a list now, one word or a list in braces in older records
_COMMERCIAL: tuple[list[str] | str, ...] = (
    ["Image", "RentCivit", "Rent", "Sell"], ["Image", "RentCivit"], ["Image"], [], "Sell", "None", "{Image,RentCivit}",
)  # fmt: skip
_LIKENESS = ("celebrity", "real person", "actress", "actor", "likeness")


@dataclass(frozen=True, slots=True)
class Studio:
    """What uploads are made with."""

    rng: Random
    seed: int
    handles: list[str]


def publish(studio: Studio, number: int, depicted: tuple[Person, ...]) -> list[Upload]:
    """`number` models, the first of them of `depicted` people, one each; the last one is Pony's base model."""
    made = []
    for i in range(number - 1):
        person = depicted[i] if i < len(depicted) else None
        made.append(_of_person(studio, i, person) if person else _of_style(studio, i))
    return [*made, _pony(studio)]


def spellings(rng: Random, person: Person) -> list[str]:
    """The ways in which uploaders write a name as a trigger word."""
    given, family = person.given.lower(), person.family.lower()
    ways = (f"{given} {family}", f"{given}_{family}", f"{given}{family}", f"{family} woman", f"ohwx {given}")
    return rng.sample(ways, rng.choice((1, 1, 2)))


def _of_style(studio: Studio, i: int) -> Upload:
    rng = studio.rng
    type_ = families.pick(rng, _TYPES)
    style = rng.choice(names.STYLES)
    title = f"{names.word(rng, 3).capitalize()} {style}" + (" XL" if rng.random() < 0.2 else "")
    upload = Upload(
        _FIRST_ID + 10 * i, title, rng.choice(studio.handles), type_,
        f"<p>{style} look in the manner of nobody in particular.</p>", ["style", style.lower()],
        rng.choice(_COMMERCIAL), [], nsfw=rng.random() < 0.12,
    )  # fmt: skip
    stem = title.lower().replace(" ", "_")
    upload.versions = _versions(studio, upload, stem, lambda: [f"{stem} style"] if type_ != "Checkpoint" else [])
    return upload


def _of_person(studio: Studio, i: int, person: Person) -> Upload:
    rng = studio.rng
    full = f"{person.given} {person.family}"
    upload = Upload(
        _FIRST_ID + 10 * i, rng.choice((full, f"{full} LoRA", f"{full} (actress)", f"{full} - Flux & XL")),
        rng.choice(studio.handles), rng.choice(("LORA", "LORA", "LORA", "LoCon", "TextualInversion")),
        f"<p>Likeness of <strong>{full}</strong>, an actress.</p><p>Trigger: {full.lower()}</p>",
        [rng.choice(_LIKENESS), "woman", *([full.lower()] if rng.random() < 0.5 else [])],
        rng.choice(_COMMERCIAL), [], nsfw=rng.random() < 0.25, poi=rng.random() < 0.85, person=person,
    )  # fmt: skip
    stem = rng.choice((f"{person.given}_{person.family}", f"{person.given}{person.family}", person.family)).lower()
    upload.versions = _versions(studio, upload, stem, lambda: spellings(rng, person))
    return upload


def _versions(studio: Studio, upload: Upload, stem: str, words: Callable[[], list[str]]) -> list[Version]:
    rng = studio.rng
    created = families.moment(rng, START, LATER - timedelta(days=200))
    if upload.person:  # after the purge hardly any are left to be published
        created = families.moment(rng, START, EARLIER - timedelta(days=10))
    popularity = rng.lognormvariate(5.5, 1.8)
    made = []
    for number in range(rng.choices((1, 2, 3), weights=(63, 25, 12))[0]):
        base = families.pick(rng, _BASES)
        ending = "pt" if upload.type == "TextualInversion" and rng.random() < 0.5 else "safetensors"
        path = f"{stem}_{base.split()[0].lower().replace('.', '')}_v{number + 1}.{ending}"
        id_ = upload.id + number + 1
        size = int(_SIZE.get(upload.type, 228_000_000) * rng.uniform(0.6, 1.2))
        weight = Weight(path, size, names.digest(studio.seed, "civitai", id_))
        downloads = int(popularity * rng.random()) + 1
        made.append(Version(id_, f"v{number + 1}.0", base, created, words(), weight, downloads))
        created += timedelta(days=rng.randint(1, 90), minutes=rng.randint(0, 1439))
        if upload.person and created >= EARLIER:
            break
    return made


def _pony(studio: Studio) -> Upload:
    owner, said, tags = studio.handles[0], "<p>Base model.</p>", ["base model"]
    base = Upload(families.PONY, "Pony base model", owner, "Checkpoint", said, tags, ["Image"], [])
    weight = Weight("pony_base.safetensors", 6_600_000_000, names.digest(studio.seed, "pony"))
    base.versions = [Version(_FIRST_ID - 1, "v1", "SDXL 1.0", START, [], weight, 900_000)]
    return base
