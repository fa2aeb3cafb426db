"""The words of a direct call, sealed and signed: who said them, to whom, once.

X25519 with a key of this connection on either side, ChaCha20-Poly1305 for the boxes, Ed25519 (the
devices' own keys) over everything said so far. Who listens on the cable reads nothing, who records
it can say nothing a second time, and who stands between both is not believed. Nothing travels here;
every function raises Unproved for what is not what it must be.
"""

import os
from datetime import datetime
from typing import TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from smartward.device_key import DeviceKey, verify
from smartward.screen.peer_records import Word
from smartward.wire.peer import (
    VERSION,
    DirectCall,
    DirectReceipt,
    Hello,
    Sealed,
    Signed,
    word_digest,
)

_HELLO = b"smartward direct call 1: hello\0"
_RECEIPT = b"smartward direct call 1: receipt\0"
_ONCE = bytes(12)
"""Each key seals one box only."""
_KEY_BYTES = 32

M = TypeVar("M", DirectCall, DirectReceipt)


class Unproved(Exception):
    """What was said is not proved to be of who it says, or is nothing one could say."""


def _digest(*parts: bytes) -> bytes:
    """One digest of several parts, of which none can be taken for a part of another."""
    made = Hash(SHA256())
    for part in parts:
        made.update(len(part).to_bytes(4, "big") + part)
    return made.finalize()


class Connection:
    """One exchange, from either side, from the moment at which both keys are known."""

    def __init__(self, own: X25519PrivateKey, theirs: bytes, hello: Hello, sender_key: bytes):
        """Raises Unproved for a key that is none."""
        try:
            shared = own.exchange(X25519PublicKey.from_public_bytes(theirs))
        except ValueError as error:
            raise Unproved("no key") from error
        said = (hello.receiver.encode(), hello.challenge, hello.key, hello.signature, sender_key)
        self._said = _digest(_HELLO, *said)
        keys = HKDF(SHA256(), 2 * _KEY_BYTES, salt=self._said, info=_HELLO).derive(shared)
        self._call = ChaCha20Poly1305(keys[:_KEY_BYTES])
        self._receipt = ChaCha20Poly1305(keys[_KEY_BYTES:])

    def _seal(self, key: DeviceKey, box: ChaCha20Poly1305, digest: bytes, body: bytes) -> bytes:
        signed = Signed(body=msgspec.Raw(body), signature=key.sign(digest))
        return box.encrypt(_ONCE, msgspec.json.encode(signed), self._said)

    def _open(self, box: ChaCha20Poly1305, sealed: bytes) -> Signed:
        try:
            return msgspec.json.decode(box.decrypt(_ONCE, sealed, self._said), type=Signed)
        except (InvalidTag, msgspec.DecodeError, ValueError) as error:
            raise Unproved("the box does not open") from error

    def seal_call(self, key: DeviceKey, call: DirectCall) -> bytes:
        """The box of a call."""
        body = msgspec.json.encode(call)
        return self._seal(key, self._call, word_digest(self._said, body), body)

    def open_call(self, sealed: bytes) -> "SaidCall":
        """What is in it; whose it is remains to be proved."""
        signed = self._open(self._call, sealed)
        return SaidCall(_read(signed, DirectCall), signed, self._said)

    def seal_receipt(self, key: DeviceKey, receipt: DirectReceipt) -> bytes:
        """The box of a receipt."""
        body = msgspec.json.encode(receipt)
        return self._seal(key, self._receipt, _digest(_RECEIPT, self._said, body), body)

    def open_receipt(self, public: str, sealed: bytes) -> DirectReceipt:
        """The receipt of the device with this public key."""
        signed = self._open(self._receipt, sealed)
        if not verify(public, _digest(_RECEIPT, self._said, signed.body), signed.signature):
            raise Unproved("the receipt is not of whom it should be")
        return _read(signed, DirectReceipt)


class SaidCall:
    """A call that was opened."""

    def __init__(self, call: DirectCall, signed: Signed, said: bytes) -> None:
        self.call = call
        self._signed = signed
        self._said = said

    def is_of(self, public: str) -> bool:
        """Whether the device with this public key said it, in this very connection."""
        digest = word_digest(self._said, bytes(self._signed.body))
        return verify(public, digest, self._signed.signature)

    def word(self, at: datetime) -> Word:
        """The same to be kept, heard at `at`."""
        body = bytes(self._signed.body).decode()
        return Word(said=self._said, body=body, signature=self._signed.signature, at=at)


def _read(signed: Signed, kind: type[M]) -> M:
    try:
        return msgspec.json.decode(signed.body, type=kind)
    except msgspec.DecodeError as error:
        raise Unproved(f"no {kind.__name__}") from error


class Greeting:
    """The receiver's side of one connection."""

    def __init__(self, key: DeviceKey, device_id: str) -> None:
        self._own = X25519PrivateKey.generate()
        challenge, public = os.urandom(32), self._own.public_key().public_bytes_raw()
        signature = key.sign(_digest(_HELLO, device_id.encode(), challenge, public))
        self.hello = Hello(
            version=VERSION,
            receiver=device_id,
            challenge=challenge,
            key=public,
            signature=signature,
        )

    def answered(self, sealed: Sealed) -> Connection:
        """The connection, once the sender has said its key. Raises Unproved."""
        return Connection(self._own, sealed.key, self.hello, sealed.key)


def greeted(hello: Hello, receiver: str, public: str) -> tuple[Connection, bytes]:
    """The sender's side: the connection and the key to be told. Raises Unproved where the hello is
    not that of `receiver`, whose public key is `public`."""
    said = _digest(_HELLO, hello.receiver.encode(), hello.challenge, hello.key)
    if hello.version != VERSION or hello.receiver != receiver:
        raise Unproved("another device answers there")
    if not verify(public, said, hello.signature):
        raise Unproved("the hello is not of whom it should be")
    own = X25519PrivateKey.generate()
    key = own.public_key().public_bytes_raw()
    return Connection(own, hello.key, hello, key), key
