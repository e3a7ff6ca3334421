# SPDX-License-Identifier: BSD-3-Clause
"""nimbl between two emulated NICs: a class for each model, with what applies to it."""

from binding import Binding
from forwarding import Forwarding
from frames import Addresses, Lengths
from links import Links
from memory import OrdinaryMemory
from models import Model
from offloads import BASIC, Offloads
from queues import Queues
from removal import Removal


class Everything(Forwarding, Links, Offloads, Lengths, Addresses):
    """What every NIC is held to."""


class TestE1000e(Binding, Everything, OrdinaryMemory, Removal):
    """The 82574L, through an IOMMU."""

    model = Model("e1000e", reads=True)
    offloads = BASIC


class TestE1000(Binding, Everything):
    """The 82540EM: no MSI, no IOMMU."""

    model = Model("e1000", driver="uio_pci_generic", on_root_port=False)
    offloads = BASIC


class TestVmxnet3(Everything, OrdinaryMemory, Removal):
    model = Model("vmxnet3", reads=True, scatters=False)
    offloads = BASIC | {"lro", "rss-hash", "tso"}


class TestVirtio(Everything, OrdinaryMemory, Removal):
    """Sums and segments it leaves to its host, which a socket is not."""

    model = Model("virtio-net-pci", "disable-legacy=on,iommu_platform=on", pads=False)
    offloads = {"vlan-insert", "vlan-strip"}


class TestVirtioLegacy(Forwarding, Links, Removal):
    """As old hosts have it: no IOMMU; packed rings are newer."""

    model = Model("virtio-net-pci-transitional", driver="uio_pci_generic", pads=False)


class TestVirtioQueues(Queues):
    """RSS, which its host does for it where that has queues."""

    model = Model("virtio-net-pci", "disable-legacy=on,iommu_platform=on,mq=on,vectors=8,rss=on,"
                  "hash=on", queues=2)


class TestIgb(Everything, OrdinaryMemory, Removal):
    """The 82576; QEMU has it since 8.0."""

    model = Model("igb", reads=True)
    offloads = BASIC | {"rss-hash", "tso"}
