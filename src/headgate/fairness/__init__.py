"""Fairness of decisions between groups: counts, measures, intervals, thresholds. Arrays in, arrays out."""
