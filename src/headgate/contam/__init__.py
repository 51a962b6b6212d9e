"""Whether a corpus contains a benchmark: n-gram search, scores, and what a model gained by it."""
