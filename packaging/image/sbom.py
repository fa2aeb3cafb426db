"""sbom.py PACKAGES SCREEN_SBOM RELEASE_TOML DOCUMENTS: what is in an image, as CycloneDX 1.6 on
standard output: Debian's packages with their licences, and what the screen's own package says that
it holds. DOCUMENTS is the image's /usr/share/doc."""

import json
import re
import sys
import tomllib
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

_CODENAMES = {"12": "bookworm", "13": "trixie"}
_OURS = uuid.UUID("6f6b54dc-3d44-5c0b-9a38-5b9f3c3c7d11")
_NAMED = re.compile(r"^License:[ \t]*(\S.*)$", re.MULTILINE)
_COMMON = re.compile(r"/usr/share/common-licenses/([A-Za-z]+(?:-[0-9]+(?:\.[0-9]+)*)?)")


def licences(text: str) -> list[str]:
    """Those that a Debian package's copyright file names, by the words of its own: in fields where
    it is written for machines (DEP 5), else by what it points to in common-licenses."""
    found = _NAMED.findall(text) if "copyright-format" in text[:400] else _COMMON.findall(text)
    return list(dict.fromkeys(name.strip() for name in found)) or ["see its copyright file"]


def _component(line: str, distro: str, documents: Path) -> dict[str, Any]:
    name, version, arch = line.split()
    by = "smartward" if name.startswith("smartward-") else "debian"
    # A Debian version may hold signs that mean something else in such an address.
    at = f"pkg:deb/{by}/{quote(name, safe='')}@{quote(version, safe='')}"
    address = f"{at}?arch={arch}&distro={distro}"
    try:
        text = (documents / name / "copyright").read_text("utf-8", errors="replace")
    except FileNotFoundError:
        text = ""
    return {
        "type": "library",
        "bom-ref": address,
        "name": name,
        "version": version,
        "purl": address,
        "licenses": [{"license": {"name": each}} for each in licences(text)],
    }


def bill(
    packages: str, screen: dict[str, Any], release: dict[str, Any], documents: Path
) -> dict[str, Any]:
    """`packages`: lines of name, version and architecture. The same for the same image."""
    product, version = release["compatible"], release["version"]
    distro = _CODENAMES[product.split("-")[-2]]
    lines = sorted(packages.splitlines())
    components = [*screen["components"], *(_component(each, distro, documents) for each in lines)]
    serial = uuid.uuid5(_OURS, "\n".join([product, version, *lines]))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "operating-system",
                "bom-ref": product,
                "name": product,
                "version": version,
            },
        },
        "components": components,
        "dependencies": [{"ref": product, "dependsOn": [each["bom-ref"] for each in components]}],
    }


if __name__ == "__main__":
    listed, screen_bill, of = (Path(word).read_text(encoding="utf-8") for word in sys.argv[1:4])
    written = bill(listed, json.loads(screen_bill), tomllib.loads(of), Path(sys.argv[4]))
    json.dump(written, sys.stdout, indent=1)
