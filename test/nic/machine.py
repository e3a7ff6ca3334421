# SPDX-License-Identifier: BSD-3-Clause
"""A virtual machine with two NICs: QEMU, its monitor, a shell in the guest.

Software emulation, so that it runs everywhere; NIMBL_NIC_ACCEL=kvm where that works. The CPU has no
more than what Debian's DPDK asks of one. Nothing leaves this machine: networks are sockets.
"""

import json
import os
import re
import select
import shlex
import shutil
import socket
import subprocess
import tempfile
import time

from kernel import Unavailable
from models import NICS
from nimbl_e2e import Space, wait_for
from tap import Tap
from wire import Wire

QEMU = "qemu-system-x86_64"
ACCEL = os.environ.get("NIMBL_NIC_ACCEL", "tcg,thread=multi")
# The kernel would count timer ticks in a loop, which a busy machine does not keep up with.
BOOT = ("console=ttyS0 quiet rdinit=/init panic=-1 nokaslr mitigations=off tsc=reliable "
        "no_timer_check hugepages=112")
BOOT_SECONDS = 240
ANSWER_SECONDS = 120


def supported(device):
    """Whether QEMU is here and has this NIC; raises what it lacks."""
    if shutil.which(QEMU) is None:
        raise Unavailable(f"{QEMU} is not installed: 'apt install qemu-system-x86'")
    said = subprocess.run([QEMU, "-device", "help"], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    if f'name "{device}"' not in said:
        raise Unavailable(f"this QEMU has no {device}")


def _connect(path, process, seconds):
    """To a socket that QEMU makes."""
    end = time.monotonic() + seconds
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(path)
            return connection
        except OSError:
            connection.close()
            assert process.poll() is None, "QEMU ended"
            assert time.monotonic() < end, f"QEMU makes no {path}"
            time.sleep(0.05)


class Shell:
    """Commands to the guest, one at a time, as init.sh answers them."""

    def __init__(self, connection):
        self.connection = connection
        self.said = b""

    def answer(self, seconds):
        """Output and exit status of the command that runs."""
        end = time.monotonic() + seconds
        while not (found := re.match(rb"(.*?)\x01(\d+)\n", self.said, re.S)):
            left = max(0, end - time.monotonic())
            if not select.select([self.connection], [], [], left)[0]:
                raise TimeoutError(f"the guest is silent after {self.said[-500:]!r}")
            more = self.connection.recv(65536)
            assert more, "the guest is gone"
            self.said += more
        self.said = self.said[found.end():]
        return found[1].decode(errors="replace"), int(found[2])

    def run(self, words, seconds):
        self.connection.sendall(words.encode() + b"\n")
        return self.answer(seconds)


class Monitor:
    """QEMU's own commands: QMP."""

    def __init__(self, connection):
        self.file = connection.makefile("rw", encoding="utf-8")
        self.events = []
        self._read()
        self.tell("qmp_capabilities")

    def _read(self):
        return json.loads(self.file.readline())

    def tell(self, command, **arguments):
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        while "event" in (answer := self._read()):
            self.events.append(answer)
        assert "return" in answer, answer
        return answer["return"]


    def has_deleted(self, name):
        self.tell("query-status")  # events come before answers
        return any(event["event"] == "DEVICE_DELETED" and event["data"].get("device") == name
                   for event in self.events)


class Machine:
    """Runs until it is closed. `wires` are the far ends of its NICs."""

    def __init__(self, model, kernel, archive):
        self.model = model
        self.folder = tempfile.mkdtemp(prefix=f"nimbl-nic-{os.getpid()}-")
        self.log = open(self.folder + "/qemu.log", "w+", encoding="utf-8")
        self.space = Space() if model.queues > 1 else None
        if self.space:
            self.space.silence()
        self.wires = [Tap(self.space, number, model.queues) if self.space
                      else Wire(self.folder, number) for number in range(NICS)]
        # A test that is killed takes its machine with it.
        command = ["setpriv", "--pdeathsig", "KILL", QEMU, *self._arguments(kernel, archive)]
        self.process = subprocess.Popen(
            self.space.command(*command) if self.space else command, stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=self.log)
        try:
            self.shell = Shell(_connect(self.folder + "/shell", self.process, 20))
            self.monitor = Monitor(_connect(self.folder + "/monitor", self.process, 20))
            self.shell.answer(BOOT_SECONDS)
        except BaseException:
            print(self.said())
            self.close()
            raise

    def _arguments(self, kernel, archive):
        chardevs = [f"file,id=console,path={self.folder}/console.log",
                    f"socket,id=shell,path={self.folder}/shell,server=on,wait=off"]
        iommu = self.model.has_iommu
        words = ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
                 "-machine", "q35,kernel-irqchip=split" if ACCEL == "kvm" else "q35",
                 "-accel", ACCEL, "-cpu", "Nehalem", "-smp", str(1 + self.model.queues), "-m", "512",
                 "-kernel", kernel.image, "-initrd", archive,
                 "-append", BOOT + (" intel_iommu=on" if iommu else ""),
                 "-qmp", f"unix:{self.folder}/monitor,server=on,wait=off"]
        for chardev in chardevs:
            words += ["-chardev", chardev, "-serial", "chardev:" + chardev.split("id=")[1].split(",")[0]]
        if iommu:  # before what it is to translate for
            words += ["-device", "intel-iommu,intremap=on,aw-bits=48"]
        for number, wire in enumerate(self.wires):
            words += ["-netdev", wire.netdev, *self.model.arguments(number)]
        return words

    def run(self, *words, check=True, seconds=ANSWER_SECONDS):
        """What a command in the guest says."""
        text, status = self.shell.run(" ".join(words), seconds)
        assert status == 0 or not check, f"{words} ended with {status}: {text}"
        return text

    def put(self, path, text):
        """A small file in the guest."""
        self.run("printf", "%b", shlex.quote(text.replace("\\", "\\\\").replace("\n", "\\n")),
                 ">", path)

    def bind(self, number):
        """Hand a NIC to user space, once the kernel has it."""
        address, driver = self.model.address(number), self.model.driver
        wait_for(lambda: "yes" in self.run(
            f"nimbl bind {address} --driver {driver};"
            f" test -e /sys/bus/pci/drivers/{driver}/{address} && echo yes", check=False),
            ANSWER_SECONDS, f"{address} is bound to {driver}")

    def unplug(self, number):
        """Take a NIC out. Whether it is out soon is up to who has it."""
        self.monitor.tell("device_del", id=f"nic{number}")

    def is_unplugged(self, number):
        return self.monitor.has_deleted(f"nic{number}")

    def plug(self, number):
        """Put one like it into the same place."""
        self.monitor.events.clear()
        self.monitor.tell("human-monitor-command",
                          **{"command-line": "device_add " + self.model.nic(number)})
        self.bind(number)

    def said(self):
        """QEMU's words and the guest's console."""
        self.log.flush()
        self.log.seek(0)
        text = self.log.read()
        with open(self.folder + "/console.log", encoding="utf-8", errors="replace") as file:
            return f"QEMU: {text}\nconsole: {file.read()[-2000:]}"

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for wire in self.wires:
            wire.close()
        if self.space:
            self.space.delete()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
