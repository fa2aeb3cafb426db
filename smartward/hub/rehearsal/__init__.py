"""The ward's own past, played again through the real engine under other rules."""
