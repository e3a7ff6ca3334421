# SPDX-License-Identifier: BSD-3-Clause
"""Protocols that a port names: echo sends back what comes, discard takes it."""

import random

import pytest
from scapy.all import ICMP, IP, Ether

from nimbl_e2e import (Nimbl, capture, counters, drops, folder, join, needs_root, nimbl, pcap_read,
                       pcap_write, ports_of, send, spaces, wait_for)
from test_show import show, shown
from test_tap import tap_up

HERE, THERE = "02:00:00:00:00:01", "02:00:00:00:00:02"
POOL = "dev: true\npools: {default: {completion: %s}}\n"


def pings(count):
    """What a host would send, each of another length."""
    return [Ether(src=HERE, dst=THERE) / IP(src="10.9.0.1", dst="10.9.0.2") /
            ICMP(seq=i) / bytes(range(20 + i)) for i in range(count)]


@needs_root
@pytest.mark.parametrize("completion", ["handover", "full"])
@pytest.mark.parametrize("swap", ["true", "false"])
def test_echo_over_veth(completion, swap):
    sent = pings(100)
    config = POOL % completion + "ports: {a: {device: n0, protocol: {echo: {swap-mac: %s}}}}\n"
    with spaces(2) as (left, middle), folder() as path:
        left.silence()
        middle.silence()
        join(left, "a0", middle, "n0", "10.9.0.1/24")
        with Nimbl(config % swap, space=middle) as engine:
            with capture(left, "a0", path + "/back.pcap"):
                send(left, "a0", [bytes(frame) for frame in sent])
                wait_for(lambda: engine.ports()["a"]["counters"]["tx_frames"] >= 100, 5, "echoes")
            stopped = engine.stop()
        back = [Ether(frame) for frame in pcap_read(path + "/back.pcap")]
    ways = {(frame.src, frame.dst) for frame in back}
    assert ways == ({(THERE, HERE)} if swap == "true" else {(HERE, THERE)})
    # In order, and but for the addresses byte for byte.
    assert [bytes(frame)[12:] for frame in back] == [bytes(frame)[12:] for frame in sent]
    assert counters(stopped, "a")["tx_frames"] == 100 and stopped["ledger"]["taken"] == 0


SELF = {"echo": "ports: {a: {device: 'net_null0,size=64', protocol: echo}}\n",
        "xconnect": "ports: {a: 'net_null0,size=64'}\nxconnect: [[a, a]]\n"}


@needs_root
@pytest.mark.parametrize("completion", ["handover", "full"])
@pytest.mark.parametrize("protocol", ["echo", "xconnect"])
def test_filters_that_make_frames_below_who_sends_back(protocol, completion):
    with folder() as home:
        config = POOL % completion + "verifier: 3\n" + SELF[protocol]
        with Nimbl(config, home=home) as engine:
            for words in (["impair", "duplicate=20%", "corrupt=5%"],
                          ["vlan", "mode=tag", "id=5", "foreign=pass"]):
                assert nimbl("filter", "insert", "a", *words, home=home).returncode == 0
            # A stack that pauses for each change, and finds all lists.
            for _ in range(5):
                done = nimbl("filter", "insert", "a", "pass", home=home)
                assert done.returncode == 0, done.stderr
                assert nimbl("filter", "remove", "a", "pass", home=home).returncode == 0
            found = nimbl("nbl", "log", home=home)
            assert "N0" not in found.stdout, found.stdout
            assert engine.ports()["a"]["counters"]["born"] > 0
            stopped = engine.stop()
    assert stopped["ledger"]["violations"] == 0


@needs_root
@pytest.mark.parametrize("completion", ["handover", "full"])
def test_discard_over_tap(completion):
    config = (POOL % completion +
              "ports: {t: {device: 'net_tap0,iface=t0', protocol: discard}}\n")
    frames = [bytes(frame) for frame in pings(200)]
    with spaces(1) as (space,):
        space.silence()
        with Nimbl(config, space=space) as engine:
            tap_up(space, space, "t0", "10.9.0.1/24")
            wait_for(lambda: engine.ports()["t"]["link_up"], 5, "the link of the tap is seen")
            send(space, "t0", frames)
            wait_for(lambda: counters({"state": engine.state()}, "t")["consumed"] >= 200, 5,
                     "frames are taken")
            stopped = engine.stop()
    port = ports_of(stopped["state"])["t"]
    assert port["protocol"] == "discard" and port["counters"]["consumed"] == 200
    assert port["figures"] == {"frames": 200, "bytes": sum(len(frame) for frame in frames)}
    assert stopped["ledger"]["taken"] == 200 and stopped["ledger"]["sent"] == 0


def test_echo_through_files():
    """Frames of every length, one of them longer than the port may send, without any rights."""
    source = random.Random(7)
    frames = [source.randbytes(size) for size in (14, 15, 60, 61, 1514, 3000, 64)]
    with folder() as path:
        pcap_write(path + "/in.pcap", frames)
        done = Nimbl("dev: true\nports: {f: {device: 'net_pcap0,rx_pcap=%s/in.pcap,tx_pcap="
                     "%s/out.pcap', protocol: {echo: {swap-mac: true}}}}\n" % (path, path),
                     "--duration", "1")
        with done as engine:
            stopped = engine.finish()
        back = pcap_read(path + "/out.pcap")
    sent = [frame[6:12] + frame[:6] + frame[12:] for frame in frames]
    assert drops(stopped, "f") in ({}, {"tx_too_long": 1})
    assert back == [frame for frame in sent if len(frame) < 3000 or not drops(stopped, "f")]


@pytest.mark.parametrize("completion", ["handover", "full"])
def test_a_cable_and_an_echo_behind_it(completion):
    """Frames from a file go through the cable, come back, and leave into another file."""
    frames = [bytes([i]) * 60 for i in range(200)]
    config = (POOL % completion + "ports:\n"
              "  f: {device: 'net_pcap0,rx_pcap=%s/in.pcap,tx_pcap=%s/out.pcap'}\n"
              "  a: {miniport: {loopback: {peer: b}}}\n"
              "  b: {miniport: {loopback: {peer: a}}, protocol: {echo: {swap-mac: true}}}\n"
              "xconnect: [[f, a]]\n")
    with folder() as path:
        pcap_write(path + "/in.pcap", frames)
        with Nimbl(config % (path, path)) as engine:
            wait_for(lambda: engine.ports()["f"]["counters"]["tx_frames"] == 200, 5, "all is back")
            stopped = engine.stop()
        assert pcap_read(path + "/out.pcap") == frames
    ports = ports_of(stopped["state"])
    assert ports["a"]["device"] is None and ports["a"]["driver"] == "loopback"
    assert counters(stopped, "b")["rx_frames"] == counters(stopped, "b")["tx_frames"] == 200


def test_who_is_bound_is_shown():
    config = ("dev: true\nports:\n  a: {device: net_null0, protocol: discard}\n"
              "  b: {device: net_null1, protocol: {echo: {swap-mac: true}}}\n"
              "  c: net_null2\n  d: net_null3\nxconnect: [[d, d]]\n")
    with folder() as home, Nimbl(config, home=home) as engine:
        ports = ports_of(shown(home, "ports"))
        assert {name: port["protocol"] for name, port in ports.items()} == {
            "a": "discard", "b": "echo", "c": None, "d": "xconnect"}
        table = [line.split() for line in show(home, "ports").stdout.splitlines()]
        column = table[0].index("protocol")
        assert [row[column] for row in table[1:]] == ["discard", "echo", "-", "xconnect"]
        wait_for(lambda: ports_of(shown(home, "ports"))["a"]["figures"]["frames"] > 0, 5, "frames")
        assert "\n  frames " in show(home, "ports", "a").stdout
        assert shown(home, "config")["config"]["ports"]["b"]["protocol"] == {
            "echo": {"swap-mac": "true"}}
        said = engine.said()
        assert "transmits, for protocol discard\n" in said
        assert "transmits; not connected: what it receives is dropped\n" in said
        engine.stop()


@pytest.mark.parametrize("port, place, cause, mend", [
    ("protocol: ecko", "2:42", "there is no protocol driver 'ecko'", "did you mean 'echo'?"),
    ("protocol: pass", "2:42", "'pass' is no protocol driver", "protocols stand in "),
    ("protocol: {echo: {swap-mc: true}}", "2:59", "protocol echo has no setting 'swap-mc'",
     "did you mean 'swap-mac'?"),
    ("miniport: loopback", "2:42", "there is a device and a miniport", "devices have "),
    ("protocol: {echo: {swap-mac: 1}}", "2:60", "swap-mac '1' is not known", "allowed: "),
])
def test_what_is_wrong_is_told(port, place, cause, mend):
    done = nimbl("run", "--duration", "1", "-",
                 text="dev: true\nports: {a: {device: net_null0, %s}}\n" % port)
    assert done.returncode == 2 and done.stdout == ""
    line = next(line for line in done.stderr.splitlines() if "<stdin>" in line)
    assert line == f"nimbl: <stdin>:{place}: port 'a': {cause}", done.stderr
    assert "\n  mend: " + mend in done.stderr
