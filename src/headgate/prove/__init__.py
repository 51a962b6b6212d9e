"""A removal put to the test, beside a model that never saw the forget set. One file a test."""
