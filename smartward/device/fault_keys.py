"""Text keys of what is wrong at an image's device, for whoever tells of it without looking for it.

Beside those who look, for a station that counts faults draws its first frame without them.
"""

LIST_FAULT = "screen.fault.usb"
"""Of what the house lists for this device some is left out."""
START_FAULT = "screen.fault.start_partition"
"""It, or a file on it, cannot be read."""
LOG_FAULT = "screen.fault.log_server"
"""Nothing of the device's log goes there."""
