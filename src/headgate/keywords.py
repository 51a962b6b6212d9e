r"""Words by which a name or a card says that a model's alignment was removed, and their removal for evaluation.

`UNCENSORED` is the keyword rule's own expression. `MASKED` is wider: whatever may have been read to make a
label must be hidden from a detector that is judged by that label. Both are for lower-case text and are
valid in Python's `re` and in RE2 (DuckDB) alike, so they hold no look-around.
"""

from __future__ import annotations

import re

UNCENSORED = (
    r"(^|[^a-z])(uncensored|uncensor|un[-_ ]?censored|abliterat(ed|ion)|ablitered|obliterated|heretic|"
    r"de[-_ ]?censored|decensored|unaligned|de[-_ ]?aligned|unfiltered|jailbroken|jailbreak|"
    r"refusal[-_ ]?(removed|free)|no[-_ ]?refusals?|unrestricted|lewd|dpo[-_ ]?unaligned)([^a-z]|$)"
)

# Without word boundaries, for labels made by substrings (gabliterated, tinydolphin). Beyond UNCENSORED it holds
# the words that state the label and occur more than five times as often in the names of the shared weak
# labels (1,330 strict, 598 broad) as in the 58,678 others; names with it labelled / not labelled:
#   nsfw 101/0, amoral 49/0, toxic 40/13 (all 13 toxicity classifiers), jailbr- 6/0, unsafe 5/0, erotic 3/0,
#   uncen, ablit: short forms.
# Two families are in because the broad label is defined by their names alone, so they give it away:
#   dolphin 306/0, erebus 5/0.
# Not in: families of which the label is only often true (josiefied, darkidol, unholy, evil), and `lexi`, by which
# the broad list also takes perplexity, flexicodec and complexity.
MASKED = (
    r"un[-_ .]?[cs]en[cs]or(ed|ing|ship|s)?|uncen|de[-_ ]?censor(ed|ing|s)?|"
    r"g?ablit(erat|er)?(ed|ing|ion|or|e|s)?|obliterat(ed|ion|us|e)?|heretic(al|s)?|"
    r"(un|de|dis)[-_ ]?align(ed|m[a-z]nt)?|un[-_ ]?filter(ed)?|(un|de)[-_ ]?restrict(ed|ion)?|"
    r"jail[-_ ]?br(eak|oken)?(s|ing|er)?|(no|zero)[-_ ]?refusals?|refusals?([-_ ]?(removed|free))?|"
    r"lewd|nsfw|toxic(ity)?|erotica?|amoral|unsafe|dolphins?|erebus"
)
_SEPARATORS = r"[-_. ]*"
# The look-behind lets each run of separators be read once: a card may hold a line of a million dashes.
_RUN = re.compile(
    rf"(?<![-_. ])({_SEPARATORS})(?:{MASKED})(?:{_SEPARATORS}(?:{MASKED}))*({_SEPARATORS})", re.IGNORECASE
)
_PASSES = 20  # a word inside a word inside a word: deeper nests are hostile and are cut by line breaks


def mask(text: str) -> str:
    """`text` without the words of `MASKED`, in any case; the separators around each close up, nothing else changes.

    No word of `MASKED` or `UNCENSORED` stands in what is returned.
    """
    for _ in range(_PASSES):
        shorter = _RUN.sub(_closed, text)
        if shorter == text:
            return text
        text = shorter  # what closed up may spell another
    return _RUN.sub("\n", text)


def _closed(match: re.Match[str]) -> str:
    text, (start, end) = match.string, match.span()
    at_edge = start == 0 or end == len(text) or "/" in text[start - 1] + text[end]
    return "" if at_edge else match[1] or match[match.re.groups]
