"""Protecting: pictures read and written, the private key, and trials of how far a protection holds."""
