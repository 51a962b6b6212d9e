"""Synthetic data: how far a synthetic table can be trusted, by dimension."""
