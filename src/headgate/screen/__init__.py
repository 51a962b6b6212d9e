"""Screen the items of one dataset: a score for each, and what that says of the whole."""
