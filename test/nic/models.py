# SPDX-License-Identifier: BSD-3-Clause
"""The NICs that QEMU emulates and DPDK drives, and how nimbl gets at them."""

import dataclasses

NICS = 2
MACS = [f"02:00:00:00:00:{number + 1:02x}" for number in range(NICS)]


@dataclasses.dataclass(frozen=True)
class Model:
    """A NIC, and the driver of the kernel that hands it to user space."""

    device: str                 # of QEMU
    options: str = ""           # of that
    driver: str = "vfio-pci"
    on_root_port: bool = True   # PCI Express, which can be plugged
    queues: int = 1             # more want wires that are taps
    pads: bool = True           # short frames to 60 bytes
    reads: bool = False         # QEMU mends headers that lie, and takes two tags for one
    scatters: bool = True       # long frames over several buffers

    @property
    def has_iommu(self):
        return self.driver == "vfio-pci"

    def address(self, number):
        """Where the guest finds it."""
        return f"0000:{number + 1:02x}:00.0" if self.on_root_port else f"0000:00:{number + 16:02x}.0"

    def nic(self, number):
        """What QEMU calls device `number`, on its network n<number>."""
        words = [self.device, f"netdev=n{number}", f"id=nic{number}", f"mac={MACS[number]}",
                 "romfile="]
        words.append(f"bus=port{number}" if self.on_root_port else f"addr={number + 16:#x}")
        return ",".join(words + ([self.options] if self.options else []))

    def arguments(self, number):
        """All of it on QEMU's command line, but for the network."""
        port = f"pcie-root-port,id=port{number},chassis={number + 1},addr={number + 16:#x}"
        return (["-device", port] if self.on_root_port else []) + ["-device", self.nic(number)]
