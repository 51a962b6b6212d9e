"""Queries: how much an endpoint that answers counts tells of one person; of own endpoints in this process only."""
