# SPDX-License-Identifier: BSD-3-Clause
"""A hundred million frames, and not one lost, added or left behind."""

import time

import pytest

from nimbl_e2e import Nimbl

CONFIG = """
dev: true
pools: {default: {completion: %s, return: %s}}
ports: {a: net_null0, b: net_null1}
xconnect: [[a, b]]
"""
FRAMES = 10**8
SECONDS = 30


@pytest.mark.parametrize("reclaim", ["pool", "reuse"])
@pytest.mark.parametrize("completion", ["handover", "full"])
def test_soak(completion, reclaim):
    with Nimbl(CONFIG % (completion, reclaim), "--duration", str(SECONDS + 5)) as engine:
        end = time.monotonic() + SECONDS
        received = 0
        while received < FRAMES and time.monotonic() < end:
            time.sleep(0.5)
            received = sum(p["counters"]["rx_frames"] for p in engine.ports().values())
        ledger = engine.stop()["ledger"]
    assert ledger["received"] >= FRAMES, f"too slow: {ledger['received']} in {SECONDS} s"
    assert ledger["sent"] == ledger["received"] and ledger["dropped"] == 0
