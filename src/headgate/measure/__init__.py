"""Measure: what changed, against a reference."""
