# SPDX-License-Identifier: BSD-3-Clause
"""The verifier of a running instance: levels, who holds what, and what is found."""

import contextlib
import json
import time

from nimbl_e2e import Nimbl, folder, nimbl

PORTS = ("dev: true\nports: {a: {device: 'net_null0,size=64', filters: [count, pass]}, b: net_null1}\n"
         "xconnect: [[a, b]]\n")


@contextlib.contextmanager
def running(config):
    with folder() as home, Nimbl(config, home=home) as engine:
        yield engine, home


def nbl(home, *words):
    done = nimbl("nbl", *words, home=home)
    assert done.returncode == 0, done.stderr
    return done.stdout


def asked(home, *words):
    return json.loads(nbl(home, *words, "--json"))


def levels(home):
    return {entry["port"]: entry["level"] for entry in asked(home, "pending")["levels"]}


def test_levels_change_while_frames_flow_and_nothing_is_found():
    with running(PORTS) as (engine, home):
        assert levels(home) == {"a": 0, "b": 0}
        assert "nimbl nbl track 2" in nbl(home)
        for level in (1, 2, 3, 4, 3, 2, 1, 0, 4):
            nbl(home, "track", str(level))
            assert levels(home) == {"a": level, "b": level}
            time.sleep(0.1)
        nbl(home, "track", "1", "a")
        assert levels(home) == {"a": 1, "b": 4}
        found = asked(home, "log")
        assert found["violations"] == [] and found["counts"] == {}
        assert any(step["event"] == "sent" for step in found["steps"])
        assert "no rule was broken" in nbl(home, "log")
        assert nimbl("show", "balance", home=home).returncode == 0
        report = engine.stop()
    assert report["ledger"]["balanced"] and report["ledger"]["violations"] == 0


def test_levels_come_from_the_configuration_and_pools_check():
    config = PORTS.replace("net_null1", "{device: net_null1, verifier: 0}") + \
        "verifier: {level: 2, stuck: 5s}\n"
    with running(config) as (engine, home):
        assert levels(home) == {"a": 2, "b": 0}
        state = json.loads(nimbl("show", "pools", "--json", home=home).stdout)
        assert {pool["ops"] for pool in state["pools"]} == {"nimbl_vrf"}
        shown = nimbl("show", "config", home=home).stdout
        assert "stuck: 5000ms" in shown
        engine.stop()


def test_what_is_given_away_where_nobody_looks_comes_again():
    """Over a cable, whose other end is verified."""
    config = ("dev: true\npools: {default: {completion: handover}}\nports:\n"
              "  w: {device: 'net_null0,size=64', verifier: 3}\n"
              "  l: {miniport: {loopback: {peer: m}}}\n"
              "  m: {miniport: {loopback: {peer: l}}, protocol: echo, verifier: 3}\n"
              "xconnect: [[w, l]]\n")
    with running(config) as (engine, home):
        time.sleep(0.5)
        found = asked(home, "log")
        assert found["violations"] == [], nbl(home, "log")
        report = engine.stop()
    assert report["ledger"]["violations"] == 0 and report["ledger"]["sent"] > 0


def test_wrong_words_say_what_is_right():
    with running(PORTS) as (engine, home):
        done = nimbl("nbl", "track", "7", home=home)
        assert done.returncode == 2 and "0 to 4" in done.stderr
        done = nimbl("nbl", "pnding", home=home)
        assert done.returncode == 2 and "did you mean 'pending'?" in done.stderr
        done = nimbl("nbl", "track", "1", "c", home=home)
        assert done.returncode != 0 and "there is no port 'c'" in done.stderr
        engine.stop()


def test_drivers_live_with_pools_that_are_short():
    # What a filter copies, duplicates and clones comes from pools, and so does what is received.
    config = PORTS.replace("filters: [count, pass]", "filters: [{impair: {duplicate: 10%, corrupt: 10%}}, "
                           "{mirror: {to: b}}, late]") + "shortage: 1%\nverifier: 1\n"
    with running(config) as (engine, home):
        time.sleep(1)
        told = asked(home, "shortage")["shortage"]
        assert told["failed"] > 0 and told["rate_in_a_million"] == 10000
        assert told["failed"] < told["asked"] / 20
        assert "1 % of the takings" in nbl(home, "shortage")
        nbl(home, "shortage", "0%")
        nbl(home, "shortage", "nth=100")
        time.sleep(0.5)
        assert asked(home, "shortage")["shortage"]["failed"] == 1
        assert asked(home, "log")["violations"] == []
        report = engine.stop()
    assert report["ledger"]["balanced"] and report["ledger"]["violations"] == 0


def test_pools_that_do_not_check_cannot_be_short():
    with running(PORTS) as (_, home):
        done = nimbl("nbl", "shortage", "1%", home=home)
        assert done.returncode == 3
        assert "verifier: 1" in done.stderr
        assert nimbl("nbl", "shortage", "101%", home=home).returncode == 2
