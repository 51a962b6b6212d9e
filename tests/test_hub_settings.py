"""What the environment says of a hub: taken as it is, or refused in one line that shows no secret."""

from __future__ import annotations

import pytest

from headgate import hub_settings
from headgate.errors import UsageError


def test_what_is_set_goes_before_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    assert (hub_settings.endpoint("HF", "https://a.b/"), hub_settings.token("HF")) == ("https://a.b", None)
    monkeypatch.setenv("HF_ENDPOINT", " http://mirror:8080/hf/ ")
    monkeypatch.setenv("HF_TOKEN", "hf_12345678 ")
    assert (hub_settings.endpoint("HF", "https://a.b"), hub_settings.token("HF")) == (
        "http://mirror:8080/hf", "hf_12345678",
    )  # fmt: skip


@pytest.mark.parametrize("token", ["hf abc def", "hf_abcdefg\nX-Evil: 1", "hf_äbcdefgh", "sh0rt"])
def test_a_token_that_cannot_be_one_is_refused_unseen(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", token)
    with pytest.raises(UsageError, match="HF_TOKEN") as caught:
        hub_settings.token("HF")
    assert token not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["ftp://huggingface.co", "file:///etc/passwd", "huggingface.co", "https://", "http://me:pw@host", "http://h:99999", "http://[h", "https://h/?a=b"],
)  # fmt: skip
def test_an_endpoint_is_a_plain_http_address(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", address)
    with pytest.raises(UsageError, match="HF_ENDPOINT") as caught:
        hub_settings.endpoint("HF", "https://huggingface.co")
    assert "pw" not in str(caught.value)
