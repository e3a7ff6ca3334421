# SPDX-License-Identifier: BSD-3-Clause
"""A NIC that is pulled out while frames flow, and put back."""

from daemon import SECONDS, Daemon
from forwarding import carry_both_ways, flood, listen, random_frames
from nimbl_e2e import drops, wait_for


# Without an IOMMU nobody asks before it is out: then there is no link, and nothing leaves the ring.
REASONS = {"tx_link_down", "tx_paused", "tx_removed", "tx_ring_full"}


def unplug(machine, daemon, number):
    """Pull it out while the other one receives for it; the daemon lets go of it and runs on."""
    name = "ab"[number]
    with listen(machine.wires[number]), flood(machine.wires[1 - number], random_frames(64)):
        machine.unplug(number)
        wait_for(lambda: machine.is_unplugged(number), SECONDS, "the NIC is out")
        daemon.wait_port(name, "is gone", lambda port: port["gone_ms"] > 0)
    machine.wires[1 - number].rest()


class Removal:
    def test_unplug(self, machine):
        """What was to leave through it is counted; the end balances."""
        with Daemon(machine) as daemon:
            carry_both_ways(machine, random_frames(20))
            unplug(machine, daemon, 1)
            before = daemon.ports()["a"]["counters"]["drops"]["no_peer"]
            for frame in random_frames(20):
                machine.wires[0].send(frame)
            daemon.wait_port("a", "counts what has no peer",
                             lambda port: port["counters"]["drops"]["no_peer"] >= before + 20)
            stopped = daemon.stop()
        machine.plug(1)
        assert set(drops(stopped, "b")) <= REASONS
        assert "port 'b' is gone" in daemon.said()

    def test_unplug_and_plug(self, machine):
        with Daemon(machine) as daemon:
            for number in (1, 0):
                unplug(machine, daemon, number)
                machine.plug(number)
                daemon.ask("port", "add", "ab"[number])
                daemon.wait_links()
                carry_both_ways(machine, random_frames(20))
            assert all(port["removals"] == 1 for port in daemon.ports().values())
            daemon.stop()

    def test_out_on_request_and_back(self, machine):
        with Daemon(machine) as daemon:
            daemon.ask("port", "remove", "a")
            assert daemon.ports()["a"]["state"] == "halted"
            daemon.ask("port", "add", "a")
            daemon.wait_links()
            carry_both_ways(machine, random_frames(20))
            daemon.stop()
