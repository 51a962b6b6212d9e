"""Indicators of misuse in the usage log of one's own service: rules, the log, patterns, a queue of pseudonyms."""
