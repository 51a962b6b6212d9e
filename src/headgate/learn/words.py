"""Words of names, tags and cards as a sparse matrix, the plain rule's own keywords masked.

Lineage tags (base_model:, dataset:) are no words of the artifact itself and are left out: they are edges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from headgate.disguises import disguised
from headgate.keywords import MASKED
from headgate.learn.lineage import NAMES, Lineage
from headgate.shapes import Db

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    Sparse: TypeAlias = csr_array

LEAST = 3  # models with a word, for it to count
MOST = 2**18  # words
_CARD = 2_000  # characters of a card that are read

_WORDS = """
CREATE OR REPLACE TEMP TABLE learn_words AS
WITH masked AS (
    SELECT n.id, a.pipeline, a.library,
           -- a name in which a keyword is disguised tells nothing else that could be kept
           CASE WHEN d.text IS NULL THEN
               regexp_extract_all(regexp_replace(lower(split_part(a.name, '/', -1)), $mask, ' ', 'g'),
                                  '[a-z]+|[0-9]+(?:\\.[0-9]+)?[bk]?') ELSE [] END AS parts,
           list_filter(coalesce(a.tags, []),
                       lambda t: NOT starts_with(t, 'base_model:') AND NOT starts_with(t, 'dataset:')) AS tags,
           regexp_extract_all(regexp_replace(lower(left(a.card, $card)), $mask, ' ', 'g'), '[a-z]{{3,}}') AS card
    FROM artifacts AS a JOIN {table} AS n ON n.folded = folded(a.ref)
    LEFT JOIN disguised AS d ON d.text = split_part(a.name, '/', -1) WHERE a.kind = 'model'
)
SELECT id, unnest(list_distinct(list_concat(
    list_transform(parts, lambda p: 'name ' || p),
    list_transform(range(1, len(parts)), lambda i: 'name ' || parts[i] || ' ' || parts[i + 1]),
    -- an emptied tag, or one with a loose hyphen, would say that a keyword stood there
    list_transform(list_filter(list_transform(tags,
        lambda t: trim(regexp_replace(regexp_replace(lower(t), $mask, ' ', 'g'), '[-_. ]+', ' ', 'g'))),
        lambda t: t <> ''), lambda t: 'tag ' || t),
    ['task ' || coalesce(pipeline, '-'), 'library ' || coalesce(library, '-')],
    list_transform(coalesce(card, []), lambda w: 'card ' || w)))) AS word
FROM masked
"""


def load(db: Db, lineage: Lineage) -> tuple[Sparse, list[str]]:
    """The words of every node, one row a node, 1 where it has the word; and what each column stands for."""
    from scipy.sparse import csr_array

    disguised(db, NAMES, MASKED)
    bound = {"mask": MASKED, "card": _CARD}
    db.execute(_WORDS.format(table=lineage.table), bound)
    db.execute(
        "CREATE OR REPLACE TEMP TABLE learn_vocabulary AS SELECT (row_number() OVER (ORDER BY word) - 1)::INTEGER "
        f"AS place, word FROM (SELECT word FROM learn_words GROUP BY word HAVING count(*) >= {LEAST} "
        f"ORDER BY count(*) DESC, word LIMIT {MOST})"
    )
    vocabulary = [row[0] for row in db.execute("SELECT word FROM learn_vocabulary ORDER BY place").fetchall()]
    found = db.execute("SELECT id, place FROM learn_words JOIN learn_vocabulary USING (word)").fetchnumpy()
    db.execute("DROP TABLE learn_words")
    db.execute("DROP TABLE learn_vocabulary")
    row, column = np.asarray(found["id"], np.int32), np.asarray(found["place"], np.int32)
    words = csr_array((np.ones(len(row), np.float32), (row, column)), shape=(lineage.size, len(vocabulary)))
    words.sort_indices()  # as if the rows had come in order: sums are then the same in every run
    return words, vocabulary
