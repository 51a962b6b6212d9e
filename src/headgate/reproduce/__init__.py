"""Published figures worked out again from their data: one file for each publication, its `reproduce` does it."""
