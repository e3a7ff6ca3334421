# SPDX-License-Identifier: BSD-3-Clause
"""A cable that is pulled and put back."""

from daemon import Daemon
from forwarding import carry_both_ways, random_frames
from nimbl_e2e import drops


class Links:
    def test_link_down_and_up(self, machine):
        """What would leave without a link is dropped and counted; the other end knows by the link."""
        a, b = machine.wires
        with Daemon(machine) as daemon:
            machine.monitor.tell("set_link", name="nic1", up=False)
            daemon.wait_port("b", "its link is down", lambda port: not port["link_up"])
            assert daemon.ports()["a"]["link_up"]
            for frame in random_frames(20):
                a.send(frame)
            daemon.wait_port("b", "frames are dropped", lambda port: port["counters"]["dropped"] == 20)
            machine.monitor.tell("set_link", name="nic1", up=True)
            daemon.wait_links()
            carry_both_ways(machine, random_frames(50))
            stopped = daemon.stop()
        assert drops(stopped, "b") == {"tx_link_down": 20}
        assert "b: link down" in daemon.said() and "b: link up" in daemon.said()

    def test_start_without_a_link(self, machine):
        machine.monitor.tell("set_link", name="nic0", up=False)
        try:
            with Daemon(machine, wait=False) as daemon:
                daemon.wait_started()
                assert not daemon.ports()["a"]["link_up"]
                machine.monitor.tell("set_link", name="nic0", up=True)
                daemon.wait_links()
                carry_both_ways(machine, random_frames(20))
                daemon.stop()
        finally:
            machine.monitor.tell("set_link", name="nic0", up=True)
