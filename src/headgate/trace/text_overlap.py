"""Which training texts share words with the behaviour: the baseline that every influence of a text model has to beat.

Reads: the texts of the training items and of the behaviour's queries. No model is asked.
Finds: the likeness of each training text to the queries, by TF-IDF cosine or BM25, averaged over them or the highest.
Cannot see: what a model learned from a text without sharing its words (paraphrase, translation), and whether it
learned anything at all: a text that shares words is a place to look, no cause.
Reference: the TF-IDF filter of Grosse et al., "Studying Large Language Model Generalization with Influence Functions"
(arXiv 2308.03296), section 3.2; BM25: Robertson and Zaragoza (2009).
"""

from __future__ import annotations

from typing import Literal

from headgate.errors import UsageError
from headgate.repair.shapes import Behaviour, Influence, Subject
from headgate.repair.splits import open_to
from headgate.repair.words import bm25, counted, tfidf


def trace(
    subject: Subject, behaviour: Behaviour, *, weights: Literal["tfidf", "bm25"] = "tfidf",
    pool: Literal["mean", "max"] = "mean",
) -> Influence:  # fmt: skip
    """Likeness of each training text to the queries.

    `weights` is how words count: tfidf (cosine) or bm25;
    `pool` is mean (of all queries) or max (of the query that a text is most like).
    """
    open_to(behaviour, "trace")
    given, asked = subject.train.texts, behaviour.queries.texts
    if given is None or asked is None:
        msg = f"{subject.name} has {'training items' if given is None else 'queries'} without texts. Give texts."
        raise UsageError(msg)
    train, vocabulary = counted(given)
    queries, _ = counted(asked, vocabulary)
    likeness = bm25(queries, train) if weights == "bm25" else (tfidf(queries, train) @ tfidf(train, train).T).toarray()
    score = likeness.mean(0) if pool == "mean" else likeness.max(0)
    return Influence(score, note=f"{weights} over {len(vocabulary):,} words, {pool} of {len(asked)} queries")
