"""The legal classes of discriminatory output of generative AI, and what may be said on what ground.

Reference: Hacker, Mittelstadt, Zuiderveen Borgesius and Wachter (2024), Generative Discrimination, arXiv 2407.10329
(withdrawn from arXiv by its authors; a chapter of a handbook): discriminatory content; harassment; and legally hard
cases, which are unbalanced content, harmful stereotypes and misclassification.
"""

from __future__ import annotations

from headgate.errors import BadInput
from headgate.plain import plain

HARD = "hard case"
UNBALANCED = "unbalanced content"
# annotation -> the legal class it stands for
CLASSES = {
    "discriminatory content": "discriminatory content",
    "harassment": "harassment",
    UNBALANCED: HARD,
    "stereotype": HARD,
    "misclassification": HARD,
}
_SHORT = {
    "none": "", "discriminatory": "discriminatory content", "unbalanced": UNBALANCED, "stereotypes": "stereotype",
    "harmful stereotype": "stereotype", "harmful stereotypes": "stereotype",
}  # fmt: skip
NO_LAW = "The classes sort findings for a lawyer to look at; none is a finding of law, and none says who is liable."


def read(annotation: str) -> str | None:
    """The annotation as one of `CLASSES`, None where it is empty or says none. Raises `BadInput` for other words."""
    word = " ".join(annotation.casefold().replace("_", " ").split())
    word = _SHORT.get(word, word)
    if not word:
        return None
    if word not in CLASSES:
        msg = f"the annotation {plain(annotation, 40)!r} is no class. Write {', '.join(CLASSES)}, or none."
        raise BadInput(msg)
    return word


def label(word: str) -> str:
    """`word` of `CLASSES` with its legal class, such as `hard case: stereotype`."""
    return word if CLASSES[word] == word else f"{CLASSES[word]}: {word}"
