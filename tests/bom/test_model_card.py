from __future__ import annotations

from headgate.bom import model_card
from headgate.bom.shapes import Artifact, Cohort, Edge, Finding

REF, DATA = "hf:model:a/x", "hf:dataset:d/e"


def cohort(one: Artifact, *found: Finding, parents: tuple[Edge, ...] = ()) -> Cohort:
    return Cohort((REF,), {REF: one}, {}, {REF: parents}, {REF: found}, {}, True)


def test_nothing_known_is_an_empty_card() -> None:
    assert model_card.build(cohort(Artifact(REF, "present")), REF, {REF: "r"}) == {}


def test_what_is_stated_is_in_it() -> None:
    edges = (Edge(REF, DATA, "trained_on", "declared", 1.0, None, "trained_on"),
             Edge(REF, DATA, "trained_on", "read", 1.0, None, "other"),
             Edge(REF, "hf:model:b/y", "finetune", "declared", 1.0, None, "declared_base"))  # fmt: skip
    one = Artifact(REF, "present", pipeline="text-to-image", architecture="unet\n")
    assert model_card.build(cohort(one, parents=edges), REF, {REF: "r", DATA: "d"}) == {
        "modelParameters": {
            "task": "text-to-image", "modelArchitecture": "unet", "datasets": [{"ref": "d"}],
            "inputs": [{"format": "text"}], "outputs": [{"format": "image"}],
        }
    }  # fmt: skip


def test_considerations_are_the_card_s_own_words() -> None:
    card = "# M\n\n## Intended uses\n\nTimetables.\n\n## Limitations\n\n[More Information Needed]\n\n## Bias, Risks, and Limitations\n\nNo trams.\n"
    made = model_card.build(cohort(Artifact(REF, "present", card=card)), REF, {REF: "r"})
    assert made == {"considerations": {"useCases": ["Timetables."], "technicalLimitations": ["No trams."]}}


def test_only_what_was_measured_is_a_metric() -> None:
    found = (Finding("licence_missing", 1.0, None, None, 1, None), Finding("notice_outcome", None, None, None, 5, None),
             Finding("notice_outcome", 0.25, 0.1, None, 5, None), Finding("notice_outcome", 0.0, None, None, 0, None))  # fmt: skip
    assert model_card.metrics(cohort(Artifact(REF, "present"), *found), REF) == [
        {"type": "notice_outcome", "value": "not known"},
        {"type": "notice_outcome", "value": "0.25", "confidenceInterval": {"lowerBound": "0.1"}},
    ]
