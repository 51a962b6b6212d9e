"""Drift: what a variant says beside its base on the same prompts, judged, and how surely they differ."""
