"""The bill of materials: what is packed, with versions, licences and hashes (CycloneDX 1.6)."""

import hashlib
import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import notices
from pip._vendor.packaging.utils import canonicalize_name, parse_wheel_filename

if TYPE_CHECKING:
    from build import Build

_OURS = uuid.UUID("6f6b54dc-3d44-5c0b-9a38-5b9f3c3c7d11")


def _component(info: Path, wheels: dict[str, Path]) -> dict[str, Any]:
    told = notices.metadata(info)
    name, version = canonicalize_name(told["Name"]), str(told["Version"])
    address = f"pkg:pypi/{name}@{quote(version, safe='')}"
    found: dict[str, Any] = {
        "type": "library",
        "bom-ref": address,
        "name": name,
        "version": version,
        "purl": address,
        "licenses": [{"license": {"name": notices.licence(told)}}],
    }
    wheel = wheels.get(name)
    if wheel is not None:
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        found["hashes"] = [{"alg": "SHA-256", "content": digest}]
    return found


def write(packages: Path, wheels: list[Path], file: Path, product: str, build: "Build") -> None:
    """The bill of what lies in `packages`, made of `wheels`; the same for the same commit."""
    by_name = {str(parse_wheel_filename(each.name)[0]): each for each in wheels}
    components = [_component(info, by_name) for info in sorted(packages.glob("*.dist-info"))]
    serial = uuid.uuid5(_OURS, f"{product} {build.version} {build.arch}")
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(build.epoch, UTC).isoformat(),
            "component": {
                "type": "application",
                "bom-ref": product,
                "name": product,
                "version": build.version,
                "properties": [{"name": "smartward:commit", "value": build.commit}],
            },
        },
        "components": [each for each in components if each["name"] != "smartward"],
        "dependencies": [
            {
                "ref": product,
                "dependsOn": [e["bom-ref"] for e in components if e["name"] != "smartward"],
            }
        ],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(bill, indent=1) + "\n", encoding="utf-8")
