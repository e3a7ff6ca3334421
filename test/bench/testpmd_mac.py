#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""nimbl beside dpdk-testpmd --forward-mode=mac: the same two net_null ports on one forwarding core,
in turns. Prints one JSON object (or lines for people without --json)."""

import argparse
import json
import os
import re
import statistics
import subprocess
import tempfile
import time

CONF = """name: versus-{pid}
dev: true
idle: poll
ports: {{a: "net_null0,size=64", b: "net_null1,size=64"}}
xconnect: [[a, b]]
"""


def nimbl_mpps(nimbl, seconds):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as conf:
        conf.write(CONF.format(pid=os.getpid()))
        conf.flush()
        out = subprocess.run([nimbl, "run", "--json", "--duration", str(seconds), conf.name],
                             check=True, capture_output=True, text=True).stdout
    rates = [sum(port["tx_pps"] for port in event["ports"])
             for event in map(json.loads, out.splitlines()) if event["event"] == "second"]
    return statistics.median(rates[1:] or rates) / 1e6


def testpmd_mpps(seconds):
    with tempfile.TemporaryDirectory() as run:
        args = ["dpdk-testpmd", "-l", "0,1", "--no-huge", "-m", "512", "--no-pci",
                "--file-prefix", f"versus{os.getpid()}", "--vdev=net_null0,size=64",
                "--vdev=net_null1,size=64", "--", "-i", "--forward-mode=mac", "--nb-cores=1",
                "--total-num-mbufs=8192", "--burst=32"]
        testpmd = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True,
                                   env=dict(os.environ, RUNTIME_DIRECTORY=run))
        try:
            testpmd.stdin.write("start\n")
            testpmd.stdin.flush()
            time.sleep(1.5)
            testpmd.stdin.write("show port stats all\n")
            testpmd.stdin.flush()
            time.sleep(seconds)
            out = testpmd.communicate("show port stats all\nstop\nquit\n", timeout=20)[0]
        finally:
            if testpmd.poll() is None:
                testpmd.kill()
    rates = [int(rate) for rate in re.findall(r"Tx-pps:\s+(\d+)", out)]
    return sum(rates[-2:]) / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nimbl", default="build/app/nimbl/nimbl")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    pairs = []
    for round_number in range(args.rounds):
        pair = (nimbl_mpps(args.nimbl, args.seconds), testpmd_mpps(args.seconds))
        pairs.append(pair)
        if not args.json:
            print(f"round {round_number + 1:2}: nimbl {pair[0]:6.2f} Mpps, testpmd mac "
                  f"{pair[1]:6.2f} Mpps, ratio {pair[0] / pair[1]:.3f}", flush=True)
    ratios = sorted(a / b for a, b in pairs)
    result = {
        "schema": "nimbl.bench.versus/1",
        "nimbl_mpps": statistics.median(a for a, _ in pairs),
        "testpmd_mac_mpps": statistics.median(b for _, b in pairs),
        "ratio": statistics.median(ratios),
        "ratio_low": ratios[0],
        "ratio_high": ratios[-1],
        "rounds": len(pairs),
    }
    print(json.dumps(result) if args.json else
          f"median: nimbl {result['nimbl_mpps']:.2f} Mpps, testpmd mac "
          f"{result['testpmd_mac_mpps']:.2f} Mpps, ratio {result['ratio']:.3f}")


if __name__ == "__main__":
    main()
