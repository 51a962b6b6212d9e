"""Report: the workspace as a page, as JSON and as text, sensitive findings as aggregates only."""
