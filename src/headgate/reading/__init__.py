"""Datasets as they lie on a disk: found, cut into shards, and read as batches of items."""
