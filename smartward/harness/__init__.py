"""Drives real programs the same way for tests, demo, pictures and bench."""
