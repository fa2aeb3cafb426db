"""Figures that anyone can run, each beside its limit."""
