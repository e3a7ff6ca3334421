# SPDX-License-Identifier: BSD-3-Clause
"""Filters that decide: two hosts with nimbl between them, a VLAN on one side, ports that are closed,
a rate that is kept."""

import json
import subprocess

import pytest

from nimbl_e2e import (Nimbl, capture, drops, folder, iperf, needs_root, nimbl, pcap_read, ping, send,
                       veth, wire)

pytestmark = needs_root

MACS = bytes.fromhex("020000000002020000000001")
DEFAULT = "dev: true\npools: {default: {completion: %s}}\n"
PORTS = "ports: {a: {device: n0, filters: [%s]}, b: {device: n1, filters: [%s]}}\n"
SPLIT = "lcores: {receive: [0], transmit: [1]}\n"
JOINED = "xconnect: [[a, b]]\n"


def config(below_a, below_b="", completion="handover"):
    return DEFAULT % completion + PORTS % (below_a, below_b) + JOINED


# Two hosts, and between them a wire of its own (t0 to t1) that carries a VLAN.
FOUR = ("ports: {a: {device: n0, filters: [%s]}, b: {device: t0, filters: [%s]},\n"
        "        c: {device: t1, filters: [%s]}, d: {device: n1, filters: [%s]}}\n"
        "xconnect: [[a, b], [c, d]]\n")
TAG = "{vlan: {mode: tag, id: 5, priority: 3}}"
ACCESS = "{vlan: {mode: access, id: 9, priority: 3}}"
TRANSLATE = "{vlan: {mode: translate, map: ['5:9']}}"


@pytest.mark.parametrize("completion", ["handover", "full"])
@pytest.mark.parametrize("lcores", ["", SPLIT], ids=["worker", "split"])
@pytest.mark.parametrize("host, trunk", [("", TAG), (ACCESS, TRANSLATE)], ids=["tag", "translate"])
def test_ping_over_a_tagged_wire(host, trunk, lcores, completion):
    with wire() as (left, middle, right), folder() as path:
        veth(middle, "t0", middle, "t1")
        for end in ("t0", "t1"):
            middle.up(end)
        text = lcores + DEFAULT % completion + FOUR % (host, trunk, trunk, host)
        with Nimbl(text, space=middle) as engine:
            with capture(middle, "t1", path + "/out.pcap"):
                assert ping(left, "10.9.0.2") == 20
                assert ping(right, "10.9.0.1", size=1472) == 20
            engine.settle()
            engine.stop()
        frames = [frame for frame in pcap_read(path + "/out.pcap") if frame[16:18] == b"\x08\x00"]
        assert len(frames) >= 40
        assert {frame[12:16] for frame in frames} == {bytes.fromhex("81006005")}


def test_another_vlan_does_not_pass():
    frames = [MACS + bytes.fromhex(head) + bytes(60)
              for head in ("8100000588b5", "8100000688b5", "88b5", "810060058100000788b5")]
    want = [MACS + bytes.fromhex(head) + bytes(60) for head in ("88b5", "8100000788b5")]
    with wire() as (left, middle, right), folder() as path:
        with Nimbl(config("{vlan: {mode: tag, id: 5}}"), space=middle) as engine:
            with capture(right, "b0", path + "/out.pcap"):
                send(left, "a0", frames)
            engine.settle()
            assert drops(engine.stop(), "a") == {"vlan": 2}
        assert pcap_read(path + "/out.pcap") == want


CONNECT = """
import socket, sys
s = socket.socket()
s.settimeout(1.5)
try:
    s.connect(("10.9.0.2", int(sys.argv[1])))
    print("open")
except TimeoutError:
    print("silent")
"""
LISTEN = """
import socket, time
listeners = [socket.create_server(("10.9.0.2", port)) for port in (7001, 7002)]
print("listening", flush=True)
time.sleep(60)
"""


def connect(space, port):
    return space.run("python3", "-c", CONNECT, port).stdout.strip()


def figures(home, port, name):
    done = nimbl("filter", "list", port, "--json", home=home)
    found = json.loads(done.stdout)["ports"][0]["filters"]
    return {entry["name"]: entry["figures"] for entry in found}[name]


@pytest.mark.parametrize("completion", ["handover", "full"])
def test_a_closed_port_is_silent_and_counted(completion):
    below_a = "{acl: {rules: [deny tcp to 10.9.0.2 port 7001, permit any]}}"
    with wire() as (left, middle, right), folder() as home:
        server = right.start("python3", "-c", LISTEN, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout.readline() == "listening\n"
            with Nimbl(config(below_a, completion=completion), space=middle,
                       home=home) as engine:
                assert connect(left, 7002) == "open"
                assert connect(left, 7001) == "silent"
                denied = figures(home, "a", "acl")["rule_1"]
                assert denied >= 1
                done = nimbl("filter", "set", "a", "acl", "rules=permit any", home=home)
                assert done.returncode == 0, done.stderr
                assert connect(left, 7001) == "open"
                engine.settle()
                assert drops(engine.stop(), "a") == {"acl": denied}
        finally:
            server.kill()
            server.wait()
            server.stdout.close()


def test_rules_are_refused_with_their_place():
    with folder() as home:
        text = ("ports:\n  a:\n    device: net_null0\n    filters:\n      - acl:\n"
                "          rules:\n            - permit any\n            - deny tpc\n")
        for how in ((), ("--check",)):
            done = nimbl("run", *how, "--dev", "-", text=text, home=home)
            assert done.returncode == 2, done.stderr
            assert done.stderr.splitlines() == [
                "nimbl: <stdin>:8:15: port 'a': rule 2: 'tpc' is no word of a rule",
                "  mend: did you mean 'tcp'?"]


def test_a_vlan_that_lacks_its_id_is_refused_before_anything_starts():
    text = "ports: {a: {device: net_null0, filters: [{vlan: {mode: tag}}]}}\n"
    done = nimbl("run", "--check", "--dev", "-", text=text)
    assert done.returncode == 2, done.stderr
    assert done.stderr.splitlines()[0] == "nimbl: <stdin>:1:56: port 'a': mode 'tag' needs 'id'"


@pytest.mark.parametrize("lcores", ["", SPLIT], ids=["worker", "split"])
def test_a_rate_is_kept(lcores):
    below_a = "{police: {rate: 10M, burst: 64K, direction: rx}}"
    with wire() as (left, middle, right):
        with Nimbl(lcores + config(below_a), space=middle) as engine:
            udp = iperf(left, right, "10.9.0.2", "-u", "-b", "40M", "-l", "1000", seconds=3)
            # 3 s at 10 Mbit/s and the burst, give or take what a busy machine does.
            received = udp["sum"]["packets"] - udp["sum"]["lost_packets"]
            assert 1500 < received < 5000
            tcp = iperf(left, right, "10.9.0.2", seconds=2)["sum_received"]
            assert tcp["bits_per_second"] < 14e6
            engine.settle()
            assert drops(engine.stop(), "a")["policed"] > 1000


BUSY = ("dev: true\npools: {default: {completion: %s}}\n"
        "ports: {a: {device: 'net_null0,size=64'}, b: 'net_null1,size=64'}\nxconnect: [[a, b]]\n")


@pytest.mark.parametrize("completion", ["handover", "full"])
@pytest.mark.parametrize("words", [
    ("vlan", "mode=tag", "id=5", "type=8021ad", "foreign=pass"),
    ("acl", "rules=deny any vlan 5", "rules=permit ethertype 0x0"),
    ("police", "rate=10M", "yellow=drop", "excess=64K"),
], ids=lambda words: words[0])
def test_filters_come_and_go_under_load(words, completion):
    """Parts that are on their way hold a pause up, and no list is lost."""
    with folder() as home, Nimbl(BUSY % completion, home=home) as engine:
        for _ in range(15):
            for line in (("insert", "b", *words), ("set", "b", words[0], *words[1:]),
                         ("remove", "b", words[0])):
                done = nimbl("filter", *line, home=home)
                assert done.returncode == 0, done.stderr
        engine.stop()
