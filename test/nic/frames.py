# SPDX-License-Identifier: BSD-3-Clause
"""Which frames a NIC lets in: by length, by address."""

from daemon import Daemon
from forwarding import HEAD, carry_both_ways, random_frames
from models import MACS
from nimbl_e2e import drops
from wire import carry

JUMBO = 9000
BROADCAST = b"\xff" * 6


def raw(mac):
    return bytes.fromhex(mac.replace(":", ""))


class Lengths:
    def test_jumbo_frames(self, machine):
        """In one buffer each, and in several."""
        frames = [frame for length in (60, 1514, 2048, 4000, JUMBO + 14)
                  for frame in random_frames(4, length, length, seed=length)]
        many = [""] if machine.model.scatters else []
        for pools in many + ["pools: {default: {data_size: 9728}}"]:
            with Daemon(machine, port=f"mtu: {JUMBO}", top=pools) as daemon:
                carry_both_ways(machine, frames)
                stopped = daemon.stop()
            assert drops(stopped, "a") == drops(stopped, "b") == {}


class Addresses:
    def test_not_promiscuous(self, machine):
        """What is for others does not come in."""
        to = {mac: [mac + HEAD[6:] + bytes([i]) * 60 for i in range(5)]
              for mac in (raw(MACS[0]), BROADCAST, raw("02:00:00:00:0f:0f"))}
        own, everybody, foreign = to.values()
        with Daemon(machine, port="promiscuous: false") as daemon:
            assert carry(*machine.wires, own) == own
            for frame in foreign:
                machine.wires[0].send(frame)
            assert carry(*machine.wires, everybody + own) == everybody + own
            daemon.stop()
