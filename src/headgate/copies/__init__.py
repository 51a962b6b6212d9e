"""Copies and near copies of texts and images, and tight groups of items."""
