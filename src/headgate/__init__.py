"""Headgate: the recall system for open models."""

__version__ = "0.1.0"
