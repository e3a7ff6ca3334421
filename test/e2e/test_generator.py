# SPDX-License-Identifier: BSD-3-Clause
"""nimbl gen: what it says that it sent is what others count, and what it cannot do it refuses."""

import json
import os
import signal
import subprocess
import time

import pytest

from nimbl_e2e import (NIMBL, Nimbl, capture, folder, needs_root, nimbl, pcap_read, spaces, veth,
                       wait_for)

DST = ("--dst", "02:00:00:00:00:02")


def gen(*words, status=0, **options):
    """The result of a run, and all of its events."""
    done = nimbl("gen", "--json", *words, seconds=120, **options)
    assert done.returncode == status, done.stdout + done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(event["schema"] == "nimbl.gen/1" for event in events)
    assert events[0]["event"] == "started" and events[-1]["event"] == "result"
    assert events[-1]["exit"] == status and events[-1]["balanced"], events[-1]
    return events[-1]


def test_a_loop_brings_back_every_frame():
    result = gen("--port", "a=net_ring0", *DST, "--rate", "20kpps", "--count", 5000, "--strict")
    stream = result["streams"][0]
    assert result["clean"] and result["lost"] == 0
    assert stream["sent"]["frames"] == stream["received"]["frames"] == 5000
    assert stream["sent"]["l2_bytes"] == 5000 * 64
    assert stream["latency_ns"]["count"] == 5000
    assert stream["latency_ns"]["min"] <= stream["latency_ns"]["p50"] <= stream["latency_ns"]["max"]
    assert result["ports"][0]["tx_frames"] == 5000


def test_what_is_lost_on_purpose_is_counted():
    """net_null takes all and brings back nothing."""
    words = ("--port", "a=net_null0,no-rx=1", *DST, "--count", 300, "--settle", 50)
    assert gen(*words)["lost"] == 300
    assert not gen(*words, "--strict", status=1)["clean"]


@needs_root
def test_on_a_wire_others_count_the_same():
    """A file of two streams each way over a veth pair; what passes is captured by the kernel."""
    streams = """
streams:
  - {port: a, name: small, dst: [02:00:00:00:00:02, 10.0.0.2], count: 200, rate: 2kpps}
  - {port: a, name: tagged, dst: [02:00:00:00:00:02, 10.0.0.2], vlan.vid: 7, size: 68..127, count: 120, rate: 1kpps}
  - {port: b, name: back, dst: [02:00:00:00:00:01, "fd00::1"], size: 1518, count: 80, rate: 1kpps}
"""
    with spaces(1) as (middle,), folder() as path:
        middle.silence()
        veth(middle, "n0", middle, "n1")
        middle.up("n0")
        middle.up("n1")
        with open(f"{path}/streams.yaml", "w", encoding="ascii") as file:
            file.write(streams)
        before = {name: middle.counter(name, "tx_packets") for name in ("n0", "n1")}
        with capture(middle, "n1", f"{path}/n1.pcap"):
            result = gen(f"{path}/streams.yaml", "--port", "a=n0", "--port", "b=n1", "--strict",
                         space=middle)
        sent = {name: middle.counter(name, "tx_packets") - before[name] for name in before}
        arrived = pcap_read(f"{path}/n1.pcap")
    assert sent == {"n0": 320, "n1": 80}
    assert [stream["received"]["frames"] for stream in result["streams"]] == [200, 120, 80]
    assert len(arrived) == 320
    assert len([frame for frame in arrived if len(frame) == 60]) == 200


@needs_root
def test_a_forwarder_between():
    """a - veth - nimbl - veth - b: none is lost or comes twice. As many frames as af_packet's ring holds, for a busy
    machine may let nobody look at it meanwhile."""
    with spaces(1) as (middle,):
        middle.silence()
        for ends in (("a0", "n0"), ("b0", "n1")):
            veth(middle, ends[0], middle, ends[1])
            middle.up(ends[0])
            middle.up(ends[1])
        with Nimbl("ports: {a: n0, b: n1}\nxconnect: [[a, b]]\n", space=middle) as engine:
            result = gen("--port", "a=a0", "--port", "b=b0", "--both", *DST, "--rate", "2kpps",
                         "--count", 400, "--strict", space=middle)
            engine.stop()
    assert [stream["received"]["frames"] for stream in result["streams"]] == [400, 400]


def test_over_memif_through_an_echo():
    with folder() as path:
        device = f"net_memif0,role=%s,socket={path}/m.sock,socket-abstract=no"
        config = f"dev: true\nports: {{a: {{device: '{device % 'server'}', protocol: echo}}}}\n"
        with Nimbl(config) as engine:
            result = gen("--port", f"a={device % 'client'}", *DST, "--rate", "5kpps", "--count",
                         2000, "--strict")
            engine.stop()
    assert result["streams"][0]["received"]["frames"] == 2000


def test_in_any_configuration():
    """Two ports of one file, one of them with a filter that loses frames; asked while it runs."""
    with folder() as path:
        with open(f"{path}/streams.yaml", "w", encoding="ascii") as file:
            file.write("streams:\n  - {port: a, dst: 02:00:00:00:00:02, count: 700}\n"
                       "  - {port: b, dst: 02:00:00:00:00:01, count: 300}\n")
        protocol = f"protocol: {{tester: {{streams: {path}/streams.yaml}}}}"
        config = ("dev: true\nports:\n"
                  f"  a: {{miniport: {{loopback: {{peer: b}}}}, {protocol}}}\n"
                  f"  b: {{miniport: {{loopback: {{peer: a}}}}, {protocol},"
                  " filters: [impair: {direction: rx, loss_every: 10}]}\n")
        with Nimbl(config) as engine:
            def received():
                figures = {name: port["figures"] for name, port in engine.ports().items()}
                return figures["a"]["received"] == 300 and figures["b"]["received"] == 630
            wait_for(received, 30, "all frames have come")
            engine.stop()


def test_a_configuration_without_its_streams_is_refused():
    config = "ports: {a: {device: net_ring0, protocol: {tester: {streams: /nowhere.yaml}}}}"
    done = nimbl("run", "--dev", "-", text=config)
    assert done.returncode == 3, done.stderr
    assert "port 'a': " in done.stderr and "/nowhere.yaml" in done.stderr
    done = nimbl("run", "--dev", "-", text=config.replace("{streams: /nowhere.yaml}", "{}"))
    assert done.returncode == 2 and "wants either 'streams' or 'name'" in done.stderr


def test_an_interrupt_ends_it_in_order():
    with folder() as home:
        with subprocess.Popen([NIMBL, "gen", "--json", "--port", "a=net_ring0", *DST, "--rate",
                               "10kpps", "--seconds", "600"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True,
                              env={**os.environ, "RUNTIME_DIRECTORY": home}) as process:
            try:
                assert json.loads(process.stdout.readline())["event"] == "started"
                time.sleep(0.3)
                process.send_signal(signal.SIGINT)
                lines = process.stdout.read().splitlines()
                assert process.wait(10) == 0
            finally:
                process.kill()
    result = json.loads(lines[-1])
    assert result["event"] == "result" and result["balanced"] and result["lost"] == 0
    assert result["streams"][0]["sent"]["frames"] > 0


def test_tables_are_for_people():
    done = nimbl("gen", "--tables", "--port", "a=net_ring0", *DST, "--count", 100)
    assert done.returncode == 0, done.stderr
    for text in ("stream", " L1 ", " L2", "delay of", "99.99 %", "ledger: balanced"):
        assert text in done.stdout


def test_delays_are_written_for_the_plotter():
    with folder() as path:
        gen("--port", "a=net_ring0", *DST, "--count", 100, "--hgrm", f"{path}/delays.hgrm")
        with open(f"{path}/delays.hgrm", encoding="ascii") as file:
            text = file.read()
    assert "Value" in text and "TotalCount" in text


@pytest.mark.parametrize("words, status, said", [
    ((), 2, "--port NAME=DEVICE is missing"),
    (("--port", "net_null0"), 2, "has to be NAME=DEVICE"),
    (("--port", "a=net_null0"), 2, "no destination MAC address"),
    (("--port", "a=net_null0", "--dst", "00:00:00:00:00:00"), 2, "00:00:00:00:00:00"),
    (("--port", "a=net_null0", *DST, "--rate", "fast"), 2, "rate"),
    (("--port", "a=net_null0", *DST, "--set", "vlna.vid=1"), 2, "vlan"),
    (("--port", "a=net_null0", "/nowhere.yaml"), 3, "/nowhere.yaml"),
    (("--port", "a=net_null0", *DST, "--both"), 2, "--both wants two ports"),
    (("--port", "a=nowhere9", *DST), 3, "nowhere9"),
])
def test_what_cannot_be_is_refused(words, status, said):
    done = nimbl("gen", *words)
    assert done.returncode == status, done.stdout + done.stderr
    assert said in done.stderr
