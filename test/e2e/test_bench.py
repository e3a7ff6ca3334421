# SPDX-License-Identifier: BSD-3-Clause
"""nimbl bench pool: what it says is proven, complete and orderly. No figure of time is judged here."""
import csv
import io
import json

import pytest

from nimbl_e2e import nimbl

QUICK = ("bench", "pool", "--quick")


def rows_of(*arguments):
    done = nimbl(*QUICK, "--json", *arguments, seconds=120)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["schema"] == "nimbl.bench.pool/1"
    return report["rows"]


def test_every_way_comes_home():
    ways = "mempool,bare,bulk,whole,one-step,two-steps,two-steps-data,foreign"
    rows = rows_of("--allocation", ways, "--work", "get-put,nic,round-trip", "--return", "pool,list")
    # Bare elements are kept on no list.
    assert len(rows) == 3 * (8 + 6)
    for row in rows:
        proof = row["proof"]
        assert not proof["void"], (row["cell"], proof["why"])
        assert proof["taken"] == proof["given"] > 0
        assert row["rounds"] >= 15
        assert row["cycles_low"] <= row["cycles_median"] <= row["cycles_high"]
        assert len(row["round_cycles"]) == row["rounds"]


def test_mempool_ops_keep_what_they_promise():
    rows = rows_of("--ops", "ring_mp_mc,ring_mt_hts,stack,lf_stack,nimbl_reuse", "--cache", "0")
    distinct = {row["cell"]["ops"]: row["proof"]["distinct"] for row in rows}
    size = 4096
    assert distinct["stack"] == distinct["lf_stack"] == distinct["nimbl_reuse"] == 32
    assert distinct["ring_mp_mc"] == distinct["ring_mt_hts"] == size
    for row in rows:
        ring = row["cell"]["ops"].startswith("ring")
        distance = row["proof"]["reuse_distance_median"]
        assert distance == size - 1 if ring else distance < 32


def test_elements_pass_from_lcore_to_lcore():
    for row in rows_of("--work", "pass", "--ops", "ring_mp_mc,stack,nimbl_reuse", "--cache", "0"):
        assert not row["proof"]["void"], row["proof"]["why"]
        assert row["elements_per_second"] > 0


def test_exhaustion_empties_the_pool():
    (row,) = rows_of("--work", "exhaustion", "--size", "1k", "--cache", "0")
    assert row["proof"]["distinct"] == 1024
    assert not row["proof"]["void"]


def test_rows_as_comma_separated_values():
    done = nimbl(*QUICK, "--csv", "--burst", "1,32")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["burst"] for row in rows] == ["1", "32"]
    assert all(float(row["cycles_median"]) > 0 and row["void"] == "0" for row in rows)


@pytest.mark.parametrize("option, value, words", [
    ("--burst", "257", "--burst '257' is not allowed"),
    ("--burst", "1,x", "--burst 'x' is not allowed"),
    ("--work", "sleep", "values such as get-put"),
    ("--cache", "-1", "--cache '-1' is not allowed"),
    ("--ops", "nothing", "none of the"),
    ("--rounds", "3", "15 to"),
])
def test_wrong_values_are_named(option, value, words):
    done = nimbl(*QUICK, f"{option}={value}")
    assert done.returncode == 2
    assert words in done.stderr
