"""How hard a text is to read: the grade of Flesch and Kincaid, of English prose.

Syllables are counted by groups of vowels, which is right within a tenth on running text and wrong on single words.

Reference: Kincaid, Fishburne, Rogers and Chissom, "Derivation of New Readability Formulas" (1975), CNTECHTRA
Research Branch Report 8-75: 0.39 words per sentence + 11.8 syllables per word - 15.59.
"""

from __future__ import annotations

import re


def grade(text: str) -> float:
    """The school grade for which `text` is written; 0 where it holds no word."""
    words = re.findall(r"[A-Za-z]+(?:'[a-z]+)?", text)
    if not words:
        return 0.0
    sentences = max(1, len(re.findall(r"[.!?](?=[\s”]|$)|(?<![.!?\s])\n", text.strip() + "\n")))
    return 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def syllables(word: str) -> int:
    """The syllables of an English word, by its groups of vowels; a silent e at the end counts for none."""
    folded = word.lower().removesuffix("'s")
    groups = len(re.findall(r"[aeiouy]+", folded))
    silent = re.search(r"[^lea]e$|[^aeioutd]ed$", folded) is not None
    return max(1, groups - silent)
