# SPDX-License-Identifier: BSD-3-Clause
"""Frames of a pcap file come out of nimbl as they went in, byte for byte and in order.

net_pcap's rx_pcap ends with its file and then stays silent; tx_pcap is whole once nimbl has ended.
Frames that no Ethernet carries are drops under their reason.
"""

import random

import pytest

from nimbl_e2e import Nimbl, counters, drops, folder, pcap_read, pcap_write

CONFIG = """
dev: true
lcores: %s
pools: {default: {completion: %s, return: %s, data_size: %d}}
ports:
  a: {device: "net_pcap0,rx_pcap=%s/in_a.pcap,tx_pcap=%s/out_a.pcap"%s}
  b: {device: "net_pcap1,rx_pcap=%s/in_b.pcap,tx_pcap=%s/out_b.pcap"%s}
xconnect: [[a, b]]
"""


def carry(frames_a, frames_b, completion="handover", reclaim="pool", lcores="auto", data_size=2048,
          mtu=None):
    """What came out of a and b, and the last event."""
    with folder() as path:
        pcap_write(path + "/in_a.pcap", frames_a)
        pcap_write(path + "/in_b.pcap", frames_b)
        keys = f", mtu: {mtu}" if mtu else ""
        config = CONFIG % (lcores, completion, reclaim, data_size, path, path, keys, path, path,
                           keys)
        with Nimbl(config) as engine:
            engine.settle(20)
            stopped = engine.stop()
        return pcap_read(path + "/out_a.pcap"), pcap_read(path + "/out_b.pcap"), stopped


def some_frames(sizes, seed=1):
    source = random.Random(seed)
    return [source.randbytes(size) for size in sizes]


def differing(out, frames):
    return [i for i, (got, sent) in enumerate(zip(out, frames)) if got != sent]


@pytest.mark.parametrize("completion", ["handover", "full"])
@pytest.mark.parametrize("reclaim", ["pool", "reuse"])
@pytest.mark.parametrize("lcores", ["auto", "{receive: [0], transmit: [1]}"],
                         ids=["worker", "split"])
def test_every_size(completion, reclaim, lcores):
    to_b = some_frames(range(14, 1515))
    to_a = some_frames(reversed(range(14, 1515)), 2)
    out_a, out_b, stopped = carry(to_b, to_a, completion, reclaim, lcores)
    assert (len(out_a), len(out_b)) == (len(to_a), len(to_b))
    assert differing(out_b, to_b) == [] and differing(out_a, to_a) == []
    assert stopped["ledger"]["dropped"] == 0
    assert counters(stopped, "a")["rx_bytes"] == sum(map(len, to_b))
    assert counters(stopped, "b")["tx_bytes"] == sum(map(len, to_b))


@pytest.mark.parametrize("completion", ["handover", "full"])
@pytest.mark.parametrize("reclaim", ["pool", "reuse"])
def test_many(completion, reclaim):
    """More frames than the pool has lists, many times over."""
    source = random.Random(3)
    frames = some_frames((source.randint(14, 1514) for _ in range(20000)), 4)
    _, out, stopped = carry(frames, [], completion, reclaim)
    assert len(out) == len(frames) and differing(out, frames) == []
    assert stopped["ledger"]["dropped"] == 0


@pytest.mark.parametrize("completion", ["handover", "full"])
@pytest.mark.parametrize("reclaim", ["pool", "reuse"])
@pytest.mark.parametrize("data_size", [512, 2048, 9216])
def test_segments(completion, reclaim, data_size):
    """Frames of up to 9014 bytes in as many buffers as it takes."""
    source = random.Random(5)
    sizes = [14, 2047, 2048, 2049, 4096, 4097, 6144, 9013, 9014]
    frames = some_frames(sizes + [source.randint(14, 9014) for _ in range(300)], 6)
    _, out, stopped = carry(frames, [], completion, reclaim, data_size=data_size, mtu=9000)
    assert [len(frame) for frame in out] == [len(frame) for frame in frames]
    assert differing(out, frames) == []
    assert stopped["ledger"]["dropped"] == 0


@pytest.mark.parametrize("completion", ["handover", "full"])
@pytest.mark.parametrize("reclaim", ["pool", "reuse"])
def test_runts(completion, reclaim):
    """0, 1 and 13 bytes are no frames; those around them pass."""
    good = some_frames([14, 60, 1514], 7)
    runts = some_frames([0, 1, 13], 8)
    frames = [good[0], runts[0], good[1], runts[1], runts[2], good[2]] * 50
    _, out, stopped = carry(frames, [], completion, reclaim)
    assert out == good * 50
    assert drops(stopped, "b") == {"tx_runt": 150}


@pytest.mark.parametrize("completion", ["handover", "full"])
@pytest.mark.parametrize("mtu, longest", [(None, 1522), (600, 622)])
def test_too_long(completion, mtu, longest):
    """Two VLAN tags may stand before a packet of the MTU, and no more."""
    good = some_frames([60, longest - 1, longest], 9)
    long = some_frames([longest + 1, longest + 100, 4000], 10)
    frames = [good[0], long[0], good[1], long[1], long[2], good[2]] * 50
    _, out, stopped = carry(frames, [], completion, mtu=mtu)
    assert out == good * 50
    assert drops(stopped, "b") == {"tx_too_long": 150}


@pytest.mark.parametrize("completion", ["handover", "full"])
def test_echo(completion):
    """A port joined to itself gives back what it received."""
    frames = some_frames(range(14, 1515, 3), 11)
    with folder() as path:
        pcap_write(path + "/in.pcap", frames)
        config = (f"dev: true\npools: {{default: {{completion: {completion}}}}}\n"
                  f"ports: {{e: 'net_pcap0,rx_pcap={path}/in.pcap,tx_pcap={path}/out.pcap'}}\n"
                  "xconnect: [[e, e]]\n")
        with Nimbl(config) as engine:
            engine.settle()
            engine.stop()
        assert pcap_read(path + "/out.pcap") == frames


def test_not_connected():
    """Without a cross-connect everything is dropped, and said so."""
    with folder() as path:
        pcap_write(path + "/in.pcap", some_frames([64] * 100))
        config = f"ports: {{a: 'net_pcap0,rx_pcap={path}/in.pcap,tx_pcap={path}/out.pcap'}}\n"
        with Nimbl(config, "--dev") as engine:
            engine.settle()
            stopped = engine.stop()
        assert pcap_read(path + "/out.pcap") == []
    assert drops(stopped, "a") == {"rx_unbound": 100}
