from __future__ import annotations

from pathlib import Path

import pytest

from headgate.disclosure.answers import ask
from headgate.disclosure.questions import load
from tests.build import collect, findings, model
from tests.disclosure_labels import confusion

CHECK = "disclosure_gaps"

# Hard negations, written by hand after the patterns: none of them discloses the item.
HARD = [
    ("No ethics review was sought.", "ethics_review", "denied"),
    ("Ethics approval was not required for this study.", "ethics_review", "denied"),
    ("The study did not undergo IRB review.", "ethics_review", "denied"),
    ("We plan to seek approval from an ethics committee.", "ethics_review", "unclear"),
    ("Has the data been reviewed by an ethics board?", "ethics_review", "unclear"),
    ("There were no human subjects, so IRB approval was waived.", "ethics_review", "denied"),
    ("Neither ethics approval nor consent of the participants was sought.", "ethics_review", "denied"),
    ("Annotators were not paid.", "payment", "denied"),
    ("The annotators received no compensation.", "payment", "denied"),
    ("Annotation was done by unpaid volunteers.", "payment", "denied"),
    ("Annotators weren't compensated, as they are authors of this paper.", "payment", "denied"),
    ("We will pay annotators at least the minimum wage.", "payment", "unclear"),
    ("It is unclear whether crowdworkers were paid.", "payment", "unclear"),
    ("Payment of annotators: [More Information Needed]", "payment", "absent"),
    ("```\nannotators were paid $5 per hour\n```", "payment", "absent"),
    ("Informed consent was not obtained.", "consent", "denied"),
    ("The images were scraped without the consent of the people shown.", "consent", "denied"),
    ("Consent will be obtained before the second release.", "consent", "unclear"),
    ("You must obtain informed consent from your own participants.", "consent", "unclear"),
    ("No demographic information about annotators was collected.", "demographics", "denied"),
    ("None of the annotators were native speakers.", "demographics", "denied"),
    ("No annotation guidelines were given to the workers.", "instructions", "denied"),
    ("## Annotation guidelines\n\nN/A", "instructions", "absent"),
    ("Annotation guidelines: TODO", "instructions", "absent"),
    ("<!-- Say how annotators were paid and whether three annotators saw each item. -->", "number", "absent"),
    ("The number of annotators is not reported.", "number", "absent"),
]


@pytest.mark.parametrize(("card", "item", "answer"), HARD)
def test_hard_negations_are_no_disclosure(card: str, item: str, answer: str) -> None:
    assert {one.item: one.answer for one in ask(card, load(CHECK))}[item] == answer


@pytest.mark.parametrize(
    ("card", "item"),
    [
        ("The protocol was approved by the Institutional Review Board of our university.", "ethics_review"),
        ("The study received an IRB exemption.", "ethics_review"),
        ("Workers earned 12 USD per hour, above the minimum wage.", "payment"),
        ("Participants took part in exchange for course credit.", "payment"),
        ("All annotators are native speakers of Welsh.", "demographics"),
        ("Participants were aged 22 to 61; 12 women and 48 men.", "demographics"),
        ("All participants gave written informed consent.", "consent"),
        ("Recordings were made with the consent of the speakers.", "consent"),
        ("Annotators were asked to mark every name.", "instructions"),
        ("The annotation guidelines are in the repository.", "instructions"),
        ("Each item was labelled by three annotators.", "number"),
        ("There are 60 speakers.", "number"),
        ("Labels come from Amazon Mechanical Turk.", "platform"),
    ],
)  # fmt: skip
def test_disclosures(card: str, item: str) -> None:
    assert {one.item: one.answer for one in ask(card, load(CHECK))}[item] == "present"


def test_findings(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [
        model("a/both", card="Annotators were paid. Three annotators saw each item on Prolific."),
        model("a/none", card="Annotators labelled it."), model("a/denied", card="No ethics review was sought."),
        model("a/cells", card="Cells of a grid."), model("a/silent"),
    ])  # fmt: skip
    assert findings(ws, CHECK) == {
        "hf:model:a/both": (2, "ethics review: absent; payment: present “Annotators were paid.”; demographics: absent; "
                            "consent: absent; instructions: absent; number: present “Three annotators saw each item on "
                            "Prolific.”; platform: present “Three annotators saw each item on Prolific.”"),
        "hf:model:a/none": (0, "ethics review: absent; payment: absent; demographics: absent; consent: absent; "
                            "instructions: absent; number: absent"),
        "hf:model:a/denied": (0, "ethics review: denied “No ethics review was sought.”; payment: absent; demographics: "
                              "absent; consent: absent; instructions: absent; number: absent"),
        "hf:model:a/cells": (None, "no work by people is mentioned"),
    }  # fmt: skip
    rows = ws.db.execute("SELECT subject, n, sensitive, harm FROM findings ORDER BY 1").fetchall()
    assert [row[1:] for row in rows] == [(6, False, "implementation"), (0, False, "implementation")] + [
        (6, False, "implementation")
    ] * 2


def test_against_labels(data: Path) -> None:
    # found and labelled, found only, labelled only
    assert confusion(data, CHECK, held_out=True) == {
        "ethics_review": (0, 0, 0),
        "payment": (0, 0, 0),
        "demographics": (2, 0, 1),
        "consent": (0, 0, 0),
        "instructions": (4, 0, 0),
        "number": (7, 0, 1),
        "platform": (5, 0, 1),
    }
    assert confusion(data, CHECK, held_out=False) == {
        "ethics_review": (0, 0, 0),
        "payment": (4, 0, 0),
        "demographics": (11, 0, 1),
        "consent": (0, 0, 0),
        "instructions": (6, 1, 1),
        "number": (10, 1, 0),
        "platform": (3, 0, 0),
    }
