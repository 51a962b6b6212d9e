"""Collect: what a hub, a dump or a local folder says, page by page."""
