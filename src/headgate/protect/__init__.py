"""Protect: a copy of one's own data that resists being learned from, with how far the protection holds."""
