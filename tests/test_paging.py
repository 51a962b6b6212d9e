from __future__ import annotations

import pytest

from headgate.errors import HubError
from headgate.paging import MOST_EMPTY, Trail


def test_a_page_that_was_read_before_ends_the_walk() -> None:
    trail = Trail("hub")
    trail.step("a", "b", 1)
    with pytest.raises(HubError, match="hub names a page as next that was read before"):
        trail.step("b", "a", 1)
    with pytest.raises(HubError, match="read before"):
        Trail("hub").step("a", "a", 1)


def test_empty_pages_are_gone_on_from_but_not_for_ever() -> None:
    trail = Trail("hub")
    for number in range(MOST_EMPTY - 1):
        trail.step(str(number), str(number + 1), 0)
    trail.step("full", "x", 1)
    for number in range(MOST_EMPTY - 1):
        trail.step(f"n{number}", f"n{number + 1}", 0)
    with pytest.raises(HubError, match="200 empty pages in a row"):
        trail.step("last", "more", 0)
    # the end of a listing may be empty, however long it was
    Trail("hub", empty=MOST_EMPTY).step("z", "", 0)
