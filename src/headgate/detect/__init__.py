"""Detect: findings about artifacts."""
