"""Texts of a workspace in which a keyword shows only once they are read as a person reads them.

Reads: any column of texts. Most names are plain ASCII, where a keyword rule needs no help; DuckDB picks out the
few that could be disguised (not ASCII, letters spaced out, digits or signs in the place of letters) and only those
go through `normalise`.
"""

from __future__ import annotations

import re

from headgate.normalise import canonical, crude, leet
from headgate.shapes import Db, Relation

# Cheap questions first: changing letters costs DuckDB ten times a look at a pattern.
_SUSPECT = r"""CASE
    WHEN strlen(text) <> length(text)
      OR regexp_matches(text, '(^|[^A-Za-z0-9])[A-Za-z0-9@$!]([-_.*~+ ][A-Za-z0-9@$!]){3}|[A-Za-z0-9][!|+][A-Za-z0-9]')
    THEN true
    WHEN regexp_matches(text, '[A-Za-z][013457@$89]{1,3}[A-Za-z]|(^|[^A-Za-z0-9])[013457@$89]{1,3}[A-Za-z]{2}')
    THEN regexp_matches(translate(lower(text), '01345789@$', 'oieastbgas'), $keywords)
      OR regexp_matches(translate(lower(text), '01345789@$', 'oleastbgas'), $keywords)
    ELSE false END"""
_LONGEST = 10_000  # characters of a text in which a disguise is looked for


def disguised(db: Db, texts: str, keywords: str) -> Relation:
    """The texts in which `keywords` match a key of `normalise` but not the lower-case text itself.

    `texts` is SQL of ours that gives one column `text`; `keywords` is a regular expression for lower-case text,
    valid in RE2 and in Python. Returns a relation text (as it stands), found (the words that matched). It is read
    from a temporary table, which the next call replaces.
    """
    sql = f"SELECT DISTINCT text FROM ({texts}) WHERE {_SUSPECT} AND NOT regexp_matches(lower(text), $keywords)"
    pattern = re.compile(keywords)
    hits = {
        text: found
        for (text,) in db.execute(sql, {"keywords": keywords}).fetchall()
        if (found := _found(text[:_LONGEST], pattern))
    }
    db.execute("CREATE OR REPLACE TEMP TABLE disguised (text VARCHAR, found VARCHAR)")
    if hits:  # DuckDB 1.5 cannot tell the type of an empty list
        db.execute("INSERT INTO temp.disguised SELECT unnest(?), unnest(?)", [list(hits), list(hits.values())])
    return db.sql("FROM temp.disguised")


def _found(text: str, pattern: re.Pattern[str]) -> str:
    if not any(pattern.search(key) for key in crude(text)):
        return ""
    for key in (canonical(text), *leet(text)):
        if match := pattern.search(key):
            return match[0].strip("-_. ")
    return ""
