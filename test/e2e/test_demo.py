# SPDX-License-Identifier: BSD-3-Clause
"""The first five minutes: `nimbl demo` for anybody, on any machine, in little memory."""

import json
import os
import re
import subprocess
import tempfile
import time

import pytest

from nimbl_e2e import NIMBL, NOBODY, as_nobody, folder, needs_root, nimbl, run


@needs_root
def test_as_nobody():
    done = nimbl("demo", "--seconds", "2", user="nobody")
    assert done.returncode == 0, done.stderr
    assert "ledger: balanced\n" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("next: nimbl ")


@needs_root
def test_without_any_directory():
    """No home, no XDG_RUNTIME_DIR, no RUNTIME_DIRECTORY: an empty environment."""
    done = run(*as_nobody([NIMBL, "demo", "--seconds", "1"]), env={}, check=False, cwd="/")
    assert done.returncode == 0, done.stderr
    assert "ledger: balanced\n" in done.stdout


def test_last_words():
    done = nimbl("demo", "--seconds", "1")
    assert done.returncode == 0
    ledger = [line for line in done.stdout.splitlines() if line.startswith("ledger: ")]
    assert ledger[-1] == "ledger: balanced"
    received, sent = re.search(r"received ([\d ]+) \+ .* sent ([\d ]+) \+", ledger[-2]).groups()
    assert received == sent and int(received.replace(" ", "")) > 1000


def peak_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read()).group(1))


def test_soon_and_small():
    """Frames flow within two seconds; less than 128 MB in memory at any time."""
    with folder() as home, tempfile.TemporaryFile("w+") as errors:
        begin = time.monotonic()
        with subprocess.Popen([NIMBL, "demo", "--json", "--seconds", "2"], stdout=subprocess.PIPE,
                              stderr=errors, text=True,
                              env={**os.environ, "RUNTIME_DIRECTORY": home}) as process:
            try:
                first = json.loads(process.stdout.readline())
                assert first["event"] == "started" and time.monotonic() - begin < 2
                second = json.loads(process.stdout.readline())
                assert second["event"] == "second"
                assert all(port["rx_pps"] > 0 for port in second["ports"])
                assert peak_kib(process.pid) < 128 * 1000
                assert process.wait(10) == 0
            finally:
                process.kill()


def test_json_lines():
    done = nimbl("demo", "--json", "--seconds", "2")
    assert done.returncode == 0
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert {event["schema"] for event in events} == {"nimbl.event/1"}
    assert [event["event"] for event in events] == ["started", "second", "second", "stopped"]
    assert events[-1]["exit"] == 0 and events[-1]["ledger"]["balanced"]


@pytest.mark.parametrize("size", [60, 1514])
def test_frame_size(size):
    done = nimbl("demo", "--json", "--seconds", "1", "--frame-size", size)
    assert done.returncode == 0, done.stderr
    ports = json.loads(done.stdout.splitlines()[-1])["state"]["ports"]
    for port in ports:
        assert port["counters"]["rx_bytes"] == size * port["counters"]["rx_frames"] > 0


def test_own_port():
    done = nimbl("demo", "--seconds", "1", "--port", "net_ring0")
    assert done.returncode == 0, done.stderr
    assert "ledger: balanced\n" in done.stdout


@pytest.mark.parametrize("words, cause", [
    (["--frame-size", "59"], "--frame-size"),
    (["--seconds", "0"], "--seconds"),
    (["--port", "net_null0", "--frame-size", "64"], "--frame-size is for net_null"),
    (["surplus"], "surplus"),
])
def test_wrong_words(words, cause):
    done = nimbl("demo", *words)
    assert done.returncode == 2 and done.stdout == ""
    assert cause in done.stderr.splitlines()[0] and "mend: " in done.stderr


def test_nothing_left_behind():
    with folder() as home:
        os.chown(home, NOBODY if os.geteuid() == 0 else os.geteuid(), -1)
        assert nimbl("demo", "--seconds", "1", home=home).returncode == 0
        assert [name for _, _, names in os.walk(home) for name in names] == []
