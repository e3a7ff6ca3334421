# SPDX-License-Identifier: BSD-3-Clause
"""`nimbl capture` writes what tcpdump sees, and leaves nothing behind."""

import json
import os
import signal
import stat
import subprocess
import time

import pytest
from nimbl_e2e import (NIMBL, Nimbl, end, folder, needs_root, needs_tool, nimbl, ping, run, wait_for,
                       wire)

pytestmark = needs_root

PORTS = "dev: true\nports: {a: n0, b: n1}\nxconnect: [[a, b]]\n"
NULLS = "dev: true\nports: {a: 'net_null0,size=64', b: net_null1}\nxconnect: [[a, b]]\n"


def capture(home, *words, **options):
    """`nimbl capture` on its way."""
    return subprocess.Popen([NIMBL, "capture", *[str(word) for word in words]], text=True,
                            env={**os.environ, "RUNTIME_DIRECTORY": home},
                            stderr=subprocess.PIPE, **options)


def filters(home, port):
    done = nimbl("filter", "list", port, "--json", home=home)
    assert done.returncode == 0, done.stderr
    return [entry["name"] for entry in json.loads(done.stdout)["ports"][0]["filters"]]


def frames(path, *options):
    """The frames of a file as hexadecimal, one a line, as tcpdump reads them."""
    done = run("tcpdump", "-n", "-r", path, "-xx", "-t", *options)
    found = []
    for line in done.stdout.splitlines():
        if line.startswith("\t0x"):
            found[-1] += line.split(":", 1)[1].replace(" ", "")
        else:
            found.append("")
    return found


@needs_tool("tcpdump")
def test_the_file_is_what_tcpdump_sees():
    with wire() as (left, middle, right), folder() as home:
        with Nimbl(PORTS, space=middle, home=home) as engine:
            theirs = f"{home}/theirs.pcap"
            ours = f"{home}/ours.pcapng"
            peer = left.start("tcpdump", "-U", "-n", "-i", "a0", "-w", theirs, "ip",
                              stderr=subprocess.PIPE, text=True)
            here = capture(home, "a", "ip", "-w", ours, stdout=subprocess.PIPE)
            try:
                wait_for(lambda: len(filters(home, "a")) == 1, 10, "the filter is in")
                wait_for(lambda: "listening" in peer.stderr.readline(), 10, "tcpdump listens")
                assert ping(left, "10.9.0.2", count=50, size=300) == 50
                time.sleep(0.5)
                here.send_signal(signal.SIGINT)
                assert here.wait(10) == 0
                assert "100 frames in" in here.stdout.read()
            finally:
                end(here)
                end(peer)
            assert stat.S_IMODE(os.stat(ours).st_mode) == 0o640
            assert filters(home, "a") == []
            assert len(frames(ours)) == 100
            assert frames(ours) == frames(theirs)
            engine.stop()


@needs_tool("tshark")
def test_tshark_knows_ports_and_directions():
    with wire() as (left, middle, right), folder() as home:
        with Nimbl(PORTS, space=middle, home=home) as engine:
            here = capture(home, "a", "icmp", "-c", 10, "-w", f"{home}/c.pcapng",
                           stdout=subprocess.PIPE)
            wait_for(lambda: len(filters(home, "a")) == 1, 10, "the filter is in")
            begin = time.time()
            ping(left, "10.9.0.2", count=8)
            assert here.wait(10) == 0
            end_time = time.time()
            done = run("tshark", "-r", f"{home}/c.pcapng", "-T", "fields", "-e",
                       "frame.interface_name", "-e", "frame.packet_flags_direction", "-e",
                       "icmp.type", "-e", "frame.time_epoch")
            rows = [line.split("\t") for line in done.stdout.splitlines()]
            assert len(rows) == 10
            for interface, direction, kind, when in rows:
                assert (interface, int(direction, 0), kind) in [("a rx", 1, "8"), ("a tx", 2, "0")]
                assert begin - 1 < float(when) < end_time + 1
            engine.stop()


@needs_tool("tshark")
def test_standard_output_is_for_a_pipe():
    with wire() as (left, middle, right), folder() as home:
        with Nimbl(PORTS, space=middle, home=home) as engine:
            here = capture(home, "a", "icmp", "-c", 6, "-w", "-", stdout=subprocess.PIPE)
            reader = subprocess.Popen(["tshark", "-r", "-", "-T", "fields", "-e", "icmp.type"],
                                      stdin=here.stdout, stdout=subprocess.PIPE, text=True,
                                      stderr=subprocess.DEVNULL)
            here.stdout.close()
            wait_for(lambda: len(filters(home, "a")) == 1, 10, "the filter is in")
            ping(left, "10.9.0.2", count=5)
            assert here.wait(10) == 0
            assert reader.communicate(timeout=20)[0].split() == ["8", "0"] * 3
            assert filters(home, "a") == []
            engine.stop()


def test_a_reader_that_goes_away_ends_it():
    with folder() as home, Nimbl(NULLS, home=home) as engine:
        here = capture(home, "a", "-w", "-", stdout=subprocess.PIPE)
        wait_for(lambda: len(filters(home, "a")) == 1, 10, "the filter is in")
        here.stdout.close()
        here.wait(10)
        assert filters(home, "a") == []
        assert engine.stop()["ledger"]["dropped"] == 0


def test_full_load_loses_nothing_but_captures():
    with folder() as home, Nimbl(NULLS, home=home) as engine:
        done = nimbl("capture", "a", "--duration", 1, "-w", f"{home}/n.pcapng", "--snap", 64,
                     home=home)
        assert done.returncode == 0, done.stderr
        written = int(done.stdout.split()[0])
        assert written > 0
        assert len(run("tcpdump", "-r", f"{home}/n.pcapng", "-n", "-t").stdout.splitlines()) == written
        assert engine.stop()["ledger"]["dropped"] == 0


@pytest.mark.parametrize("words, cause, mend", [
    (("x",), "there is no port 'x'", ""),
    (("a", "udp", "prot", "53"), "the expression 'udp prot 53' is none of libpcap",
     "pcap-filter(7)"),
    (("a", "-w", "/nowhere/file"), "'/nowhere/file': No such file or directory", "check the path"),
    (("a", "--direction", "up"), "rx, tx", ""),
    ((), "the port is missing", ""),
    (("a", "-c", "0"), "-c", ""),
])
def test_what_cannot_be_done_is_said(words, cause, mend):
    with folder() as home, Nimbl(NULLS, home=home) as engine:
        done = nimbl("capture", *words, home=home)
        assert done.returncode != 0
        assert cause in done.stderr and mend in done.stderr
        assert filters(home, "a") == []
        engine.stop()


def test_an_existing_file_is_refused_and_replaced_when_asked():
    with folder() as home, Nimbl(NULLS, home=home) as engine:
        words = ("capture", "a", "-c", 5, "-w", f"{home}/twice.pcapng")
        assert nimbl(*words, home=home).returncode == 0
        again = nimbl(*words, home=home)
        assert again.returncode != 0 and "File exists" in again.stderr
        assert nimbl(*words, "--overwrite", home=home).returncode == 0
        engine.stop()


def test_a_disk_that_is_full_ends_it():
    with folder() as home:
        disk = f"{home}/disk"
        os.mkdir(disk)
        run("mount", "-t", "tmpfs", "-o", "size=256k", "none", disk)
        try:
            with Nimbl(NULLS, home=home) as engine:
                done = nimbl("capture", "a", "-w", f"{disk}/full.pcapng", home=home)
                assert done.returncode != 0
                assert "could not be written" in done.stderr
                read = run("tcpdump", "-r", f"{disk}/full.pcapng", "-n", "-t", check=False)
                assert read.returncode == 0, read.stderr
                assert engine.stop()["ledger"]["dropped"] == 0
        finally:
            run("umount", disk)
