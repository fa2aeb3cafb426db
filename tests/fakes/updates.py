"""Updates as a house makes them: a key of its own, and a bundle made and signed by RAUC."""

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

COMPATIBLE = "smartward-screen-12-amd64"
_MANIFEST = """\
[update]
compatible={compatible}
version={version}
build=test

[bundle]
format={form}

[image.rootfs]
filename=root.img
"""


@dataclass(frozen=True, slots=True)
class Signer:
    """A key and its certificate, as files (PEM)."""

    key: Path
    certificate: Path


def signer(folder: Path, name: str = "updates") -> Signer:
    """A key that whoever wants may sign updates with."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=36500))
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    made = Signer(folder / f"{name}.key", folder / f"{name}.pem")
    made.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    made.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return made


def bundle(
    folder: Path,
    by: Signer,
    version: str = "2.0",
    compatible: str = COMPATIBLE,
    form: str = "verity",
) -> Path:
    """A bundle whose root is a few bytes long."""
    inside = folder / f"inside-{version}"
    inside.mkdir(parents=True)
    (inside / "root.img").write_bytes(Random(version).randbytes(300_000))
    for name in ("vmlinuz", "initrd", "entry.conf"):
        (inside / name).write_text(f"{name} of {version}\n")
    told = _MANIFEST.format(compatible=compatible, version=version, form=form)
    (inside / "manifest.raucm").write_text(told)
    file = folder / f"{compatible}-{version}.raucb"
    words = ["rauc", "bundle", "--cert", by.certificate, "--key", by.key, inside, file]
    subprocess.run(list(map(str, words)), check=True, capture_output=True)
    return file
