"""What the learning detectors share: the lineage as arrays, words, propagated features, models, evidence."""
