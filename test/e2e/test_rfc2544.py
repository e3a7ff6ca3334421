# SPDX-License-Identifier: BSD-3-Clause
"""nimbl test: a device whose throughput is known, what is refused, and that nothing is left behind.

The device is a nimbl of its own over memif. Rates are low, so that its rings outlast what a busy machine
does to it; trials that count may have waited for a CPU (--allow-steal 100).
"""

import glob
import json
import os
import shutil
import signal
import subprocess

import pytest

from nimbl_e2e import NIMBL, nimbl, wait_for

SELF = ("--dut", "self", "--allow-steal", "100")
POLICED = 500  # frames per second of 60 bytes in memory
POLICE = f"[{{police: {{rate: {POLICED * 60 * 8 // 1000}k, burst: 2K, direction: rx}}}}]"


def rfc2544(*options, seconds=120):
    return nimbl("test", "rfc2544", *SELF, "--quick", "--sizes", "64", *options, seconds=seconds)


def devices(parent):
    """The processes that a test has as its device, and the folders of their sockets."""
    found = {}
    for path in glob.glob(f"/proc/{parent}/task/*/children"):
        with open(path) as file:
            children = file.read().split()
        for child in children:
            with open(f"/proc/{child}/cmdline", "rb") as file:
                words = file.read().decode().split("\0")
            found.update({int(child): os.path.dirname(word) for word in words
                          if word.startswith("/tmp/nimbl-dut-")})
    return found


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().split()[2] != "Z"
    except OSError:
        return False


def test_throughput_of_a_policed_device_is_what_it_lets_pass(tmp_path):
    """A report of one size; a second look at it finds nothing worse, and something in one that is."""
    out = tmp_path / "out"
    done = rfc2544("--one-way", "--max-rate", "2000", "--seconds", "0.5", "--tests", "none", "--repeats", "1",
                   "--dut-filters", POLICE, "--min-rate", "1900", "--report", out)
    assert done.returncode == 1, done.stdout + done.stderr  # below --min-rate
    assert "below --min-rate" in done.stderr
    assert "quick" in done.stdout and "share" in done.stdout
    events = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert len(events) > 5 and all(event["size"] == "64" for event in events)

    report = json.loads((out / "report.json").read_text())
    assert report["schema"] == "nimbl.test.rfc2544/1" and report["ledgers"] == "balanced"
    answer = report["sizes"][0]["throughput"][0]
    # The meter's bucket of 34 frames comes on top in half a second; a hair for counting whole frames.
    assert 0 < answer["frames_per_s"] <= (POLICED + 34 / 0.5) * 1.005
    assert answer["not_frames_per_s"] > answer["frames_per_s"]
    assert report["trials"] == len(events) == len(report["every_trial"])
    page = (out / "index.html").read_text()
    assert page.startswith("<!doctype html>") and "Throughput (26.1)" in page
    compare_with_worse(out / "report.json", report, tmp_path / "worse.json")


def compare_with_worse(path, report, worse):
    done = nimbl("test", "compare", path, path)
    assert done.returncode == 0 and "no significant difference" in done.stdout
    for row in report["rows"]:
        for name in ("value", "low", "high"):
            row[name] *= 0.5
    worse.write_text(json.dumps(report))
    done = nimbl("test", "compare", path, worse)
    assert done.returncode == 1 and "worse" in done.stdout
    done = nimbl("test", "compare", "--json", worse, path)
    assert done.returncode == 0 and json.loads(done.stdout)["faster"] == len(report["rows"])


@pytest.mark.parametrize("options, words", [
    ((), "--dut self, or --port"),
    (("--dut", "other"), "only 'self'"),
    (("--dut", "self", "--port", "a=net_null0"), "leave --port out"),
    (("--port", "net_null0"), "NAME=DEVICE"),
    (("--port", "a=net_null0", "--reflect"), "for --dut self"),
    (("--dut", "self", "--sizes", "63"), "64 to 16384"),
    (("--dut", "self", "--repeats", "2"), "odd"),
    (("--dut", "self", "--loss", "0,x"), "a number"),
    (("--dut", "self", "--tests", "speed"), "latency, loss, burst"),
    (("--dut", "self", "--quik"), "--quick"),
])
def test_wrong_command_lines_are_refused(options, words):
    done = nimbl("test", "rfc2544", *options)
    assert done.returncode == 2 and words in done.stderr
    assert done.stdout == ""


def test_device_that_cannot_start_says_why():
    done = nimbl("test", "rfc2544", *SELF, "--dut-filters", "[nonsense]", seconds=120)
    assert done.returncode in (2, 3) and "no filter driver 'nonsense'" in done.stderr


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_nothing_is_left_behind(number, status):
    test = subprocess.Popen([NIMBL, "test", "rfc2544", *SELF, "--quick", "--max-rate", "1000"],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        for line in test.stderr:
            if line.startswith("{"):
                break
        found = devices(test.pid)
        assert len(found) == 1
        test.send_signal(number)
        test.communicate(timeout=120)
        assert test.returncode == status
        wait_for(lambda: not any(is_alive(pid) for pid in found), 60, "the device has ended")
        left = [path for path in found.values() if os.path.exists(path)]
        assert left == [] or number == signal.SIGKILL
        for path in left:
            shutil.rmtree(path)
    finally:
        test.kill()
        test.communicate()


def test_soak_counts_every_frame():
    done = nimbl("test", "soak", *SELF, "--rate", "200", "--seconds", "2", "--size", "64", "--json",
                 seconds=120)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["schema"] == "nimbl.test.soak/1" and report["ledgers"] == "balanced"
    assert 0 < report["sent"] == report["received"] <= 800
    assert report["lost"] == 0 and len(report["intervals"]) > 3


def test_soak_ends_at_the_first_error():
    done = nimbl("test", "soak", *SELF, "--rate", "1000", "--seconds", "60", "--size", "64",
                 "--interval", "0.5", "--dut-filters", "[{impair: {loss: 5%, seed: 1}}]",
                 seconds=120)
    assert done.returncode == 1
    assert "frames lost" in done.stdout
