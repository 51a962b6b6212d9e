"""Image adapters and what their records say for and against a real person: what two detectors share.

An image adapter is, on Civitai, a LoRA, LoCon, DoRA, textual inversion or hypernetwork; elsewhere a model that makes
images or video and whose tags, declared relation or name say adapter or DreamBooth. The words are rows of
data/adapter_terms.csv and, for likeness, of data/person_terms.csv; `type`, `adapter`, `adapter-name`,
`image-pipeline` and `image-tag` tell an image adapter, `technical` tags say nothing of what it depicts.
Sources of the words: the 15 categories of Civitai (character, clothing, ...), and for DreamBooth prompts, "a photo of
<identifier> <class>", the classes of the authors' own data set (google/dreambooth).
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

from headgate import person_words

_TERMS = Path(__file__).with_name("data") / "adapter_terms.csv"
# Bits of `said`, in the order of their words in an evidence.
FOR = {1: "platform or card flag", 2: "likeness tag", 4: "likeness words in the card", 8: "prompt of a person"}
AGAINST = {16: "fictional character", 32: "own likeness or consent", 64: "style, place or object"}

# ref, kind, said (bits), readable (whether anything spoke of what is depicted), nsfw, sexual_tag, sexual_card
SQL = r"""
WITH images AS (
    SELECT ref, kind, coalesce(tags, []) AS tags, left(coalesce(card, ''), 20000) AS card,
           coalesce(person, false) OR depicts IS NOT NULL AS flagged, nsfw, base_relation, hub,
           split_part(coalesce(name, ''), '/', -1) AS title
    FROM artifacts
    WHERE CASE WHEN hub = 'civitai' THEN kind IN ('model', 'version') AND squashed(coalesce(pipeline, '')) IN $types
               WHEN kind <> 'model' THEN false
               WHEN pipeline IN $pipelines THEN true
               ELSE (pipeline IS NULL OR pipeline = 'other')
                    AND (coalesce(library, '') = 'diffusers' OR list_has_any(coalesce(tags, []), $image_tags)) END
),
folded AS (
    -- as written and with words joined by capitals taken apart: LoRA and LogoLora are both seen
    SELECT *, list_transform(tags, lambda t: squashed(t)) AS flat,
           lower(title || ' | ' || regexp_replace(title, '([a-z])([A-Z])', '\1 \2', 'g')) AS name
    FROM images
),
adapters AS (
    SELECT *, list_filter(list_transform(tags, lambda t: lower(t)), lambda t: NOT contains(t, ':')
                          AND NOT list_contains($technical, squashed(t))) AS spoken,
           lower(card) AS text,
           lower(concat_ws(' ', regexp_extract(card, 'instance_prompt:\s*([^\n]{1,200})', 1),
                           regexp_extract(card, 'weights were trained on ([^\n]{1,200}?) using', 1))) AS prompt
    FROM folded
    WHERE hub = 'civitai' OR coalesce(lower(base_relation), '') = 'adapter' OR list_has_any(flat, $adapters)
          OR len(list_filter(tags, lambda t: starts_with(t, 'base_model:adapter:'))) > 0
          OR regexp_matches(name, $adapter_names)
),
looked AS (
    SELECT ref, kind, nsfw,
           (1 * flagged::INT
            + 2 * list_has_any(flat, $likeness)::INT
            + 4 * regexp_matches(text, $likeness_card)::INT
            + 8 * regexp_matches(prompt, $person_prompt)::INT
            + 16 * (list_has_any(flat, $fictional_tags) OR regexp_matches(name || ' | ' || prompt, $fictional)
                    OR regexp_matches(text, $fictional_card))::INT
            + 32 * (list_has_any(flat, $own_tags) OR regexp_matches(name || ' | ' || text, $own))::INT
            + 64 * (list_has_any(flat, $thing_tags) OR regexp_matches(name || ' | ' || prompt, $thing))::INT) AS said,
           len(spoken) > 0 OR regexp_matches(card, '\S') AS read,
           list_has_any(flat, $sexual_tags) OR regexp_matches(name, $sexual) AS sexual_tag,
           regexp_matches(text, $sexual) AS sexual_card
    FROM adapters
)
"""


def prepare() -> str:
    """SQL that makes the one function that `SQL` needs."""
    return "CREATE OR REPLACE TEMP MACRO squashed(t) AS regexp_replace(lower(t), '[^a-z0-9]', '', 'g')"


def parameters() -> dict[str, object]:
    """The words that `SQL` takes: lists of squashed terms, and expressions valid in RE2."""
    likeness = person_words.terms("likeness", "likeness-tag")
    return {
        "types": _squashed("type"), "pipelines": list(terms("image-pipeline")), "image_tags": list(terms("image-tag")),
        "adapters": _squashed("adapter"), "adapter_names": _expression("adapter-name"),
        "technical": _squashed("technical"),
        "likeness": sorted(likeness), "likeness_card": _expression("likeness-card"),
        "person_prompt": _person_prompt(),
        "fictional": _expression("fictional"), "fictional_tags": _squashed("fictional", "fictional-tag"),
        "fictional_card": _expression("fictional-card"), "own": _expression("own"), "own_tags": _squashed("own"),
        "thing": _expression("thing"), "thing_tags": _squashed("thing", "thing-tag"),
        "sexual": _expression("sexual"), "sexual_tags": _squashed("sexual"),
    }  # fmt: skip


def evidence(said: int) -> str:
    """The words of the bits `said`: tokens only, whoever is depicted."""
    sides = (", ".join(word for bit, word in side.items() if said & bit) or "none" for side in (FOR, AGAINST))
    return "for: {}; against: {}".format(*sides)


def clash(said: int) -> bool:
    """Whether `said` speaks for a person and against one, with neither side the stronger.

    A style or an object beside the flag or a likeness tag is no clash: such tags say what else a model is about.
    """
    strong, weak = said & 3, said & 12
    return bool((strong or weak) and said & 48) or bool(weak and not strong and said & 64)


@cache
def terms(*uses: str) -> tuple[str, ...]:
    """The terms of these uses as written, in the order of the file."""
    with _TERMS.open(encoding="utf-8", newline="") as file:
        return tuple(dict.fromkeys(row["term"] for row in csv.DictReader(file) if row["use"] in uses))


def _squashed(*uses: str) -> list[str]:
    return sorted({re.sub("[^a-z0-9]", "", term.lower()) for term in terms(*uses)})


def _expression(*uses: str) -> str:
    return rf"(^|[^a-z0-9])({_any(terms(*uses))})([^a-z0-9]|$)"


def _any(found: tuple[str, ...]) -> str:
    return "|".join("[^a-z0-9]{0,3}".join(map(re.escape, re.findall("[a-z0-9]+", term))) for term in found)


def _person_prompt() -> str:
    marks = rf"({_any(terms('identifier'))}|<[^>]{{1,20}}>)"
    return rf"(^|[^a-z0-9]){marks}[^a-z0-9]{{0,3}}({_any(terms('person-noun'))})([^a-z0-9]|$)"
