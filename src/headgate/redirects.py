"""Where a redirect leads, if it stays with the host that may see the token."""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit


def followed(endpoint: str, url: str, location: str) -> str | None:
    """The address `location`, met at `url`, leads to; None where it leaves the origin of `endpoint` or is damaged."""
    try:
        here, there = urlsplit(endpoint), urlsplit(urljoin(url, location))
        same = bool(location) and _origin(here) == _origin(there)
    except ValueError:
        same = False
    if not same:
        return None
    # Put together from our own origin, so that no trick of spelling in the rest can change the host.
    return f"{here.scheme}://{here.netloc}{there.path}" + (f"?{there.query}" if there.query else "")


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or {"http": 80, "https": 443}.get(url.scheme)
