"""The ward in plain values and pure functions: standard library only, no I/O, no clock, no Qt."""
