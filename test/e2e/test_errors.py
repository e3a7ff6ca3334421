# SPDX-License-Identifier: BSD-3-Clause
"""What goes wrong is said once, at its place, with what mends it, and by the exit status.

2: command line or configuration; 3: the machine lacks something. The first line is the cause, the
second the mend; with --json the same words stand in an event on standard output.
"""

import json
import os
import subprocess

import pytest

from machines import PLUGINS, machine
from nimbl_e2e import (NIMBL, as_nobody, end, folder, needs_root, needs_tool, nimbl, run, spaces,
                       wait_for)

NULL = "ports: {a: net_null0}\n"
TWO = "ports: {a: net_null0, b: net_null1}\nxconnect: [[a, b]]\n"
DRIVER_MEND = ("check the arguments after '%s'; DPDK's page of the driver lists them; --verbose "
               "shows what the driver says")

CASES = {
    "vdev misspelt": (
        "ports: {a: net_nul0}\n", 3,
        "<stdin>:1:12: port 'a': there is no driver for 'net_nul0'",
        "did you mean 'net_null'?"),
    "interface missing": (
        "ports: {a: nosuch0}\n", 3,
        "<stdin>:1:12: port 'a': there is no interface 'nosuch0'",
        "interfaces here: "),
    "interface misspelt": (
        "ports: {a: l0}\n", 3,
        "<stdin>:1:12: port 'a': there is no interface 'l0'",
        "did you mean 'lo'? Interfaces here: "),
    "PCI device missing": (
        "ports: {a: '99:1f.7'}\n", 3,
        "<stdin>:1:12: port 'a': there is no PCI device 0000:99:1f.7",
        "network devices on this machine:"),
    "port used twice": (
        "ports:\n  a: net_null0\n  b: 'net_null0,size=60'\n", 2,
        "<stdin>:3:6: port 'b': device 'net_null0,size=60' is used by port 'a' already, at 2:6",
        "give each port its own device"),
    "filter misspelt": (
        "ports: {a: {device: net_null0, filters: [count, psas]}}\n", 2,
        "<stdin>:1:49: port 'a': there is no filter driver 'psas'",
        "did you mean 'pass'?"),
    "setting of a filter misspelt": (
        "ports: {a: {device: net_null0, filters: [{count: {byts: true}}]}}\n", 2,
        "<stdin>:1:57: port 'a': filter count has no setting 'byts'",
        "did you mean 'bytes'?"),
    "setting of a filter with a wrong value": (
        "ports: {a: {device: net_null0, filters: [{count: {bytes: maybe}}]}}\n", 2,
        "<stdin>:1:58: port 'a': bytes 'maybe' is not known",
        "allowed: true or false"),
    "setting of a filter with two values": (
        "ports: {a: {device: net_null0, filters: [{count: {bytes: [true, false]}}]}}\n", 2,
        "<stdin>:1:65: port 'a': bytes has more than one value",
        "give one, allowed: true or false"),
    "lcore that does not exist": (
        "lcores: {workers: [127]}\n" + NULL, 2,
        "<stdin>: lcores: 127 is asked for, this process may use ",
        "use lcores of "),
    "lcore in two roles": (
        "lcores: {receive: [0], transmit: [0]}\n" + NULL, 2,
        "<stdin>:1:34: lcores: lcore 0 is listed in receive and in transmit",
        "give each its own lcores, or list workers that do both"),
    "lcore of no worker": (
        "lcores: {workers: [0]}\nports: {a: {device: net_null0, lcores: [1]}}\n", 2,
        "<stdin>:2:40: port 'a': lcore 1 is not among the workers",
        "add it to 'workers' under 'lcores', or choose one of those"),
    "too little memory": (
        "memory: 8M\n" + NULL, 2,
        "<stdin>: memory: 8 MiB is too little: the pools take ",
        "'memory: auto' computes it; smaller pools: fewer descriptors, smaller 'data_size'"),
    "pool too small": (
        "pools: {default: {size: 512}}\n" + TWO, 2,
        "<stdin>:2:12: port 'a': pool 'default' is too small: size 512, but 512 receive "
        "descriptors + 512 transmit descriptors and 512 waiting at 'b' + 64 in flight = 1600 lists",
        "'size: auto' computes it; the least here is 1600, or use fewer descriptors or a smaller "
        "'cache'"),
    "pool too large": (
        "pools: {default: {size: 16777216}}\n" + NULL, 3,
        "<stdin>:2:12: port 'a': pool 'default of a': 16777216 x ",
        ""),
    "unknown ops": (
        "pools: {default: {ops: nosuch}}\n" + NULL, 2,
        "<stdin>:2:12: port 'a': ",
        ""),
    "flow without its end": (
        "ports: {a: net_null0\n", 2,
        "<stdin>:2:1: did not find expected ',' or '}' while parsing a flow mapping",
        "check indentation, quotes and brackets here and in the line before"),
    "tab": (
        "ports:\n\ta: net_null0\n", 2,
        "<stdin>:2:1: found character that cannot start any token while scanning for the next "
        "token",
        "indent with spaces: YAML allows no tabs there"),
    "empty file": (
        "", 2,
        "<stdin>:1:1: nothing is configured",
        "the smallest configuration is: ports: {a: net_null0}"),
    "line of 64 KiB": (
        "ports: {a: " + "x" * 65536 + "}\n", 2,
        "<stdin>:1:12: port 'a': device '" + "x" * 60 + "'... is too long",
        "500 characters are allowed"),
    "larger than a configuration": (
        "#" * (1 << 20) + "\n", 2,
        "<stdin>:1:1: the configuration is larger than 1 MiB",
        "check that this is the file you mean; 1 MiB is allowed"),
    "unknown key": (
        "prots: {a: net_null0}\n", 2,
        "<stdin>:1:1: unknown key 'prots'",
        "did you mean 'ports'? known keys here: "),
    "unknown port": (
        NULL + "xconnect: [[a, b]]\n", 2,
        "<stdin>:2:16: there is no port 'b'",
        "configured ports: a"),
    "unknown port of a filter": (
        "ports: {a: {device: net_null0, filters: [{mirror: {to: b}}]}}\n", 2,
        "<stdin>:1:56: port 'a': there is no port 'b'",
        "give it the name of a port that stands under 'ports'"),
    "unknown port of a miniport": (
        "ports: {lan: {miniport: {loopback: {peer: wam}}}, "
        "wan: {miniport: {loopback: {peer: lan}}}}\n", 2,
        "<stdin>:1:43: port 'lan': there is no port 'wam'",
        "did you mean 'wan'?"),
    "streams that are not there": (
        "ports: {a: {device: net_null0, protocol: {tester: {streams: /nosuch.yaml}}}}\n", 3,
        "<stdin>:1:61: port 'a': cannot read streams '/nosuch.yaml'",
        ""),
    "unknown option of EAL": (
        "eal: ['--nosuch']\n" + NULL, 2,
        "DPDK does not start: DPDK does not know an option under 'eal'",
        "'man dpdk-testpmd' lists EAL's options; nimbl derives lcores, memory and devices itself"),
    "option of EAL without its argument": (
        "eal: '--vdev'\n" + NULL, 2,
        "DPDK does not start: an option under 'eal' lacks its argument",
        'write it in one string: "--option=value"'),
    "lcores among EAL's options": (
        "eal: ['-l', '0-127']\n" + NULL, 2,
        "DPDK does not start: lcores under 'eal' are not there, this process may use ",
        "take them out of 'eal' and write 'lcores: {workers: [...]}'; taskset or the container "),
    "option of EAL that contradicts": (
        "eal: ['--in-memory']\n" + NULL, 2,
        "DPDK does not start: options under 'eal' contradict those that nimbl derives",
        "leave memory, lcores and devices to nimbl"),
    "second process": (
        "eal: ['--proc-type=secondary']\n" + NULL, 2,
        "DPDK does not start: options under 'eal' make it the second process of another program",
        "leave --proc-type out of 'eal': nimbl is the first process of its own"),
    "driver file missing": (
        "eal: ['-d', '/nosuch.so']\n" + NULL, 3,
        "DPDK does not start: a driver file under 'eal' is not there",
        "give the path of a shared object behind -d; "),
    "vdev misspelt among EAL's options": (
        "eal: ['--vdev=net_nul1,size=60']\n" + NULL, 3,
        "DPDK does not start: there is no driver for 'net_nul1', under 'eal'",
        "did you mean 'net_null'?"),
    "memory that cannot be had": (
        "memory: 900G\n" + NULL, 3,
        "memory: 921601 MiB are needed, this machine has ",
        "'memory: auto', or smaller pools: 'nimbl explain memory' has the sum"),
    "memory asked of EAL": (
        "eal: ['-m', '100000000']\n" + NULL, 2,
        "DPDK does not start: what '-m' under 'eal' asks for cannot be had; ",
        "take it out: nimbl computes it; 'nimbl explain memory' has the sum"),
    "wrong argument of a vdev": (
        "ports: {a: 'net_null0,no=60'}\n", 3,
        "<stdin>:1:12: port 'a': device 'net_null0,no=60' cannot be opened: its driver refused it",
        DRIVER_MEND % "net_null0"),
    "offload that the device lacks": (
        "ports: {a: {device: net_null0, offloads: [rx-checksum, lro]}}\n", 3,
        "<stdin>:1:21: port 'a': device 'net_null0' does not do lro",
        "'offloads' of this port may have: rx-checksum, tx-checksum, vlan-strip, vlan-insert, "),
    "unknown offload": (
        "ports: {a: {device: net_null0, offloads: [rx-checksum, ltro]}}\n", 2,
        "<stdin>:1:56: port 'a': there is no offload 'ltro'",
        "did you mean 'lro'? auto, none, or a list of: rx-checksum, "),
    "larger MTU than the device's": (
        "pools: {default: {data_size: 12256}}\n"
        "ports: {a: {device: 'net_memif0,role=server', mtu: 9000}}\n", 2,
        "<stdin>:2:21: port 'a': device 'net_memif0' does not do an MTU of 9000",
        "its range is 46 to 1500"),
    "pcap file missing": (
        "ports: {a: 'net_pcap0,rx_pcap=/nosuch.pcap'}\n", 3,
        "<stdin>:1:12: port 'a': device 'net_pcap0,rx_pcap=/nosuch.pcap' cannot be opened: its "
        "driver refused it",
        DRIVER_MEND % "net_pcap0"),
}


def check_said(done, status, cause, mend):
    assert done.returncode == status, done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 2, done.stderr
    assert lines[0].startswith("nimbl: " + cause), lines[0]
    assert lines[1].startswith("  mend: " + mend) and len(lines[1]) > 10, lines[1]
    assert done.stdout == ""


@pytest.mark.parametrize("case", CASES)
def test_configuration(case):
    text, status, cause, mend = CASES[case]
    check_said(nimbl("run", "--dev", "-", text=text), status, cause, mend)


@pytest.mark.parametrize("case", ["vdev misspelt", "pool too small", "tab"])
@pytest.mark.parametrize("how", ["--check", "--dev"])
def test_the_same_in_json(case, how):
    text, status, cause, mend = CASES[case]
    done = nimbl("run", how, "--json", "-", text=text)
    assert done.returncode == status
    event = json.loads(done.stdout)
    assert event["schema"] == "nimbl.event/1" and event["event"] == "error"
    assert event["exit"] == status
    assert event["cause"].startswith(cause) and event["mend"].startswith(mend)


@pytest.mark.skipif(os.cpu_count() < 2, reason="one CPU only")
def test_lcore_that_polls_nothing():
    check_said(nimbl("run", "--dev", "-", text="lcores: {workers: [0, 1]}\n" + NULL), 2,
               "<stdin>: lcores: 1 polls nothing: ",
               "take it out of 'lcores', or give a port more 'queues'")


COMMANDS = [
    (["run", "/nosuch.yaml"], 3,
     "cannot read the configuration '/nosuch.yaml': No such file or directory",
     "check the path and its rights with 'ls -l', or give '-' for standard input"),
    (["run", "/tmp"], 3, "cannot read the configuration '/tmp': Is a directory",
     "check the path and its rights with 'ls -l', or give '-' for standard input"),
    (["run"], 2, "no configuration is given", "nimbl run --help shows what is possible"),
    (["run", "--nme", "x"], 2, "unknown option '--nme'. Did you mean '--name'?",
     "nimbl run --help shows what is possible"),
    (["run", "a", "b"], 2, "'b' is one argument too many",
     "nimbl run --help shows what is possible"),
    (["run", "--duration", "0", "-"], 2,
     "--duration '0' is not allowed: a whole number of 1 to 31622400",
     "nimbl run --help shows what is possible"),
    (["run", "--name", "a/b", "-"], 2,
     "--name 'a/b' is not allowed: 1 to 32 of A-Z a-z 0-9 . _ -",
     "nimbl run --help shows what is possible"),
    (["rum"], 2, "unknown command 'rum'. Did you mean 'run'?",
     "nimbl --help shows what is possible"),
]


@pytest.mark.parametrize("words, status, cause, mend", COMMANDS,
                         ids=[" ".join(case[0]) for case in COMMANDS])
def test_command_line(words, status, cause, mend):
    check_said(nimbl(*words, text=NULL), status, cause, mend)


@needs_root
def test_unreadable_file():
    with folder() as path:
        name = path + "/secret.yaml"
        with open(name, "w", encoding="ascii") as out:
            out.write(NULL)
        os.chmod(name, 0o600)
        check_said(nimbl("run", "--check", name, user="nobody"), 3,
                   f"cannot read the configuration '{name}': Permission denied",
                   "check the path and its rights with 'ls -l'")


@needs_root
@pytest.mark.parametrize("device", ["n0", "net_tap0,iface=t0"])
def test_no_rights(device):
    with spaces(1) as (space,):
        space.run("ip", "link", "add", "n0", "type", "veth", "peer", "name", "n1")
        space.up("n0")
        with folder() as home:
            os.chmod(home, 0o777)
            done = run(*space.command(*as_nobody([NIMBL, "run", "--dev", "-"])), check=False,
                       input=f"ports: {{a: '{device}'}}\n",
                       env={**os.environ, "RUNTIME_DIRECTORY": home})
    assert done.returncode == 3
    cause, mend = done.stderr.splitlines()[-2:]
    assert cause.startswith("nimbl: <stdin>:1:12: port 'a': device 'net_"), cause
    assert mend.startswith("  mend: ") and "CAP_NET_RAW" in mend and "root" in mend, mend


@needs_root
def test_no_runtime_directory():
    with folder() as path:
        os.chmod(path, 0o700)
        done = run(*as_nobody([NIMBL, "run", "--dev", "-"]), input=NULL, check=False,
                   env={"RUNTIME_DIRECTORY": path + "/x"})
    check_said(done, 3, f"runtime directory {path}/x: Permission denied",
               "name a directory that you may write: RUNTIME_DIRECTORY=/some/where nimbl ...")


def hugepages():
    with open("/proc/sys/vm/nr_hugepages", encoding="ascii") as count:
        return int(count.read())


@pytest.mark.skipif(hugepages() > 0, reason="this machine has hugepages")
@pytest.mark.parametrize("options", [[], ["--check"]])
def test_no_hugepages(options):
    done = nimbl("run", *options, "-", text="dev: false\n" + NULL)
    check_said(done, 3, "hugepages: ", "sudo sysctl vm.nr_hugepages=")
    assert "MiB are needed, 0 MiB are free" in done.stderr


@needs_tool("dpdk-testpmd")
def test_file_prefix_of_another_process():
    with folder() as home:
        peer = subprocess.Popen(
            ["dpdk-testpmd", "-l", "0-1", "--no-huge", "-m", "64", "--no-pci", "--file-prefix=gen",
             "--vdev=net_null0", "--", "--total-num-mbufs=2048", "--interactive"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "RUNTIME_DIRECTORY": home})
        try:
            wait_for(lambda: os.path.exists(home + "/dpdk/gen/dpdk_telemetry.v2"), 20, "it runs")
            done = nimbl("run", "--dev", "-", text="eal: ['--file-prefix=gen']\n" + NULL, home=home)
        finally:
            peer.kill()
            end(peer)
    check_said(done, 3, f"DPDK does not start: 'dpdk-testpmd' (pid {peer.pid}) has its file prefix "
               "'gen'", "leave --file-prefix out of 'eal', nimbl has one for each instance")


PORT = "<stdin>:1:12: port 'a': "
ADDRESS = "0000:03:00.0"
PCI_PORT = f"ports: {{a: '{ADDRESS}'}}\n"
RUN = ["run", "--check", "--dev", "-"]


def test_pci_device_with_the_kernel():
    with machine() as made_up:
        made_up.nic(ADDRESS, driver="ixgbe", interface="eth1")
        check_said(made_up.nimbl(*RUN, text=PCI_PORT), 3,
                   f"{PORT}PCI device {ADDRESS} is with the kernel's driver ixgbe, as eth1",
                   f"sudo nimbl bind {ADDRESS}")
        made_up.route("eth1")
        check_said(made_up.nimbl(*RUN, text=PCI_PORT), 3,
                   f"{PORT}PCI device {ADDRESS} is with the kernel's driver ixgbe, as eth1: it has "
                   "the default route of this machine",
                   "leave it there and write the interface as device: eth1")
        made_up.remove(f"/sys/bus/pci/devices/{ADDRESS}/driver")
        check_said(made_up.nimbl(*RUN, text=PCI_PORT), 3,
                   f"{PORT}PCI device {ADDRESS} has no driver that DPDK can use",
                   "leave it there and write the interface as device: eth1")


def test_pci_device_without_package():
    with machine() as made_up:
        made_up.remove(PLUGINS)
        made_up.write(PLUGINS + "/librte_net_null.so.23", "")
        made_up.nic(ADDRESS, driver="mlx5_core")
        check_said(made_up.nimbl(*RUN, text=PCI_PORT), 3,
                   f"{PORT}PCI device {ADDRESS} needs DPDK's driver net_mlx5, which is not installed",
                   "sudo apt install librte-net-mlx5-23")


def test_vdev_without_package():
    with machine() as made_up:
        made_up.remove(PLUGINS)
        made_up.write(PLUGINS + "/librte_net_null.so.23", "")
        check_said(made_up.nimbl(*RUN, text="ports: {a: net_memif0}\n"), 3,
                   PORT + "there is no driver for 'net_memif0'",
                   "it is a package of its own: sudo apt install librte-net-memif23")
        check_said(made_up.nimbl(*RUN, text="ports: {a: net_memf0}\n"), 3,
                   PORT + "there is no driver for 'net_memf0'",
                   "did you mean 'net_memif'? It is a package of its own: sudo apt install "
                   "librte-net-memif23")


def test_iommu_group_that_is_shared():
    with machine() as made_up:
        made_up.nic("0000:03:00.1", driver="i40e", group=11)
        check_said(made_up.nimbl(*RUN, text=PCI_PORT), 3,
                   f"{PORT}PCI device {ADDRESS} shares IOMMU group 11 with 0000:03:00.1 (i40e): vfio "
                   "gives out whole groups", f"sudo nimbl bind {ADDRESS} 0000:03:00.1")


def test_memory_of_a_container():
    with machine() as made_up:
        made_up.write("/proc/self/cgroup", "0::/box\n")
        made_up.write("/sys/fs/cgroup/box/memory.max", "8388608\n")
        check_said(made_up.nimbl(*RUN, text=NULL), 3,
                   "memory: 26 MiB are needed, this container has 8 MiB", "'memory: auto', or")


def test_check_that_is_good():
    done = nimbl("run", "--check", "--dev", "-", text=TWO)
    assert (done.returncode, done.stdout, done.stderr) == (
        0, "<stdin>: ok: 2 ports, 1 cross-connect\n", "")
    done = nimbl("run", "--check", "--dev", "--json", "-", text=TWO)
    assert done.returncode == 0 and done.stderr == ""
    assert json.loads(done.stdout) == {"schema": "nimbl.check/1", "file": "<stdin>", "ok": True,
                                       "ports": 2, "xconnects": 1}


def test_long_comment_is_fine():
    done = nimbl("run", "--check", "--dev", "-", text="#" + "x" * 65536 + "\n" + NULL)
    assert done.returncode == 0, done.stderr


def test_nothing_left_behind():
    """Neither an error before DPDK starts, nor in it, nor after it leaves a file."""
    with folder() as home:
        for case in ("tab", "unknown option of EAL", "wrong argument of a vdev", "pool too large"):
            assert nimbl("run", "--dev", "-", text=CASES[case][0], home=home).returncode > 1
            assert [name for _, _, names in os.walk(home) for name in names] == [], case
