"""How well `headgate.clauses` labels paragraphs of licences, beside a keyword list and a linear model.

    python bench/terms_clauses.py

The texts are those that Debian installs: /usr/share/common-licenses and the copyright files of the packages. The
labels (docs/labels/terms_clauses.csv) are keyed by the SHA-256 of the paragraph, so that what another machine has
installed is counted as far as it is the same. Without such files nothing is done, with a note.
"""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from headgate import clauses
from headgate.clauses import TYPES
from headgate.evidence.clustered import numbered, redrawn
from headgate.evidence.splits import group_folds

SEED = 20261121
DRAWN = 150
SHORTEST = 10  # words, as TermMiner has it
FEWEST = 5  # labels of a type below which it has no F1 of its own
LABELS = Path(__file__).resolve().parent.parent / "docs" / "labels" / "terms_clauses.csv"
COMMON, COPYRIGHT = Path("/usr/share/common-licenses"), Path("/usr/share/doc")
_STANZA = re.compile(r"^License:[ \t]*(.*)\n((?:[ \t].*\n?)*)", re.MULTILINE)
# Told by the text first, since packages name the same text in many ways; the first that matches counts.
_FAMILIES = (
    ("gfdl", r"free documentation license|invariant sections"),
    ("mpl", r"mozilla public license|covered software|eclipse public license|common development and distribution"),
    ("gnu", r"general public licen[sc]e|\bl?gpl\b"),
    ("apache", r"apache licen[sc]e|apache software license|contributor license agreement"),
    ("artistic", r"artistic licen[sc]e|\bstandard version\b|the package in a manner"),
    ("creative-commons", r"creative commons|affirmer|\bcc0\b|licensed rights|collective work"),
    ("academic", r"academic free license|original work of authorship"),
    ("font", r"open font license|font software|typeface|\bfonts?\b"),
    ("unicode", r"unicode"),
    ("openssl", r"openssl|ssleay|cryptographic software"),
    ("bsd", r"redistribution and use in source|neither the name|redistributions? (of|in) "),
    ("zlib", r"altered source versions|misrepresented|boost software license|'as-is'"),
    ("fsf-permissive",
     r"gives unlimited permission|with or without modifications, as long as|copying and distribution of this"),
    ("mit", r"permission is hereby granted|permission to use, ?copy|permission to copy|permission to use,? modify"),
    ("public-domain", r"public domain|beer-?ware|no copyright|unencumbered"),
)  # fmt: skip


def folded(text: str) -> str:
    """`text` as its words in lower case, letters and digits of ASCII only."""
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def family_of(name: str, text: str) -> str:
    """The family of the licence called `name` whose text is `text`."""
    if name in {"BSD", "Artistic"}:
        return name.lower()
    low = " ".join(text.lower().split())
    return next((family for family, words in _FAMILIES if re.search(words, low)), "other")


def sources() -> list[tuple[str, str]]:
    """Family and text of every licence text that is installed, in a fixed order."""
    found = [
        (path.name, path.read_text("utf-8", "replace")) for path in sorted(COMMON.glob("*")) if not path.is_symlink()
    ]
    for path in sorted(path for path in COPYRIGHT.glob("*/copyright") if path.is_file()):
        text = path.read_text("utf-8", "replace")
        if not re.match(r"\s*Format(-Specification)?:", text):
            found.append(("", text))
        for stanza in _STANZA.finditer(text):
            body = re.sub(r"^[ \t]\.?[ \t]*$", "", stanza[2], flags=re.MULTILINE)
            found.append((stanza[1].strip(), re.sub(r"^ ", "", body, flags=re.MULTILINE)))
    return [(family_of(name, text), text) for name, text in found]


@cache
def pool() -> dict[str, dict[str, str]]:
    """Family -> folded paragraph -> paragraph, each folded text once, in the first family that has it."""
    seen: set[str] = set()
    found: dict[str, dict[str, str]] = {}
    for family, text in sources():
        for part in clauses.paragraphs(text):
            words = folded(text[part.start : part.end])
            if words not in seen and words.count(" ") + 1 >= SHORTEST:
                seen.add(words)
                found.setdefault(family, {})[words] = text[part.start : part.end]
    return found


def drawn() -> list[tuple[str, str, str]]:
    """SHA-256 of the folded paragraph, family and paragraph: as many of every family as there are, in turn."""
    rng, texts, decks = random.Random(SEED), pool(), {}
    for family in sorted(texts):
        decks[family] = sorted(texts[family], key=key)
        rng.shuffle(decks[family])
    taken: list[tuple[str, str, str]] = []
    while len(taken) < DRAWN and any(decks.values()):
        for family in sorted(decks):
            if decks[family] and len(taken) < DRAWN:
                words = decks[family].pop()
                taken.append((key(words), family, texts[family][words]))
    return taken


def key(words: str) -> str:
    """SHA-256 of the folded text `words`."""
    return sha256(words.encode()).hexdigest()


class Row(NamedTuple):
    """A labelled paragraph that is installed here."""

    family: str
    drawn: str
    text: str
    labels: frozenset[str]


def labelled() -> list[Row]:
    """The labelled paragraphs of licences that are installed here; labels of cards are left out."""
    with LABELS.open(encoding="utf-8", newline="") as file:
        known = {row["sha256"]: row for row in csv.DictReader(line for line in file if line[0] != "#")}
    texts = {key(words): text for found in pool().values() for words, text in found.items()}
    return [
        Row(row["family"], row["drawn"], texts[sha], frozenset(row["labels"].split()))
        for sha, row in sorted(known.items())
        if sha in texts and row["drawn"] != "cards"
    ]


# -- three ways to label


KEYWORDS = {
    "use_restriction": r"prohibit|not be used|research purposes",
    "commercial_limit": r"commercial|\bfee\b",
    "attribution": r"notice|acknowledg|attribution|credit",
    "share_alike": r"same license|under this license|source code",
    "disclaimer": r"warrant|liab|as is",
    "patent": r"patent",
    "training_ban": r"\btrain",
    "real_person_ban": r"real person|real people|celebrit|likeness",
    "termination": r"terminat|revok",
    "redistribution": r"distribut|sublicens",
}


def by_rules(rows: Sequence[Row]) -> npt.NDArray[np.bool_]:
    """What the rules say: one row a paragraph, one column a type."""
    return np.array([[t in {found[0] for found in clauses.labelled(row.text)} for t in TYPES] for row in rows])


def by_keywords(rows: Sequence[Row]) -> npt.NDArray[np.bool_]:
    """A word or two for each type, anywhere in the paragraph."""
    low = [" ".join(row.text.lower().split()) for row in rows]
    return np.array([[bool(re.search(KEYWORDS[t], text)) for t in TYPES] for text in low])


def by_model(rows: Sequence[Row], folds: int = 5) -> npt.NDArray[np.bool_]:
    """TF-IDF and logistic regression for each type, fitted on the families of the other folds."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    truth, said = told(rows), np.zeros((len(rows), len(TYPES)), bool)
    fold_of = group_folds([row.family for row in rows], truth.any(axis=1), folds, seed=SEED)
    words = [folded(row.text) for row in rows]
    for fold in range(folds):
        fit, test = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
        seen = vectors.fit_transform([words[n] for n in fit])
        for column in range(len(TYPES)):
            if truth[fit, column].any():
                model = LogisticRegression(C=10, class_weight="balanced", solver="liblinear", random_state=0)
                model.fit(seen, truth[fit, column])
                said[test, column] = model.predict(vectors.transform([words[n] for n in test]))
    return said


def told(rows: Sequence[Row]) -> npt.NDArray[np.bool_]:
    """The labels, one row a paragraph, one column a type."""
    return np.array([[t in row.labels for t in TYPES] for row in rows])


# -- F1 with intervals over families


class Score(NamedTuple):
    """An F1 and its interval."""

    f1: float
    low: float
    high: float


def scores(rows: Sequence[Row], said: npt.NDArray[np.bool_], draws: int = 2000) -> dict[str, Score]:
    """F1 by type (of those with `FEWEST` labels), `micro` over all, `macro` over those types; families are redrawn."""
    truth, code = told(rows), numbered(np.array([row.family for row in rows]), len(rows))
    kept = [n for n in range(len(TYPES)) if truth[:, n].sum() >= FEWEST]
    weights = [np.ones(len(rows)), *redrawn(code, draws, SEED)]
    found: dict[str, Score] = {}
    parts: dict[str, list[int]] = {TYPES[n]: [n] for n in kept} | {"micro": list(range(len(TYPES)))}
    series = {name: np.array([_f1(truth[:, cols], said[:, cols], w) for w in weights]) for name, cols in parts.items()}
    series["macro"] = np.mean([series[TYPES[n]] for n in kept], axis=0)
    for name, values in series.items():
        low, high = np.nanquantile(values[1:], (0.025, 0.975))
        found[name] = Score(float(values[0]), float(low), float(high))
    return found


def ahead(rows: Sequence[Row], one: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_], draws: int = 2000) -> Score:
    """By how much the micro F1 of `one` exceeds that of `other`, on the same rows; families are redrawn."""
    truth, code = told(rows), numbered(np.array([row.family for row in rows]), len(rows))
    gaps = [_f1(truth, one, w) - _f1(truth, other, w) for w in [np.ones(len(rows)), *redrawn(code, draws, SEED)]]
    low, high = np.nanquantile(gaps[1:], (0.025, 0.975))
    return Score(gaps[0], float(low), float(high))


def _f1(truth: npt.NDArray[np.bool_], said: npt.NDArray[np.bool_], weights: npt.NDArray[Any]) -> float:
    both, either = weights @ (truth & said).sum(axis=1), weights @ (truth.sum(axis=1) + said.sum(axis=1))
    return float(2 * both / either) if either else float("nan")


def main() -> None:
    rows = labelled()
    if not rows:
        print("nothing done: none of the labelled paragraphs is installed here (Debian copyright files).")
        return
    print(f"{len(rows)} labelled paragraphs of {len({row.family for row in rows})} families are installed here")
    ways: dict[str, Callable[[Sequence[Row]], npt.NDArray[np.bool_]]] = {
        "rules": by_rules, "keywords": by_keywords, "TF-IDF, other families": by_model,
    }  # fmt: skip
    for part in ("families", "rare", "fresh", "all"):
        some = [n for n, row in enumerate(rows) if part in ("all", row.drawn)]
        chosen = [rows[n] for n in some]
        print(f"== {part}: {len(chosen)} paragraphs, {int(told(chosen).sum())} labels")
        for name, way in ways.items():
            said = way(rows)[some]
            wrong = (said & ~told(chosen)).sum() / (~told(chosen)).sum()
            quiet = ~told(chosen).any(axis=1)
            print(f"{name}: {100 * wrong:.1f} % of absent types said; of {quiet.sum()} paragraphs without a clause "
                  f"{said[quiet].any(axis=1).sum()} got one")  # fmt: skip
            for type_, score in scores(chosen, said).items():
                print(f"   {type_:17} {score.f1:.3f} ({score.low:.3f} to {score.high:.3f})")
            if name != "rules":
                print("   rules ahead by {:.3f} ({:.3f} to {:.3f})".format(*ahead(chosen, by_rules(chosen), said)))


if __name__ == "__main__":
    main()
