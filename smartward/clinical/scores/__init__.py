"""Scores that rules and screens use: tables as data, what is missing is never zero."""
