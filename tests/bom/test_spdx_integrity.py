"""The check of references is shown at work in test_spdx.py; here is the smallest document."""

from __future__ import annotations

from headgate.bom import spdx_integrity


def test_an_individual_of_the_model_need_not_be_held() -> None:
    graph = [
        {"type": "CreationInfo", "@id": "_:c", "createdBy": ["urn:a"]},
        {"type": "Agent", "spdxId": "urn:a", "creationInfo": "_:c"},
        {"type": "Relationship", "spdxId": "urn:r", "creationInfo": "_:c", "from": "urn:a", "to": ["NoneElement"]},
        {
            "type": "SpdxDocument",
            "spdxId": "urn:d",
            "creationInfo": "_:c",
            "element": ["urn:a", "urn:r"],
            "rootElement": ["urn:a"],
        },
    ]
    assert spdx_integrity.check({"@graph": graph}) == []
    assert spdx_integrity.check({"@graph": graph[1:]}) == [
        "creationInfo of urn:a names '_:c', which the document does not hold",
        "creationInfo of urn:r names '_:c', which the document does not hold",
        "creationInfo of urn:d names '_:c', which the document does not hold",
    ]
