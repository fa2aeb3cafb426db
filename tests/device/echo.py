"""A child that says again what it is told, until it is told to end."""

import sys

from smartward.device.child_link import link_to_parent

if __name__ == "__main__":
    link = link_to_parent(int(sys.argv[1]), int(sys.argv[2]))
    while (message := link.recv_bytes()) != b"end":
        link.send_bytes(message)
