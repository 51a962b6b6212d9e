from __future__ import annotations

import glob
import hashlib
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.evidence.intervals import wilson
from headgate.licences.resolve import resolve
from headgate.licences.text import as_words, in_text, quoted

COMMON = Path("/usr/share/common-licenses")
WHOLE = {
    "Apache-2.0": ["Apache-2.0"], "CC0-1.0": ["CC0-1.0"], "GFDL-1.2": ["GFDL-1.2-only"], "GFDL-1.3": ["GFDL-1.3-only"],
    "GPL-1": ["GPL-1.0-only"], "GPL-2": ["GPL-2.0-only"], "GPL-3": ["GPL-3.0-only"], "LGPL-2": ["LGPL-2.0-only"],
    "LGPL-2.1": ["LGPL-2.1-only"], "LGPL-3": ["LGPL-3.0-only"], "MPL-1.1": ["MPL-1.1"], "MPL-2.0": ["MPL-2.0"],
    "BSD": ["BSD-3-Clause"], "Artistic": [],
}  # fmt: skip
MIT = """Permission is hereby granted, free of charge, to any person obtaining a copy of this thing,
subject to: The above copyright notice and this permission notice shall stay."""
BSD = "Redistributions of source code must retain this. Redistributions in binary form must reproduce it."
GNU = "under the terms of the GNU {} Public License as published by the Free Software Foundation; {} of the License"

CASES = [
    (MIT, "MIT"),
    ("# " + MIT.replace("\n", "\n#  * "), "MIT"),
    (BSD, "BSD-2-Clause"),
    (BSD + " Neither the name of zq may be used.", "BSD-3-Clause"),
    (BSD + " All advertising materials mentioning features must say zq.", "BSD-4-Clause"),
    ("Licensed under the Apache License, Version 2.0", "Apache-2.0"),
    ("The Zq TII License, in part based on the Apache License Version 2.0", ""),
    (GNU.format("General", "either version 2") + ", or (at your option) any later version.", "GPL-2.0-or-later"),
    (GNU.format("Lesser General", "version 2.1") + ".", "LGPL-2.1-only"),
    (GNU.format("General", "either version 3") + ", or any later version. See the GNU General Public License version 3 there.",
     "GPL-3.0-or-later"),
    ("GNU GPL v2 or later", "GPL-2.0-or-later"),
    ("This work is licensed under a Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International License.",
     "CC-BY-NC-SA-4.0"),
    ("CC BY-ND 3.0", "CC-BY-ND-3.0"),
    ("LLAMA 3.1 COMMUNITY LICENSE AGREEMENT\nLlama 3.1 Version Release Date: July 23, 2024", "llama3.1"),
    ("Gemma is provided under and subject to the Gemma Terms of Use", "gemma"),
    ("CreativeML Open RAIL-M\ndated August 22, 2022", "creativeml-openrail-m"),
    ("CreativeML Open RAIL++-M License", "openrail++"),
    (MIT + "\n\nLicensed under the Apache License, Version 2.0", "MIT Apache-2.0"),
    ("All rights reserved by zq.", ""),
    ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "ids"), CASES)
def test_what_a_text_holds(text: str, ids: str) -> None:
    found = in_text(text)
    assert " ".join(one.id for one in found) == ids
    assert all(one.quote in text and one.quote for one in found)


def test_a_quote_is_the_words_as_they_stand() -> None:
    text = "/*\n * Licensed under the\n * Apache License, Version 2.0 (zq)\n */"
    (found,) = in_text(text)
    assert found.quote == "Licensed under the\n * Apache License, Version 2.0"


def test_the_words_of_a_line_are_found_again() -> None:
    text = "The Licence, v2.0+ (GPL-2+) of ZQ"
    words = as_words(text)
    assert words.line == " license 2.0 or later gpl 2 or later of zq "
    assert quoted(text, words, words.line.index("gpl"), words.line.index(" of ")) == "GPL-2+"


@given(st.text(max_size=400))
def test_hostile_text_is_quoted_exactly_or_not_at_all(text: str) -> None:
    for one in in_text(text + " CC-BY 4.0 \u202e" + text):
        assert one.quote in text + " CC-BY 4.0 \u202e" + text


def test_a_huge_text_is_read_in_bounds() -> None:
    begun = time.perf_counter()
    for text in (
        "GNU General Public License version 2 or " * 10**5,
        "a.1" * 10**6,
        "attribution " * 10**6,
        "+" * 10**7,
    ):
        in_text(text)
    assert time.perf_counter() - begun < 5


def test_whole_licences_of_this_machine() -> None:
    here = [name for name in WHOLE if (COMMON / name).is_file()]
    if not here:
        pytest.skip(f"no licences at {COMMON}")
    for name in here:
        text = (COMMON / name).read_text(encoding="utf-8", errors="replace")
        assert [one.id for one in in_text(text)] == WHOLE[name], name


def paragraphs() -> dict[str, tuple[str, str]]:
    """Licence paragraphs of machine-readable Debian copyright files, one for each wording: digest -> name, text."""
    found: dict[str, tuple[str, str]] = {}
    for path in sorted(glob.glob("/usr/share/doc/*/copyright")):
        whole = Path(path).read_text(encoding="utf-8", errors="replace")
        for part in re.split(r"\n[ \t]*\n", whole) if re.match(r"\s*Format:", whole) else []:
            match = re.search(r"^License:[ \t]*(.*)\n((?:[ \t].*\n?)+)", part, re.MULTILINE)
            text = re.sub(r"^[ \t]+\.?$", "", match[2], flags=re.MULTILINE) if match else ""
            if match and len(text) >= 120:
                digest = hashlib.sha256(as_words(text).line.encode()).hexdigest()
                found.setdefault(digest, (match[1].strip(), text))
    return found


def test_debian_s_own_short_names_agree() -> None:
    told = {digest: value for digest, value in paragraphs().items() if resolve(value[0])}
    kept = {digest: value for digest, value in told.items() if int(digest[:8], 16) % 2}  # the other half was tuned on
    if len(kept) < 100:
        pytest.skip(f"only {len(kept)} machine-readable licence paragraphs under /usr/share/doc")
    right = found = named = 0
    for name, text in kept.values():
        declared, detected = set(resolve(name)), {one.id for one in in_text(text)}
        right += len(declared & detected)
        found += len(detected)
        named += len(declared)
    precision, recall = wilson(right, found), wilson(right, named)
    assert precision is not None
    assert recall is not None
    assert precision[0] > 0.80, (right, found)
    assert recall[0] > 0.70, (right, named)
