# SPDX-License-Identifier: BSD-3-Clause
"""The guest's files: busybox, kernel modules, DPDK's drivers, nimbl, and the libraries of all these.

They are this machine's, packed as the kernel wants an initial RAM file system: a cpio archive ("newc").
"""

import glob
import os
import stat
import subprocess

from kernel import Unavailable

HERE = os.path.dirname(os.path.abspath(__file__))
BUSYBOX = "/bin/busybox"
PMDS = ["bus_pci", "bus_vdev", "mempool_ring", "net_e1000", "net_null", "net_virtio",
        "net_vmxnet3"]
# Loaded when it is first needed, so that ldd does not name it: to end threads.
LATE = ["/lib/x86_64-linux-gnu/libgcc_s.so.1"]


class Archive:
    """Paths and what they are, in the order in which they are needed."""

    def __init__(self):
        self.entries = {}

    def folder(self, path):
        if path not in ("", "/") and path not in self.entries:
            self.folder(os.path.dirname(path))
            self.entries[path] = (stat.S_IFDIR | 0o755, b"")

    def file(self, path, data, mode=0o755):
        self.folder(os.path.dirname(path))
        self.entries[path] = (stat.S_IFREG | mode, data)

    def link(self, path, target):
        self.folder(os.path.dirname(path))
        self.entries[path] = (stat.S_IFLNK | 0o777, target.encode())

    def copy(self, path):
        """A file of this machine at its own place, with the links that lead to it: a library under
        two names must stay one file, or it is loaded twice."""
        real_folder = os.path.realpath(os.path.dirname(path))
        for part in _folders_that_are_links(os.path.dirname(path)):
            self.link(part, os.readlink(part))
        path = os.path.join(real_folder, os.path.basename(path))
        if path in self.entries:
            return
        if os.path.islink(path):
            target = os.readlink(path)
            self.link(path, target)
            self.copy(os.path.join(real_folder, target))
            return
        with open(path, "rb") as file:
            self.file(path, file.read())

    def write(self, path):
        with open(path + ".new", "wb") as out:
            for number, (name, (mode, data)) in enumerate(self.entries.items(), 1):
                _entry(out, number, name.lstrip("/"), mode, data)
            _entry(out, 0, "TRAILER!!!", 0, b"")
        os.rename(path + ".new", path)


def _folders_that_are_links(folder):
    """Of /lib/x is /lib one where /usr has all."""
    while folder != "/":
        if os.path.islink(folder):
            yield folder
        folder = os.path.dirname(folder)


def _entry(out, number, name, mode, data):
    """Thirteen numbers, the name, the data; each padded to four bytes."""
    numbers = [number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08X" % value for value in numbers) + name.encode() + b"\0"
    out.write(head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4))


def _libraries(programs):
    """All that the loader would load for them."""
    said = subprocess.run(["ldd", *programs], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True, check=False).stdout
    words = {word for line in said.splitlines() for word in line.split()}
    return sorted(word for word in words if word.startswith("/") and not word.endswith(":"))


def _stripped(program, cache):
    """Without what only a debugger reads: most of the program."""
    small = os.path.join(cache, "nimbl")
    subprocess.run(["strip", "-o", small, program], check=True)
    with open(small, "rb") as file:
        return file.read()


def image(cache, kernel, program):
    """The path of the archive, made again for every program."""
    if not os.path.exists(BUSYBOX):
        raise Unavailable("busybox is not installed: 'apt install busybox-static'")
    folder, = glob.glob("/usr/lib/*/dpdk/pmds-*")
    pmds = [path for name in PMDS for path in glob.glob(f"{folder}/librte_{name}.so.*")]
    archive = Archive()
    for path in [BUSYBOX, *LATE, *pmds, *_libraries([program, BUSYBOX, *pmds])]:
        archive.copy(path)
    for path in glob.glob(os.path.dirname(os.path.dirname(folder)) + "/librte_*.so.*"):
        if os.path.realpath(path) in archive.entries:
            archive.copy(path)
    for path in kernel.modules:
        with open(path, "rb") as file:
            archive.file(f"/usr/lib/modules/{kernel.release}/{os.path.basename(path)}", file.read())
    with open(HERE + "/init.sh", "rb") as file:
        archive.file("/init", file.read())
    archive.file("/usr/bin/nimbl", _stripped(program, cache))
    archive.link("/usr/bin/sh", "busybox")
    for path in ("/dev", "/proc", "/sys"):
        archive.folder(path)
    archive.write(cache + "/guest.cpio")
    return cache + "/guest.cpio"
