"""From what somebody wrote as a licence to licence ids: tags, card values, SPDX expressions, names and addresses.

An unknown spelling stays unknown; nothing is guessed to be open. `other` and `unknown` state no licence.
Source: SPDX ids by `license-expression`; the rest by `data/licence_spellings.csv`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator

from headgate import tables
from headgate.licences.knowledge import licences, spdx_index
from headgate.shapes import Db

LONGEST = 400  # characters; longer text is prose or an attack, not the name of a licence
NOT_LICENCES = ("other", "unknown")

_RUNS = re.compile(r"[^a-z0-9+.]+")
_ADDRESS = re.compile(r"(?:https?://|//)?(?:www\.)?(?=[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/|unlicense\.org)", re.IGNORECASE)
_PARTS = re.compile(r"\s+(?:or|and)\s+|[,;|()\[\]]|(?<=[\w+])/(?=[a-z])", re.IGNORECASE)
_WITH = re.compile(r"\s+with\s.*", re.IGNORECASE | re.DOTALL)
# Words that tell licences apart nowhere.
_EMPTY = frozenset(
    ("the", "a", "an", "license", "licence", "licensed", "licenses", "licences", "agreement", "version", "under", "v",
     "see", "text")
)  # fmt: skip
_ENDING = re.compile(r"\.(?:html?|txt|md|en|php|rst|deed|legalcode)$")
_GLUED = re.compile(r"(a?gpl|lgpl|apache|mpl|epl|eupl|cddl|osl|ecl|gfdl|fdl|lppl|odbl|pddl)v?(\d.*)")
_NUMBER = re.compile(r"(?:v|ver\.?)?(\d{1,2}(?:\.\d{1,2}){0,2}[a-z]?)(\+?)")
_LONG = (
    ("gnu-affero-general-public", "agpl"), ("affero-general-public", "agpl"), ("gnu-lesser-general-public", "lgpl"),
    ("gnu-library-general-public", "lgpl"), ("gnu-general-public", "gpl"), ("gnu-free-documentation", "gfdl"),
    ("gnu-agpl", "agpl"), ("gnu-lgpl", "lgpl"), ("gnu-gpl", "gpl"), ("creative-commons-attribution", "cc-by"),
    ("creative-commons-by", "cc-by"), ("share-alike", "sa"), ("sharealike", "sa"), ("non-commercial", "nc"),
    ("noncommercial", "nc"), ("no-derivatives", "nd"), ("noderivatives", "nd"), ("noderivs", "nd"), ("no-derivs", "nd"),
    ("fdl-", "gfdl-"),
)  # fmt: skip
_CC = re.compile(
    r"(?:creative-commons-)?cc-?(by(?:-(?:nc|sa|nd)){0,3})(?:-(\d\.\d))?(?:-(?:international|unported|generic|intl|public))*"
    r"(?:-([a-z]{2,3}))?"
)
_CC_ORDER = ("by", "nc", "nd", "sa")
_ADDRESSES = (
    (re.compile(r"creativecommons\.org/licen[cs]es/(by[a-z-]*)/(\d\.\d)(?:/([a-z]{2,3})(?=/|$))?.*"), r"cc-\1-\2-\3"),
    (re.compile(r"creativecommons\.org/publicdomain/zero/.*|creativecommons\.org/.*/cc0/?"), "cc0-1.0"),
    (re.compile(r"creativecommons\.org/publicdomain/mark/.*"), "public-domain"),
    (re.compile(r"(?:opensource\.org|spdx\.org|choosealicense\.com)/licen[cs]es?/([^/?#]+).*"), r"\1"),
    (re.compile(r"gnu\.org/(?:.*/)?(?:fdl-)([\d.]+?)(?:[.-][a-z].*)?/?"), r"gfdl-\1"),
    (re.compile(r"gnu\.org/(?:.*/)?(a?gpl|lgpl)-([\d.]+?)(?:[.-][a-z].*)?/?"), r"\1-\2"),
    (re.compile(r"apache\.org/licen[cs]es/license-([\d.]+?)(?:\.(?:txt|html))?/?"), r"apache-\1"),
    (re.compile(r"opendatacommons\.org/licen[cs]es/(by|odbl|pddl)\b.*"), r"odc-\1-1.0"),
    (re.compile(r"mozilla\.org/(?:.*/)?mpl/([\d.]+).*"), r"mpl-\1"),
    (re.compile(r"eclipse\.org/legal/epl-(?:v)?([12])\.?0.*"), r"epl-\1.0"),
    (re.compile(r"(?:cdla\.(?:dev|io)|spdx\.dev)/(permissive|sharing)-(\d)-0.*"), r"cdla-\1-\2.0"),
    (re.compile(r"unlicense\.org.*"), "unlicense"),
)
_MAKE = """
CREATE OR REPLACE TEMP TABLE licence_ids AS
SELECT unnest($stated::VARCHAR[]) AS stated, unnest($id::VARCHAR[]) AS id
"""


def fold(text: str) -> str:
    """`text` as spellings are compared: lower case, runs of anything but letters, digits, + and . become one -."""
    return _RUNS.sub("-", text.lower()).strip("-")


@functools.lru_cache(maxsize=100_000)
def resolve(text: str) -> tuple[str, ...]:
    """The licence ids that `text` states, in its order; () where it states none or one that nobody knows.

    Of an expression such as `MIT OR Apache-2.0` every part must be known; of `X WITH exception` only X is kept.
    """
    if not text or len(text) > LONGEST:
        return ()
    if text in licences():
        return (text,)
    stripped = text.strip()
    if found := _one(stripped):
        return (found,)
    if _ADDRESS.match(stripped):
        return ()
    parts = [part for piece in _PARTS.split(stripped) if (part := _WITH.sub("", f"{piece} ").strip())]
    if len(parts) == 1 and parts[0] == stripped:
        return ()
    ids = [_one(part) for part in parts]
    return without_families(dict.fromkeys(id_ for id_ in ids if id_)) if all(ids) else ()


def without_families(ids: Iterable[str]) -> tuple[str, ...]:
    """`ids` without those that leave a version out which another of them names, as in "CC BY 4.0 (CC BY)"."""
    listed = tuple(ids)
    return tuple(one for one in listed if not any(_named(one, other) for other in listed if other != one))


def _named(family: str, other: str) -> bool:
    known = licences().get(family)
    return known is not None and not known.spdx and bool(re.match(rf"{re.escape(family)}-\d", other, re.IGNORECASE))


def states_nothing(text: str) -> bool:
    """Whether `text` is one of the hub's words for a licence that is not in its list, or not known."""
    return fold(text) in NOT_LICENCES


def make_table(db: Db) -> None:
    """Make the temporary table `licence_ids` (stated, id): one row for each id of each string in `artifacts`.

    `stated` is a distinct element of `licences` or a distinct `licence_name`; what nobody knows has no row.
    """
    listed = db.execute(
        "SELECT DISTINCT unnest(licences) FROM artifacts UNION SELECT DISTINCT licence_name FROM artifacts"
    ).fetchall()
    pairs = [(stated, id_) for (stated,) in listed if stated for id_ in resolve(stated)]
    db.execute(_MAKE, {"stated": [stated for stated, _ in pairs], "id": [id_ for _, id_ in pairs]})


def _one(text: str) -> str | None:
    if address := _ADDRESS.match(text):
        return _of_address(text[address.end() :])
    return _of_key(fold(text))


def _of_address(address: str) -> str | None:
    bare = address.lower().rstrip("/ ")
    for pattern, given in _ADDRESSES:
        if found := pattern.fullmatch(bare):
            return _of_key(fold(found.expand(given)))
    return _spelled().get(_key(bare))


def _of_key(folded: str) -> str | None:
    key = _key(folded)
    return _spelled().get(key) or _creative_commons(key) or _spdx().get(key)


def _key(folded: str) -> str:
    """A spelling without the words, endings and ways to write a number that tell no licences apart."""
    folded = _ENDING.sub("", _ENDING.sub("", fold(folded)))
    text = "-".join(_tokens(folded))
    for long, short in _LONG:
        text = text.replace(long, short)
    return text


def _tokens(folded: str) -> Iterator[str]:
    for token in folded.split("-"):
        glued = _GLUED.fullmatch(token)
        for part in glued.groups() if glued else (token,):
            number = _NUMBER.fullmatch(part)
            if number:
                yield number[1] if "." in number[1] or not number[1].isdigit() else f"{number[1]}.0"
                if number[2]:
                    yield from ("or", "later")
            elif part and part.strip(".") not in _EMPTY:
                yield part.strip(".") if part.strip(".") else part


def _creative_commons(key: str) -> str | None:
    found = _CC.fullmatch(key)
    if not found:
        return None
    kinds = found[1].split("-")
    parts = [kind for kind in _CC_ORDER if kind in kinds]
    kind = f"cc-{'-'.join(parts)}"
    if found[2] is None:
        return kind if kind in licences() and found[3] is None else None
    whole = f"{kind}-{found[2]}".upper()
    if found[3] is None:
        return whole if whole in licences() else None
    ported = f"{whole}-{found[3].upper()}"
    return ported if ported in spdx_index() else None


@functools.cache
def _spelled() -> dict[str, str]:
    found = {_key(row["spelling"]): row["id"] for row in tables.rows("licence_spellings.csv")}
    for licence in licences().values():
        found.setdefault(_key(licence.id), licence.id)
        found.setdefault(_key(licence.name), licence.id)
    return found


@functools.cache
def _spdx() -> dict[str, str]:
    """Keys of the other SPDX ids. Those that are common words, such as Intel or Fair, do not count."""
    found: dict[str, str] = {}
    for id_, entry in spdx_index().items():
        others = [other for other in entry["other_spdx_license_keys"] if not other.startswith("LicenseRef")]
        for spelling in (id_, *others):
            if re.search(r"[\d-]", spelling):
                found.setdefault(_key(spelling), id_)
    return found
