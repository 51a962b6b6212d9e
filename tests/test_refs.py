from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate import refs
from headgate.errors import UsageError
from headgate.refs import Ref

SHA = "a" * 64
name = st.text(string.ascii_letters + string.digits + "-_.", min_size=1, max_size=40).filter(lambda t: t[0].isalnum())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hf:model:org/name", "hf:model:org/name"),
        ("org/name", "hf:model:org/name"),
        ("gpt2", "hf:model:gpt2"),
        ("  org/name\n", "hf:model:org/name"),
        ("https://huggingface.co/org/name", "hf:model:org/name"),
        ("https://huggingface.co/org/name/tree/main", "hf:model:org/name"),
        ("https://huggingface.co/datasets/org/name/blob/main/README.md", "hf:dataset:org/name"),
        ("hf://datasets/org/name", "hf:dataset:org/name"),
        ("hf://org/name@abc", "hf:model:org/name"),
        ("https://hf.co/org/name", "hf:model:org/name"),
        ("https://civitai.com/models/123/some-title", "civitai:model:123"),
        ("https://civitai.com/models/123?modelVersionId=456", "civitai:version:456"),
        ("urn:air:sdxl:lora:civitai:123@456", "civitai:version:456"),
        ("urn:air:sdxl:lora:civitai:123", "civitai:model:123"),
        ("pkg:huggingface/org/name@abc", "hf:model:org/name"),
        ("pkg:huggingface/org/name?repository_type=dataset", "hf:dataset:org/name"),
        (f"file:sha256:{SHA}", f"file:sha256:{SHA}"),
        ("name:./output/checkpoint-500", "name:./output/checkpoint-500"),
    ],
)
def test_reads_every_form(text: str, expected: str) -> None:
    assert str(refs.parse(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "a b", "../../etc/passwd", "org/name/more/parts", "hf:space:org/name", "civitai:model:abc", "file:sha256:12",
        "https://example.org/org/name", "https://huggingface.co/", "https://huggingface.co/spaces/org/app",
        "pkg:npm/left-pad", "x" * 200, "org/\u202ename", "org/na\x00me", "hf:model:", "pkg:generic/civitai/user/1",
    ],
)  # fmt: skip
def test_refuses_what_names_nothing(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        refs.parse(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


def test_keeps_the_revision_of_a_url_and_a_ref() -> None:
    assert refs.parse("https://huggingface.co/org/name/resolve/abc123/config.json").revision == "abc123"
    assert refs.parse("hf:model:org/name@abc123").revision == "abc123"


def test_purls_as_the_specification_writes_them() -> None:
    # test vectors of the purl specification's huggingface type
    assert refs.to_purl(
        Ref("hf", "model", "microsoft/deberta-v3-base", "559062ad13d311b87b2c455e67dcd5f1c8f65111")
    ) == ("pkg:huggingface/microsoft/deberta-v3-base@559062ad13d311b87b2c455e67dcd5f1c8f65111")
    assert refs.to_purl(Ref("hf", "model", "distilbert-base-uncased")) == "pkg:huggingface/distilbert-base-uncased"
    with pytest.raises(UsageError):
        refs.to_purl(Ref("name", "", "some words"))


@given(hub=st.sampled_from(["hf:model", "hf:dataset"]), owner=name, repo=name, revision=st.none() | name)
def test_refs_and_purls_come_back_as_they_went(hub: str, owner: str, repo: str, revision: str | None) -> None:
    ref = Ref(*hub.split(":"), f"{owner}/{repo}", revision)
    assert refs.parse(str(ref)) == Ref(ref.hub, ref.kind, ref.id)
    assert refs.parse(refs.to_purl(ref)) == ref


@given(kind=st.sampled_from(["model", "version"]), number=st.integers(0, 10**18 - 1))
def test_civitai_refs_come_back_as_they_went(kind: str, number: int) -> None:
    ref = Ref("civitai", kind, str(number))
    assert refs.parse(str(ref)) == ref
    assert refs.parse(refs.to_purl(ref)) == ref


@given(st.text(max_size=300))
def test_any_text_is_a_ref_or_a_usage_error(text: str) -> None:
    try:
        ref = refs.parse(text)
    except UsageError:
        return
    assert refs.parse(str(ref)) == Ref(ref.hub, ref.kind, ref.id)


def test_an_address_that_cannot_be_split_is_no_ref() -> None:
    with pytest.raises(UsageError, match="not a ref"):
        refs.parse("http://[::1")
