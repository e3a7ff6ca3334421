# SPDX-License-Identifier: BSD-3-Clause
"""nimbl bind: what it lists, what it refuses, and that devices never end up without a driver."""

import contextlib
import os

import pytest

from machines import Kernel, PCI, machine
from nimbl_e2e import nimbl

NIC = "0000:03:00.0"
OTHER = "0000:04:00.0"


@contextlib.contextmanager
def two_nics(**options):
    """Two with the kernel's ixgbe, eth1 and eth2, and a kernel that does what drivers are told."""
    with machine() as made_up:
        made_up.nic(NIC, driver="ixgbe", node=0, group=11, interface="eth1")
        made_up.nic(OTHER, driver="ixgbe", node=0, group=14, interface="eth2")
        with Kernel(made_up, **options) as kernel:
            yield made_up, kernel


def driver(made_up, address):
    link = made_up.path(f"{PCI}/devices/{address}/driver")
    return os.path.basename(os.readlink(link)) if os.path.islink(link) else ""


def check_refused(done, cause, mend):
    assert done.returncode == 3, done.stdout + done.stderr
    first, second = done.stderr.splitlines()
    assert first.startswith("nimbl: " + cause), first
    assert second.startswith("  mend: " + mend), second


def test_list():
    with machine() as made_up:
        made_up.nic(OTHER, driver="ixgbe", group=14, interface="eth2")
        made_up.route("eth2")
        made_up.write("/usr/share/misc/pci.ids", "0eac  Somebody\n8086  Intel Corporation\n"
                      "\t10fa  Other\n\t10fb  82599ES Network\n8087  Else\n\t10fb  Wrong\n")
        done = made_up.nimbl("bind")
        assert done.returncode == 0 and done.stderr == ""
        header, *rows = done.stdout.splitlines()
        assert header.split()[:3] == ["address", "device", "driver"]
        assert [row.split()[0] for row in rows] == [NIC, OTHER, "0000:83:00.0"]
        assert "Intel Corporation 82599ES Network" in rows[0] and "vfio-pci" in rows[0]
        assert "it has the default route of this machine" in rows[1] and "10 Gbit/s" in rows[1]
        devices = made_up.json("bind", "--list")["devices"]
        assert [device["address"] for device in devices] == [NIC, OTHER, "0000:83:00.0"]
        assert devices[1]["interfaces"] == [{
            "name": "eth2", "up": True, "state": "up", "mbps": 10000,
            "use": "it has the default route of this machine"}]
        assert devices[0]["dpdk_driver"] == "net_ixgbe" and devices[0]["installed"]
        assert devices[0]["package"] == "librte-net-ixgbe23"
        assert (devices[2]["node"], devices[2]["group"]) == (1, 12)


def test_list_of_this_machine():
    done = nimbl("bind")
    assert done.returncode == 0, done.stderr
    base = "/sys/bus/pci/devices"
    for address in os.listdir(base) if os.path.isdir(base) else []:
        with open(f"{base}/{address}/class", encoding="ascii") as kind:
            is_network = kind.read().startswith("0x02")
        assert (address in done.stdout) == is_network


def test_there_and_back():
    with two_nics() as (made_up, kernel):
        done = made_up.nimbl("bind", "03:00.0", "eth2")
        assert done.returncode == 0, done.stderr
        assert done.stdout == (f"{NIC}: ixgbe -> vfio-pci, interface eth1 goes away\n"
                               f"{OTHER}: ixgbe -> vfio-pci, interface eth2 goes away\n")
        assert [driver(made_up, nic) for nic in (NIC, OTHER)] == ["vfio-pci"] * 2
        done = made_up.nimbl("bind", NIC, "--unbind")
        assert (done.returncode, done.stdout) == (0, f"{NIC}: vfio-pci -> ixgbe\n")
        assert made_up.read(f"{PCI}/devices/{NIC}/driver_override").strip() == ""
        assert driver(made_up, OTHER) == "vfio-pci"
        assert kernel.log == [f"{NIC} leaves ixgbe", f"{NIC} joins vfio-pci",
                              f"{OTHER} leaves ixgbe", f"{OTHER} joins vfio-pci",
                              f"{NIC} leaves vfio-pci", f"{NIC} joins ixgbe"]


def test_back_to_no_driver():
    """The kernel has none for it: that is where it came from."""
    with two_nics(refuse=["ixgbe"]) as (made_up, _):
        made_up.remove(f"{PCI}/devices/{NIC}/driver")
        done = made_up.nimbl("bind", NIC)
        assert (done.returncode, done.stdout) == (
            0, f"{NIC}: no driver -> vfio-pci, interface eth1 goes away\n")
        done = made_up.nimbl("bind", NIC, "--unbind")
        assert (done.returncode, done.stdout) == (0, f"{NIC}: vfio-pci -> no driver\n")


def test_bound_already():
    with two_nics() as (made_up, kernel):
        done = made_up.nimbl("bind", "0000:83:00.0")
        assert (done.returncode, done.stdout) == (0, "0000:83:00.0: vfio-pci -> vfio-pci\n")
        assert kernel.log == []


def test_dry_run():
    with two_nics() as (made_up, kernel):
        done = made_up.nimbl("bind", NIC, "--dry-run", "--persist")
        assert done.stdout == (f"would do: {NIC}: ixgbe -> vfio-pci, interface eth1 goes away, "
                               "and after each start of the machine\n")
        answer = made_up.json("bind", NIC, "--unbind", "--dry-run")
        assert answer == {"schema": "nimbl.bind/1", "dry_run": True, "changes": [
            {"address": NIC, "from": "ixgbe", "to": "the kernel's own driver",
             "persistent": False}]}
        assert kernel.log == []
        assert made_up.read("/etc/dpdk/interfaces") == "# bus\tid\tdriver\n"


USES = {
    "default route": (lambda made_up: made_up.route("eth1"),
                      "it has the default route of this machine"),
    "route": (lambda made_up: made_up.route("eth1", "0002A8C0"), "it has IPv4 routes"),
    "IPv6": (lambda made_up: made_up.write(
        "/proc/net/if_inet6", "20010db8000000000000000000000001 02 40 00 80     eth1\n"),
             "it has IPv6 addresses"),
    "bridge": (lambda made_up: made_up.link(f"{PCI}/devices/{NIC}/net/eth1/master", "../br0"),
               "part of br0"),
}


@pytest.mark.parametrize("use", USES)
def test_used_by_the_machine(use):
    change, reason = USES[use]
    with two_nics() as (made_up, kernel):
        change(made_up)
        check_refused(made_up.nimbl("bind", OTHER, NIC),
                      f"{NIC} is eth1, which this machine uses: {reason}",
                      "take another device, or what it has off it first; --force")
        assert kernel.log == [] and driver(made_up, OTHER) == "ixgbe"
        assert made_up.nimbl("bind", "eth1", "--force").returncode == 0
        assert driver(made_up, NIC) == "vfio-pci"


def test_link_local_is_no_use():
    with two_nics() as (made_up, _):
        made_up.write("/proc/net/if_inet6", "fe800000000000000000000000000001 02 40 20 80 eth1\n")
        assert made_up.nimbl("bind", NIC).returncode == 0


def test_back_when_refused():
    with two_nics(refuse=["vfio-pci"]) as (made_up, kernel):
        check_refused(made_up.nimbl("bind", NIC),
                      f"{NIC}: vfio-pci did not take it; it is with ixgbe",
                      "the kernel says why: sudo dmesg")
        assert driver(made_up, NIC) == "ixgbe"
        assert made_up.read(f"{PCI}/devices/{NIC}/driver_override").strip() == ""
        assert kernel.log == [f"{NIC} leaves ixgbe", f"{NIC} joins ixgbe"]


def test_all_back_when_one_fails():
    with two_nics() as (made_up, _):
        made_up.remove(f"{PCI}/devices/{OTHER}/driver_override")
        done = made_up.nimbl("bind", NIC, OTHER)
        check_refused(done, f"{OTHER} cannot be given to another driver: No such file",
                      "the kernel says more: sudo dmesg")
        assert done.stderr.splitlines()[0].endswith("; the others are with their drivers again")
        assert [driver(made_up, nic) for nic in (NIC, OTHER)] == ["ixgbe"] * 2


def test_without_iommu():
    with machine() as made_up:
        made_up.nic(OTHER, driver="ixgbe")
        with Kernel(made_up, refuse=["vfio-pci"]):
            check_refused(made_up.nimbl("bind", OTHER), f"{OTHER}: vfio-pci did not take it",
                          "it has no IOMMU group: turn the IOMMU on")


def test_driver_not_loaded():
    with two_nics() as (made_up, kernel):
        check_refused(made_up.nimbl("bind", NIC, "--driver", "uio_pci_generic"),
                      f"{NIC}: the kernel has no driver uio_pci_generic loaded",
                      "sudo modprobe uio_pci_generic")
        assert kernel.log == []


def test_unknown_device():
    with machine() as made_up:
        for word in ("0000:99:00.0", "nosuch0", "\033[31m"):
            check_refused(made_up.nimbl("bind", word), "there is no network device '",
                          f"there are: {NIC} 0000:83:00.0")


def test_shared_group():
    with two_nics() as (made_up, _):
        made_up.nic("0000:03:00.1", driver="i40e", group=11)
        made_up.nic("0000:03:00.2", driver="pcieport", group=11, kind="0x060400")
        done = made_up.nimbl("bind", NIC)
        assert done.returncode == 1
        assert done.stdout.startswith(f"{NIC}: ixgbe -> vfio-pci")
        assert done.stderr.splitlines()[0] == (
            f"nimbl: {NIC} shares IOMMU group 11 with 0000:03:00.1 (i40e): vfio gives out whole "
            "groups")
        assert made_up.nimbl("bind", NIC, "0000:03:00.1").returncode == 0


def test_persistent():
    with two_nics() as (made_up, _):
        table = "# bus\tid\tdriver\npci\t0000:05:00.0\tigb_uio\n"
        made_up.write("/etc/dpdk/interfaces", table + f"pci {NIC} uio_pci_generic")
        assert made_up.nimbl("bind", NIC, "--persist").returncode == 0
        assert made_up.read("/etc/dpdk/interfaces") == table + f"pci\t{NIC}\tvfio-pci\n"
        assert made_up.json("bind")["devices"][0]["persistent"] == "vfio-pci"
        assert made_up.nimbl("bind", NIC, "--unbind", "--persist").returncode == 0
        assert made_up.read("/etc/dpdk/interfaces") == table
        assert os.listdir(made_up.path("/etc/dpdk")) == ["interfaces"]


def test_persistent_without_package():
    with two_nics() as (made_up, _):
        made_up.remove("/etc/dpdk/interfaces")
        os.rmdir(made_up.path("/etc/dpdk"))
        check_refused(made_up.nimbl("bind", NIC, "--persist"),
                      f"{NIC} cannot be noted for the next start in /etc/dpdk/interfaces: No such",
                      "sudo apt install dpdk, which reads it; or: sudo driverctl set-override "
                      f"{NIC} vfio-pci")


@pytest.mark.parametrize("words", [["--unbind"], ["--driver", "x"], ["--list", NIC],
                                   [NIC, "--unbind", "--driver", "x"]])
def test_usage(words):
    with machine() as made_up:
        done = made_up.nimbl("bind", *words)
        assert done.returncode == 2 and done.stdout == ""
        assert done.stderr.splitlines()[1] == "  mend: nimbl bind --help shows what is possible"
