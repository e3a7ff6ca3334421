# SPDX-License-Identifier: BSD-3-Clause
"""Two hosts with nimbl between them see nothing but a wire.

A (a0) -veth- n0 [nimbl on both, by af_packet] n1 -veth- (b0) B. Nothing is lost that a ping can
see, and nimbl's counters are those of the kernel's interfaces, to the frame.
"""

import random

import pytest

from nimbl_e2e import (Nimbl, capture, counters, drops, folder, iperf, join, needs_root, nimbl,
                       pcap_read, ping, send, spaces, wire)

pytestmark = needs_root

PORTS = "ports: {a: n0, b: n1}\nxconnect: [[a, b]]\n"
POOLS = [
    "{completion: handover, return: pool}",
    "{completion: full, return: pool}",
    "{completion: handover, return: reuse}",
    "{completion: full, return: reuse}",
]
SPLIT = "lcores: {receive: [0], transmit: [1]}\n"
DEFAULT = "pools: {default: %s}\n"


def check_pings(left, right, **options):
    assert ping(left, "10.9.0.2", **options) == options.get("count", 20)
    assert ping(right, "10.9.0.1", **options) == options.get("count", 20)


def check_load(left, right):
    """A second of TCP each way, then UDP as slow as even this machine carries without loss."""
    assert iperf(left, right, "10.9.0.2", seconds=1)["sum_received"]["bytes"] > 1e6
    assert iperf(left, right, "10.9.0.2", "-R", seconds=1)["sum_received"]["bytes"] > 1e6
    udp = iperf(left, right, "10.9.0.2", "-u", "-b", "10M", "-l", "1000", seconds=1)["sum"]
    assert udp["packets"] > 1000 and udp["lost_packets"] <= udp["packets"] // 100


def interface_counters(space):
    return {
        port: {
            "rx_frames": space.counter(interface, "rx_packets"),
            "rx_bytes": space.counter(interface, "rx_bytes"),
            "tx_frames": space.counter(interface, "tx_packets"),
            "tx_bytes": space.counter(interface, "tx_bytes"),
        }
        for port, interface in (("a", "n0"), ("b", "n1"))
    }


def check_counters(before, after, stopped):
    """What left is what the kernel counted. It may have received more: a full ring of af_packet
    is told to nobody."""
    for port, was in before.items():
        moved = {name: after[port][name] - was[name] for name in was}
        ours = counters(stopped, port)
        assert ours["tx_frames"] == moved["tx_frames"], port
        assert ours["tx_bytes"] == moved["tx_bytes"], port
        assert ours["rx_frames"] <= moved["rx_frames"], port
        assert ours["rx_bytes"] <= moved["rx_bytes"], port


def test_ping_counts_exactly():
    with wire() as (left, middle, right):
        before = interface_counters(middle)
        with Nimbl(PORTS, space=middle) as engine:
            check_pings(left, right, count=100)
            engine.settle()
            stopped = engine.stop()
        after = interface_counters(middle)
        for port, was in before.items():
            ours = counters(stopped, port)
            assert ours["rx_frames"] >= 200
            assert {name: was[name] + ours[name] for name in was} == after[port]
        assert stopped["ledger"]["dropped"] == 0


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("lcores", ["", SPLIT], ids=["worker", "split"])
def test_load(pool, lcores):
    with wire() as (left, middle, right):
        before = interface_counters(middle)
        config = "dev: true\n" + lcores + DEFAULT % pool + PORTS
        with Nimbl(config, space=middle) as engine:
            check_pings(left, right)
            check_load(left, right)
            check_pings(left, right)
            engine.settle()
            stopped = engine.stop()
        check_counters(before, interface_counters(middle), stopped)


@pytest.mark.parametrize("size", [1, 18, 56, 1472])
def test_ping_sizes(size):
    with wire() as (left, middle, right), Nimbl(PORTS, space=middle) as engine:
        check_pings(left, right, size=size)
        engine.stop()


MACS = bytes.fromhex("020000000002020000000001")
RAW = random.Random(1)


def raw_frames(head, sizes):
    return [MACS + head + RAW.randbytes(size - len(head) - 12) for size in sizes]


@pytest.mark.parametrize("completion", ["handover", "full"])
@pytest.mark.parametrize("frames", [
    pytest.param(raw_frames(b"\x88\xb5", [*range(14, 1514, 7), 1514]), id="plain"),
    pytest.param(raw_frames(bytes.fromhex("8100000588b5"), [20, 64, 1000, 1518]), id="802.1Q"),
    pytest.param(raw_frames(bytes.fromhex("88a800078100e00588b5"), [22, 64, 1000, 1514]),
                 id="802.1ad", marks=pytest.mark.xfail(
                     strict=True, reason="the af_packet PMD of DPDK 22.11 puts every tag that the "
                     "kernel took off back as 0x8100")),
])
def test_bytes(frames, completion):
    """What leaves is to the byte what came."""
    with wire() as (left, middle, right), folder() as path:
        with Nimbl(DEFAULT % f"{{completion: {completion}}}" + PORTS, space=middle) as engine:
            with capture(right, "b0", path + "/out.pcap"):
                send(left, "a0", frames)
            engine.stop()
        assert pcap_read(path + "/out.pcap") == frames


def test_fragments():
    """Fragments of IP are frames like any other; nobody puts them together on the way."""
    with wire() as (left, middle, right), Nimbl(PORTS, space=middle) as engine:
        check_pings(left, right, size=4000)
        stopped = engine.stop()
    assert counters(stopped, "a")["tx_frames"] >= 2 * 20 * 3


def test_ipv6():
    with wire(ipv6=True) as (left, middle, right), Nimbl(PORTS, space=middle) as engine:
        assert ping(left, "fd09::2") == 20
        assert ping(right, "fd09::1") == 20
        engine.stop()


JUMBO = """
dev: true
pools: {default: {data_size: %d, completion: %s}}
ports: {a: {device: n0, mtu: 9000}, b: {device: n1, mtu: 9000}}
xconnect: [[a, b]]
"""


@pytest.mark.parametrize("completion", ["handover", "full"])
def test_jumbo(completion):
    """Frames of 9014 bytes; 8972 + 8 + 20 is the MTU."""
    with wire(mtu=9000) as (left, middle, right):
        with Nimbl(JUMBO % (12256, completion), space=middle) as engine:
            check_pings(left, right, size=8972)
            check_load(left, right)
            stopped = engine.stop()
        assert counters(stopped, "b")["tx_bytes"] > 20 * 9014
        assert "tx_too_long" not in drops(stopped, "b")


def test_jumbo_wants_room():
    with wire(mtu=9000) as (_, middle, _):
        done = nimbl("run", "-", text=JUMBO % (2048, "handover"), space=middle)
    assert done.returncode == 2
    assert done.stderr == (
        "nimbl: <stdin>:4:21: port 'a': an MTU of 9000 on interface 'n0' needs buffers of 12256 "
        "bytes; pool 'default' has 'data_size: 2048'\n"
        "  mend: set 'data_size: 12256' in pool 'default', or 'mtu: 1500' in the port\n")


def test_longer_than_the_other_end_allows():
    """A frame of 4014 bytes into a port of MTU 1500 is a counted drop, and the wire lives on."""
    config = """
        pools: {default: {data_size: 12256}}
        ports: {a: {device: n0, mtu: 9000}, b: n1}
        xconnect: [[a, b]]
        """
    with wire(mtu=9000) as (left, middle, right):
        middle.run("ip", "link", "set", "n1", "mtu", 1500)
        with Nimbl(config, space=middle) as engine:
            assert ping(left, "10.9.0.2", size=3972, count=10) == 0
            check_pings(left, right)
            stopped = engine.stop()
    assert drops(stopped, "b") == {"tx_too_long": 10}


def test_two_instances():
    """Two of them, with names of their own, in a row: A - first - second - B."""
    with spaces(3) as (left, middle, right):
        for space in (left, middle, right):
            space.silence()
        join(left, "a0", middle, "n0", "10.9.0.1/24")
        join(right, "b0", middle, "n1", "10.9.0.2/24")
        middle.run("ip", "link", "add", "m0", "type", "veth", "peer", "name", "m1")
        middle.up("m0")
        middle.up("m1")
        with folder() as home:
            first = "name: first\nports: {a: n0, m: m0}\nxconnect: [[a, m]]\n"
            second = "name: second\nports: {b: n1, m: m1}\nxconnect: [[b, m]]\n"
            with Nimbl(first, space=middle, home=home) as one:
                with Nimbl(second, space=middle, home=home) as two:
                    check_pings(left, right)
                    check_load(left, right)
                    two.stop()
                one.stop()


def test_same_name_is_refused():
    with wire() as (left, middle, right), folder() as home:
        with Nimbl("name: same\n" + PORTS, space=middle, home=home) as engine:
            other = "name: same\nports: {a: net_null0}\n"
            done = nimbl("run", "--dev", "-", text=other, home=home)
            assert done.returncode == 3
            assert done.stderr == (
                f"nimbl: instance 'same' is already running (pid {engine.pid})\n"
                "  mend: give this one another name: --name other\n")
            check_pings(left, right)
            with Nimbl(other, "--dev", "--name", "other", home=home) as beside:
                beside.stop()
            engine.stop()
