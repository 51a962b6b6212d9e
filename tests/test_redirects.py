from __future__ import annotations

import pytest

from headgate.redirects import followed

HUB = "https://hub.example/api"


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/there?q=1", "https://hub.example/there?q=1"), ("next", "https://hub.example/api/next"),
        ("https://hub.example:443/x", "https://hub.example/x"), ("HTTPS://HUB.EXAMPLE/x", "https://hub.example/x"),
        ("http://hub.example/x", None), ("https://hub.example:444/x", None), ("//elsewhere.example/x", None),
        ("https://hub.example@elsewhere.example/x", None), ("https://elsewhere.example\\@hub.example/x", "https://hub.example/x"),
        ("http://[bad/", None), ("https://hub.example:x/", None), ("", None),
    ],
)  # fmt: skip
def test_only_what_stays_with_the_host_is_followed(location: str, expected: str | None) -> None:
    assert followed(HUB, "https://hub.example/api/models", location) == expected
