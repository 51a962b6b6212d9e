from __future__ import annotations

import json
from random import Random

import pytest

from headgate.synthetic import names, uploads
from headgate.synthetic.shapes import EARLIER, LATER, Upload
from headgate.synthetic.truth import Person
from tests.synthetic.dumps import Dumps

PEOPLE = names.people(Random(1), 60)


@pytest.fixture(scope="module")
def made() -> list[Upload]:
    return uploads.publish(uploads.Studio(Random(2), 7, ["ann", "bob"]), 400, PEOPLE)


def test_the_depicted_come_first_and_the_base_model_last(made: list[Upload]) -> None:
    assert len(made) == 400
    assert tuple(upload.person for upload in made[:60]) == PEOPLE
    assert not any(upload.person or upload.poi for upload in made[60:])
    assert (made[-1].ref, made[-1].type, len(made[-1].versions)) == ("civitai:model:257749", "Checkpoint", 1)
    assert 0.7 < sum(upload.poi for upload in made[:60]) / 60 < 1


def test_ids_hashes_and_dates_of_versions(made: list[Upload]) -> None:
    versions = [(upload, number, v) for upload in made[:-1] for number, v in enumerate(upload.versions, 1)]
    assert all(v.id == upload.id + number and v.name == f"v{number}.0" for upload, number, v in versions)
    assert len({v.weight.sha256 for _, _, v in versions}) == len({v.id for _, _, v in versions}) == len(versions)
    assert 1.35 < len(versions) / 399 < 1.65  # 0.63 + 2 * 0.25 + 3 * 0.12 = 1.49
    for upload in made[:-1]:
        dates = [v.created for v in upload.versions]
        assert dates == sorted(dates)
        assert max(dates) < (EARLIER if upload.person else LATER)
        assert all(v.weight.path.endswith(".safetensors") for v in upload.versions) or upload.type == "TextualInversion"


def test_every_version_of_a_person_tells_the_name_in_its_file(made: list[Upload]) -> None:
    for upload in made[:60]:
        assert upload.person
        given, family = upload.person.given.lower(), upload.person.family.lower()
        assert f"{given} {family}" in upload.name.lower()
        assert given in upload.description.lower()
        for v in upload.versions:
            assert family in v.weight.path
            assert all(given in word or family in word for word in v.words)


def test_a_trigger_word_is_spelt_in_one_or_two_of_five_ways() -> None:
    seen = [uploads.spellings(Random(i), Person("Ael", "Gwen")) for i in range(200)]
    assert {len(ways) for ways in seen} == {1, 2}
    assert {way for ways in seen for way in ways} == {"ael gwen", "ael_gwen", "aelgwen", "gwen woman", "ohwx ael"}


def test_names_of_people_stand_in_their_own_records_only(dumps: Dumps) -> None:
    known = [name.lower() for person in dumps.truth.persons for name in (person.given, person.family)]
    found: dict[str, set[str]] = {}
    for records in (dumps.models, dumps.datasets, dumps.civitai, dumps.old_civitai):
        for record in records:
            text = json.dumps(record, ensure_ascii=False).lower()
            for name in known:
                if name in text:
                    found.setdefault(name, set()).add(str(record["id"]))
    assert set(found) == set(known)
    depicting = set().union(*found.values())
    assert {f"hf:model:{id_}" for id_ in depicting if "/" in id_} == set(dumps.truth.naming)
    assert {r["id"] for r in dumps.civitai if r["poi"]} <= {int(id_) for id_ in depicting if "/" not in id_}
    assert len(depicting) == dumps.truth.counts["records_naming_a_person"]
    by_ref = {f"hf:model:{r['id']}": r["_id"] for r in dumps.models}
    assert all(by_ref[ref] == id_ for ref, id_ in dumps.truth.naming.items())
