# SPDX-License-Identifier: BSD-3-Clause
"""The guest's kernel: Debian's package for virtual machines, unpacked and not installed."""

import glob
import os
import subprocess

META = "linux-image-cloud-amd64"
MODULES = ["irqbypass", "uio", "uio_pci_generic", "vfio", "vfio-pci", "vfio-pci-core",
           "vfio_iommu_type1", "vfio_virqfd"]


class Unavailable(Exception):
    """What this machine lacks."""


class Kernel:
    """What the package has, under `folder`."""

    def __init__(self, folder):
        self.image, = glob.glob(folder + "/boot/vmlinuz-*")
        self.release = os.path.basename(self.image)[len("vmlinuz-"):]
        self.modules = [found for name in MODULES for found in glob.glob(
            f"{folder}/lib/modules/{self.release}/**/{name}.ko", recursive=True)]


def _ask(command, folder=None):
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=300, check=False)
    if done.returncode != 0:
        last = (done.stdout.strip().splitlines() or ["it says nothing"])[-1]
        raise Unavailable(f"there is no kernel for a guest: {' '.join(command[:2])}: {last}")
    return done.stdout


def _package():
    """The package that META stands for just now."""
    for line in _ask(["apt-cache", "depends", META]).splitlines():
        if line.strip().startswith("Depends: linux-image-"):
            return line.split()[1]
    raise Unavailable(f"there is no kernel for a guest: no package {META}")


def kernel(cache):
    """Fetched once, kept in the folder `cache`."""
    unpacked = os.path.join(cache, "kernel")
    if not glob.glob(unpacked + "/boot/vmlinuz-*"):
        os.makedirs(cache, exist_ok=True)
        _ask(["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", _package()], cache)
        archive, = glob.glob(cache + "/linux-image-*.deb")
        _ask(["dpkg-deb", "-x", archive, unpacked])
        os.unlink(archive)
    return Kernel(unpacked)
