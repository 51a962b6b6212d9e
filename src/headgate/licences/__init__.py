"""Licences as data: which there are, how they are spelled, what they demand, and what a text says."""
