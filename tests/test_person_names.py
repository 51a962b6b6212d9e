from __future__ import annotations

import hashlib
import hmac
import re

import pytest

from headgate import person_names
from headgate.refs import HF_ID

KEY = b"a key of this test"


def test_ids_are_told_apart_without_regard_to_case() -> None:
    one, same, other = (person_names.stored_id(i, KEY) for i in ("a/Zuvek-x", "A/zuvek-X", "a/zuvek-y"))
    assert one == same != other
    assert re.fullmatch(r"account-[0-9a-f]{16}/person-[0-9a-f]{16}-[0-9a-f]{8}", one)
    assert re.fullmatch(HF_ID, one)
    assert person_names.stored_id(one, KEY) == one
    assert person_names.stored_id("a/Zuvek-x", b"another key") != one


def test_an_account_is_the_hmac_of_its_name() -> None:
    expected = hmac.new(KEY, b"account zuvekfan", hashlib.sha256).hexdigest()[:16]
    assert person_names.account("ZuvekFan", KEY) == f"account-{expected}"
    assert person_names.account(f"account-{expected}", KEY) == f"account-{expected}"


@pytest.mark.parametrize("id_", ["zuvek/123", "zuvek/celebrity-lora", "Zuvek"])
def test_no_name_is_left_in_an_id(id_: str) -> None:
    assert "zuvek" not in person_names.stored_id(id_, KEY)


def test_names_are_read_out_of_titles() -> None:
    assert person_names.name_in("Zuvek O'Moraqua (actress) | SDXL LoRA v2") == "zuvekomoraqua"
    assert person_names.name_in("Celebrity LoRA") == ""
    assert person_names.left_over("zuvek photo 12 lora") == ["zuvek"]


def test_bases_are_known_in_any_case() -> None:
    assert person_names.is_base("Black-Forest-Labs/flux.1-dev")
    assert not person_names.is_base("civitai:model:257749")
    assert not person_names.is_base("zuvek/FLUX.1-dev")
