"""`smartward his key`: the hub's key for smart access; what the hospital needs of it."""

import argparse
import json
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from smartward.config import load, pairs
from smartward.his.connect import signing_key


def make(file: Path) -> None:
    """A new key (EC P-384) in a file that only its owner can read. Raises OSError when the file is
    there already, or cannot be written."""
    key = ec.generate_private_key(ec.SECP384R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as opened:
        opened.write(pem)


def main(argv: list[str]) -> int:
    """Print the public half as a JWK set. Raises Misconfigured for what is no such key."""
    parser = argparse.ArgumentParser(prog="smartward his key", description=__doc__)
    parser.add_argument("--config", type=Path, help="the hub's settings file (TOML)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--new", type=Path, metavar="FILE", help="make a key in this file first")
    given = parser.parse_args(argv)
    values = pairs(given.set)
    if given.new is not None:
        make(given.new)
        values["his_secret_file"] = str(given.new)
    key = signing_key(load(given.config, values))
    print(json.dumps({"keys": [key.public()]}, indent=2))
    return 0
