# SPDX-License-Identifier: BSD-3-Clause
"""nimbl between two emulated NICs: a class for each model, with what applies to it."""

from binding import Binding
from forwarding import Forwarding
from links import Links
from memory import OrdinaryMemory
from models import Model
from removal import Removal


class TestE1000e(Binding, Forwarding, Links, OrdinaryMemory, Removal):
    """The 82574L, through an IOMMU."""

    model = Model("e1000e")


class TestE1000(Binding, Forwarding, Links):
    """The 82540EM: no MSI, no IOMMU."""

    model = Model("e1000", driver="uio_pci_generic", on_root_port=False)


class TestVmxnet3(Forwarding, Links, OrdinaryMemory, Removal):
    model = Model("vmxnet3")


class TestVirtio(Forwarding, Links, OrdinaryMemory, Removal):
    model = Model("virtio-net-pci", "disable-legacy=on,iommu_platform=on", pads=False)


class TestIgb(Forwarding, Links, OrdinaryMemory, Removal):
    """The 82576; QEMU has it since 8.0."""

    model = Model("igb")
