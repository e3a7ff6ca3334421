# SPDX-License-Identifier: BSD-3-Clause
"""The commands of docs/pktgen.md, with Debian's testpmd: both sides count the same frames.

Pktgen is not packaged. What of its commands goes to DPDK is run with testpmd in its place.
"""

import os
import re
import shlex
import time

import pytest

from nimbl_e2e import ROOT, Nimbl, Testpmd, folder, needs_tool, wait_for

pytestmark = needs_tool("dpdk-testpmd")

WAITING_MAX = 512  # lists of a port whose peer does not read
MEMIF = "net_memif%d,role=%s,socket=%s/%s.sock,socket-abstract=no"


def text_of(*parts):
    with open(os.path.join(ROOT, *parts), encoding="utf-8") as source:
        return source.read()


def commands(program):
    """The words of each command of the page that runs `program`."""
    page = text_of("docs", "pktgen.md").replace("\\\n", " ")
    return [shlex.split(line) for line in re.findall(rf"^{program} .*", page, re.M)]


def vdevs(words, path):
    return [word.split("=", 1)[1].replace("/tmp", path) for word in words
            if word.startswith("--vdev=")]


def mode(words):
    return next(word.split("=")[1] for word in words if word.startswith("--forward-mode="))


def example(name, path):
    return text_of("examples", name + ".yaml").replace("/tmp", path)


def linked(engine, *ports):
    wait_for(lambda: all(engine.ports()[port]["link_up"] for port in ports), 5, "links are up")


def loaded(engine, source):
    """Start the source for a second; what both sides counted when all is still."""
    source.tell("start")
    time.sleep(1)
    source.tell("stop")
    engine.takes_all_of(source, "p0")
    return engine.settle()


def settled(pmd):
    """What it received, when that does not grow any more, and sent."""
    seen = []

    def still():
        seen.append(pmd.stats())
        time.sleep(0.1)
        return len(seen) > 1 and seen[-1] == seen[-2]

    wait_for(still, 5, "testpmd is still")
    return seen[-1]


def check_pair(engine, source, sink):
    """source - p0 - p1 - sink: each frame is where both of its neighbours say."""
    linked(engine, "p0", "p1")
    sink.tell("start")
    figures = loaded(engine, source)
    assert settled(source)[1] == figures["p0"]["rx_frames"] > 1000
    assert settled(sink)[0] == figures["p1"]["tx_frames"] > 1000
    dropped = {name: count for name, count in figures["p1"]["drops"].items() if count > 0}
    assert set(dropped) <= {"tx_ring_full"}
    assert figures["p0"]["rx_frames"] == figures["p1"]["tx_frames"] + sum(dropped.values())


def check_echo(engine, source):
    """What comes back is what was sent, less what is dropped under a name."""
    linked(engine, "p0")
    figures = loaded(engine, source)["p0"]
    received, sent = settled(source)
    assert sent == figures["rx_frames"] > 1000
    # A source that was stopped does not look at what still comes back: that waits.
    assert 0 <= figures["rx_frames"] - figures["tx_frames"] - figures["dropped"] <= WAITING_MAX
    assert 0 < received <= figures["tx_frames"]


def options_of(words):
    return ("--single-file-segments",) if "--single-file-segments" in words else ()


SOURCES = [words for words in commands("dpdk-testpmd") if mode(words) != "rxonly"]
SINK = next(words for words in commands("dpdk-testpmd") if mode(words) == "rxonly")


def started(words, path):
    return Testpmd(*vdevs(words, path), mode=mode(words), eal=options_of(words))


@pytest.mark.parametrize("words", SOURCES, ids=mode)
def test_vhost_pair(words):
    with folder() as path, Nimbl(example("pktgen-pair", path)) as engine:
        with started(words, path) as source, started(SINK, path) as sink:
            check_pair(engine, source, sink)
        engine.stop()


def test_vhost_echo():
    """Of the sources flowgen alone receives."""
    flows = next(words for words in SOURCES if mode(words) == "flowgen")
    with folder() as path, Nimbl(example("pktgen-echo", path)) as engine:
        with started(flows, path) as source:
            check_echo(engine, source)
        engine.stop()


@pytest.mark.parametrize("kind", ["txonly", "flowgen"])
def test_memif_pair(kind):
    with folder() as path:
        config = "dev: true\nports: {p0: '%s', p1: '%s'}\nxconnect: [[p0, p1]]\n" % (
            MEMIF % (0, "server", path, "p0"), MEMIF % (1, "server", path, "p1"))
        with Nimbl(config) as engine:
            with (Testpmd(MEMIF % (0, "client", path, "p0"), mode=kind) as source,
                  Testpmd(MEMIF % (0, "client", path, "p1"), mode="rxonly") as sink):
                check_pair(engine, source, sink)
            engine.stop()


@pytest.mark.parametrize("words", [words for words in commands("pktgen") if "--no-pci" in words],
                         ids=lambda words: f"{len(vdevs(words, ''))}-ports")
def test_commands_for_pktgen(words):
    """DPDK takes the arguments before the "--" of each, and links come up."""
    devices = vdevs(words, "")
    with folder() as path:
        name = "pktgen-pair" if len(devices) == 2 else "pktgen-echo"
        with Nimbl(example(name, path)) as engine:
            with Testpmd(*vdevs(words, path), eal=options_of(words)) as pmd:
                linked(engine, *(f"p{i}" for i in range(len(devices))))
                pmd.tell("start tx_first")
                wait_for(lambda: engine.ports()["p0"]["counters"]["rx_frames"] >= 32, 5, "frames arrive")
                pmd.tell("stop")
            engine.stop()
