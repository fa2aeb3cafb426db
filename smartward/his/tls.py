"""Whom we trust at the other end of TLS, and who we say we are."""

import ssl
from dataclasses import dataclass

from smartward.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class Trust:
    """Files of TLS, as paths; empty ones are not used."""

    ca_file: str = ""
    """Authorities (PEM) that are trusted instead of the system's."""
    cert_file: str = ""
    """Our own certificate (PEM), where the server wants one."""
    key_file: str = ""
    """Its private key (PEM), without a password; empty: it is in `cert_file`."""

    def context(self, *, ourselves: bool = True) -> ssl.SSLContext:
        """What a TLS client needs. `ourselves` False: another server than the hospital's own is
        told of no certificate of ours.

        Raises Misconfigured when a file cannot be read or is not what it should be.
        """
        context = self._authorities()
        if ourselves and self.cert_file:
            self._own(context)
        return context

    def _authorities(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.ca_file or None)
        except (OSError, ValueError) as error:  # an SSLError is an OSError
            raise Misconfigured(
                "his.tls.ca", _why(error), file=self.ca_file, reason=_why(error)
            ) from error

    def _own(self, context: ssl.SSLContext) -> None:
        key_file = self.key_file or self.cert_file
        try:
            # Without a password of ours a locked key would be asked for at a terminal, for ever.
            context.load_cert_chain(self.cert_file, key_file, password="")
        except (OSError, ValueError) as error:
            raise Misconfigured(
                "his.tls.own",
                _why(error),
                file=self.cert_file,
                key_file=key_file,
                reason=_why(error),
            ) from error


def no_tls() -> ssl.SSLContext:
    """For a client that speaks no TLS: it trusts nobody, and costs no reading of authorities."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _why(error: OSError | ValueError) -> str:
    told = getattr(error, "strerror", None) or getattr(error, "reason", None)
    return str(told or type(error).__name__)


def failure(error: BaseException) -> str | None:
    """Why a handshake failed, found in what it was raised from; None: it was no matter of TLS."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return seen.verify_message
        if isinstance(seen, ssl.SSLError):
            return (seen.reason or "TLS").replace("_", " ").lower()
        seen = seen.__cause__ or seen.__context__
    return None
