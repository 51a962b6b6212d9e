"""The labelled texts of ../shared/data that the model of `screen toxicity` is trained and judged on.

HateCheck and XSTest are only ever judged on. The held-out parts: a fifth of Davidson (stratified, seed 0), COLD's
official test rows, real Wikipedia comments of the upper half by the sha256 of their revision, and four of five
dataset descriptions, which nobody labelled and hardly one of which is toxic.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

DATA = Path(os.environ.get("HEADGATE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
AXIS_OF_TOPIC = {"race": 0, "region": 0, "gender": 1}  # COLD's topics, by place among the axes
AXIS_OF_GROUP = {
    "race_origin": ("black people", "immigrants"),
    "gender_sex": ("women", "gay people", "trans people"),
    "religion": ("Muslims",),
    "ability": ("disabled people",),
}
TEMPLATES = 1_500  # rows of each kind of template and answer


class Rows(NamedTuple):
    """Texts, whether each is toxic, and what else is known of each."""

    texts: list[str]
    toxic: np.ndarray
    about: np.ndarray

    def take(self, places: np.ndarray) -> Rows:
        """The rows at `places` (numbers, or a yes for each)."""
        numbers = np.flatnonzero(places) if places.dtype == bool else places
        return Rows([self.texts[n] for n in numbers], self.toxic[numbers], self.about[numbers])


def _read(path: str, text: str, toxic: str, says: set[str], about: str) -> Rows:
    with (DATA / "content" / path).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return Rows([row[text] for row in rows], np.array([row[toxic] in says for row in rows]),
                np.array([row[about] for row in rows]))  # fmt: skip


def davidson() -> Rows:
    """24,783 tweets; about: 0 hate, 1 offensive, 2 neither."""
    return _read("davidson/labeled_data.csv", "tweet", "class", {"0", "1"}, "class")


def cold(part: str) -> Rows:
    """Chinese comments of the part train, dev or test; about: their topic."""
    return _read(f"cold/{part}.csv", "TEXT", "label", {"1"}, "topic")


def hatecheck() -> Rows:
    """3,728 cases; about: the group they speak of, empty where none."""
    return _read("hatecheck/test_suite_cases.csv", "test_case", "label_gold", {"hateful"}, "target_ident")


def wiki(part: str = "nonfuzzed") -> Rows:
    """1,492 real comments; about: 1 for the half that is trained on."""
    rows = _read(f"wiki_bias/toxicity_{part}_testset.csv", "comment", "toxic", {"True"}, "rev_id")
    lower = [hashlib.sha256(one.encode()).digest()[0] % 2 == 0 for one in rows.about]
    return rows._replace(about=np.array(lower))


def xstest() -> Rows:
    """450 prompts; toxic: whether answering would be unsafe, which is another question."""
    return _read("xstest/xstest_prompts.csv", "prompt", "label", {"unsafe"}, "type")


def templates(language: str, seed: int = 0) -> Rows:
    """Sentences made from templates in en, de or zh-cn, as many of each kind and answer as there are up to 1,500."""
    rows = _read(f"wiki_bias/{language}_sentence_templates.csv", "phrase", "toxicity", {"toxic"}, "template")
    rng = np.random.default_rng(seed)
    chosen = [
        rng.permutation(np.flatnonzero((rows.about == kind) & (rows.toxic == answer)))[:TEMPLATES]
        for kind in np.unique(rows.about)
        for answer in (False, True)
    ]
    return rows.take(np.sort(np.concatenate(chosen)))


def descriptions() -> Rows:
    """Descriptions of datasets of the hub, none called toxic; about: 1 for the fifth that is trained on."""
    with gzip.open(DATA / "hub" / "hf_datasets.jsonl.gz", "rt", encoding="utf-8") as file:
        texts = sorted({json.loads(line).get("description") or "" for line in file})
    texts = [text for text in texts if len(text) > 40]
    fifth = np.arange(len(texts)) % 5 == 0
    return Rows(texts, np.zeros(len(texts), bool), fifth)


def questions() -> Rows:
    """4,000 questions with answers about invented authors (TOFU), plain prose of which nothing was trained on."""
    with (DATA / "unlearn" / "tofu" / "full.json").open(encoding="utf-8") as file:
        texts = [f"{row['question']} {row['answer']}" for row in map(json.loads, file)]
    return Rows(texts, np.zeros(len(texts), bool), np.zeros(len(texts), bool))


def split(rows: Rows, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Places of four fifths to train on and of a fifth to test on, stratified by `about`."""
    from sklearn.model_selection import train_test_split

    fit, held = train_test_split(np.arange(len(rows.texts)), test_size=0.2, stratify=rows.about, random_state=seed)
    return fit, held


def training() -> dict[str, Rows]:
    """What the shipped model is trained on, by source."""
    tweets, comments, plain = davidson(), wiki(), descriptions()
    both = [cold("train"), cold("dev")]
    return {
        "davidson": tweets.take(split(tweets, 0)[0]),
        "cold": Rows(both[0].texts + both[1].texts, np.concatenate([one.toxic for one in both]),
                     np.concatenate([one.about for one in both])),
        "wiki_bias comments": comments.take(comments.about.astype(bool)),
        **{f"wiki_bias templates {code}": templates(code) for code in ("en", "de", "zh-cn")},
        "hub descriptions": plain.take(plain.about.astype(bool)),
    }  # fmt: skip


def held_out() -> dict[str, Rows]:
    """Labelled rows of the same sources that it has not seen."""
    tweets, comments = davidson(), wiki()
    return {
        "davidson": tweets.take(split(tweets, 0)[1]),
        "cold": cold("test"),
        "wiki_bias comments": comments.take(~comments.about.astype(bool)),
    }


def topics(source: str, rows: Rows, axes: int) -> np.ndarray:
    """What a source says that its texts are about (rows x axes): NaN but for COLD's topics."""
    out = np.full((len(rows.texts), axes), np.nan)
    if source == "cold":
        for topic, axis in AXIS_OF_TOPIC.items():
            out[rows.about == topic, axis] = 1
    return out
