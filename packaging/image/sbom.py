"""sbom.py PACKAGES SCREEN_SBOM RELEASE_TOML: what is in an image, as CycloneDX 1.6 on standard
output: Debian's packages, and what the screen's own package says that it holds."""

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

_CODENAMES = {"12": "bookworm", "13": "trixie"}


def bill(packages: str, screen: dict[str, Any], release: dict[str, Any]) -> dict[str, Any]:
    """`packages`: lines of name, version and architecture."""
    number = release["compatible"].split("-")[-2]
    distro = _CODENAMES[number]
    components = list(screen.get("components", []))
    for line in sorted(packages.splitlines()):
        name, version, arch = line.split()
        purl = f"pkg:deb/debian/{name}@{version}?arch={arch}&distro={distro}"
        components.append(
            {"type": "library", "name": name, "version": version, "purl": purl, "bom-ref": purl}
        )
    whole = {"type": "operating-system", "name": release["compatible"]}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": whole | {"version": release["version"]}},
        "components": components,
    }


if __name__ == "__main__":
    listed, screen_bill, of = (Path(word).read_text(encoding="utf-8") for word in sys.argv[1:])
    json.dump(bill(listed, json.loads(screen_bill), tomllib.loads(of)), sys.stdout, indent=1)
