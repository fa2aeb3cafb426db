"""The image is closed: no console, no way to other rights, no way out but to the hub."""

from tests.image.vm import Machine
from tests.image.ward import Ward


def _commands(root: list[str], *names: str) -> list[str]:
    """Those of that name, whatever they lead to: a folder of documents may have it too."""
    paths = [line.split(maxsplit=5)[-1].partition(" -> ")[0] for line in root]
    parted = [path.rpartition("/") for path in paths]
    return ["/".join((at, name)) for at, _, name in parted if at.endswith("bin") and name in names]


def test_no_file_gives_other_rights(root: list[str]) -> None:
    files = [line.split()[0] for line in root if line.startswith("-")]
    assert len(files) > 1000
    assert not [line for line in root if line.startswith("-") and "s" in line.split()[0]]


def test_no_package_manager_is_left(root: list[str]) -> None:
    assert _commands(root, "systemctl")
    assert not _commands(
        root, "apt", "apt-get", "dpkg", "pip", "pip3", "perl", "gcc", "ssh", "sshd"
    )


def test_no_console_is_left(bedside: Machine) -> None:
    loaded = bedside.shell("systemctl list-units --plain --no-legend --no-pager | cut -d' ' -f1")
    assert "smartward-screen.service" in loaded
    assert "getty" not in loaded
    assert bedside.shell("cat /proc/sys/kernel/sysrq") == "0"
    assert bedside.shell("grep -c nologin /etc/passwd") != "0"
    assert ":/bin/bash" not in bedside.shell("cat /etc/passwd")


def test_nothing_listens_but_on_the_machine_itself(bedside: Machine) -> None:
    told = bedside.shell("ss -H -l -n -t -u")
    outside = [
        line.split()[4]
        for line in told.splitlines()
        if not line.split()[4].startswith(("127.", "[::1]"))
        and not line.split()[4].endswith((":68", ":546"))
    ]
    assert outside == []


def test_the_way_out_leads_to_the_hub_alone(bedside: Machine, ward: Ward) -> None:
    port = ward.url.rpartition(":")[2]
    hub = bedside.shell(f"bash -c 'exec 3<>/dev/tcp/10.0.2.2/{port}' && echo open")
    other = bedside.shell("bash -c 'exec 3<>/dev/tcp/10.0.2.2/22' 2>&1 && echo open")
    assert hub == "open"
    assert "open" not in other
    assert "10.0.2.2" in bedside.shell("nft list set inet smartward hubs4")


def test_secrets_are_read_by_their_program_alone(bedside: Machine) -> None:
    told = bedside.shell("stat -c '%a %U %n' /var/lib/smartward-screen /var/lib/smartward-screen/*")
    for line in told.splitlines():
        rights, owner, _ = line.split()
        assert owner == "smartward-screen"
        assert rights.endswith("00"), line


def test_the_root_forgets(bedside: Machine) -> None:
    assert "squashfs" in bedside.shell("grep /media/root /proc/mounts")
    assert bedside.shell("findmnt -no FSTYPE /") == "overlay"


def test_no_core_is_dumped(bedside: Machine) -> None:
    assert bedside.shell("cat /proc/sys/kernel/core_pattern") == "|/bin/false"
    assert bedside.shell("journalctl --header --no-pager | grep -c /var/log/journal") == "0"
