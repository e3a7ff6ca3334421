# SPDX-License-Identifier: BSD-3-Clause
"""A session between two hosts outlives that the filters between them come, go and change."""

import itertools
import json
import threading

import pytest

from nimbl_e2e import (Nimbl, drops, folder, iperf, join, needs_root, nimbl, ping, spaces, wait_for)

pytestmark = needs_root

SECONDS = 10
EVERY = 0.2  # seconds between two changes
CONFIG = """
dev: true
pools: {default: {completion: %s}}
ports:
  t:
    device: net_tap0,iface=t0
    filters: [pass, count, impair, {count: {name: upper}}, {pass: {name: top}}]
  o: {device: n1, filters: [count]}
xconnect: [[t, o]]
"""


class Changes(threading.Thread):
    """A guest comes, a filter gets other settings, the guest goes; on both ports, until told to end."""

    def __init__(self, home):
        super().__init__()
        self.home, self.over, self.failed = home, threading.Event(), None
        self.waits = []

    def do(self, *words):
        done = nimbl("filter", *words, "--json", home=self.home)
        assert done.returncode == 0, done.stderr
        self.waits.append(json.loads(done.stdout)["waited_us"])

    def run(self):
        try:
            for place, port in itertools.cycle(zip((0, 1, 3, 5, 2), "totot")):
                for words in (
                    ("insert", port, "count", "--as", "guest", "--at", place),
                    ("set", "t", "upper", f"bytes={'true' if place % 2 else 'false'}"),
                    ("remove", port, "guest"),
                ):
                    if self.over.wait(EVERY):
                        return
                    self.do(*words)
        except BaseException as error:  # pylint: disable=broad-exception-caught
            self.failed = error

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


@pytest.mark.parametrize("completion", ["handover", "full"])
def test_tcp_outlives_changes(completion):
    with spaces(2) as (middle, right), folder() as home:
        right.silence()
        middle.silence()
        join(right, "b0", middle, "n1", "10.9.0.2/24")
        with Nimbl(CONFIG % completion, space=middle, home=home) as engine:
            wait_for(lambda: "t0" in middle.run("ip", "-br", "link").stdout, 5, "t0")
            middle.up("t0", "10.9.0.1/24")
            wait_for(lambda: engine.ports()["t"]["link_up"], 5, "the link of the tap is seen")
            with Changes(home) as changes:
                sent = iperf(middle, right, "10.9.0.2", seconds=SECONDS)
                # What waits in the device while a stack changes comes late, and comes.
                assert ping(middle, "10.9.0.2", count=100) >= 95
            assert changes.failed is None, changes.failed
            engine.settle()
            stopped = engine.stop()
    assert sent["sum_received"]["bytes"] > 1e6
    assert len(changes.waits) > SECONDS  # a busy machine changes less often
    print(f"{len(changes.waits)} changes, the longest {max(changes.waits)} us")
    # What the changes cost is in the ledger, to the frame, and under the reasons of pauses only.
    assert stopped["ledger"]["balanced"]
    for port in "to":
        assert set(drops(stopped, port)) <= {"rx_paused", "tx_paused", "tx_ring_full"}
