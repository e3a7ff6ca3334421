# SPDX-License-Identifier: BSD-3-Clause
"""Devices that go away while frames flow, and come back: one kind of port after the other.

Beside each there are others under load that must not lose anything. How soon a removal is noticed is
printed (pytest -rP); the limit that is asserted is that of a busy machine.
"""

import contextlib
import json
import os
import time

import pytest

from nimbl_e2e import (Nimbl, Testpmd, drops, folder, join, needs_root, needs_tool, nimbl, ping, veth,
                       wait_for, wire)

pytestmark = needs_root

BESIDE = """
dev: true
pools: {default: {completion: %s}}
ports: {c: net_null1, d: net_null2, e: n2, f: n3, %s}
xconnect: [[c, d], [e, f], %s]
"""


def beside(ports, xconnect="[a, b]", completion="handover"):
    """A configuration of these ports, and bystanders."""
    return BESIDE % (completion, ports, xconnect)


@contextlib.contextmanager
def world():
    """Of wire(), with a second one beside it: x0 (10.8.0.1) - n2, n3 - y0 (10.8.0.2)."""
    with wire() as (left, middle, right):
        join(left, "x0", middle, "n2", "10.8.0.1/24")
        join(right, "y0", middle, "n3", "10.8.0.2/24")
        yield left, middle, right


def ports(home):
    done = nimbl("show", "ports", "--json", home=home)
    assert done.returncode == 0, done.stderr
    return {port["name"]: port for port in json.loads(done.stdout)["ports"]}


def do(home, *words):
    done = nimbl(*words, home=home)
    assert done.returncode == 0, done.stderr
    return done.stdout


def noticed(home, port, begin, what):
    """Waits until a port is gone that went at `begin`; how long nimbl took to see it."""
    now = wait_for(lambda: (found := ports(home)[port])["gone_ms"] and found, 5, f"{port} is gone")
    took = time.monotonic() - begin - now["gone_ms"] / 1000
    print(f"{what}: noticed within {took * 1000:.0f} ms: {now['gone_why']}")
    assert took < 3 and now["state"] == "halted" and not now["link_up"]
    return now


def back(home, port, removals, seconds=10):
    def is_back():
        now = ports(home)[port]
        return now["gone_ms"] == 0 and now["state"] == "running" and now
    now = wait_for(is_back, seconds, f"{port} is back")
    assert now["removals"] == removals and now["gone_why"] is None
    return now


@contextlib.contextmanager
def bystander(left, seconds=2):
    """Pings beside what happens, for so long; every one is answered."""
    pings = left.start("ping", "-n", "-q", "-i", "0.005", "-c", seconds * 200, "-W", "5",
                       "10.8.0.2", stdout=-1, text=True)
    try:
        time.sleep(0.2)
        yield
        said = pings.communicate(timeout=seconds * 10 + 10)[0]
    finally:
        pings.kill()
        pings.wait()
    assert " 0% packet loss" in said, said


def finish(engine):
    stopped = engine.stop(seconds=10)
    for port in "cdef":
        assert drops(stopped, port) == {}, port
    return stopped


def replace(left, middle, address="10.9.0.1/24"):
    """The interface n0 of the middle again, with what is behind it."""
    join(left, "a0", middle, "n0", address)


@pytest.mark.parametrize("device", ["n0", "'net_pcap0,iface=n0'"])
@pytest.mark.parametrize("completion", ["handover", "full"])
def test_deleted_interface(device, completion):
    config = beside(f"a: {{device: {device}, filters: [count]}}, b: n1", completion=completion)
    with world() as (left, middle, right), folder() as home, \
            Nimbl(config, space=middle, home=home) as engine:
        assert ping(left, "10.9.0.2") == 20
        flood = right.start("ping", "-q", "-i", "0.002", "10.9.0.1", stdout=-1)
        with bystander(left):
            begin = time.monotonic()
            middle.run("ip", "link", "delete", "n0")
            noticed(home, "a", begin, f"{device} deleted")
            assert ports(home)["b"]["state"] == "running"
            time.sleep(0.2)
            replace(left, middle)
            back(home, "a", 1)
        flood.kill()
        flood.communicate()
        wait_for(lambda: ping(left, "10.9.0.2", count=5) == 5, 5, "frames flow again")
        filters = json.loads(do(home, "filter", "list", "a", "--json"))["ports"][0]["filters"]
        assert [entry["name"] for entry in filters] == ["count"]
        assert filters[0]["figures"]["rx_frames"] >= 5
        stopped = finish(engine)
        assert "port 'a' is gone: its interface was deleted" in engine.said()
        assert "port 'a' is back" in engine.said()
    assert drops(stopped, "b").get("no_peer", 0) > 0
    assert set(drops(stopped, "a")) <= {"tx_removed", "tx_paused", "tx_link_down"}


def test_moved_renamed_and_down():
    """Down is no removal, and neither is another name; another namespace is one."""
    with world() as (left, middle, right), folder() as home, \
            Nimbl(beside("a: n0, b: n1"), space=middle, home=home) as engine:
        assert ping(left, "10.9.0.2") == 20
        middle.run("ip", "link", "set", "n0", "down")
        wait_for(lambda: not ports(home)["a"]["link_up"], 5, "the link is down")
        middle.run("ip", "link", "set", "n0", "name", "other")
        middle.run("ip", "link", "set", "other", "up")
        wait_for(lambda: ports(home)["a"]["link_up"], 5, "the link is up")
        wait_for(lambda: ping(left, "10.9.0.2", count=5) == 5, 5, "frames flow again")
        assert ports(home)["a"]["removals"] == 0
        with bystander(left):
            begin = time.monotonic()
            middle.run("ip", "link", "set", "other", "netns", right.name)
            now = noticed(home, "a", begin, "moved")
            assert now["gone_why"] == "its interface moved to another network namespace"
            right.run("ip", "link", "set", "other", "netns", middle.name)
            time.sleep(0.3)
            assert ports(home)["a"]["gone_ms"] > 0  # not under that name
            middle.run("ip", "link", "set", "other", "name", "n0")
            middle.run("ip", "link", "set", "n0", "up")
            back(home, "a", 1)
        wait_for(lambda: ping(left, "10.9.0.2", count=5) == 5, 5, "frames flow again")
        finish(engine)
        assert "interface 'n0' is called 'other' now" in engine.said()


def test_deleted_tap():
    """A tap is nimbl's own: it comes back when it is asked for."""
    with world() as (left, middle, right), folder() as home, \
            Nimbl(beside("a: 'net_tap0,iface=t0', b: n1"), space=middle, home=home) as engine:
        with bystander(left):
            begin = time.monotonic()
            middle.run("ip", "link", "delete", "t0")
            noticed(home, "a", begin, "tap deleted")
            do(home, "port", "add", "a")
            back(home, "a", 1)
        middle.up("t0", "10.9.0.3/24")
        wait_for(lambda: ping(middle, "10.9.0.2", count=5) == 5, 5, "frames flow again")
        finish(engine)


def test_deleted_interface_under_af_xdp():
    """DPDK's driver keeps buffers for good, so that the run is not judged by its ledger."""
    config = beside("a: 'net_af_xdp0,iface=n0', b: n1")
    with world() as (left, middle, right), folder() as home:
        if nimbl("run", "--duration", 1, "-", text=config, space=middle).returncode == 3:
            pytest.skip("AF_XDP does not work here")
        with Nimbl(config, space=middle, home=home):
            with bystander(left):
                begin = time.monotonic()
                middle.run("ip", "link", "delete", "n0")
                noticed(home, "a", begin, "af_xdp deleted")
                replace(left, middle)
                back(home, "a", 1)
            wait_for(lambda: ping(left, "10.9.0.2", count=5) == 5, 5, "frames flow again")
            found = ports(home)
            for port in "cdef":
                assert found[port]["counters"]["dropped"] == 0


@pytest.mark.parametrize("vdev", ["net_null0", "net_ring0", "'net_tap0,iface=t0'"])
def test_vdev_taken_out_and_back(vdev):
    with world() as (left, middle, right), folder() as home, \
            Nimbl(beside(f"a: {vdev}, b: net_null3"), space=middle, home=home) as engine:
        with bystander(left):
            for times in range(1, 4):
                do(home, "port", "remove", "a")
                now = ports(home)["a"]
                assert now["gone_ms"] > 0 and now["gone_why"] == "removed on request"
                time.sleep(0.3)
                assert ports(home)["a"]["gone_ms"] > 0  # and stays out
                do(home, "port", "add", "a")
                back(home, "a", times)
        finish(engine)


def test_an_interface_taken_out_stays_out():
    with world() as (left, middle, right), folder() as home, \
            Nimbl(beside("a: n0, b: n1"), space=middle, home=home) as engine:
        do(home, "port", "remove", "a")
        middle.run("ip", "link", "delete", "n0")
        replace(left, middle)
        time.sleep(0.5)
        assert ports(home)["a"]["gone_ms"] > 0
        text = do(home, "show", "ports", "a")
        assert "gone" in text and "removed on request" in text
        do(home, "port", "add", "a")
        back(home, "a", 1)
        wait_for(lambda: ping(left, "10.9.0.2", count=5) == 5, 5, "frames flow again")
        finish(engine)


@pytest.mark.parametrize("words, cause, mend", [
    (("add", "a"), "the device of port 'a' is there", "'nimbl port remove a' takes it out"),
    (("remove", "x"), "there is no port 'x'", ""),
    (("remove",), "say 'remove' or 'add', and which port", ""),
    (("removed", "a"), "'removed' is none of remove and add; did you mean 'remove'?", ""),
])
def test_what_cannot_be_done_is_said(words, cause, mend):
    config = "dev: true\nports: {a: net_null0, b: net_null1}\nxconnect: [[a, b]]\n"
    with folder() as home, Nimbl(config, home=home) as engine:
        done = nimbl("port", *words, home=home)
        assert done.returncode != 0
        assert cause in done.stderr and mend in done.stderr
        engine.stop()


def test_filters_of_a_port_that_is_gone():
    config = "dev: true\nports: {a: net_null0, b: net_null1}\nxconnect: [[a, b]]\n"
    with folder() as home, Nimbl(config, home=home) as engine:
        do(home, "filter", "insert", "a", "count")
        do(home, "port", "remove", "a")
        done = nimbl("filter", "insert", "a", "pass", home=home)
        assert done.returncode != 0 and "the device of port 'a' is gone" in done.stderr
        do(home, "filter", "insert", "b", "count")
        do(home, "port", "add", "a")
        do(home, "filter", "insert", "a", "pass")
        listed = json.loads(do(home, "filter", "--json"))["ports"]
        assert [[entry["name"] for entry in port["filters"]] for port in listed] == [
            ["count", "pass"], ["count"]]
        time.sleep(0.3)
        engine.stop()


def resources(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        status = dict(line.split(":\t", 1) for line in file.read().splitlines())
    return {"fds": len(os.listdir(f"/proc/{pid}/fd")), "threads": int(status["Threads"]),
            "kib": int(status["VmRSS"].split()[0])}


def pools(home):
    return json.loads(do(home, "show", "pools", "--json"))["pools"]


def test_flapping_fifty_times_grows_nothing():
    with world() as (left, middle, right), folder() as home, \
            Nimbl(beside("a: {device: n0, filters: [count]}, b: n1"), space=middle,
                  home=home) as engine:
        def flap():
            middle.run("ip", "link", "delete", "n0")
            veth(left, "a0", middle, "n0")
            left.run("ip", "link", "set", "a0", "up")
            middle.run("ip", "link", "set", "n0", "up")

        pid = engine.of("started")[0]["pid"]
        with bystander(left, seconds=10):
            flap()
            back(home, "a", 1)
            before, count = resources(pid), len(pools(home))
            for times in range(2, 52):
                flap()
                wait_for(lambda: engine.said().count("port 'a' is back") == times, 10, "a is back")
            assert engine.said().count("port 'a' is gone") == 51
            wait_for(lambda: ports(home)["a"]["state"] == "running" and
                     ports(home)["a"]["gone_ms"] == 0, 10, "a is back")
        after = resources(pid)
        print(f"before {before}, after {after}, removals {ports(home)['a']['removals']}")
        assert after["fds"] == before["fds"] and after["threads"] == before["threads"]
        assert after["kib"] < before["kib"] + 8192
        assert len(pools(home)) == count
        left.up("a0", "10.9.0.1/24")
        wait_for(lambda: ping(left, "10.9.0.2", count=5) == 5, 5, "frames flow again")
        finish(engine)


def test_removed_while_filters_change():
    with world() as (left, middle, right), folder() as home, \
            Nimbl(beside("a: n0, b: n1"), space=middle, home=home) as engine:
        for times in range(1, 6):
            change = [nimbl("filter", "insert", "a", "count", home=home).returncode]
            middle.run("ip", "link", "delete", "n0")
            change.append(nimbl("filter", "remove", "a", "count", home=home).returncode)
            replace(left, middle)
            back(home, "a", times)
            nimbl("filter", "remove", "a", "count", home=home)
            assert change[0] == 0
        finish(engine)


def test_removed_while_it_stops():
    for wait in (0, 0.02, 0.1):
        with wire() as (left, middle, right):
            config = "dev: true\nports: {a: n0, b: n1}\nxconnect: [[a, b]]\n"
            with Nimbl(config, space=middle) as engine:
                ping(left, "10.9.0.2", count=5)
                middle.run("ip", "link", "delete", "n0")
                time.sleep(wait)
                engine.stop(seconds=10)


@pytest.mark.parametrize("wait", [0.02, 0.1, 0.2, 0.3, 0.5])
def test_removed_while_it_starts(wait):
    """Either it says what it lacks, or it runs and waits for the interface."""
    config = "dev: true\nports: {a: n0, b: n1}\nxconnect: [[a, b]]\n"
    with wire() as (left, middle, right), folder() as home, \
            Nimbl(config, space=middle, home=home, wait=False) as engine:
        time.sleep(wait)
        middle.run("ip", "link", "delete", "n0")
        wait_for(lambda: engine.of("started") or engine.process.poll() is not None, 10, "started")
        if engine.process.poll() is None:
            wait_for(lambda: ports(home)["a"]["gone_ms"] > 0, 5, "a is gone")
            replace(left, middle)
            back(home, "a", 1)
            engine.stop(seconds=10)
        else:
            assert engine.process.returncode in (2, 3)
            assert "n0" in engine.said()


MEMIF = "net_memif0,role=%s,socket=%%s/m.sock,socket-abstract=no"
VHOST = "net_vhost0,iface=%s/v.sock,queues=1"
VIRTIO = "net_virtio_user0,path=%s/v.sock,queues=1"


@needs_tool("dpdk-testpmd")
@pytest.mark.parametrize("ours, theirs, first", [
    (MEMIF % "server", MEMIF % "client", "ours"),
    (MEMIF % "client", MEMIF % "server", "theirs"),
    (VHOST, VIRTIO, "ours"),
    (VIRTIO, VHOST, "theirs"),
])
def test_killed_peer(ours, theirs, first):
    """A peer that dies is a link that goes down: the port stays, as a socket without a cable."""
    with world() as (left, middle, right), folder() as path, folder() as home, \
            contextlib.ExitStack() as stack:
        config = beside(f"a: '{ours % path}', b: net_null3")
        if first == "theirs":
            victim = stack.enter_context(Testpmd(theirs % path, mode="io"))
        engine = stack.enter_context(Nimbl(config, space=middle, home=home))
        if first == "ours":
            victim = stack.enter_context(Testpmd(theirs % path, mode="io"))
        wait_for(lambda: ports(home)["a"]["link_up"], 10, "the link is up")
        victim.tell("start")
        with bystander(left):
            time.sleep(0.3)
            victim.kill()
            begin = time.monotonic()
            wait_for(lambda: not ports(home)["a"]["link_up"], 5, "the link is down")
            print(f"{ours}: peer killed: seen within {(time.monotonic() - begin) * 1000:.0f} ms")
            now = ports(home)["a"]
            assert now["state"] == "running" and now["removals"] == 0
        finish(engine)
