"""What the image methods share: decoding with bounds, perceptual hashes, encoders, probes."""
