# SPDX-License-Identifier: BSD-3-Clause
"""What the end-to-end tests share: the program, network namespaces, peers, pcap files.

The program comes from the environment, NIMBL=build/app/nimbl/nimbl unless told otherwise. Whatever
a test makes (namespaces, processes, folders) carries its pid in the name and is gone after it.
"""

import contextlib
import itertools
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

import pytest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
NIMBL = os.path.abspath(os.environ.get("NIMBL", os.path.join(ROOT, "build/app/nimbl/nimbl")))
NOBODY = 65534

needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="namespaces and AF_PACKET need root: run the tests as root"
)
numbers = itertools.count()


def needs_tool(name):
    return pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed")


def unique(prefix):
    return f"{prefix}{os.getpid()}x{next(numbers)}"


def run(*command, check=True, seconds=60, **options):
    """A command to its end, its output as text."""
    done = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=seconds,
        **options,
    )
    if check and done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done


def wait_for(condition, seconds, what):
    """What the condition gave once it was true; looks twenty times a second."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)


@contextlib.contextmanager
def folder():
    """A folder of this test's own; everybody may enter it."""
    path = tempfile.mkdtemp(prefix=unique("nimbl-e2e-"))
    os.chmod(path, 0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


class Space:
    """A network namespace."""

    def __init__(self):
        self.name = unique("nb")
        run("ip", "netns", "add", self.name)
        self.run("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0")
        self.run("ip", "link", "set", "lo", "up")

    def command(self, *words):
        return ["ip", "netns", "exec", self.name, *[str(word) for word in words]]

    def run(self, *words, **options):
        return run(*self.command(*words), **options)

    def start(self, *words, **options):
        return subprocess.Popen(self.command(*words), **options)

    def silence(self):
        """No frame of the kernel's own, so that counters can be compared."""
        self.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
        self.run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")

    def counter(self, interface, name):
        return int(self.run("cat", f"/sys/class/net/{interface}/statistics/{name}").stdout)

    def up(self, interface, *addresses, mtu=None):
        """Up, without offloads: a frame is what the wire would carry."""
        for address in addresses:
            self.run("ip", "address", "add", address, "dev", interface)
        if mtu is not None:
            self.run("ip", "link", "set", interface, "mtu", mtu)
        self.run("ethtool", "-K", interface, "tx", "off", "rx", "off", "tso", "off", "gso", "off",
                 "gro", "off", check=False)
        self.run("ip", "link", "set", interface, "up")

    def delete(self):
        run("ip", "netns", "delete", self.name, check=False)


@contextlib.contextmanager
def spaces(count):
    made = []
    try:
        for _ in range(count):
            made.append(Space())
        yield made
    finally:
        for space in made:
            space.delete()


def veth(space, interface, other, peer):
    """A veth pair from one namespace to another."""
    space.run("ip", "link", "add", interface, "type", "veth", "peer", "name", peer, "netns",
              other.name)


def join(space, interface, other, peer, address, mtu=1500, ipv6=None):
    """A host: `interface` with addresses in `space`, its other end `peer` where nimbl is."""
    veth(space, interface, other, peer)
    space.up(interface, address, *([ipv6] if ipv6 else []), mtu=mtu)
    other.up(peer, mtu=mtu)
    for at, name in ((space, interface), (other, peer)):
        wait_for(lambda: at.run("cat", f"/sys/class/net/{name}/operstate").stdout == "up\n", 5,
                 f"{name} is up")


@contextlib.contextmanager
def wire(mtu=1500, ipv6=False):
    """A (a0: 10.9.0.1, fd09::1) -veth- n0 [middle] n1 -veth- (b0: 10.9.0.2, fd09::2) B."""
    with spaces(3) as (left, middle, right):
        for space in (left, middle, right):
            if not ipv6 or space is middle:
                space.silence()
        join(left, "a0", middle, "n0", "10.9.0.1/24", mtu, ipv6 and "fd09::1/64")
        join(right, "b0", middle, "n1", "10.9.0.2/24", mtu, ipv6 and "fd09::2/64")
        yield left, middle, right


def ping(space, address, count=20, size=56, interval=0.01):
    """How many of the pings were answered; on a busy machine late, and nobody waits when all are."""
    done = space.run("ping", "-n", "-q", "-c", count, "-i", interval, "-W", "5", "-s", size,
                     address, check=False)
    found = re.search(r"(\d+) received", done.stdout)
    assert found, done.stdout + done.stderr
    return int(found.group(1))


@contextlib.contextmanager
def iperf_server(space):
    """iperf3 waiting for one client."""
    server = space.start("iperf3", "-s", "-1", stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: ":5201" in space.run("ss", "-Hltn").stdout, 5, "iperf3 listens")
        yield
    finally:
        end(server)


def iperf(client, server, address, *options, seconds=2):
    """What iperf3 measured, as its JSON has it under "end"."""
    with iperf_server(server):
        done = client.run("iperf3", "-J", "-c", address, "-t", seconds, *options,
                          seconds=seconds + 20, check=False)
        report = json.loads(done.stdout)
        assert "error" not in report, report["error"]
        return report["end"]


def end(process):
    """End a process that we started, in order if it will."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def as_nobody(command):
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]


def nimbl(*words, text=None, space=None, user=None, home=None, seconds=20, env=None):
    """The program to its end. `text` is its standard input, `home` its runtime directory."""
    command = [NIMBL, *[str(word) for word in words]]
    with folder() as own:
        if user is not None:
            command = as_nobody(command)
            os.chown(own, NOBODY, NOBODY)
        if space is not None:
            command = space.command(*command)
        return run(*command, check=False, seconds=seconds, input=text,
                   env={**os.environ, "RUNTIME_DIRECTORY": home or own, **(env or {})})


def ended(events, status, said):
    """The last of the events of a run that ended: in order, every list at home."""
    stopped = [event for event in events if event["event"] == "stopped"]
    assert len(stopped) == 1, f"no 'stopped' event, exit {status}: {said}"
    ledger = stopped[0]["ledger"]
    assert ledger["balanced"], f"{ledger}: {said}"
    assert ledger["in_flight"] == ledger["lists_up"] == ledger["lists_down"] == 0, ledger
    assert ledger["received"] + ledger["made"] == (
        ledger["sent"] + ledger["taken"] + ledger["dropped"]), ledger
    assert ledger["pool_free"] == ledger["pool_size"], ledger
    assert status == 0 and stopped[0]["exit"] == 0, f"exit {status}: {said}"
    return stopped[0]


class Nimbl:
    """`nimbl run --json` of a configuration, from its "started" to its "stopped" event."""

    def __init__(self, config, *options, space=None, home=None, wait=True):
        self.events = []
        self.home = home
        self.own = None if home else tempfile.mkdtemp(prefix=unique("nimbl-e2e-"))
        command = [NIMBL, "run", "--json", *options, "-"]
        if space is not None:
            command = space.command(*command)
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env={**os.environ, "RUNTIME_DIRECTORY": self.home or self.own},
        )
        self.pid = self.process.pid
        self.process.stdin.write(config)
        self.process.stdin.close()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        if wait:
            self.wait_started()

    def _read(self):
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join(5)
        if problem[0] is not None:
            print(self.said())
        self.errors.close()
        if self.own:
            shutil.rmtree(self.own, ignore_errors=True)

    def said(self):
        """What stands on standard error."""
        self.errors.seek(0)
        return self.errors.read()

    def of(self, name):
        return [event for event in self.events if event["event"] == name]

    def wait_started(self, seconds=60):
        try:
            wait_for(lambda: self.of("started") or self.process.poll() is not None, seconds,
                     "nimbl starts")
            assert self.of("started"), "nimbl ended"
        except AssertionError as problem:
            said = self.said()
            self.__exit__(None)
            raise AssertionError(f"{problem}: {said}") from None
        return self.of("started")[0]

    def state(self):
        """The figures of this moment."""
        count = len(self.of("state"))
        self.process.send_signal(signal.SIGUSR1)
        wait_for(lambda: len(self.of("state")) > count or self.process.poll() is not None, 5,
                 "SIGUSR1 is answered")
        assert self.process.returncode is None, f"nimbl ended with {self.process.returncode}"
        return self.of("state")[-1]["state"]

    def ports(self):
        return ports_of(self.state())

    def settle(self, seconds=5):
        """The figures once nothing moves any more."""
        last = None
        for _ in range(int(seconds * 5)):
            now = {name: port["counters"] for name, port in self.ports().items()}
            for counters in now.values():
                counters.pop("rx_polls")
                counters.pop("rx_empty_polls")
            if now == last:
                return now
            last = now
            time.sleep(0.2)
        raise AssertionError(f"still moving after {seconds} s: {last}")

    def takes_all_of(self, source, port):
        """Wait until the port has received what a testpmd that was stopped has sent."""
        wait_for(lambda: source.stats()[1] == self.ports()[port]["counters"]["rx_frames"], 10,
                 f"{port} takes all that was sent")

    def kill(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def finish(self, seconds=5):
        """The end that comes by itself or was asked for: in time, balanced. The last event."""
        begin = time.monotonic()
        self.process.wait(seconds)
        self.took = time.monotonic() - begin
        self.reader.join(5)
        return ended(self.events, self.process.returncode, self.said())

    def stop(self, number=signal.SIGTERM, seconds=5):
        self.kill(number)
        return self.finish(seconds)


def ports_of(state):
    return {port["name"]: port for port in state["ports"]}


def drops(event, port):
    """What a port dropped, by reason, without the zeros."""
    found = ports_of(event["state"])[port]["counters"]["drops"]
    return {reason: count for reason, count in found.items() if count > 0}


def counters(event, port):
    return ports_of(event["state"])[port]["counters"]


class Testpmd:
    """Debian's dpdk-testpmd as a peer, told what to do through a pipe."""

    __test__ = False  # pytest, this is none of yours

    def __init__(self, *vdevs, mode="io", cpu=0, options=(), eal=(),
                 space=None):
        self.home = tempfile.mkdtemp(prefix=unique("nimbl-e2e-"))
        command = ["stdbuf", "-o0", "dpdk-testpmd", f"--lcores=0@{cpu},1@{cpu}",
                   "--no-huge", "-m", "256",
                   "--no-pci", "--no-telemetry", f"--file-prefix={unique('pmd')}", *eal]
        command += [f"--vdev={vdev}" for vdev in vdevs]
        command += ["--", "-i", "--total-num-mbufs=8192", f"--forward-mode={mode}", *options]
        if space is not None:
            command = space.command(*command)
        self.output = ""
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "RUNTIME_DIRECTORY": self.home, "TERM": "dumb"})
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        try:
            self.wait_text("testpmd> ", 20)
        except AssertionError:
            self.kill()
            raise

    def _read(self):
        while True:
            text = os.read(self.process.stdout.fileno(), 65536)
            if not text:
                return
            self.output += text.decode(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        if problem[0] is not None:
            print(self.output[-4000:])
        if self.process.poll() is None:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                self.process.stdin.write("stop\nquit\n")
                self.process.stdin.flush()
                self.process.wait(5)
        self.kill()

    def wait_text(self, text, seconds, begin=0):
        wait_for(lambda: text in self.output[begin:] or self.process.poll() is not None, seconds,
                 f"testpmd says {text!r}")
        assert text in self.output[begin:], f"testpmd ended: {self.output[-2000:]}"

    def tell(self, command, seconds=10):
        """A command and what it printed."""
        begin = len(self.output)
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        wait_for(lambda: self.output[begin:].count("testpmd> ") >= 1, seconds, command)
        return self.output[begin:]

    def stats(self, port=0):
        """Packets of a port: (received, sent)."""
        text = self.tell(f"show port stats {port}")
        rx = re.search(r"RX-packets:\s*(\d+)", text)
        tx = re.search(r"TX-packets:\s*(\d+)", text)
        assert rx and tx, text
        return int(rx.group(1)), int(tx.group(1))

    def link_up(self, port=0):
        return "Link status: up" in self.tell(f"show port info {port}")

    def kill(self):
        """At once and without a word."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join(5)
        shutil.rmtree(self.home, ignore_errors=True)


PCAP_HEAD = struct.Struct("<IHHiIII")
PCAP_RECORD = struct.Struct("<IIII")


def pcap_write(path, frames):
    with open(path, "wb") as out:
        out.write(PCAP_HEAD.pack(0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for i, frame in enumerate(frames):
            out.write(PCAP_RECORD.pack(i, 0, len(frame), len(frame)) + frame)


def pcap_read(path):
    """The frames of a pcap file, which must be whole."""
    with open(path, "rb") as source:
        text = source.read()
    magic = PCAP_HEAD.unpack_from(text)[0]
    assert magic in (0xA1B2C3D4, 0xA1B23C4D), hex(magic)
    frames, at = [], PCAP_HEAD.size
    while at < len(text):
        kept, length = PCAP_RECORD.unpack_from(text, at)[2:]
        assert kept == length, f"a frame of {length} bytes was cut to {kept}"
        at += PCAP_RECORD.size
        frames.append(text[at:at + kept])
        assert len(frames[-1]) == kept, "the file ends within a frame"
        at += kept
    return frames


FLOOD = """
import socket, sys, time
sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sender.bind((sys.argv[1], 0))
frame = bytes.fromhex("02000000000202000000000108ff") + bytes(range(46))
end = time.monotonic() + float(sys.argv[2])
sent = 0
while time.monotonic() < end:
    try:
        for _ in range(64):
            sent += sender.send(frame) > 0
    except OSError:
        time.sleep(0.001)
print(sent)
"""


@contextlib.contextmanager
def flood(space, interface, seconds):
    """Frames out of an interface as fast as python sends them, for so many seconds at most."""
    process = space.start(sys.executable, "-c", FLOOD, interface, seconds, stdout=subprocess.PIPE,
                          text=True)
    try:
        yield process
    finally:
        end(process)


SEND = """
import socket, sys, time
sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sender.bind((sys.argv[1], 0))
for line in sys.stdin:
    sender.send(bytes.fromhex(line))
    time.sleep(0.0002)
"""


def send(space, interface, frames):
    """Send raw frames, slowly enough that all arrive."""
    text = "".join(f"{frame.hex()}\n" for frame in frames)
    space.run(sys.executable, "-c", SEND, interface, input=text)


@contextlib.contextmanager
def capture(space, interface, path):
    """Everything that arrives at an interface, into a pcap file."""
    tcpdump = space.start("tcpdump", "-i", interface, "-Q", "in", "--immediate-mode", "-U", "-s",
                          "0", "-B", "16384", "-w", path, stderr=subprocess.PIPE, text=True)
    try:
        assert "listening" in tcpdump.stderr.readline()
        yield
        time.sleep(0.3)
    finally:
        end(tcpdump)
        tcpdump.stderr.close()
