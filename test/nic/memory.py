# SPDX-License-Identifier: BSD-3-Clause
"""Where frames lie, and how the NIC finds them."""

from daemon import Daemon
from forwarding import carry_both_ways, random_frames


class OrdinaryMemory:
    """Through an IOMMU a NIC reaches what is not in hugepages, too."""

    def test_dev_mode(self, machine):
        with Daemon(machine, top="dev: true") as daemon:
            carry_both_ways(machine, random_frames(50))
            daemon.stop()
