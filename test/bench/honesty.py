#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""How exact the delays and rates of nimbl gen are.

delays  A port that hears itself (net_ring), first alone: what the way itself takes, the bias. Then with an impair
        filter that delays by a known time: the median less the bias, beside that time.
rates   Frames into a veth pair at a known rate; tcpdump at its other end says when the kernel saw the first and
        the last, by a clock that is not nimbl's. Needs root.
clock   Frames of a second as nimbl gen says, into net_null, at rates from 1 kpps to 5 Mpps.

Wants a CPU for itself: of a machine that is shared it says how busy it is, in the least and largest figures.
"""

import argparse
import contextlib
import json
import os
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time

DST = ["--dst", "02:00:00:00:00:02"]
DELAYS = {"10us": 10000, "50us": 50000, "100us": 100000, "200us": 200000}
RATES = [1000, 5000, 20000]
CLOCK_RATES = [1000, 100000, 1000000, 5000000]


def environment(path):
    return {**os.environ, "RUNTIME_DIRECTORY": path}


def gen(options, path, *words, inserted=()):
    """A trial to its end; a filter is inserted as soon as frames flow."""
    command = [options.nimbl, "gen", "--json", *DST, *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=environment(path)) as program:
        result = None
        for line in program.stdout:
            event = json.loads(line)
            if event["event"] == "started" and inserted:
                subprocess.run([options.nimbl, "filter", "insert", *inserted], check=True,
                               env=environment(path), capture_output=True)
            if event["event"] == "result":
                result = event
        if program.wait() != 0 or result is None:
            sys.exit(program.stderr.read())
    return result["streams"][0]


def loop(options, *inserted):
    with tempfile.TemporaryDirectory(prefix="nimbl-honesty-") as path:
        stream = gen(options, path, "--port", "a=net_ring0", "--rate", "10kpps", "--seconds",
                     str(options.seconds), inserted=inserted)
    assert stream["received"]["lost"] == 0 or inserted, stream
    return stream["latency_ns"]


def delays(options):
    """In turns, so that what changes meanwhile changes all of them."""
    bias, medians = [], {name: [] for name in DELAYS}
    for _ in range(options.rounds):
        bias.append(loop(options)["p50"])
        for name in DELAYS:
            medians[name].append(loop(options, "a", "impair", f"delay={name}", "limit=4096",
                                      "direction=rx")["p50"])
    middle = statistics.median(bias)
    rows = [{"delay_ns": ns, "median_ns": statistics.median(medians[name]),
             "error_ns": statistics.median(medians[name]) - middle - ns,
             "errors_ns": [median - middle - ns for median in medians[name]]}
            for name, ns in DELAYS.items()]
    return {"bias_ns": middle, "bias_least_ns": min(bias), "bias_most_ns": max(bias), "rows": rows,
            "target_ns": 1000, "reached": all(abs(row["error_ns"]) <= 1000 for row in rows)}


@contextlib.contextmanager
def spaces():
    names = [f"nimbl-honesty-{side}-{os.getpid()}" for side in "ab"]
    for name in names:
        subprocess.run(["ip", "netns", "add", name], check=True)
        subprocess.run(["ip", "netns", "exec", name, "sysctl", "-qw",
                        "net.ipv6.conf.default.disable_ipv6=1"], check=True)
    subprocess.run(["ip", "-n", names[0], "link", "add", "n0", "type", "veth", "peer", "name",
                    "t0", "netns", names[1]], check=True)
    for name, link in zip(names, ("n0", "t0")):
        subprocess.run(["ip", "-n", name, "link", "set", link, "up"], check=True)
    try:
        yield [["ip", "netns", "exec", name] for name in names]
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], check=False)


def seen(file):
    """How many frames a capture has, and the nanoseconds from its first to its last."""
    with open(file, "rb") as source:
        text = source.read()
    unit = 1 if struct.unpack_from("<I", text)[0] == 0xA1B23C4D else 1000
    at, times = 24, []
    while at < len(text):
        second, part, kept, _ = struct.unpack_from("<IIII", text, at)
        times.append(second * 1000000000 + part * unit)
        at += 16 + kept
    return len(times), times[-1] - times[0]


def rate(options, pps):
    with spaces() as (ours, theirs), tempfile.TemporaryDirectory() as path:
        file = f"{path}/seen.pcap"
        tcpdump = subprocess.Popen(
            [*theirs, "tcpdump", "-i", "t0", "-Q", "in", "-s", "64", "-B", "65536",
             "--time-stamp-precision=nano", "-w", file, "ether", "dst", DST[1]],
            stderr=subprocess.PIPE, text=True)
        assert "listening" in tcpdump.stderr.readline()
        words = [*ours, options.nimbl, "gen", "--json", *DST, "--port",
                 "a=net_af_packet0,iface=n0", "--rate", f"{pps}pps", "--seconds",
                 str(options.rate_seconds)]
        done = subprocess.run(words, check=True, capture_output=True, text=True,
                              env=environment(path))
        time.sleep(1)
        tcpdump.send_signal(signal.SIGINT)
        tcpdump.wait()
        frames, took = seen(file)
    sent = json.loads(done.stdout.splitlines()[-1])["streams"][0]["sent"]
    measured = (frames - 1) * 1e9 / took
    return {"pps": pps, "sent": sent["frames"], "seen": frames, "seen_pps": measured,
            "error_percent": (measured / pps - 1) * 100}


def rates(options):
    rows = [rate(options, pps) for pps in RATES]
    return {"seconds": options.rate_seconds, "rows": rows, "target_percent": 0.1,
            "reached": all(abs(row["error_percent"]) <= 0.1 and row["sent"] == row["seen"]
                           for row in rows)}


def clock(options):
    rows = []
    for pps in CLOCK_RATES:
        with tempfile.TemporaryDirectory() as path:
            sent = gen(options, path, "--port", "a=net_null0,no-rx=1", "--rate", f"{pps}pps",
                       "--seconds", str(options.rate_seconds))["sent"]
        expected = pps * options.rate_seconds
        rows.append({"pps": pps, "sent": sent["frames"],
                     "error_percent": (sent["frames"] / expected - 1) * 100,
                     "late_max_ns": sent["late_max_ns"]})
    return {"seconds": options.rate_seconds, "rows": rows, "target_percent": 0.1,
            "reached": all(abs(row["error_percent"]) <= 0.1 for row in rows)}


def say(name, result):
    if name == "delays":
        print(f"bias of the loop {result['bias_ns']} ns ({result['bias_least_ns']} to "
              f"{result['bias_most_ns']})")
        for row in result["rows"]:
            print(f"delay {row['delay_ns']:>9} ns  median less bias off by {row['error_ns']:>6} ns  "
                  f"({min(row['errors_ns'])} to {max(row['errors_ns'])})")
    for row in result["rows"] if name != "delays" else []:
        print(f"{name} {row['pps']:>8} pps for {result['seconds']} s  sent {row['sent']:>9}  "
              f"off by {row['error_percent']:+.4f} %")
    print(f"{name}: {'reached' if result['reached'] else 'not reached'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", help="delays, rates, clock (all)")
    parser.add_argument("--nimbl", default="build/app/nimbl/nimbl")
    parser.add_argument("--rounds", type=int, default=15, help="of delays (15)")
    parser.add_argument("--seconds", type=int, default=2, help="of each delay (2)")
    parser.add_argument("--rate-seconds", type=int, default=10, help="of each rate (10)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    kinds = {"delays": delays, "rates": rates, "clock": clock}
    results = {}
    for name in options.what or kinds:
        if name not in kinds:
            parser.error(f"'{name}' is none of {', '.join(kinds)}")
        results[name] = kinds[name](options)
        if not options.json:
            say(name, results[name])
    if options.json:
        print(json.dumps({"schema": "nimbl.bench.honesty/1", **results}))


if __name__ == "__main__":
    main()
