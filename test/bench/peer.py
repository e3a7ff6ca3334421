#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""nimbl beside dpdk-testpmd at the same task, in turns:

  send            nimbl gen without signatures, and txonly, into net_null
  send-signed     nimbl gen with signatures, and txonly, into net_null
  receive         nimbl gen and rxonly, out of net_null: frames that nobody signed
  receive-signed  nimbl gen and rxonly, of frames that nimbl gen signed, which net_pcap repeats
  forward         nimbl run and testpmd io between two vhost-user ports, nimbl gen at the other ends

What counts is the frames of a second of CPU time of the thread that polls, so that a machine that is shared
with others says the same as one that is not; wall rates are told beside. The median of all rounds is judged.
"""

import argparse
import contextlib
import json
import os
import queue
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time

TARGETS = {"send": 0.9, "send-signed": 0.6, "receive": 0.6, "receive-signed": 0.6, "forward": 1.0}
DST = ["--dst", "02:00:00:00:00:02"]
PACKET = "size=60,no-rx=%d"  # as net_null counts: without FCS
VHOST = "net_vhost%d,iface=%s/%s.vhost,queues=1"
VIRTIO = "net_virtio_user%d,path=%s/%s.vhost,queues=1"


class Program:
    """A program whose output is read while it runs."""

    def __init__(self, command, path):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, env={**os.environ, "RUNTIME_DIRECTORY": path, "TERM": "dumb"})
        self.lines = queue.Queue()
        self.said = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def line(self, seconds=30):
        line = self.lines.get(timeout=seconds)
        if line is None:
            sys.exit(f"{self.process.args[0]} ended: {''.join(self.said[-20:])}")
        self.said.append(line)
        return line

    def tell(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def cpu(self):
        """Nanoseconds that each thread has run."""
        times = {}
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            with contextlib.suppress(OSError):
                with open(f"/proc/{self.process.pid}/task/{task}/schedstat") as stat:
                    times[task] = int(stat.read().split()[0])
        return times

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()


class Meter:
    """Frames and CPU time of the busiest thread, from one look to the next."""

    def __init__(self, program):
        self.program = program
        self.look()

    def look(self):
        self.at, self.times = time.monotonic_ns(), self.program.cpu()

    def share(self):
        at, times = self.at, self.times
        self.look()
        ran = max(self.times[task] - times.get(task, 0) for task in self.times)
        return ran / (self.at - at)


def testpmd(path, *vdevs, mode, cpu=1):
    command = ["stdbuf", "-o0", "dpdk-testpmd", f"--lcores=0@0,1@{cpu}", "--no-huge", "-m", "256",
               "--no-pci", "--no-telemetry", f"--file-prefix=peer{os.getpid()}-{cpu}"]
    command += [f"--vdev={vdev}" for vdev in vdevs]
    program = Program(command + ["--", "-i", "--total-num-mbufs=8192", f"--forward-mode={mode}"],
                      path)
    program.tell("show port stats 0")  # is answered when it is up
    while "Tx-pps" not in program.line():
        pass
    program.tell("start")
    return program


def testpmd_rates(program, field, port, rounds):
    """Each second: frames per second as testpmd says, and the share of a CPU that it had."""
    program.tell(f"show port stats {port}")
    meter, found = None, []
    while len(found) <= rounds:
        match = re.search(field + r"-pps:\s+(\d+)", program.line())
        if match is None:
            continue
        if meter is not None:
            found.append((int(match.group(1)), meter.share()))
        else:
            meter = Meter(program)
            found.append(None)
        time.sleep(1)
        program.tell(f"show port stats {port}")
    return found[1:]


def events(program, name):
    while True:
        line = program.line()
        if line.startswith("{") and json.loads(line)["event"] == name:
            return json.loads(line)


def gen_rates(program, field, port, rounds, measured=None):
    """The same of nimbl gen, or of the program that it loads."""
    events(program, "second")
    meter, found = Meter(measured or program), []
    for _ in range(rounds):
        ports = {entry["name"]: entry for entry in events(program, "second")["ports"]}
        found.append((ports[port][field], meter.share()))
    return found


def gen(options, path, *words):
    command = [options.nimbl, "gen", "--json", *DST, *words]
    return Program(["stdbuf", "-oL", *command], path)


def rate_of(samples):
    """Median frames of a second of the wall, and of a second of CPU."""
    return {"pps": statistics.median(pps for pps, _ in samples),
            "cpu_pps": statistics.median(pps / max(share, 0.001) for pps, share in samples),
            "cpu_share": statistics.median(share for _, share in samples)}


@contextlib.contextmanager
def running(program):
    try:
        yield program
    finally:
        program.end()


def send(options, path, *words):
    device = "net_null0," + PACKET % 1
    with running(gen(options, path, "--port", f"a={device}", "--seconds", str(options.seconds + 5),
                     *words)) as program:
        ours = gen_rates(program, "tx_pps", "a", options.seconds)
    with running(testpmd(path, device, mode="txonly")) as program:
        return ours, testpmd_rates(program, "Tx", 0, options.seconds)


def receive(options, path, device):
    with running(gen(options, path, "--port", f"a={device}", "--rate", "1pps", "--seconds",
                     str(options.seconds + 5))) as program:
        ours = gen_rates(program, "rx_pps", "a", options.seconds)
    with running(testpmd(path, device, mode="rxonly")) as program:
        return ours, testpmd_rates(program, "Rx", 0, options.seconds)


def signed_frames(options, path):
    """512 signed frames of the stream that a receiver of one stream expects."""
    file = f"{path}/signed.pcap"
    subprocess.run([options.nimbl, "gen", "--json", *DST, "--count", "512", "--rate", "100kpps",
                    "--port", f"a=net_pcap0,tx_pcap={file}"], check=False,
                   capture_output=True, env={**os.environ, "RUNTIME_DIRECTORY": path})
    return f"net_pcap0,rx_pcap={file},infinite_rx=1"


DAEMON = """name: peer-{pid}
dev: true
idle: poll
ports: {{x: '{x}', y: '{y}'}}
xconnect: [[x, y]]
"""


def daemon(options, path):
    config = f"{path}/daemon.yaml"
    with open(config, "w") as file:
        file.write(DAEMON.format(pid=os.getpid(), x=VHOST % (0, path, "x"), y=VHOST % (1, path, "y")))
    program = Program(["stdbuf", "-oL", options.nimbl, "run", "--json", config], path)
    events(program, "started")
    return program


def forwarder_rates(options, path, device):
    """What comes through, and the CPU time of the forwarder."""
    ports = [f"{port}={VIRTIO % (i, path, name)}" for i, (port, name) in
             enumerate((("a", "x"), ("b", "y")))]
    words = ["taskset", "-c", "0", options.nimbl, "gen", "--json", *DST, "--seconds",
             str(options.seconds + 5)]
    for port in ports:
        words += ["--port", port]
    with running(device), running(Program(words, path)) as program:
        return gen_rates(program, "rx_pps", "b", options.seconds, device)


def forward(options, path):
    ours = forwarder_rates(options, path, daemon(options, path))
    peer = testpmd(path, VHOST % (0, path, "x"), VHOST % (1, path, "y"), mode="io")
    return ours, forwarder_rates(options, path, peer)


def measure(options, task):
    with tempfile.TemporaryDirectory(prefix="nimbl-peer-") as path:
        if task == "forward":
            return forward(options, path)
        if task == "receive":
            return receive(options, path, "net_null0," + PACKET % 0)
        if task == "receive-signed":
            return receive(options, path, signed_frames(options, path))
        return send(options, path, *([] if task == "send-signed" else ["--no-signature"]))


def judge(task, pairs):
    ratios = sorted(ours["cpu_pps"] / theirs["cpu_pps"] for ours, theirs in pairs)
    middle = {side: {key: statistics.median(pair[i][key] for pair in pairs)
                     for key in ("pps", "cpu_pps", "cpu_share")}
              for i, side in enumerate(("nimbl", "testpmd"))}
    ratio = statistics.median(ratios)
    return {"task": task, **middle, "ratio": ratio, "ratio_low": ratios[0],
            "ratio_high": ratios[-1], "rounds": len(pairs), "target": TARGETS[task],
            "reached": ratio >= TARGETS[task]}


def row(result):
    sides = "".join(f"{result[side]['cpu_pps'] / 1e6:9.2f} {result[side]['pps'] / 1e6:7.2f}"
                    for side in ("nimbl", "testpmd"))
    return (f"{result['task']:15}{sides}{result['ratio']:8.3f}"
            f" {result['ratio_low']:6.3f} to {result['ratio_high']:5.3f}{result['target']:7.1f}  "
            f"{'yes' if result['reached'] else 'no'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=", ".join(TARGETS) + " (all)")
    parser.add_argument("--nimbl", default="build/app/nimbl/nimbl")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=int, default=2, help="of each program and round (2)")
    parser.add_argument("--json", action="store_true", help="one object instead of a table")
    options = parser.parse_args()
    unknown = set(options.tasks) - set(TARGETS)
    if unknown:
        parser.error(f"no such task: {', '.join(sorted(unknown))}")
    results = []
    for task in options.tasks or TARGETS:
        pairs = []
        for _ in range(options.rounds):
            pairs.append([rate_of(samples) for samples in measure(options, task)])
            if not options.json:
                print(row(judge(task, pairs[-1:])), file=sys.stderr, flush=True)
        results.append(judge(task, pairs))
    if options.json:
        print(json.dumps({"schema": "nimbl.bench.peer/1", "results": results}))
        return
    print("Mpps           nimbl CPU    wall  testpmd CPU wall  ratio  lowest, highest target")
    for result in results:
        print(row(result))


if __name__ == "__main__":
    main()
