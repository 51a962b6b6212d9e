"""Two lineage graphs beside each other without matching names: statistics of nodes, spectra, sketches, attributes."""
