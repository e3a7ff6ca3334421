#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""nimbl gen beside dpdk-testpmd's txonly, on net_null: frames of 64 bytes, bursts of 32, one lcore, taking turns.

Rates are per second of CPU time of the lcore, so that it matters little what else the machine does.

  generator.py [ROUNDS]
"""

import glob
import json
import os
import re
import statistics
import subprocess
import sys

NIMBL = os.environ.get("NIMBL", "build/app/nimbl/nimbl")
SECONDS = 3
TESTPMD = ["dpdk-testpmd", "-l", "0,1", "--no-huge", "-m", "512", "--no-pci", "--file-prefix",
           f"bench{os.getpid()}", "--vdev", "net_null0,size=64,no-rx=1", "--",
           "--forward-mode=txonly", "--burst=32", "--nb-cores=1", "--stats-period=1",
           "--no-flush-rx", "--total-num-mbufs=8192", "--txpkts=64"]
GEN = [NIMBL, "gen", "--json", "--port", "a=net_null0,no-rx=1", "--dst", "02:00:00:00:00:02",
       "--seconds", str(SECONDS + 2), "--settle", "0"]


def cpu_seconds(pid):
    """Of the busiest thread: the lcore."""
    most = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        with open(path, encoding="ascii") as file:
            most = max(most, int(file.read().split()[0]))
    return most / 1e9


def run(command, frames_of):
    """Frames per CPU second; the first samples are of starting."""
    samples = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True) as process:
        for line in process.stdout:
            frames = frames_of(line)
            if frames is not None:
                samples.append((frames, cpu_seconds(process.pid)))
            if len(samples) > SECONDS + 1:
                process.terminate()
                break
        process.stdout.read()
    first, last = samples[2], samples[-1]
    return (last[0] - first[0]) / (last[1] - first[1])


def testpmd_frames(line):
    found = re.search(r"TX-packets:\s+(\d+)", line)
    return int(found.group(1)) if found else None


def gen_frames():
    total = [0, 0.0]

    def frames_of(line):
        event = json.loads(line)
        if event["event"] != "second":
            return None
        total[0] += event["ports"][0]["tx_pps"] * (event["elapsed_s"] - total[1])
        total[1] = event["elapsed_s"]
        return total[0]

    return frames_of


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    ratios = {"unsigned": [], "signed": []}
    for _ in range(rounds):
        txonly = run(TESTPMD, testpmd_frames)
        line = f"txonly {txonly / 1e6:5.1f} M"
        for kind, options in (("unsigned", ["--no-signature"]), ("signed", [])):
            rate = run(GEN + options, gen_frames())
            ratios[kind].append(rate / txonly)
            line += f"   {kind} {rate / 1e6:5.1f} M ({rate / txonly:.2f})"
        print(line, flush=True)
    for kind, found in ratios.items():
        print(f"{kind}: median {statistics.median(found):.2f} of txonly")


if __name__ == "__main__":
    main()
