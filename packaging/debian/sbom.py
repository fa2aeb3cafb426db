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

_Part = dict[str, Any]
_OURS = uuid.UUID("6f6b54dc-3d44-5c0b-9a38-5b9f3c3c7d11")


def _sha256(file: Path) -> list[dict[str, str]]:
    return [{"alg": "SHA-256", "content": hashlib.sha256(file.read_bytes()).hexdigest()}]


def _licences(told: list[_Part]) -> list[_Part]:
    """By name, in whichever of its forms CycloneDX has them."""
    named = (one.get("license", {}) for one in told)
    names = [one.get("id") or one.get("name") for one in named]
    names += [one.get("expression") for one in told]
    return [{"license": {"name": each}} for each in names if each]


def _inside(info: Path, address: str) -> list[_Part]:
    """What a wheel has of others: what its makers tell (PEP 770), as the OpenSSL that is linked
    into it, and each library that lies beside it in a folder of its own, told or not."""
    found: dict[str, _Part] = {}
    own = info.name.partition("-")[0]
    for bill in sorted(info.glob("sboms/*.json")):
        for one in json.loads(bill.read_text(encoding="utf-8")).get("components", []):
            # Where it was built from a folder, its address tells that folder.
            purl = one.get("purl", "").partition("?download_url=file:")[0]
            if canonicalize_name(one["name"]) == canonicalize_name(own):
                continue
            part = {"type": one["type"], "name": one["name"], "version": one.get("version", "")}
            part |= {"purl": purl, "licenses": _licences(one.get("licenses", []))}
            ref = f"{address}#{purl or one['name']}"
            found[ref] = {"bom-ref": ref} | {name: value for name, value in part.items() if value}
    for file in sorted((info.parent / f"{own}.libs").glob("*.so*")):
        ref = f"{address}#{file.name}"
        found[ref] = {"bom-ref": ref, "type": "file", "name": file.name, "hashes": _sha256(file)}
    return list(found.values())


def _component(info: Path, wheels: dict[str, Path]) -> _Part:
    told = notices.metadata(info)
    name, version = canonicalize_name(told["Name"]), str(told["Version"])
    address = f"pkg:pypi/{name}@{quote(version, safe='')}"
    found: _Part = {
        "type": "library",
        "bom-ref": address,
        "name": name,
        "version": version,
        "purl": address,
        "licenses": [{"license": {"name": notices.licence(told)}}],
    }
    wheel = wheels.get(name)
    if wheel is not None:
        found["hashes"] = _sha256(wheel)
    inside = _inside(info, address)
    return found | ({"components": inside} if inside else {})


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
