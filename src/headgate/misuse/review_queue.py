"""The queue of accounts for people to look at: keyed pseudonyms, indicators, and how strong, in words."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import NamedTuple


class Entry(NamedTuple):
    """One account: pseudonym, names of its indicators by strength, and the band of the strongest."""

    pseudonym: str
    indicators: tuple[str, ...]
    band: str


def pseudonym(account: str, key: bytes) -> str:
    """`account-<16 hex>`: HMAC-SHA256 of the account under the key of the installation.

    The same account has the same one in every run of an installation. Whoever holds the key and can guess an account
    can tell whether it is that one, so the key is as sensitive as the log.
    """
    return f"account-{hmac.digest(key, b'misuse indicators: ' + account.encode(), 'sha256').hex()[:16]}"


def queue(found: Mapping[str, Mapping[str, float]], key: bytes) -> list[Entry]:
    """Accounts of `found` (indicator -> account -> strength, 1 or more): most indicators first, then the strongest."""
    by_account: dict[str, dict[str, float]] = {}
    for indicator, accounts in found.items():
        for account, strength in accounts.items():
            by_account.setdefault(account, {})[indicator] = strength
    order = sorted(
        ((pseudonym(account, key), shown) for account, shown in by_account.items()),
        key=lambda one: (-len(one[1]), -max(one[1].values()), one[0]),
    )
    return [
        Entry(who, tuple(sorted(shown, key=lambda name: (-shown[name], name))), _band(max(shown.values())))
        for who, shown in order
    ]


def _band(strength: float) -> str:
    # words, since exact counts could be looked up in a bill
    return "10 times the rule or more" if strength >= 10 else "2 to 10 times the rule" if strength >= 2 else "meets it"
