# SPDX-License-Identifier: BSD-3-Clause
"""What a NIC does by itself changes no frame, however its headers lie."""

from daemon import Daemon
from forwarding import carry_both_ways
from nimbl_e2e import drops
from offload_frames import good, odd, tagged, tagged_all, wrong

BASIC = {"rx-checksum", "tx-checksum", "vlan-strip", "vlan-insert"}


def made_by_hosts(model):
    """Each long enough for every NIC, so that none is padded."""
    frames = good() + wrong()
    if model.reads:
        frames = [frame for frame in frames if len(frame) < 1480]
        frames += tagged(frames[::3], (100, 3, 0)) + tagged(frames[1::3], (4094, 7, 1))
    else:
        frames += odd() + tagged_all()
    return [frame for frame in frames if 60 <= len(frame) <= 1514]


class Offloads:
    """`offloads` of a class are those that the device is known to do by itself."""

    def test_device_does_what_it_can(self, machine):
        with Daemon(machine, port="offloads: auto") as daemon:
            for port in daemon.ports().values():
                done = {name for name, offload in port["offloads"].items()
                        if offload["by"] == "device"}
                assert done == self.offloads
            carry_both_ways(machine, made_by_hosts(machine.model))
            stopped = daemon.stop()
        assert drops(stopped, "a") == drops(stopped, "b") == {}

    def test_software_does_the_rest(self, machine):
        """Tags go out and in again, sums are looked at, by whoever can."""
        names = "rx-checksum, tx-checksum, vlan-strip, vlan-insert, rss-hash, packet-type"
        with Daemon(machine, port=f"offloads: [{names}]") as daemon:
            for port in daemon.ports().values():
                assert all(port["offloads"][name]["by"] in ("device", "software")
                           for name in names.split(", "))
            carry_both_ways(machine, made_by_hosts(machine.model))
            stopped = daemon.stop()
        assert drops(stopped, "a") == drops(stopped, "b") == {}
