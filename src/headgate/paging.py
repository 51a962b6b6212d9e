"""What every listing that is read page by page watches for: a circle, and pages that stay empty without end."""

from __future__ import annotations

from dataclasses import dataclass, field

from headgate.errors import HubError

MOST_EMPTY = 200  # pages without a record, one after the other


@dataclass(slots=True)
class Trail:
    """The pages of the listing at `address` read so far: their queries, and how many were empty in a row.

    `names` is what the hub calls the way on, for the message when that leads back.
    """

    address: str
    names: str = "a page as next"
    asked: set[str] = field(default_factory=set)
    empty: int = 0

    def step(self, query: str, following: str, records: int) -> None:
        """Note the page `query` with its number of `records`; raises `HubError` where `following` leads nowhere."""
        self.asked.add(query)
        self.empty = 0 if records else self.empty + 1
        if following in self.asked:
            msg = f"{self.address} names {self.names} that was read before. Collect again with --fresh."
            raise HubError(msg)
        if following and self.empty >= MOST_EMPTY:
            msg = f"{self.address} gave {self.empty} empty pages in a row. Run the same command later to go on."
            raise HubError(msg)
