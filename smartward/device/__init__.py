"""What a screen sounds like, speaks with and is touched by; used by `smartward.screen` alone."""
