# SPDX-License-Identifier: BSD-3-Clause
"""Nothing that is right is ever taken for a defect: all ports, protocols and filters of the tree at once, filters that
come and go, levels that change. For 20 seconds, or NIMBL_SOAK_SECONDS."""

import contextlib
import json
import os
import random
import time

import pytest
from nimbl_e2e import Nimbl, flood, folder, needs_root, nimbl, wire
from test_tap import tap_up

SECONDS = float(os.environ.get("NIMBL_SOAK_SECONDS", "20"))
PATIENCE = 60

CONFIG = """
dev: true
pools: {default: {completion: %s}}
verifier: {level: 3, stuck: 60s}
ports:
  a: n0
  b: n1
  t: {device: 'net_tap0,iface=t0', protocol: {echo: {swap-mac: true}}}
  x: {device: 'net_null0,size=64'}
  y: {device: 'net_null1,size=128,copy=1'}
  d: {device: 'net_null2,size=200', protocol: discard}
  w: {device: 'net_null3,size=64'}
  l: {miniport: {loopback: {peer: m}}}
  m: {miniport: {loopback: {peer: l}}, protocol: {echo: {swap-mac: true}}}
xconnect: [[a, b], [x, y], [w, l]]
"""
FILTERS = [
    ["pass"],
    ["count"],
    ["acl", "rules=deny udp to 10.9.0.3", "rules=permit any"],
    ["police", "rate=20M"],
    ["vlan", "mode=tag", "id=5", "foreign=pass"],
    ["impair", "loss=2%", "duplicate=5%", "reorder=5%", "corrupt=1%"],
    ["impair", "delay=2ms", "jitter=1ms", "limit=200"],
    ["capture", "file=%s/soak.pcapng", "files=2", "file_size=1M", "overwrite=true"],
    ["mirror", "to=d"],
    ["late", "hold=200us"],
]
PORTS = ["a", "b", "t", "x", "y", "w", "l", "m"]


def filters_of(home):
    done = ask("filter", "list", "--json", home=home)
    assert done.returncode == 0, done.stderr
    return [(port["port"], entry["name"]) for port in json.loads(done.stdout)["ports"]
            for entry in port["filters"] if "@" not in entry["name"]]


def change(source, home):
    """A filter comes, or goes, or all go; or a port is verified in another way."""
    there = filters_of(home)
    if source.random() < 0.2:
        return nimbl("nbl", "track", str(source.choice([0, 1, 2, 3, 3, 3, 4])),
                     *source.choice([[], [source.choice(PORTS)]]), home=home)
    if len(there) > 10 or (there and source.random() < 0.4):
        return nimbl("filter", "remove", *source.choice(there), home=home)
    words = [word.replace("%s", home) for word in source.choice(FILTERS)]
    return nimbl("filter", "insert", source.choice(PORTS), *words, home=home)


def ask(*words, home):
    """Nine pauses, on a busy machine, take longer than the program waits for an answer."""
    end = time.monotonic() + PATIENCE
    while "does not answer" in (done := nimbl(*words, home=home)).stderr:
        assert time.monotonic() < end, done.stderr
    return done


def assert_nothing_found(home):
    done = ask("nbl", "log", "--json", home=home)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["violations"] == [] and found["counts"] == {}, \
        nimbl("nbl", "log", home=home).stdout[:4000]


@needs_root
@pytest.mark.parametrize("completion", ["handover", "full"])
def test_what_is_right_is_never_taken_for_a_defect(completion):
    source = random.Random(9)
    changed = {True: 0, False: 0}
    end = time.monotonic() + SECONDS / 2
    with wire() as (left, middle, right), folder() as home, contextlib.ExitStack() as stack:
        engine = stack.enter_context(Nimbl(CONFIG % completion, space=middle, home=home))
        tap_up(middle, middle, "t0", "10.9.8.1/24")
        for space, interface in ((left, "a0"), (right, "b0"), (middle, "t0")):
            stack.enter_context(flood(space, interface, SECONDS))
        while time.monotonic() < end:
            done = change(source, home)
            changed[done.returncode == 0] += 1
            # On a busy machine nine pauses take longer than the program waits: the next word is answered.
            assert done.returncode == 0 or any(
                words in done.stderr for words in (" already", "does not answer")), done.stderr
            assert_nothing_found(home)
        for port, name in filters_of(home):
            nimbl("filter", "remove", port, name, home=home)
        assert_nothing_found(home)
        state = engine.state()
        stopped = engine.stop(seconds=PATIENCE)
    assert stopped["ledger"]["violations"] == 0
    frames = sum(port["counters"]["rx_frames"] for port in state["ports"])
    print(f"{completion}: {frames} frames, {changed[True]} changes, {changed[False]} refused")
    assert frames > 0 and changed[True] > 0
