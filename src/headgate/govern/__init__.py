"""Govern: decisions a policy draws from findings: allow, block or unknown."""
