"""A short fingerprint of a document's body: it differs whenever the body does."""

import hashlib

import msgspec

_encoder = msgspec.json.Encoder(order="deterministic")


def version_of(body: object) -> str:
    """16 hexadecimal digits."""
    return hashlib.blake2b(_encoder.encode(body), digest_size=8).hexdigest()
