# SPDX-License-Identifier: BSD-3-Clause
"""nimbl doctor: on this machine, and on machines that are made up, each with one thing wrong."""

import contextlib
import fcntl
import json
import os
import pty
import shutil
import socket
import subprocess

import pytest

from machines import CPU, FLAGS, NODE, PCI, PLUGINS, machine
from nimbl_e2e import NIMBL, NOBODY, end, folder, needs_root, needs_tool, nimbl, run, wait_for

NULL = "ports: {a: net_null0}\n"


def findings(report, topic):
    return [finding for finding in report["findings"] if finding["topic"] == topic]


def has(report, topic, level, text, mend=""):
    """Whether there is such a line; the whole report when there is none."""
    for finding in findings(report, topic):
        if finding["level"] == level and text in finding["text"] and mend in finding["mend"]:
            return True
    raise AssertionError(f"no {level} {topic} with {text!r}: {json.dumps(report, indent=1)}")


def test_this_machine():
    done = nimbl("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("nimbl doctor: READY FOR "), lines[0]
    assert lines[-1].startswith("next: nimbl demo")
    assert {line.split()[0] for line in lines[1:-1]} <= {"ok", "info", "warn", "->"}
    report = json.loads(nimbl("doctor", "--json").stdout)
    assert report["schema"] == "nimbl.doctor/1" and report["ready"]
    assert {"dpdk", "rights", "cpus", "isolation", "clock", "hugepages", "iommu", "vfio"} <= {
        finding["topic"] for finding in report["findings"]}
    allowed = set()
    for part in report["machine"]["cpus_allowed"].split(","):
        first, _, last = part.partition("-")
        allowed |= set(range(int(first), int(last or first) + 1))
    assert allowed == os.sched_getaffinity(0)


@needs_tool("taskset")
def test_one_cpu():
    done = run("taskset", "-c", min(os.sched_getaffinity(0)), NIMBL, "doctor", "--json")
    assert has(json.loads(done.stdout), "cpus", "warn", "one CPU only")


@needs_tool("dpdk-testpmd")
def test_another_process():
    with folder() as home:
        peer = subprocess.Popen(
            ["dpdk-testpmd", "-l", "0-1", "--no-huge", "-m", "64", "--no-pci", "--file-prefix",
             "h5peer", "--vdev", "net_null0", "--", "--total-num-mbufs=2048", "--no-lsc-interrupt",
             "--interactive"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env={**os.environ, "RUNTIME_DIRECTORY": home})
        try:
            def said():
                report = json.loads(nimbl("doctor", "--json", home=home).stdout)
                lines = [line["text"] for line in findings(report, "processes")]
                return [line for line in lines
                        if f"'dpdk-testpmd' (pid {peer.pid}, prefix 'h5peer')" in line]
            assert "used by another process" in wait_for(said, 20, "it is found")[0]
        finally:
            peer.kill()
            end(peer)
        report = json.loads(nimbl("doctor", "--json", home=home).stdout)
        assert str(peer.pid) not in json.dumps(findings(report, "processes"))
        # It was killed: what it left is found, and goes.
        assert has(report, "leftovers", "info", "of dead processes", "nimbl doctor --fix")
        fixes = json.loads(nimbl("doctor", "--fix", "--dry-run", "--json", home=home).stdout)
        assert f"remove {home}/dpdk/h5peer, whose process is dead" in [
            fix["what"] for fix in fixes["fixes"]]


def test_ready_for_line_rate():
    with machine() as made_up:
        done = made_up.nimbl("doctor", "--line-rate")
        assert done.returncode == 0, done.stdout
        assert done.stdout.splitlines()[0] == "nimbl doctor: READY FOR LINE RATE"
        report = made_up.json("doctor")
        assert report["ready"] and report["line_rate"]
        assert {finding["level"] for finding in report["findings"]} <= {"ok", "info"}
        assert has(report, "hugepages", "ok", "node 1: 512 hugepages of 2 MiB, 512 free")
        assert has(report, "nics", "ok", "0000:83:00.0 is ready for DPDK: vfio-pci, by net_ixgbe")
        assert has(report, "numa", "info", "0000:83:00.0 is on node 1: CPUs 4-7 are near")
        assert [nic["address"] for nic in report["machine"]["nics"]] == ["0000:03:00.0",
                                                                        "0000:83:00.0"]


def no_hugepages(made_up):
    made_up.hugepages(0, 0, 0)
    made_up.hugepages(1, 0, 0)


def kernel_has_all(made_up):
    for address, interface in (("0000:03:00.0", "eth1"), ("0000:83:00.0", "eth2")):
        made_up.nic(address, driver="ixgbe", node=0, group=20, interface=interface)


def no_groups(made_up):
    shutil.rmtree(made_up.path("/sys/kernel/iommu_groups"))


def no_vfio(made_up):
    shutil.rmtree(made_up.path(PCI + "/drivers/vfio-pci"))


def plugins(made_up, *names):
    """Only these are installed."""
    made_up.remove(PLUGINS)
    os.makedirs(made_up.path(PLUGINS))
    for name in names:
        file = f"{PLUGINS}/librte_{name}.so.23"
        made_up.link(file, file)


def limit(controller, file, text, version=2):
    def change(made_up):
        if version == 2:
            made_up.write("/proc/self/cgroup", "0::/box\n")
            made_up.write(f"/sys/fs/cgroup/box/{file}", text)
        else:
            made_up.write("/proc/self/cgroup", f"4:{controller}:/box\n0::/\n")
            made_up.write(f"/sys/fs/cgroup/{controller}/box/{file}", text)
    return change


# What is changed: topic, level, part of the text, part of the mend, whether it bars line rate.
WRONG = {
    "no hugepages": (no_hugepages, "hugepages", "warn", "no hugepages are reserved",
                     "sudo nimbl doctor --fix, or: sudo sysctl vm.nr_hugepages=512", True),
    "hugepages on the wrong node": (
        lambda m: m.hugepages(1, 0, 0), "hugepages", "warn", "node 1 has NICs, but no hugepages",
        "/node1/hugepages/hugepages-2048kB/nr_hugepages", False),
    "all hugepages taken": (
        lambda m: m.hugepages(0, 512, 0), "hugepages", "warn",
        "node 0: 512 hugepages of 2 MiB, 0 free", "sudo sysctl vm.nr_hugepages=1024", False),
    "no hugetlbfs": (lambda m: m.write("/proc/mounts", ""), "hugetlbfs", "info",
                     "no hugetlbfs is mounted", "mount -t hugetlbfs", False),
    "governor": (
        lambda m: m.write(f"{CPU}/cpu3/cpufreq/scaling_governor", "powersave\n"), "governor", "warn",
        "governor 'powersave' lets the clock of CPUs 3 sink", "cpupower frequency-set", False),
    "turbo": (lambda m: m.write(CPU + "/intel_pstate/no_turbo", "0\n"), "turbo", "info",
              "turbo is on", "", False),
    "SMT": (lambda m: m.write(f"{CPU}/cpu2/topology/thread_siblings_list", "2,6\n"), "smt", "info",
            "CPUs 2,6 share cores", "'lcores': one of each core", False),
    "not isolated": (lambda m: m.write(CPU + "/isolated", "\n"), "isolation", "warn",
                     "no CPU is isolated", "isolcpus=1-7 nohz_full=1-7 rcu_nocbs=1-7", False),
    "ticks": (lambda m: m.write(CPU + "/nohz_full", "(null)\n"), "isolation", "info",
              "timer ticks interrupt the isolated CPUs 2-7", "", False),
    "one CPU": (lambda m: m.rights(cpus="5"), "cpus", "warn", "one CPU only (5)", "", True),
    "some CPUs": (lambda m: m.rights(cpus="0-3"), "numa", "warn",
                  "0000:83:00.0 is on node 1, of which this process may use no CPU", "", False),
    "quota, version 2": (limit("", "cpu.max", "150000 100000\n"), "container", "warn",
                         "the container may use 1.5 CPUs of time", "--cpuset-cpus", True),
    "quota, version 1": (limit("cpu", "cpu.cfs_quota_us", "50000\n", 1), "cpus", "ok", "8 CPUs",
                         "", False),  # without its period it says nothing
    "memory, version 1": (limit("memory", "memory.limit_in_bytes", "1073741824\n", 1), "container",
                          "info", "the container may have 1024 MiB of memory", "", False),
    "hugepages of a container": (limit("", "hugetlb.2MB.max", "0\n"), "container", "warn",
                                 "the container may have 0 MiB of hugepages", "", True),
    "user": (lambda m: m.rights(uid=1000, capabilities="0"), "rights", "info",
             "user 1000 without CAP_NET_ADMIN", "", False),
    "locked memory": (lambda m: m.rights(uid=1000, capabilities="3000", memlock="65536"), "rights",
                      "warn", "this user may lock 0 MiB", "ulimit -l unlimited", False),
    "no device of vfio": (lambda m: m.remove("/dev/vfio/12"), "rights", "warn",
                          "0000:83:00.0: this user may not open /dev/vfio/12", "sudo chown", True),
    "virtual": (lambda m: m.write("/proc/cpuinfo", f"a\nflags\t\t: {FLAGS} hypervisor\n"),
                "virtual", "info", "a virtual machine: its host took 0.00 %", "", False),
    "counter": (lambda m: m.write("/proc/cpuinfo", "a\nflags\t\t: tsc constant_tsc\n"), "clock",
                "warn", "the time stamp counter is not constant", "", False),
    "clock": (lambda m: m.write("/sys/devices/system/clocksource/clocksource0/current_clocksource",
                                "hpet\n"), "clock", "warn", "the kernel counts by 'hpet'", "",
              False),
    "no IOMMU": (no_groups, "iommu", "warn", "no IOMMU", "intel_iommu=on", False),
    "no module": (no_vfio, "vfio", "warn", "vfio-pci is not loaded", "sudo modprobe vfio-pci",
                  False),
    "no module anywhere": (
        lambda m: (no_vfio(m), m.write("/lib/modules/6.1.0/modules.dep", "")), "vfio", "warn",
        "this kernel has no vfio-pci", "CONFIG_VFIO_PCI", False),
    "kernel has the NICs": (kernel_has_all, "nics", "warn", "no NIC is ready for DPDK", "", True),
    "which the kernel has": (kernel_has_all, "nics", "info",
                             "0000:03:00.0 is eth1, with the kernel's ixgbe; DPDK could have it by "
                             "net_ixgbe", "sudo nimbl bind 0000:03:00.0", True),
    "group": (lambda m: m.nic("0000:03:00.1", driver="i40e", group=11), "nics", "warn",
              "0000:03:00.0 shares IOMMU group 11 with 0000:03:00.1 (i40e)",
              "nimbl bind 0000:03:00.0 0000:03:00.1 --dry-run", False),
    "package": (lambda m: (plugins(m, "net_null"), m.nic("0000:84:00.0", driver="i40e")), "nics",
                "warn", "0000:84:00.0: DPDK's driver net_i40e is not installed",
                "sudo apt install librte-net-i40e23", True),
    "unknown device": (lambda m: m.nic("0000:84:00.0", ids="dead:beef"), "nics", "warn",
                       "0000:84:00.0: no installed driver of DPDK is for device dead:beef",
                       "librte-meta-net", False),
    "process": (lambda m: m.process(4711, 3, "gen"), "processes", "warn",
                "CPU 0,3: used by another process with DPDK, 'dpdk-testpmd' (pid 4711, prefix 'gen')",
                "choose others by 'lcores'", False),
}


@pytest.mark.parametrize("case", WRONG)
def test_one_thing_wrong(case):
    change, topic, level, text, mend, bars = WRONG[case]
    with machine() as made_up:
        change(made_up)
        report = made_up.json("doctor")
        assert has(report, topic, level, text, mend)
        assert report["line_rate"] != bars
        if bars:
            wanted = made_up.json("doctor", "--line-rate", status=1)
            assert not wanted["ready"] and wanted["verdict"] == "NOT READY: see FAIL"


def test_process_that_keeps_all_in_memory():
    """Its prefix stands in the name of its socket only."""
    with machine() as made_up:
        made_up.process(4711, 3, "gen")
        made_up.link("/proc/4711/fd/3", "socket:[65]")
        assert has(made_up.json("doctor"), "processes", "warn", "'dpdk-testpmd' (pid 4711)")
        made_up.write("/proc/net/unix", "Num RefCount Protocol Flags Type St Inode Path\n"
                      "a: 00000002 00000000 00010000 0005 01 165 /run/dpdk/other/x\n"
                      "a: 00000002 00000000 00010000 0005 01 65 /run/dpdk/mem/dpdk_telemetry.v2\n")
        assert has(made_up.json("doctor"), "processes", "warn", "(pid 4711, prefix 'mem')")


def test_no_driver_at_all():
    with machine() as made_up:
        plugins(made_up)
        report = made_up.json("doctor", status=1)
        assert has(report, "dpdk", "fail", "no driver of DPDK is installed", "librte-meta-net")


def test_steal():
    with machine() as made_up:
        made_up.write("/proc/cpuinfo", f"a\nflags\t\t: {FLAGS} hypervisor\n")
        made_up.write("/proc/stat", "cpu  100 0 100 9550 0 0 0 250 0 0\n")
        assert has(made_up.json("doctor"), "virtual", "warn", "its host took 2.50 %")


NONSENSE = ["", "\n", "-1\n", "9" * 4000, "0-999999999999,5-1,,x\n", "\x01\x02\xff\n", "a b\n" * 2000,
            "0::" + "/x" * 3000, "99999999999999999999 0x\n"]


@pytest.mark.parametrize("text", range(len(NONSENSE)))
def test_nonsense_in_every_file(text):
    with machine() as made_up:
        made_up.nic("0000:03:00.1", driver="i40e", group=11, interface="eth1")
        made_up.route("eth1")
        made_up.process(4711, 3, "gen")
        made_up.remove(PLUGINS)
        made_up.write(f"{PLUGINS}/librte_net_x.so.23", "")
        for path, _, names in os.walk(made_up.root):
            for name in names:
                if not os.path.islink(f"{path}/{name}"):
                    made_up.write(f"{path}/{name}"[len(made_up.root):], NONSENSE[text])
        for words in (["doctor"], ["doctor", "--fix", "--dry-run"], ["bind"]):
            done = made_up.nimbl(*words, "--json")
            assert done.returncode in (0, 1) and done.stderr == "", done.stderr
            json.loads(done.stdout)


@needs_root
def test_nothing_readable():
    with machine() as made_up:
        os.chmod(made_up.path("/sys"), 0)
        os.chmod(made_up.path("/proc"), 0)
        done = made_up.nimbl("doctor", "--json", user="nobody")
        assert done.returncode == 0, done.stderr
        assert not json.loads(done.stdout)["line_rate"]


def config(made_up, text):
    path = made_up.root + "/nimbl.yaml"
    with open(path, "w", encoding="ascii") as out:
        out.write(text)
    return path


def test_config_that_fits():
    with machine() as made_up:
        path = config(made_up, "dev: false\n" + NULL)
        report = made_up.json("doctor", path)
        assert has(report, "config", "ok", f"{path}: its devices, drivers and lcores are there")
        assert has(report, "config", "ok", "hugepages of 2 MiB, 1024 are free")


def test_config_without_hugepages():
    with machine() as made_up:
        no_hugepages(made_up)
        path = config(made_up, NULL)
        assert has(made_up.json("doctor", path), "config", "warn", "are free: it runs in dev mode",
                   f"sudo nimbl doctor --fix {path}; nimbl explain memory {path}")
        path = config(made_up, "dev: false\n" + NULL)
        assert has(made_up.json("doctor", path, status=1), "config", "fail", "0 are free")


def test_config_that_is_too_large():
    with machine() as made_up:
        made_up.write("/proc/meminfo", "MemAvailable: 8000 kB\n")
        assert has(made_up.json("doctor", config(made_up, NULL), status=1), "config", "fail",
                   "MiB of memory, 7.8 MiB can be had")


def test_config_refused():
    with machine() as made_up:
        path = config(made_up, "ports: {a: '0000:99:00.0'}\n")
        assert has(made_up.json("doctor", path, status=1), "config", "fail",
                   f"{path}:1:12: port 'a': there is no PCI device 0000:99:00.0",
                   "network devices on this machine: 0000:03:00.0 vfio-pci, 0000:83:00.0 vfio-pci")
        done = made_up.nimbl("doctor", config(made_up, "prots: 1\n"))
        assert done.returncode == 2 and "did you mean 'ports'?" in done.stderr
        assert made_up.nimbl("doctor", "/nosuch.yaml").returncode == 3


@contextlib.contextmanager
def sick():
    """No hugepages, no module, a file and a folder of dead processes, and of living ones."""
    with machine() as made_up:
        no_hugepages(made_up)
        no_vfio(made_up)
        made_up.write("/sbin/modprobe", f"#!/bin/sh\n/bin/mkdir {made_up.path(PCI)}/drivers/$1\n")
        os.chmod(made_up.path("/sbin/modprobe"), 0o755)
        made_up.write("/dev/hugepages/deadmap_0", "x" * 4096)
        made_up.write("/dev/hugepages/livemap_0", "x")
        made_up.write("/dev/hugepages/database", "x")
        made_up.write("/run/dpdk/dead/config", "x")
        made_up.write("/run/dpdk/dead/fbarray_memzone", "x")
        made_up.write("/run/dpdk/live/config", "x")
        os.makedirs(made_up.path("/run/dpdk/telling"))
        with open(made_up.path("/dev/hugepages/livemap_0"), "r+b") as page, open(
                made_up.path("/run/dpdk/live/config"), "r+b") as lock, socket.socket(
                    socket.AF_UNIX, socket.SOCK_SEQPACKET) as telling:
            fcntl.flock(page, fcntl.LOCK_SH)
            fcntl.lockf(lock, fcntl.LOCK_EX)
            telling.bind(made_up.path("/run/dpdk/telling/dpdk_telemetry.v2"))
            telling.listen()
            yield made_up


FIXES = ["remove /dev/hugepages/deadmap_0, whose process is dead",
         "remove /run/dpdk/dead, whose process is dead",
         "reserve 512 hugepages of 2 MiB on node 0, until the machine starts again",
         "load the kernel's module vfio-pci"]


def test_fix_dry():
    with sick() as made_up:
        before = sorted(os.walk(made_up.root))
        report = made_up.json("doctor", "--fix", "--dry-run")
        assert [(fix["what"], fix["done"]) for fix in report["fixes"]] == [
            (what, False) for what in FIXES]
        assert has(report, "leftovers", "warn", "1 files of dead processes hold 0 MiB")
        done = made_up.nimbl("doctor", "--fix", "--dry-run")
        assert done.stdout.splitlines()[:4] == ["would do: " + what for what in FIXES]
        assert sorted(os.walk(made_up.root)) == before


def test_fix():
    with sick() as made_up:
        done = made_up.nimbl("doctor", "--fix", "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        assert [line for line in done.stdout.splitlines() if line.startswith("done: ")] == [
            "done: " + what for what in FIXES]
        assert sorted(os.listdir(made_up.path("/dev/hugepages"))) == ["database", "livemap_0"]
        assert sorted(os.listdir(made_up.path("/run/dpdk"))) == ["live", "telling"]
        assert made_up.read(f"{NODE}/node0/hugepages/hugepages-2048kB/nr_hugepages").startswith("512")
        report = made_up.json("doctor")
        assert has(report, "vfio", "ok", "vfio-pci is loaded") and not findings(report, "leftovers")
        assert made_up.nimbl("doctor", "--fix").stdout.startswith(
            "nothing here can be mended by itself\n")


def test_fix_for_a_config():
    with machine() as made_up:
        no_hugepages(made_up)
        made_up.hugepages(0, 4, 1)
        report = made_up.json("doctor", "--fix", "--yes", config(made_up, "dev: false\n" + NULL),
                              status=1)  # the kernel that is made up frees no page
        needed = int(report["findings"][1]["text"].split("needs ")[1].split()[0])
        assert report["fixes"][0]["what"].startswith(f"reserve {4 + needed - 1} hugepages")


def test_fix_asks():
    with sick() as made_up:
        done = made_up.nimbl("doctor", "--fix", text="y\n")
        assert done.returncode == 2 and "--yes does it without asking" in done.stderr
        assert os.path.exists(made_up.path("/run/dpdk/dead"))
        for answer, there in ((b"n\n", True), (b"y\n", False)):
            ours, its = pty.openpty()
            try:
                asked = subprocess.Popen(
                    [NIMBL, "doctor", "--fix"], stdin=its, stdout=subprocess.PIPE, text=True,
                    env={**os.environ, "NIMBL_ROOT": made_up.root})
                os.write(ours, answer)
                assert "Do this? [y/N] " in asked.communicate(timeout=20)[0]
            finally:
                os.close(ours)
                os.close(its)
            assert os.path.exists(made_up.path("/run/dpdk/dead")) == there


@needs_root
def test_fix_without_rights():
    with sick() as made_up:
        os.chown(made_up.root, NOBODY, NOBODY)
        report = made_up.json("doctor", "--fix", "--yes", user="nobody", status=1)
        failed = [fix for fix in report["fixes"] if "reserve" in fix["what"]][0]
        assert not failed["done"] and failed["failed"] == "Permission denied"
        assert failed["mend"].startswith("it takes root: sudo nimbl doctor --fix")


def test_usage():
    for words in (["--dry-run"], ["--yes"], ["a", "b"]):
        done = nimbl("doctor", *words)
        assert done.returncode == 2 and done.stdout == "", done.stdout
