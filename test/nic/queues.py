# SPDX-License-Identifier: BSD-3-Clause
"""Flows over several receive queues, each with a worker of its own."""

import json

from daemon import Daemon
from forwarding import HEAD
from scapy.all import IP, UDP
from wire import carry

WORKERS = (1, 2)


def flow(source, count):
    """Frames of one UDP flow, numbered."""
    head = IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=source, dport=9)
    return [HEAD[:12] + b"\x08\x00" + bytes(head / (b"%06d" % (source * 100 + i) + bytes(50)))
            for i in range(count)]


def busy(daemon):
    """Rounds of each worker in which there was something to do."""
    lcores = json.loads(daemon.ask("show", "--json"))["lcores"]
    return [lcore["busy_rounds"] for lcore in lcores if lcore["lcore"] in WORKERS]


class Queues:
    def test_flows_are_spread(self, machine):
        """One flow stays with one worker and in order; many occupy both."""
        a, b = machine.wires
        lcores = f"lcores: {{main: 0, workers: {list(WORKERS)}}}"
        with Daemon(machine, port="queues: 2", top=lcores) as daemon:
            before = busy(daemon)
            one = flow(1000, 40)
            assert carry(a, b, one) == one
            after = busy(daemon)
            assert sorted(now > was for now, was in zip(after, before)) == [False, True]
            flows = [flow(2000 + i, 4) for i in range(32)]
            many = [frame for same in zip(*flows) for frame in same]
            got = carry(a, b, many)
            assert sorted(got) == sorted(many)
            for frames in flows:
                assert [frame for frame in got if frame in frames] == frames
            assert all(now > was for now, was in zip(busy(daemon), after))
            daemon.stop()
