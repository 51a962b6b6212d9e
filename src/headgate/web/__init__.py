"""The dashboard: pages over a workspace, each with a JSON twin at the same address. `headgate serve` runs it."""
