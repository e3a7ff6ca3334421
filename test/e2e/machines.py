# SPDX-License-Identifier: BSD-3-Clause
"""Made-up machines: trees of files in the manner of sysfs and procfs, which NIMBL_ROOT points to.

A machine is good for line rate until a test changes it: two nodes, isolated CPUs, hugepages, an
IOMMU, two NICs that vfio-pci has.
"""

import contextlib
import glob
import json
import os
import threading

from nimbl_e2e import folder, nimbl

CPU = "/sys/devices/system/cpu"
NODE = "/sys/devices/system/node"
PCI = "/sys/bus/pci"
FLAGS = "fpu tsc constant_tsc nonstop_tsc sse4_2"
PLUGINS = glob.glob("/usr/lib/*/dpdk/pmds-*")[0]


class Machine:
    def __init__(self, root):
        self.root = root
        self.processor()
        self.memory()
        self.rights()
        self.write("/lib/modules/6.1.0/modules.dep", "kernel/drivers/vfio/pci/vfio-pci.ko:\n")
        self.write("/proc/sys/kernel/osrelease", "6.1.0\n")
        self.link(PLUGINS, PLUGINS)
        self.write("/etc/dpdk/interfaces", "# bus\tid\tdriver\n")
        self.write(PCI + "/drivers_probe", "")
        for driver in ("vfio-pci", "ixgbe", "i40e"):
            self.driver(driver)
        self.nic("0000:03:00.0", driver="vfio-pci", node=0, group=11)
        self.nic("0000:83:00.0", driver="vfio-pci", node=1, group=12)

    def path(self, path):
        return self.root + path

    def write(self, path, text):
        os.makedirs(os.path.dirname(self.path(path)), exist_ok=True)
        with open(self.path(path), "w", encoding="utf-8", errors="surrogateescape") as out:
            out.write(text)

    def read(self, path):
        with open(self.path(path), encoding="utf-8") as text:
            return text.read()

    def link(self, path, target):
        os.makedirs(os.path.dirname(self.path(path)), exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path(path))
        os.symlink(target, self.path(path))

    def remove(self, path):
        os.unlink(self.path(path))

    def processor(self):
        self.write(CPU + "/online", "0-7\n")
        self.write(CPU + "/isolated", "2-7\n")
        self.write(CPU + "/nohz_full", "2-7\n")
        for cpu in range(8):
            self.write(f"{CPU}/cpu{cpu}/topology/thread_siblings_list", f"{cpu}\n")
            self.write(f"{CPU}/cpu{cpu}/cpufreq/scaling_governor", "performance\n")
        self.write(CPU + "/intel_pstate/no_turbo", "1\n")
        self.write("/proc/cpuinfo", f"processor\t: 0\nflags\t\t: {FLAGS}\n\n")
        self.write("/proc/stat", "cpu  100 0 100 9800 0 0 0 0 0 0\n")
        self.write("/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n")

    def memory(self):
        for node in range(2):
            self.write(f"{NODE}/node{node}/cpulist", f"{node * 4}-{node * 4 + 3}\n")
            self.hugepages(node, 512, 512)
        self.write("/proc/mounts", "proc /proc proc rw 0 0\nnodev /dev/hugepages hugetlbfs rw 0 0\n")
        os.makedirs(self.path("/dev/hugepages"))
        self.write("/proc/meminfo", "MemTotal:       65536000 kB\nMemAvailable:   48000000 kB\n")

    def hugepages(self, node, total, free):
        pages = f"{NODE}/node{node}/hugepages/hugepages-2048kB/"
        self.write(pages + "nr_hugepages", f"{total}\n")
        self.write(pages + "free_hugepages", f"{free}\n")

    def rights(self, uid=0, capabilities="000001ffffffffff", cpus="0-7", memlock="unlimited"):
        self.write("/proc/self/status", f"Name:\tnimbl\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n"
                   f"CapEff:\t{capabilities}\nCpus_allowed_list:\t{cpus}\n")
        self.write("/proc/self/limits", f"Max locked memory         {memlock}   {memlock}   bytes\n")
        self.write("/proc/self/cgroup", "0::/\n")

    def driver(self, name):
        os.makedirs(self.path(f"{PCI}/drivers/{name}"), exist_ok=True)
        self.write(f"{PCI}/drivers/{name}/unbind", "")

    def nic(self, address, driver="", node=-1, group=-1, ids="8086:10fb", kind="0x020000",
            interface=None):
        base = f"{PCI}/devices/{address}"
        vendor, device = ids.split(":")
        self.write(base + "/class", kind + "\n")
        self.write(base + "/vendor", f"0x{vendor}\n")
        self.write(base + "/device", f"0x{device}\n")
        self.write(base + "/numa_node", f"{node}\n")
        self.write(base + "/driver_override", "(null)\n")
        if driver:
            self.link(base + "/driver", f"../../drivers/{driver}")
        if group >= 0:
            self.link(base + "/iommu_group", f"../../../../kernel/iommu_groups/{group}")
            self.link(f"/sys/kernel/iommu_groups/{group}/devices/{address}",
                      f"../../../../bus/pci/devices/{address}")
            self.write(f"/dev/vfio/{group}", "")
        if interface:
            net = f"{base}/net/{interface}"
            self.write(net + "/operstate", "up\n")
            self.write(net + "/speed", "10000\n")
            self.write(net + "/flags", "0x1003\n")

    def route(self, interface, destination="00000000"):
        self.write("/proc/net/route", "Iface\tDestination\tGateway\n"
                   f"{interface}\t{destination}\t0102A8C0\n")

    def process(self, pid, cpu, prefix):
        base = f"/proc/{pid}"
        self.write(base + "/comm", "dpdk-testpmd\n")
        for number, name, cpus in ((0, "dpdk-testpmd", "0"), (1, "eal-intr-thread", "0"),
                                   (2, "rte-worker-1", str(cpu))):
            self.write(f"{base}/task/{pid + number}/comm", name + "\n")
            self.write(f"{base}/task/{pid + number}/status",
                       f"Name:\t{name}\nCpus_allowed_list:\t{cpus}\n")
        self.link(base + "/fd/3", f"/run/dpdk/{prefix}/config")

    def nimbl(self, *words, **options):
        return nimbl(*words, env={"NIMBL_ROOT": self.root}, **options)

    def json(self, *words, status=0, **options):
        done = self.nimbl(*words, "--json", **options)
        assert done.returncode == status, done.stdout + done.stderr
        return json.loads(done.stdout)


@contextlib.contextmanager
def machine():
    with folder() as root:
        yield Machine(root)


class Kernel:
    """What the kernel does when a driver is written to; a driver in `refuse` takes no device."""

    def __init__(self, made_up, refuse=()):
        self.machine = made_up
        self.refuse = refuse
        self.ends = False
        self.log = []
        self.lock = threading.Lock()
        self.unbound = threading.Condition(self.lock)
        self.files = [PCI + "/drivers_probe"]
        self.files += [f"{PCI}/drivers/{name}/unbind"
                       for name in os.listdir(made_up.path(PCI + "/drivers"))]
        for path in self.files:
            made_up.remove(path)
            os.mkfifo(made_up.path(path))
        self.threads = [threading.Thread(target=self.serve, args=(path,)) for path in self.files]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ends = True
        for path in self.files:
            with open(self.machine.path(path), "w", encoding="ascii"):
                pass
        for thread in self.threads:
            thread.join()

    def serve(self, path):
        while not self.ends:
            with open(self.machine.path(path), encoding="ascii") as pipe:
                for address in pipe.read().split():
                    with self.lock:
                        self.unbound.wait_for(lambda: self.may(path, address), 2)
                        self.write(path, address)
                        self.unbound.notify_all()

    def may(self, path, address):
        """A real kernel answers within the write: what is probed has left its driver before."""
        link = self.machine.path(f"{PCI}/devices/{address}/driver")
        return path.endswith("unbind") or not os.path.lexists(link)

    def write(self, path, address):
        device = f"{PCI}/devices/{address}"
        link = self.machine.path(device + "/driver")
        if path.endswith("unbind"):
            self.log.append(f"{address} leaves {path.split('/')[-2]}")
            self.machine.remove(device + "/driver")
            return
        wanted = self.machine.read(device + "/driver_override").strip() or "ixgbe"
        if wanted not in self.refuse and not os.path.lexists(link):
            self.log.append(f"{address} joins {wanted}")
            self.machine.link(device + "/driver", f"../../drivers/{wanted}")
