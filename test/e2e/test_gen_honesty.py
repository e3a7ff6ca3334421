# SPDX-License-Identifier: BSD-3-Clause
"""nimbl gen is honest: what somebody else did to its frames, or counted of them, is what it reports.

The device between is `nimbl run` with an `impair` filter, whose figures tests of its own hold against its seed.
Counts only: rates and delays are measured by test/bench/honesty.py.
"""

import contextlib
import json
import threading
import time

import pytest

from nimbl_e2e import (Nimbl, Testpmd, capture, drops, folder, needs_root, needs_tool, nimbl,
                       pcap_read, spaces, veth, wait_for)

MEMIF = "net_memif%d,role=%s,socket=%s/%s.memif,socket-abstract=no,rsize=12"
DST = "02:00:00:00:00:02"
HEADERS = 14 + 20 + 8  # what a signature does not cover: routers may change it


def gen(*words, seconds=60, status=0, **more):
    """`nimbl gen` to its end: its result, which has to balance."""
    done = nimbl("gen", "--json", "--dst", DST, *words, seconds=seconds, **more)
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == status, done.stderr + done.stdout
    result = [line for line in results if line["event"] == "result"][-1]
    assert result["balanced"], result
    return result


def port_of(result, name):
    return {port["name"]: port for port in result["ports"]}[name]


@contextlib.contextmanager
def device(settings, path):
    """gen's port a - x [impair] y - gen's port b; gives the options of gen and the engine."""
    ports = {name: MEMIF % (i, "server", path, name) for i, name in enumerate("xy")}
    config = (f"dev: true\nports: {{x: {{device: '{ports['x']}', filters: [{{impair: "
              f"{{direction: rx, limit: 8192, copies: 8192, corrupt_from: {HEADERS}, "
              f"{settings}}}}}]}}, y: '{ports['y']}'}}\nxconnect: [[x, y]]\n")
    with Nimbl(config, home=path) as engine:
        yield [word for i, name in enumerate("xy") for word in
               ("--port", "ab"[i] + "=" + MEMIF % (i, "client", path, name))], engine


def figures(path):
    done = nimbl("filter", "list", "x", "--json", home=path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["ports"][0]["filters"][0]["figures"]
    return {name[3:]: value for name, value in found.items() if name.startswith("rx_")}


def trial(settings, *words, count=4000):
    """A trial through the device: what the filter did, what gen saw, what else was dropped."""
    with folder() as path, device(settings, path) as (ports, engine):
        result = gen(*ports, "--rate", "20kpps", "--count", count, *words)
        engine.settle()
        did = figures(path)
        stopped = engine.stop()
    # Of what gen sent nothing is lost but by the filter, or it is counted here.
    others = sum(sum(drops(stopped, port).values()) for port in "xy") - did["lost"]
    stream = result["streams"][0]
    assert stream["sent"]["frames"] == did["frames"] == count - stream["sent"]["refused"]
    return did, stream, port_of(result, "b"), others


def test_loss_is_exact():
    did, stream, _, others = trial("seed: 5, loss: 3%, loss_burst: 4")
    assert did["lost"] > 40
    assert stream["received"]["lost"] == did["lost"] + others
    assert stream["received"]["duplicates"] == stream["received"]["reordered"] == 0


def test_duplicates_are_exact():
    did, stream, port, others = trial("seed: 6, duplicate: 5%")
    assert did["duplicated"] > 100
    assert stream["received"]["duplicates"] == did["duplicated"] - others
    assert stream["received"]["lost"] == stream["received"]["reordered"] == 0
    assert port["received"]["frames"] == did["frames"] + did["duplicated"] - others


@pytest.mark.parametrize("by", [1, 7])
def test_reordering_is_exact(by):
    """A frame that the filter held back until others overtook it is reordered as RFC 4737 says."""
    did, stream, _, others = trial(f"seed: 7, reorder: 4%, reorder_by: {by}")
    assert did["reordered"] > 80
    assert others == stream["received"]["lost"] == stream["received"]["duplicates"] == 0
    assert stream["received"]["reordered"] == did["reordered"]
    # It may wait beside others that were held back before it, and come right behind them.
    assert by <= stream["received"]["extent_max"] <= 3 * by


def test_corruption_is_exact():
    did, stream, port, others = trial("seed: 8, corrupt: 5%")
    assert did["corrupted"] > 100
    assert others == 0
    assert port["received"]["corrupt"] == did["corrupted"]
    assert port["received"]["foreign"] == port["received"]["misrouted"] == 0
    assert stream["received"]["lost"] == did["corrupted"]  # none of these came whole


def test_everything_at_once_adds_up():
    did, stream, port, others = trial(
        "seed: 9, loss: 2%, duplicate: 2%, corrupt: 2%, reorder: 2%, reorder_by: 3, "
        "delay: 2ms, jitter: 1ms", "--size", "64..512")
    assert min(did[name] for name in ("lost", "duplicated", "corrupted", "reordered")) > 20
    came = port["received"]
    assert came["frames"] == did["frames"] - did["lost"] + did["duplicated"] - others
    assert came["foreign"] == came["misrouted"] == 0
    whole = stream["received"]["frames"] + stream["received"]["duplicates"]
    assert whole + came["corrupt"] == came["frames"]
    assert did["corrupted"] <= came["corrupt"] <= 2 * did["corrupted"]
    assert stream["received"]["lost"] + stream["received"]["frames"] == did["frames"]


def test_a_stream_at_the_wrong_port_is_misrouted():
    """b's own stream comes back to b, as a device would that mixes up its ports."""
    with folder() as path, device("loss: 0%", path) as (ports, engine):
        done = nimbl("gen", "--json", "--dst", DST, *ports, "--both", "--rate", "20kpps", "--count",
                     500, seconds=60)
        assert done.returncode == 0, done.stderr
        engine.stop()
    result = json.loads(done.stdout.splitlines()[-1])
    for name in "ab":
        assert port_of(result, name)["received"]["misrouted"] == 0
        assert port_of(result, name)["received"]["frames"] == 500
    config = f"dev: true\nports: {{x: '{MEMIF % (0, 'server', '%s', 'x')}'}}\nxconnect: [[x, x]]\n"
    with folder() as path, Nimbl(config % path, home=path) as engine:
        back = gen("--port", "a=" + MEMIF % (0, "client", path, "x"), "--port", "b=net_null0",
                   "--rate", "20kpps", "--count", 500)
        engine.stop()
    assert port_of(back, "a")["received"]["misrouted"] == 500
    assert back["streams"][0]["received"]["lost"] == 500


def test_a_trial_counts_nothing_from_before_it():
    """net_null receives from the start of the program on."""
    result = gen("--port", "a=net_null0", "--rate", "10pps", "--seconds", 1, "--settle", 0)
    came = port_of(result, "a")["received"]
    assert came["frames"] == came["foreign"] > 10000


@contextlib.contextmanager
def gen_beside(*words):
    """gen while something else happens; a list that has its result in the end."""
    results = []
    thread = threading.Thread(target=lambda: results.append(gen(*words)))
    thread.start()
    try:
        yield results
    finally:
        thread.join()


@needs_tool("dpdk-testpmd")
def test_testpmd_receives_the_same_frames():
    with folder() as path, Testpmd(MEMIF % (0, "server", path, "x"), mode="rxonly") as peer:
        peer.tell("start")
        with gen_beside("--port", "a=" + MEMIF % (0, "client", path, "x"), "--rate", "20kpps",
                        "--count", 4000, "--size", "imix", "--settle", 5000) as results:
            # Its figures end with the connection.
            wait_for(lambda: peer.stats()[0] >= 4000 or results, 40, "testpmd has them all")
            seen = peer.stats()[0]
        assert seen == results[0]["streams"][0]["sent"]["frames"] == 4000


@needs_tool("dpdk-testpmd")
def test_testpmd_sent_what_is_foreign():
    with folder() as path, Testpmd(MEMIF % (0, "server", path, "x"), mode="txonly") as peer:
        with gen_beside("--port", "a=net_null0", "--port", "b=" + MEMIF % (0, "client", path, "x"),
                        "--rate", "10pps", "--seconds", 4) as results:
            wait_for(lambda: peer.link_up() or results, 20, "gen is there")
            peer.tell("start")
            wait_for(lambda: peer.stats()[1] > 10000 or results, 20, "frames flow")
            peer.tell("stop")
            sent = peer.stats()[1]
        came = port_of(results[0], "b")["received"]
        assert came["foreign"] == came["frames"] == sent > 10000
        assert results[0]["streams"][0]["received"]["lost"] == 40


@needs_root
def test_tcpdump_sees_the_same_frames():
    """Each frame with its number, in order, as long as it says."""
    with spaces(2) as (ours, theirs), folder() as path:
        for space in (ours, theirs):
            space.silence()
        veth(ours, "n0", theirs, "t0")
        ours.up("n0")
        theirs.up("t0")
        with capture(theirs, "t0", f"{path}/seen.pcap"):
            result = gen("--port", "a=net_af_packet0,iface=n0", "--rate", "5kpps", "--count", 2000,
                         "--size", "128", space=ours)
            time.sleep(0.5)
        seen = [frame for frame in pcap_read(f"{path}/seen.pcap") if frame[:6].hex() == DST.replace(":", "")]
    assert len(seen) == result["streams"][0]["sent"]["frames"] == 2000
    assert {len(frame) for frame in seen} == {124}
    assert [int.from_bytes(frame[-14:-10], "big") for frame in seen] == list(
        range(int.from_bytes(seen[0][-14:-10], "big"), int.from_bytes(seen[0][-14:-10], "big") + 2000))
