from __future__ import annotations

import csv
import io
import re

import pytest

from headgate.licences import knowledge
from headgate.licences.knowledge import Licence, licences, spdx_index, terms, terms_of
from headgate.tables import DATA

FAMILIES = {
    "public-domain", "permissive", "weak-copyleft", "copyleft", "share-alike", "rail", "model-community",
    "non-commercial", "proprietary", "other",
}  # fmt: skip
KINDS = {
    "commercial": "permission", "derivatives": "permission", "redistribute": "permission",
    "research_only": "restriction", "use_restrictions": "restriction", "restricted_use": "restriction",
    "geography": "restriction", "patent_termination": "restriction", "share_alike": "derivative",
    "weak_share_alike": "derivative", "same_agreement": "derivative", "name_prefix": "derivative",
    "threshold_users": "threshold", "threshold_revenue": "threshold", "attribution": "duty", "notice": "duty",
    "state_changes": "duty", "display": "duty", "disclose_source": "duty", "outputs_train": "output",
    "incompatible": "derivative",
}  # fmt: skip
VALUES = {
    "commercial": "yes|no", "derivatives": "yes|no", "redistribute": "yes|no", "outputs_train": "no|named|yes",
    "threshold_users": r"\d+", "threshold_revenue": r"\d+", "share_alike": r"(\S+( \S+)*)?", "same_agreement": r"(\S+( \S+)*)?",
    "restricted_use": (
        "illegal|minors|harassment|discrimination|disinformation|personal-data|medical-advice|legal-advice|"
        "law-enforcement|immigration|weapons|military|critical-infrastructure|self-harm|sexual-content|impersonation|"
        "fraud|malware|spam|unlicensed-profession|automated-decision|biometric|undisclosed-ai|competing-model|"
        "exploitation|terrorism|high-risk"
    ),
    "weak_share_alike": r"yes( \S+)*", "incompatible": r"\S+( \S+)*", "display": ".+", "name_prefix": ".+", "geography": ".+",
}  # fmt: skip
HUB = """apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0 bigcode-openrail-m
afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5
cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0
cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0
cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl
lgpl-2.1 lgpl-3.0 isc lppl-1.3c ms-pl mpl-2.0 odc-by odbl openrail++ osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib
pddl lgpl-lr deepfloyd-if-license llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 gemma grok2-community apple-ascl
apple-amlr fair-noncommercial-research-license intel-research h-research openmdw-1.0"""


_LISTS = {"share_alike", "same_agreement", "weak_share_alike", "incompatible"}


def test_rows_keep_to_the_vocabulary() -> None:
    assert {one.family for one in licences().values()} <= FAMILIES
    assert {one.use for one in licences().values()} <= {*knowledge.USES, "unspecified"}
    for listed in terms().values():
        for term in listed:
            assert term.kind == KINDS[term.term], term
            assert re.fullmatch(VALUES.get(term.term, "yes"), term.value), term
            assert term.words, term
            assert term.source, term
            assert term.licence in licences(), term


def test_no_row_is_there_twice_and_each_has_its_columns() -> None:
    for name, columns in (
        ("licences.csv", "id,spdx,name,family,use,source,date"),
        ("licence_terms.csv", "licence,term,kind,value,words,source,date"),
        ("licence_spellings.csv", "spelling,id"),
        ("licence_phrases.csv", "id,phrase,also,unless"),
    ):
        text = (DATA / name).read_text(encoding="utf-8")
        assert text.startswith(columns + "\n")
        rows = list(csv.reader(io.StringIO(text)))
        assert len(rows) == len({tuple(row) for row in rows})
        assert {len(row) for row in rows} == {columns.count(",") + 1}
    one_value = [(t.licence, t.term) for listed in terms().values() for t in listed if t.term != "restricted_use"]
    assert len(one_value) == len(set(one_value))


def test_licences_that_terms_accept_exist() -> None:
    named = {
        i
        for listed in terms().values()
        for t in listed
        if t.term in _LISTS
        for i in t.value.removeprefix("yes").split()
    }
    assert {i for i in named if knowledge.licence(i) is None} == set()
    assert len(named) > 30


def test_use_and_terms_say_the_same() -> None:
    for id_, one in licences().items():
        said = {(term.term, term.value) for term in terms_of(id_)}
        if one.use in {"commercial", "behavioural", "threshold"}:
            assert ("commercial", "no") not in said, id_
        if one.use in {"non-commercial", "research"}:
            assert ("commercial", "no") in said, id_
        assert ("research_only", "yes") not in said or one.use == "research", id_
        if one.family == "rail":
            assert ("use_restrictions", "yes") in said, id_
        thresholds = {term for term, _ in said} & {"threshold_users", "threshold_revenue"}
        assert not thresholds or one.use == "threshold", id_
        if one.family in {"copyleft", "share-alike"} or "-sa" in id_.lower():
            assert "share_alike" in {term for term, _ in said}, id_


@pytest.mark.parametrize(
    ("id_", "accepts"),
    [
        ("CC-BY-SA-4.0", {"GPL-3.0-only", "GPL-3.0-or-later", "LAL-1.3"}),
        ("CC-BY-SA-3.0", {"CC-BY-SA-4.0"}),
        ("CC-BY-SA-1.0", set()),
        ("CC-BY-NC-SA-2.0", {"CC-BY-NC-SA-2.5", "CC-BY-NC-SA-3.0", "CC-BY-NC-SA-4.0"}),
        ("GPL-2.0-only", {"GPL-2.0-or-later"}),
        ("GPL-2.0-or-later", {"GPL-2.0-only", "GPL-3.0-only", "GPL-3.0-or-later", "AGPL-3.0-only", "AGPL-3.0-or-later"}),
        ("GPL-3.0-only", {"GPL-3.0-or-later", "AGPL-3.0-only", "AGPL-3.0-or-later"}),
        ("AGPL-3.0-only", {"AGPL-3.0-or-later"}),
    ],
)  # fmt: skip
def test_share_alike_goes_one_way(id_: str, accepts: set[str]) -> None:
    (term,) = [t for t in terms_of(id_) if t.term == "share_alike"]
    assert set(term.value.split()) == accepts


def test_every_id_of_the_hub_is_a_licence() -> None:
    from headgate.licences.resolve import resolve

    ids = HUB.split()
    assert len(set(ids)) == 80
    for id_ in ids:
        (found,) = resolve(id_)
        assert licences()[found], id_


def test_an_spdx_licence_of_no_row_is_known_by_its_category() -> None:
    assert "Ruby" not in licences()
    assert knowledge.licence("BUSL-1.1") == Licence(
        "BUSL-1.1", "BUSL-1.1", "BUSL-1.1", "other", "unspecified", "license-expression: Source-available", ""
    )
    assert terms_of("BUSL-1.1") == ()
    copyleft = knowledge.licence("AGPL-1.0-only")
    assert copyleft is not None
    assert (copyleft.family, copyleft.use) == ("copyleft", "commercial")
    assert [(t.term, t.value) for t in terms_of("AGPL-1.0-only")][-1] == ("share_alike", "")
    assert [t.term for t in terms_of("CDDL-1.1")][-1] == "weak_share_alike"
    assert [t.term for t in terms_of("X11")] == ["commercial", "derivatives", "redistribute"]


def test_a_port_of_a_creative_commons_licence_has_the_terms_of_its_version() -> None:
    ported = knowledge.licence("CC-BY-NC-3.0-DE")
    assert ported is not None
    assert (ported.family, ported.use) == ("non-commercial", "non-commercial")
    assert [t._replace(licence="") for t in terms_of("CC-BY-NC-3.0-DE")] == [
        t._replace(licence="") for t in terms_of("CC-BY-NC-3.0")
    ]


def test_nobody_knows_what_is_in_neither() -> None:
    assert knowledge.licence("zq-licence") is None
    assert terms_of("zq-licence") == ()
    assert terms_of("cc") == ()


def test_ids_that_are_spdx_ids_have_their_case() -> None:
    for one in licences().values():
        assert one.spdx in {"", one.id}
        if one.spdx:
            assert one.id in spdx_index() or one.id in {"CC-BY-NC-ND-1.0"}, one.id
        else:
            assert one.id == one.id.lower()


def test_the_order_of_uses() -> None:
    assert knowledge.stricter("non-commercial", "threshold") is True
    assert knowledge.stricter("commercial", "behavioural") is False
    assert knowledge.stricter("research", "research") is False
    assert knowledge.stricter("unspecified", "commercial") is None
