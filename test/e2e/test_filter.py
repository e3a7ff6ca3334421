# SPDX-License-Identifier: BSD-3-Clause
"""Filters come and go on a running instance, as people do it with `nimbl filter`."""

import contextlib
import json
import time

import pytest

from nimbl_e2e import Nimbl, folder, nimbl

CONFIG = ("dev: true\nports: {a: {device: 'net_null0,size=64', filters: [count]}, b: net_null1}\n"
          "xconnect: [[a, b]]\n")


@contextlib.contextmanager
def running(config=CONFIG):
    with folder() as home, Nimbl(config, home=home) as engine:
        yield engine, home


def do(home, *words):
    done = nimbl("filter", *words, home=home)
    assert done.returncode == 0, done.stderr
    return done.stdout


def filters(home, port):
    ports = json.loads(do(home, "list", port, "--json"))["ports"]
    assert [entry["port"] for entry in ports] == [port]
    return ports[0]["filters"]


def names(home, port):
    return [entry["name"] for entry in filters(home, port)]


def test_come_and_go_while_frames_flow():
    with running() as (engine, home):
        assert names(home, "a") == ["count"] and names(home, "b") == []
        assert "no filter stands there" in do(home, "list", "b")
        do(home, "insert", "b", "count", "--as", "upper")
        do(home, "insert", "b", "pass", "--at", "0")
        assert names(home, "b") == ["pass", "upper"]
        assert [entry["place"] for entry in filters(home, "b")] == [0, 1]
        time.sleep(0.5)
        upper = filters(home, "b")[1]
        assert upper["state"] == "running"
        assert upper["figures"]["rx_frames"] > 0 and upper["figures"]["rx_bytes"] > 0
        do(home, "set", "b", "upper", "bytes=false")
        do(home, "remove", "b", "pass")
        assert names(home, "b") == ["upper"]
        before = filters(home, "b")[0]["figures"]
        time.sleep(0.5)
        after = filters(home, "b")[0]["figures"]
        assert after["rx_frames"] > before["rx_frames"] and after["rx_bytes"] == 0
        text = do(home)
        assert "upper" in text and "running" in text
        for _ in range(50):
            do(home, "insert", "a", "pass")
            do(home, "remove", "a", "pass")
        report = engine.stop()
    assert report["ledger"]["balanced"]
    assert report["ledger"]["dropped"] == 0


def test_what_a_change_cost_is_said():
    with running() as (_, home):
        assert do(home, "insert", "b", "pass").startswith("traffic waited ")
        assert 0 < json.loads(do(home, "set", "b", "pass", "--json"))["waited_us"] < 10**6
        assert do(home, "remove", "b", "pass").startswith("traffic waited ")


def test_the_benchmark_of_changes_loses_nothing():
    done = nimbl("bench", "change", "--rounds", "15", "--filters", "2", "--json")
    assert done.returncode == 0, done.stderr
    bench = json.loads(done.stdout)
    assert bench["schema"] == "nimbl.bench.change/1" and bench["frames"] > 0
    assert [row["change"] for row in bench["rows"]] == ["insert", "remove"]
    for row in bench["rows"]:
        assert 0 < row["median_us"] <= row["p99_us"] <= row["max_us"]


@pytest.mark.parametrize("words, cause, mend", [
    (("insert", "b", "cuont"), "there is no filter driver 'cuont'", "did you mean 'count'?"),
    (("insert", "x", "count"), "there is no port 'x'", "'nimbl show ports' lists them"),
    (("remove", "b", "zz"), "port 'b' has no filter 'zz'", "'nimbl filter list' has them"),
    (("insert", "b", "mirror"), "setting 'to' is missing", "allowed: the name of another port"),
    (("insert", "b", "count", "--as", "a b"), "'a b' cannot be a name of a filter",
     "a name is 1 to 31 of the letters"),
    (("insert", "b", "count", "foo"), "'foo' is no setting", "write it as key=value"),
    (("insert", "b", "count", "foo=1"), "has no setting 'foo'", ""),
    (("insert", "b", "impair", "loss=101%"), "loss '101%' is out of range", "0 to 100%"),
    (("insert", "b", "count", "bytes=" + "y" * 20000), "the settings are longer than", ""),
    (("insert", "a", "count"), "has a filter 'count' already", "give this one another name"),
    (("instert", "b", "count"), "did you mean 'insert'?", ""),
    (("remove", "b"), "'remove' is given too few or too many words", ""),
    (("list", "x"), "there is no port 'x'", "'nimbl show ports' lists them"),
])
def test_what_cannot_be_done_is_said_and_changes_nothing(words, cause, mend):
    with running() as (engine, home):
        done = nimbl("filter", *words, home=home)
        assert done.returncode != 0
        assert cause in done.stderr and mend in done.stderr
        assert names(home, "a") == ["count"] and names(home, "b") == []
        report = engine.stop()
    assert report["ledger"]["balanced"]


def test_all_figures_are_shown():
    rules = [f"rules=deny udp to any port {port}" for port in range(1, 101)]
    with running() as (engine, home):
        do(home, "insert", "b", "acl", *rules)
        shown = do(home, "list", "b")
        assert all(f"rule_{rule} " in shown for rule in range(1, 101)) and "malformed " in shown
        engine.stop()
