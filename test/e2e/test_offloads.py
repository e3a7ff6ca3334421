# SPDX-License-Identifier: BSD-3-Clause
"""Offloads change who does the work, and no frame: tshark and the kernel's TCP are the judges.

Frames go through real interfaces: veth (af_packet), tap, and vhost-user between two programs. The
guest that leaves checksums and large segments to others is testpmd's csum engine before a tap.
"""

import contextlib

import pytest

from nimbl_e2e import (Nimbl, Testpmd, capture, counters, drops, folder, iperf, join, needs_root,
                       needs_tool, pcap_read, run, send, spaces, wait_for)
from offload_frames import good, odd, shapes, tagged, tagged_all, wrong

pytestmark = [needs_root, needs_tool("tshark")]

MODES = ["handover", "full"]
ALL = ("[rx-checksum, tx-checksum, vlan-strip, vlan-insert, rss-hash, tso, timestamp, "
       "packet-type]")
PORT = "{device: '%s', offloads: %s, mtu: %d}"


def pools(completion, mtu):
    room = 12256 if mtu > 1500 else 2048
    return f"dev: true\npools: {{default: {{completion: {completion}, data_size: {room}}}}}\n"


def config(completion, mtu, offloads, first, second, offloads_first=None):
    one = PORT % (first, offloads_first or offloads, mtu)
    two = PORT % (second, offloads, mtu)
    return (pools(completion, mtu) + f"ports: {{one: {one}, two: {two}}}\n"
            + "xconnect: [[one, two]]\n")


def linked(engine):
    wait_for(lambda: all(port["link_up"] for port in engine.ports().values()), 5, "links are up")


class Way:
    """From interface `source` in `left` to `sink` in `right`, with engines between them."""

    def __init__(self, left, source, right, sink, *engines):
        self.left, self.source, self.right, self.sink = left, source, right, sink
        self.engines = engines

    def carry(self, frames):
        """What arrives of frames that are sent."""
        with folder() as path:
            with capture(self.right, self.sink, path + "/out.pcap"):
                send(self.left, self.source, frames)
            return pcap_read(path + "/out.pcap")

    def stop(self):
        """Every engine's last event; each has checked that its ledger balances."""
        return [engine.stop() for engine in self.engines]


@contextlib.contextmanager
def over_veth(completion, offloads, mtu=1500, ipv6=False):
    with ends(mtu, ipv6) as (left, middle, right):
        join(left, "a0", middle, "n0", "10.9.0.1/24", mtu, ipv6 and "fd09::1/64")
        with Nimbl(config(completion, mtu, offloads, "n0", "n1"), space=middle) as engine:
            yield Way(left, "a0", right, "b0", engine)


@contextlib.contextmanager
def over_tap(completion, offloads, mtu=1500, ipv6=False):
    """The second tap is sink: what net_tap computes is judged, too."""
    with spaces(2) as (left, right):
        for space in (left, right):
            if not ipv6:
                space.silence()
        text = config(completion, mtu, offloads, "net_tap0,iface=t0", "net_tap1,iface=t1")
        with Nimbl(text, space=left) as engine:
            left.run("ip", "link", "set", "t1", "netns", right.name)
            left.up("t0", "10.9.0.1/24", *(["fd09::1/64"] if ipv6 else []), mtu=mtu)
            right.up("t1", "10.9.0.2/24", *(["fd09::2/64"] if ipv6 else []), mtu=mtu)
            linked(engine)
            yield Way(left, "t0", right, "t1", engine)


@contextlib.contextmanager
def over_vhost(completion, offloads, mtu=1500, ipv6=False):
    """veth - nimbl - vhost-user - nimbl - veth."""
    with ends(mtu, ipv6) as (left, middle, right), folder() as path:
        join(left, "a0", middle, "n0", "10.9.0.1/24", mtu, ipv6 and "fd09::1/64")
        host = config(completion, mtu, offloads, "n0", f"net_vhost0,iface={path}/s,queues=1")
        guest = config(completion, mtu, offloads, f"net_virtio_user0,path={path}/s,queues=1", "n1")
        with Nimbl(host, space=middle) as one, Nimbl(guest, space=middle) as two:
            linked(one)
            linked(two)
            yield Way(left, "a0", right, "b0", one, two)


@contextlib.contextmanager
def ends(mtu, ipv6):
    """Namespaces left, middle and right; (b0: 10.9.0.2, fd09::2) of right reaches n1 of middle."""
    with spaces(3) as (left, middle, right):
        for space in (left, middle, right):
            if not ipv6 or space is middle:
                space.silence()
        join(right, "b0", middle, "n1", "10.9.0.2/24", mtu, ipv6 and "fd09::2/64")
        yield left, middle, right


WAYS = [pytest.param(over_veth, id="veth"), pytest.param(over_tap, id="tap"),
        pytest.param(over_vhost, id="vhost")]
JUDGED = ("ip", "tcp", "udp")
JUDGED_MOST = 20000  # tshark takes a minute for a second of large sends


def judge(path):
    """The numbers of the frames of a file whose checksums tshark finds wrong, among JUDGED_MOST. The
    two zeros of ones' complement are one: net_tap writes 0xffff into TCP, too."""
    words = [word for name in JUDGED for word in ("-o", f"{name}.check_checksum:TRUE")]
    bad = " or ".join(f"{name}.checksum.status == 0" for name in JUDGED)
    bad = f"({bad}) and not (tcp.checksum == 0xffff and tcp.checksum_calculated == 0)"
    told = run("tshark", "-n", "-c", str(JUDGED_MOST), "-r", path, *words, "-Y", bad, "-T", "fields",
               "-e", "frame.number").stdout
    return [int(number) for number in told.split()]


@pytest.mark.parametrize("completion", MODES)
@pytest.mark.parametrize("offloads", ["auto", ALL], ids=["auto", "all"])
@pytest.mark.parametrize("way", WAYS)
def test_bytes(way, offloads, completion):
    """Tags, options, extension headers, fragments, runts, lies: to the byte as they came."""
    frames = wrong() + good() + tagged_all() + odd()
    with way(completion, offloads) as path:
        assert path.carry(frames) == frames
        path.stop()


@pytest.mark.parametrize("completion", MODES)
@pytest.mark.parametrize("way", [over_veth, over_vhost])
def test_jumbo(way, completion):
    frames = good(9000) + tagged(good(9000)[-2:], (9, 1, 0))
    with way(completion, ALL, mtu=9000) as path:
        assert path.carry(frames) == frames
        path.stop()


def test_empty_tag():
    """VLAN 0 with priority 0 is no tag to NDIS, and says nothing that a frame without does not."""
    with over_veth("handover", "[vlan-strip]") as path:
        assert path.carry(tagged(good(), (0, 0, 0))) == good()
        path.stop()


def test_judge():
    """A checksum that is wrong stays wrong, whoever looked at it, and tshark finds it."""
    with over_tap("handover", "auto") as path, folder() as home:
        with capture(path.right, path.sink, home + "/out.pcap"):
            send(path.left, path.source, wrong() + good())
        assert judge(home + "/out.pcap") == list(range(1, len(wrong()) + 1))
        path.stop()


def check_load(left, right, sink, address, *options):
    """A second of iperf3: it ends, most of it arrives, also where the machine is busy with others, and
    every checksum is right. Returns the frames that arrived."""
    with folder() as home:
        with capture(right, sink, home + "/out.pcap"):
            end = iperf(left, right, address, "-b", "100M", *options, seconds=1)
        assert judge(home + "/out.pcap") == []
        frames = pcap_read(home + "/out.pcap")
    if "-u" in options:
        assert end["sum"]["lost_packets"] <= end["sum"]["packets"] // 2
    else:
        assert end["sum_received"]["bytes"] > 1e6
        assert end["sum_sent"]["retransmits"] <= len(frames) // 4
    return frames


ADDRESSES = ["10.9.0.2", "fd09::2"]


@pytest.mark.parametrize("completion", MODES)
@pytest.mark.parametrize("way, offloads", [(over_veth, ALL), (over_tap, "auto"),
                                           (over_vhost, "auto")], ids=["veth", "tap", "vhost"])
def test_load(way, offloads, completion):
    with way(completion, offloads, ipv6=True) as path:
        for address in ADDRESSES:
            check_load(path.left, path.right, path.sink, address)
        path.stop()


@contextlib.contextmanager
def guest(space, path, large=False):
    """Interface t0 of `space` behind a virtio device that leaves checksums to its host."""
    vdevs = "net_tap0,iface=t0", f"net_virtio_user0,path={path},queues=1,queue_size=1024"
    with Testpmd(*vdevs, mode="csum", space=space, options=("--enable-scatter",)) as pmd:
        space.up("t0", "10.9.0.1/24", "fd09::1/64", mtu=65000 if large else 1500)
        for command in ("port stop 1", "csum set tcp hw 1", "csum set udp hw 1",
                        "csum mac-swap off 0", "csum mac-swap off 1",
                        "tso set %d 1" % (1428 if large else 0), "port start 1", "start"):
            pmd.tell(command)
        yield


VHOST = "net_vhost0,iface=%s/%s,queues=1,tso=1"
VIRTIO = "net_virtio_user0,path=%s/%s,queues=1,queue_size=1024"
SWITCH = "net_vhost%d,iface=%s/%s,queues=1,tso=1,legacy-ol-flags=1"


def direct(stack, space, path, completion, sink):
    """guest - nimbl - sink"""
    text = config(completion, 1500, "auto", VHOST % (path, "g"), sink)
    return [stack.enter_context(Nimbl(text, space=space))]


def only_lro(stack, space, path, completion, sink):
    """As before; nobody thought of the checksums of small segments."""
    text = config(completion, 1500, "none", VHOST % (path, "g"), sink, offloads_first="[lro]")
    return [stack.enter_context(Nimbl(text, space=space))]


def through_two(stack, space, path, completion, sink):
    """guest - nimbl - nimbl - sink"""
    for ends in ((VHOST % (path, "m"), sink), (VHOST % (path, "g"), VIRTIO % (path, "m"))):
        text = config(completion, 1500, "auto", *ends)
        yield stack.enter_context(Nimbl(text, space=space))


def through_switch(stack, space, path, completion, sink):
    """guest - vhost switch - nimbl, a guest itself - sink"""
    switch = stack.enter_context(Testpmd(SWITCH % (0, path, "g"), SWITCH % (1, path, "m")))
    switch.tell("start")
    text = config(completion, 1500, "auto", VIRTIO % (path, "m"), sink)
    return [stack.enter_context(Nimbl(text, space=space))]


@contextlib.contextmanager
def from_guest(route, completion, sink="n1", large=False):
    """Guest (t0: 10.9.0.1, fd09::1), engines, b0 (10.9.0.2, fd09::2): veth or tap."""
    with spaces(3) as (left, middle, right), folder() as path, contextlib.ExitStack() as stack:
        middle.silence()
        if sink == "n1":
            join(right, "b0", middle, "n1", "10.9.0.2/24", 1500, "fd09::2/64")
        engines = list(route(stack, middle, path, completion, sink))
        if sink != "n1":
            middle.run("ip", "link", "set", "b0", "netns", right.name)
            right.up("b0", "10.9.0.2/24", "fd09::2/64")
        stack.enter_context(guest(left, path + "/g", large))
        for engine in engines:
            linked(engine)
        yield left, right, engines


SINKS = pytest.mark.parametrize("sink", ["n1", "net_tap1,iface=b0"], ids=["veth", "tap"])


@pytest.mark.parametrize("completion", MODES)
@SINKS
def test_open_checksums(sink, completion):
    """What a guest left open is filled in, also behind a tag that came out and went in."""
    frames = shapes() + tagged(shapes(), (7, 5, 0)) + tagged(shapes(), (0, 3, 1))
    with from_guest(direct, completion, sink) as (left, right, engines):
        arrived = Way(left, "t0", right, "b0").carry(frames)
        assert [frame for frame in arrived if frame[6:12] == frames[0][6:12]] == frames
        for address in ADDRESSES:
            check_load(left, right, "b0", address)
        check_load(left, right, "b0", "10.9.0.2", "-u", "-l", "1000")
        for engine in engines:
            engine.stop()


def expect_large(space):
    """b0 tells its peer that it takes segments of 60000 bytes."""
    space.run("ip", "route", "add", "10.9.0.1", "dev", "b0", "advmss", 60000)
    space.run("ip", "-6", "route", "add", "fd09::1", "dev", "b0", "advmss", 60000)


@pytest.mark.parametrize("route, sink, completion", [
    pytest.param(direct, "n1", "handover", id="veth-handover"),
    pytest.param(direct, "n1", "full", id="veth-full"),
    pytest.param(direct, "net_tap1,iface=b0", "handover", id="tap-handover"),
    pytest.param(direct, "net_tap1,iface=b0", "full", id="tap-full"),
    pytest.param(only_lro, "n1", "handover", id="only-lro"),
    pytest.param(through_two, "n1", "full", id="two"),
    pytest.param(through_switch, "n1", "handover", id="guest")])
def test_large_segments(route, sink, completion):
    """TCP segments of 60000 bytes from a guest travel whole, and leave as frames of 1514."""
    with from_guest(route, completion, sink, large=True) as (left, right, engines):
        expect_large(right)
        for address in ADDRESSES:
            frames = check_load(left, right, "b0", address)
            assert max(len(frame) for frame in frames) <= 1514
        for engine in engines:
            stopped = engine.stop()
            came = counters(stopped, "one")
            assert came["rx_bytes"] > 10000 * came["rx_frames"] > 0
            assert drops(stopped, "two") == {}
