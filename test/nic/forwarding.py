# SPDX-License-Identifier: BSD-3-Clause
"""What leaves one NIC is to the byte what came to the other, and is counted."""

import contextlib
import random
import threading

from daemon import SECONDS, Daemon
from models import MACS
from nimbl_e2e import counters, drops, wait_for
from wire import carry

HEAD = bytes.fromhex(MACS[1].replace(":", "") + "02aa00000001" + "88b5")
TAGGED = HEAD[:12] + bytes.fromhex("81006005" + "88b5")
COUNT = 300


def random_frames(count=COUNT, least=60, most=1514, seed=1):
    """Frames that differ, some with an 802.1Q tag."""
    luck = random.Random(seed)
    heads = [HEAD, HEAD, TAGGED]
    return [(luck.choice(heads) + luck.randbytes(most))[:luck.randint(least, most)]
            for _ in range(count)]


def carry_both_ways(machine, frames):
    a, b = machine.wires
    assert carry(a, b, frames) == frames
    assert carry(b, a, frames) == frames


@contextlib.contextmanager
def beside(work):
    """Work that goes on beside the test; it is told when to end."""
    over = threading.Event()
    thread = threading.Thread(target=work, args=(over,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(SECONDS)


@contextlib.contextmanager
def flood(wire, frames):
    """The frames again and again, as fast as the NIC takes them."""
    def work(over):
        while not over.is_set():
            for frame in frames:
                wire.offer(frame)

    with beside(work):
        yield


@contextlib.contextmanager
def listen(wire):
    """A list that grows with what comes, and has all of it afterwards."""
    frames = []

    def work(over):
        while not over.is_set():
            frame = wire.receive(0.1)
            if frame is not None:
                frames.append(frame)

    with beside(work):
        yield frames
    frames += wire.rest()


class Forwarding:
    def test_frames_both_ways(self, machine):
        frames = random_frames() + random_frames(4, 60, 60) + random_frames(4, 1514, 1514)
        with Daemon(machine) as daemon:
            carry_both_ways(machine, frames)
            stopped = daemon.stop()
        for name in "ab":
            ours = counters(stopped, name)
            assert ours["rx_frames"] == ours["tx_frames"] == len(frames)
            assert ours["rx_bytes"] == ours["tx_bytes"] == sum(map(len, frames))
            assert drops(stopped, name) == {}

    def test_short_frames(self, machine):
        """A NIC makes them as long as Ethernet wants them, or leaves that to others."""
        frames = [(HEAD + bytes(range(1, 47)))[:length] for length in range(14, 60, 5)]
        least = 60 if machine.model.pads else 0
        with Daemon(machine) as daemon:
            assert carry(*machine.wires, frames) == [frame.ljust(least, b"\0") for frame in frames]
            daemon.stop()

    def test_end_under_load(self, machine):
        """SIGTERM while frames come: what is on its way is sent or counted."""
        a, b = machine.wires
        with Daemon(machine) as daemon, flood(a, random_frames(64)), listen(b) as arrived:
            wait_for(lambda: len(arrived) > 100, SECONDS, "frames flow")
            stopped = daemon.stop()
        assert counters(stopped, "b")["tx_frames"] == len(arrived)

    def test_again_on_the_same_nics(self, machine):
        """The next run finds NICs as the first one did, whatever they were left with."""
        with Daemon(machine) as daemon:
            daemon.machine.run("kill -KILL $(cat /tmp/nimbl.pid)")
        for wire in machine.wires:
            wire.rest()
        with Daemon(machine) as daemon:
            carry_both_ways(machine, random_frames(50))
            daemon.stop()
