"""The bills of materials that the packages and the image come with: CycloneDX 1.6, by the rules of
its schema (bom-1.6.schema.json) for all that ours hold."""

import importlib
import json
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging" / "debian"))
sbom: Any = importlib.import_module("sbom")
sys.path.pop(0)
IMAGE_BILL = ROOT / "packaging" / "image" / "sbom.py"

TOP = {"$schema", "bomFormat", "specVersion", "serialNumber", "version", "metadata"}
TOP |= {"components", "dependencies"}
COMPONENT = {"type", "bom-ref", "name", "version", "purl", "licenses", "hashes", "properties"}
COMPONENT |= {"components"}
TYPES = {"library", "application", "operating-system"}
SERIAL = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def check(bill: dict[str, Any]) -> None:
    """Raises AssertionError for what the schema does not allow, or what is no use to its reader."""
    assert set(bill) <= TOP, "the schema allows nothing else"
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert bill["$schema"].endswith("/bom-1.6.schema.json")
    assert SERIAL.fullmatch(bill["serialNumber"])
    if "timestamp" in bill["metadata"]:
        assert datetime.fromisoformat(bill["metadata"]["timestamp"]).tzinfo is not None
    whole = bill["metadata"]["component"]
    everything = [whole, *bill["components"]]
    for one in everything:
        assert set(one) <= COMPONENT, one["name"]
        assert one["type"] in TYPES
        assert all(one[field] for field in ("name", "version", "bom-ref")), one
    inside = [part for one in bill["components"] for part in one.get("components", [])]
    for one in inside:
        assert set(one) <= COMPONENT, one["name"]
        assert one["type"] in TYPES | {"file"}
        assert all(one.values()), one
    refs = [one["bom-ref"] for one in everything]
    every = [*refs, *(one["bom-ref"] for one in inside)]
    assert len(set(every)) == len(every), "the schema asks for references that are of one each"
    for one in bill["components"]:
        check_address(one)
        assert one["licenses"], one["name"]
        for each in one["licenses"]:
            assert set(each) == {"license"}
            assert set(each["license"]) == {"name"}
            assert 0 < len(each["license"]["name"]) < 100
        for each in one.get("hashes", []):
            assert each["alg"] == "SHA-256"
            assert re.fullmatch("[0-9a-f]{64}", each["content"])
    (depends,) = bill["dependencies"]
    assert depends["ref"] == whole["bom-ref"]
    assert depends["dependsOn"] == refs[1:]
    assert not re.search(r'"(/|file:|[A-Za-z]:\\)|=file:', json.dumps(bill)), "a path of a machine"


def check_address(one: dict[str, Any]) -> None:
    """Its package URL, taken apart, is the same package."""
    url = urlsplit(one["purl"])
    assert (url.scheme, url.fragment) == ("pkg", "")
    kind, _, rest = url.path.partition("/")
    name, _, version = rest.rpartition("/")[2].partition("@")
    assert re.fullmatch(r"[A-Za-z0-9._~%-]+", version), one["purl"]
    assert (unquote(name), unquote(version)) == (one["name"], one["version"])
    if kind == "deb":
        assert rest.startswith(("debian/", "smartward/"))
        assert set(parse_qs(url.query)) == {"arch", "distro"}
    else:
        assert (kind, url.query) == ("pypi", "")
        assert name == name.lower()


TOLD = {
    "bomFormat": "CycloneDX",
    "components": [
        {
            "type": "library",
            "name": "openssl",
            "version": "4.0.3",
            "purl": "pkg:generic/openssl@4.0.3?download_url=https://example.org/openssl.tar.gz",
        },
        {
            "type": "library",
            "bom-ref": "path+file:///somebodys/machine",
            "name": "pem",
            "version": "4.0.0",
            "purl": "pkg:cargo/pem@4.0.0?download_url=file:///somebodys/machine",
            "licenses": [{"expression": "MIT OR Apache-2.0"}],
        },
        {"type": "library", "name": "msg-spec", "version": "0.18.6"},
    ],
}
"""Of a wheel's makers, beside what their build told of itself."""
METADATA = {
    "Msg_Spec-0.18.6": "Name: Msg_Spec\nVersion: 0.18.6\nLicense-Expression: BSD-3-Clause\n",
    "qt-6.8.1": "Name: qt\nVersion: 6.8.1\nLicense: LGPL\n",
    "zoned-2.9.0.post0": "Name: zoned\nVersion: 2.9.0.post0\n"
    "Classifier: License :: OSI Approved :: MIT License\n",
    "built-1.0+local.3": "Name: built\nVersion: 1.0+local.3\nLicense: MIT\n",
    "smartward-0.4": "Name: smartward\nVersion: 0.4\nLicense: ours\n",
}


@pytest.fixture
def of_package(tmp_path: Path) -> Path:
    """The bill of a made-up package, by what writes that of the real ones."""
    packages, wheels = tmp_path / "packages", []
    for name, text in METADATA.items():
        info = packages / f"{name}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\n{text}")
        wheels.append(tmp_path / f"{name}-py3-none-any.whl")
        wheels[-1].write_bytes(name.encode())
    (packages / "Msg_Spec-0.18.6.dist-info" / "sboms").mkdir()
    (packages / "Msg_Spec-0.18.6.dist-info" / "sboms" / "rust.json").write_text(json.dumps(TOLD))
    (packages / "qt.libs").mkdir()
    (packages / "qt.libs" / "libicu-1a2b.so.73").write_bytes(b"a library")
    made = SimpleNamespace(version="0.4~deb12", arch="amd64", epoch=1_700_000_000, commit="c0ffee")
    file = tmp_path / "doc" / "sbom.cdx.json"
    sbom.write(packages, wheels, file, "smartward-screen", made)
    return file


def test_a_packages_bill_is_one(of_package: Path) -> None:
    bill = json.loads(of_package.read_text())
    check(bill)
    found = {one["name"]: one for one in bill["components"]}
    assert found.keys() == {"msg-spec", "qt", "zoned", "built"}  # itself is no part of itself
    said = {name: one["licenses"][0]["license"]["name"] for name, one in found.items()}
    assert said == {
        "msg-spec": "BSD-3-Clause",
        "qt": "LGPL",
        "zoned": "MIT License",
        "built": "MIT",
    }
    assert all(one["hashes"] for one in found.values())
    assert found["built"]["purl"] == "pkg:pypi/built@1.0%2Blocal.3"


def test_a_packages_bill_tells_what_its_wheels_have_of_others(of_package: Path) -> None:
    bill = json.loads(of_package.read_text())
    inside = {
        one["name"]: {part["name"]: part for part in one["components"]}
        for one in bill["components"]
        if "components" in one
    }
    assert inside.keys() == {"msg-spec", "qt"}
    assert inside["msg-spec"].keys() == {"openssl", "pem"}  # itself is no part of itself
    assert inside["msg-spec"]["openssl"]["version"] == "4.0.3"
    pem = inside["msg-spec"]["pem"]
    assert (pem["purl"], pem["licenses"]) == (
        "pkg:cargo/pem@4.0.0",
        [{"license": {"name": "MIT OR Apache-2.0"}}],
    )
    library = inside["qt"]["libicu-1a2b.so.73"]
    assert (library["type"], len(library["hashes"])) == ("file", 1)


DEP5 = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Files: *
License: GPL-2+
Files: debian/*
License: MIT
License: GPL-2+
 This program is free software
"""
OLD = "On Debian systems the text is in /usr/share/common-licenses/LGPL-2.1.\n"


def test_an_images_bill_is_one(of_package: Path, tmp_path: Path) -> None:
    listed, release, documents = (tmp_path / name for name in ("packages.txt", "r.toml", "docs"))
    listed.write_text(
        "udev 252.39-1~deb12u2 amd64\nlibstdc++6 12.2.0-14+deb12u1 amd64\n"
        "login 1:4.13+dfsg1-1+b1 amd64\nsmartward-screen 0.4~deb12 amd64\n"
    )
    release.write_text('compatible = "smartward-screen-12-amd64"\nversion = "0.4~deb12"\n')
    for name, text in (("udev", DEP5), ("login", OLD)):
        (documents / name).mkdir(parents=True)
        (documents / name / "copyright").write_text(text)
    words = [sys.executable, *map(str, (IMAGE_BILL, listed, of_package, release, documents))]
    written = [subprocess.run(words, check=True, capture_output=True).stdout for _ in range(2)]
    assert written[0] == written[1], "the same image has the same bill"
    bill = json.loads(written[0])
    check(bill)
    found = {one["name"]: one for one in bill["components"]}
    assert found.keys() == {
        *("udev", "libstdc++6", "login", "smartward-screen"),
        *("msg-spec", "qt", "zoned", "built"),
    }
    assert "login@1%3A4.13%2Bdfsg1-1%2Bb1?arch=amd64&distro=bookworm" in found["login"]["purl"]
    assert "/libstdc%2B%2B6@" in found["libstdc++6"]["purl"]
    said = {
        name: [each["license"]["name"] for each in found[name]["licenses"]]
        for name in ("udev", "login", "libstdc++6")
    }
    assert said == {
        "udev": ["GPL-2+", "MIT"],
        "login": ["LGPL-2.1"],
        "libstdc++6": ["see its copyright file"],
    }
