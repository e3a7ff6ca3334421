# SPDX-License-Identifier: BSD-3-Clause
"""What passes one port is seen at a third, and nobody else notices."""

import contextlib
import json
import subprocess

import pytest
from nimbl_e2e import (Nimbl, end, folder, iperf, join, needs_root, needs_tool, nimbl, ping, run,
                       spaces, wait_for)

pytestmark = [needs_root, needs_tool("tcpdump")]

PORTS = "dev: true\nports: {a: %s, b: n1, mon: n2}\nxconnect: [[a, b]]\n"
SPLIT = "lcores: {receive: [0], transmit: [1]}\n"


@contextlib.contextmanager
def wires():
    """A (a0) and B (b0) with nimbl between them, and a third namespace (c0) that only looks."""
    with spaces(4) as (left, middle, right, third):
        for space in (left, middle, right, third):
            space.silence()
        join(left, "a0", middle, "n0", "10.9.0.1/24")
        join(right, "b0", middle, "n1", "10.9.0.2/24")
        join(third, "c0", middle, "n2", "10.9.9.1/24")
        yield left, middle, right, third


def figures(home, port, name):
    done = nimbl("filter", "list", port, "--json", home=home)
    assert done.returncode == 0, done.stderr
    return {entry["name"]: entry["figures"]
            for entry in json.loads(done.stdout)["ports"][0]["filters"]}.get(name)


@contextlib.contextmanager
def looking(space, interface, path, *expression):
    dump = space.start("tcpdump", "-U", "-n", "-i", interface, "-w", path, *expression,
                       stderr=subprocess.PIPE, text=True)
    try:
        wait_for(lambda: "listening" in dump.stderr.readline(), 10, "tcpdump listens")
        yield
    finally:
        end(dump)


def frames(path):
    done = run("tcpdump", "-n", "-r", path, "-xx", "-t")
    found = []
    for line in done.stdout.splitlines():
        if line.startswith("\t0x"):
            found[-1] += line.split(":", 1)[1]
        else:
            found.append("")
    return found


@pytest.mark.parametrize("lcores", ["", SPLIT], ids=["worker", "split"])
@pytest.mark.parametrize("completion", ["handover", "full"])
def test_the_third_sees_what_the_first_sees(lcores, completion):
    config = (PORTS % "{device: n0, filters: [{mirror: {to: mon}}]}" + lcores
              + "pools: {default: {completion: %s}}\n" % completion)
    with wires() as (left, middle, right, third), folder() as home:
        with Nimbl(config, space=middle, home=home) as engine:
            with looking(left, "a0", f"{home}/a.pcap", "icmp"), \
                    looking(third, "c0", f"{home}/c.pcap", "icmp"):
                assert ping(left, "10.9.0.2", count=50, size=700) == 50
                wait_for(lambda: len(frames(f"{home}/c.pcap")) >= 100, 10, "all are mirrored")
            assert sorted(frames(f"{home}/c.pcap")) == sorted(frames(f"{home}/a.pcap"))
            seen = figures(home, "a", "mirror")
            assert seen["rx_mirrored"] >= 50 and seen["tx_mirrored"] >= 50
            assert figures(home, "mon", "mirror@a")["refused"] == 0
            stopped = engine.stop()
        assert stopped["ledger"]["made"] == seen["rx_mirrored"] + seen["tx_mirrored"]


def test_mirrors_come_and_go_under_load():
    with wires() as (left, middle, right, third), folder() as home:
        with Nimbl(PORTS % "n0", space=middle, home=home) as engine:
            load = left.start("ping", "-q", "-f", "-s", "1000", "10.9.0.2",
                              stdout=subprocess.DEVNULL)
            try:
                for round_ in range(20):
                    for words in (("insert", "a", "mirror", "to=mon", "one_in=2"),
                                  ("insert", "mon", "pass"), ("remove", "mon", "pass"),
                                  ("remove", "mon", "mirror@a") if round_ % 2 else ("list",),
                                  ("remove", "a", "mirror")):
                        done = nimbl("filter", *words, home=home)
                        assert done.returncode == 0, (words, done.stderr)
                    assert figures(home, "mon", "mirror@a") is None
            finally:
                end(load)
            engine.stop()


def test_tcp_is_not_held_up_by_a_mirror_that_cannot_keep_up():
    config = (PORTS % "{device: n0, filters: [{mirror: {to: mon, copies: 16}}]}")
    with wires() as (left, middle, right, third), folder() as home:
        with Nimbl(config, space=middle, home=home) as engine:
            middle.run("ip", "link", "set", "n2", "down")
            assert iperf(left, right, "10.9.0.2", seconds=1)["sum_received"]["bytes"] > 1e6
            engine.stop()


@pytest.mark.parametrize("port, cause", [("mom", "there is no port 'mom'"),
                                         ("a", "'a' is the port itself")])
def test_a_port_that_cannot_be_is_said_with_its_place(port, cause):
    with wires() as (_, middle, _, _):
        config = PORTS % ("{device: n0, filters: [{mirror: {to: %s}}]}" % port)
        with pytest.raises(AssertionError, match=cause):
            Nimbl(config, space=middle)
