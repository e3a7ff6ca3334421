# SPDX-License-Identifier: BSD-3-Clause
"""A tap port is an interface of this machine with nimbl behind it, to a veth and another tap."""

import pytest

from nimbl_e2e import (Nimbl, counters, folder, iperf, join, needs_root, nimbl, ping, spaces,
                       wait_for)

pytestmark = needs_root

CONFIG = ("dev: true\npools: {default: {completion: %s}}\nports: {t: '%s', o: '%s'}\n"
          "xconnect: [[t, o]]\n")


def tap_up(space, target, interface, address):
    """The tap to another namespace, so that the kernel does not take the short way."""
    wait_for(lambda: interface in space.run("ip", "-br", "link").stdout, 5, interface)
    if target is not space:
        space.run("ip", "link", "set", interface, "netns", target.name)
    target.up(interface, address)


@pytest.mark.parametrize("completion", ["handover", "full"])
def test_tap_and_veth(completion):
    with spaces(2) as (middle, right):
        right.silence()
        middle.silence()
        join(right, "b0", middle, "n1", "10.9.0.2/24")
        config = CONFIG % (completion, "net_tap0,iface=t0", "n1")
        with Nimbl(config, space=middle) as engine:
            tap_up(middle, middle, "t0", "10.9.0.1/24")
            wait_for(lambda: engine.ports()["t"]["link_up"], 5, "the link of the tap is seen")
            assert ping(middle, "10.9.0.2") == 20
            assert ping(right, "10.9.0.1") == 20
            assert iperf(middle, right, "10.9.0.2", seconds=1)["sum_received"]["bytes"] > 1e6
            assert iperf(right, middle, "10.9.0.1", seconds=1)["sum_received"]["bytes"] > 1e6
            udp = iperf(middle, right, "10.9.0.2", "-u", "-b", "10M", "-l", "1000", seconds=1)
            assert udp["sum"]["lost_packets"] <= udp["sum"]["packets"] // 100
            engine.settle()
            stopped = engine.stop()
        assert counters(stopped, "t")["rx_frames"] > 40


def test_tap_counts_exactly():
    with spaces(2) as (middle, right):
        right.silence()
        middle.silence()
        join(right, "b0", middle, "n1", "10.9.0.2/24")
        with Nimbl(CONFIG % ("handover", "net_tap0,iface=t0", "n1"), space=middle) as engine:
            tap_up(middle, middle, "t0", "10.9.0.1/24")
            wait_for(lambda: engine.ports()["t"]["link_up"], 5, "the link of the tap is seen")
            ping(middle, "10.9.0.2", count=100)
            ours = engine.settle()["t"]
            assert ours["rx_frames"] == middle.counter("t0", "tx_packets") >= 100
            assert ours["rx_bytes"] == middle.counter("t0", "tx_bytes")
            assert ours["tx_frames"] == middle.counter("t0", "rx_packets") >= 100
            assert ours["tx_bytes"] == middle.counter("t0", "rx_bytes")
            engine.stop()


def test_two_taps():
    """The second tap moves to another namespace while nimbl runs; nimbl keeps its descriptor."""
    with spaces(2) as (middle, right):
        right.silence()
        middle.silence()
        config = CONFIG % ("handover", "net_tap0,iface=t0", "net_tap1,iface=t1")
        with Nimbl(config, space=middle) as engine:
            tap_up(middle, middle, "t0", "10.9.0.1/24")
            wait_for(lambda: engine.ports()["t"]["link_up"], 5, "the link of the tap is seen")
            # Where the tap is now nobody here can ask whether it is up.
            tap_up(middle, right, "t1", "10.9.0.2/24")
            assert ping(middle, "10.9.0.2") == 20
            assert iperf(middle, right, "10.9.0.2", seconds=1)["sum_received"]["bytes"] > 1e6
            engine.stop()


def test_levels_of_the_verifier_change_without_the_device():
    """A tap that has moved cannot be started again: only the stack above may pause."""
    with spaces(2) as (middle, right), folder() as home:
        right.silence()
        middle.silence()
        config = CONFIG % ("handover", "net_tap0,iface=t0", "net_tap1,iface=t1")
        with Nimbl(config, space=middle, home=home) as engine:
            tap_up(middle, middle, "t0", "10.9.0.1/24")
            tap_up(middle, right, "t1", "10.9.0.2/24")
            for level in (2, 4, 0):
                done = nimbl("nbl", "track", level, home=home)
                assert done.returncode == 0, done.stderr
                assert ping(middle, "10.9.0.2") == 20
            engine.stop()
