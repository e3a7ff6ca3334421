# SPDX-License-Identifier: BSD-3-Clause
"""nimbl bench pool: what it says is proven, complete and orderly. No figure of time is judged here."""
import csv
import io
import json
import os
import signal
import subprocess
import time

import pytest

from nimbl_e2e import NIMBL, folder, needs_root, nimbl, spaces, veth

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


def test_batches_come_home():
    """Also those that are not full when the work ends, and where a burst is more than a batch."""
    rows = rows_of("--work", "batch", "--burst", "1,5,64", "--allocation", "mempool,bulk",
                   "--cache", "0", "--no-touched")
    assert len(rows) == 2 * 3
    for row in rows:
        assert not row["proof"]["void"], (row["cell"], row["proof"]["why"])
        assert row["proof"]["taken"] == row["proof"]["given"] > 0


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
    rows = rows_of("--work", "pass", "--ops", "ring_mp_mc,stack,nimbl_reuse", "--cache", "0",
                   "--lcores", "1:1,1:2,3:1")
    # nimbl_reuse has one lcore that takes.
    assert len(rows) == 3 * 3 - 1
    for row in rows:
        assert not row["proof"]["void"], (row["cell"], row["proof"]["why"])
        assert row["proof"]["taken"] == row["proof"]["given"] > 0
        takers, givers = map(int, row["cell"]["lcores"].split(":"))
        # Lcores that take turns on a CPU say nothing of time.
        assert row["shares_cpus"] == (takers + givers > len(os.sched_getaffinity(0)))
        assert (row["cycles_median"] is None) == row["shares_cpus"]
        assert 1 / max(takers, givers) - 1e-9 <= row["fairness"] <= 1 + 1e-9
        assert row["share_least"] <= 1 + 1e-9 and row["share_most"] >= 1 - 1e-9
        if takers == givers == 1:
            assert row["fairness"] == row["share_least"] == row["share_most"] == 1


def test_an_end_for_one_lcore_is_refused():
    done = nimbl(*QUICK, "--work", "pass", "--ops", "ring_mp_sc,nimbl_reuse", "--cache", "0", "--lcores", "2:1")
    assert done.returncode == 2 and "none of the 2 cells" in done.stderr


def test_ops_that_lay_elements_out_in_blocks():
    small, large = rows_of("--ops", "bucket", "--cache", "0", "--data", "2k,8k")
    assert not small["proof"]["void"] and small["proof"]["taken"] == small["proof"]["given"] > 0
    # Without huge pages a block is a page, and has no room for it.
    assert large["proof"]["void"] == bool(large["proof"]["why"])


def test_cache_lines_are_counted():
    ways = "empty,mempool,bare,bulk,two-steps"
    rows = {row["cell"]["allocation"]: row["touched"] for row in rows_of("--allocation", ways)}
    if rows["bulk"]["bytes"] is None:
        pytest.skip(rows["bulk"]["why"])
    lines = {way: sum(rows[way]["element_lines"].values()) for way in rows}
    # Elements of a mempool are pointers; an mbuf has two lines, list and buffer one each that a frame writes.
    assert lines["empty"] == lines["mempool"] == 0
    assert lines["bare"] == 2 and lines["bulk"] == 4 and lines["two-steps"] > 4
    # 32 pointers of the lcore's cache are four or five lines, and its header one or two.
    assert 4 / 32 <= sum(rows["mempool"]["structure_lines"].values()) <= 10 / 32
    for way, touched in rows.items():
        structures = sum(touched["structure_lines"].values())
        assert touched["bytes"] == pytest.approx(64 * (lines[way] + structures))
    # From a ring without a cache each comes from another place of it.
    (row,) = rows_of("--allocation", "mempool", "--cache", "0", "--burst", "256", "--rounds", "15")
    assert row["touched"]["bytes"] is None and "--quick" in row["touched"]["why"]


def test_exhaustion_empties_the_pool():
    (row,) = rows_of("--work", "exhaustion", "--size", "1k", "--cache", "0")
    assert row["proof"]["distinct"] == 1024
    assert not row["proof"]["void"]


def test_a_node_that_is_not_there_is_said():
    near, far = rows_of("--node", "near,31", "--cache", "0")
    assert not near["proof"]["void"]
    assert far["proof"]["void"] and "and none that is 31" in far["proof"]["why"]


def test_a_port_takes_and_gives():
    rows = rows_of("--work", "get-put,nic", "--port", "none,net_null,net_ring", "--allocation", "bare,bulk,one-step",
                   "--ops", "ring_mp_mc,stack,nimbl_reuse", "--cache", "0")
    # Only what moves mbufs in bulk has a port.
    assert len(rows) == 3 * (3 + 3 + 2 * 2)
    for row in rows:
        assert not row["proof"]["void"], (row["cell"], row["proof"]["why"])
        assert row["proof"]["taken"] == row["proof"]["given"] > 0
        assert row["dry_part"] == 0
    # What the port receives into is the pool of the cell: a ring hands out all of it, a stack what was out last.
    for row in rows:
        if row["cell"]["port"] != "none":
            ring = row["cell"]["ops"] == "ring_mp_mc"
            assert (row["proof"]["distinct"] == 4096) == ring, row["cell"]


def judge_device(device, *arguments):
    rows = rows_of("--work", "nic", "--port", device, "--allocation", "bare,bulk", *arguments)
    assert [row["cell"]["port"] for row in rows] == [device] * 2
    for row in rows:
        assert not row["proof"]["void"], row["proof"]["why"]
        assert row["proof"]["taken"] == row["proof"]["given"] > 0
        assert row["proof"]["strangers"] == row["proof"]["taken_twice"] == row["proof"]["not_out"] == 0
    return rows


def test_a_device_that_copies_fills_its_queue_from_the_pool():
    """vhost-user and its guest in one process: what is received lies in elements of the cell's pool."""
    with folder() as path:
        for row in judge_device(f"net_vhost0,iface={path}/s+net_virtio_user0,path={path}/s"):
            assert row["proof"]["distinct"] > 1024  # what the rings hold, and more
            assert row["touched"]["bytes"] is None and "peer" in row["touched"]["why"]


@needs_root
def test_kernel_interfaces_are_devices_too():
    with spaces(1) as (space,):
        veth(space, "b0", space, "b1")
        space.up("b0")
        space.up("b1")
        done = nimbl(*QUICK, "--work", "nic", "--port", "b0+b1,none", "--rounds", "15", "--csv", space=space,
                     seconds=240)
    assert done.returncode == 0, done.stderr
    pair, none = csv.DictReader(io.StringIO(done.stdout))
    assert pair["port"] == "b0+b1" and none["port"] == "none"
    assert pair["void"] == none["void"] == "0" and int(pair["distinct"]) > 1024


@needs_root
def test_a_port_without_frames_is_void():
    with spaces(1) as (space,):
        veth(space, "b0", space, "b1")
        space.up("b0")
        space.up("b1")
        done = nimbl(*QUICK, "--work", "nic", "--port", "b0", "--json", space=space, seconds=120)
    (row,) = json.loads(done.stdout)["rows"]
    assert row["proof"]["void"] and "needs a peer" in row["proof"]["why"]


@pytest.mark.parametrize("device, words", [
    ("net_vhots0,iface=/s", "did you mean 'net_vhost'"),
    ("net_af_packet0,iface=none0", "none0"),
    ("net_null7+", "--port 'net_null7+' is not allowed"),
    ("none0", "none0"),
    ("net_vhost0,iface=/" + 300 * "s", "is not allowed"),
])
def test_devices_that_are_not_there_are_named(device, words):
    done = nimbl(*QUICK, "--work", "nic", "--port", device)
    assert done.returncode in (2, 3) and words in done.stderr and "mend:" in done.stderr


def told_apart(runs):
    """Of so many runs those in which two names of one way differ. What does the work twice is always last."""
    told = []
    for run in range(runs):
        rows = rows_of("--allocation", "bulk,twin,slow", "--burst", "32")
        cost = {row["cell"]["allocation"]: row["cycles_median"] for row in rows}
        differs = {row["cell"]["allocation"]: row["significant_to_best"] for row in rows}
        assert max(cost, key=cost.get) == "slow" and differs["slow"], (run, cost)
        if differs["bulk"] or differs["twin"]:
            told.append((run, cost))
    return told


def test_the_method_tells_slow_from_same():
    """In twenty of twenty runs; chance may have it in one of a thousand, but not twice."""
    told = told_apart(20)
    assert not told or not told_apart(20), told


GRID = ("bench", "pool", "--full", "--data", "256", "--page", "auto", "--cold", "0", "--node", "near",
        "--size", "4k", "--cache", "0,256", "--burst", "8,32", "--work", "get-put,nic", "--return", "pool",
        "--ops", "ring_mp_mc,stack,nimbl_reuse", "--rounds", "15", "--no-touched", "--json")


@pytest.mark.parametrize("number, status, words", [
    (signal.SIGINT, 130, "the same command goes on from there"), (signal.SIGKILL, -9, "")])
def test_a_grid_goes_on_where_it_was_ended(tmp_path, number, status, words):
    part = tmp_path / "part"
    run = subprocess.Popen([NIMBL, *GRID, "--resume", part], stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True)
    # The first block is there and the last is not.
    for _ in range(1200):
        if part.exists() and part.read_text().count("\n") > 1:
            break
        time.sleep(0.05)
    run.send_signal(number)
    _, said = run.communicate(timeout=60)
    assert run.returncode == status and words in said, said
    before = part.read_text().splitlines()
    with part.open("a") as file:
        file.write('{"first":64,"rows":[{"cell":"wo')  # as if it had been killed while it wrote
    done = nimbl(*GRID, "--resume", part, seconds=240)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    assert part.read_text().splitlines()[:len(before)] == before
    lines = [json.loads(line) for line in part.read_text().splitlines()[1:]]
    assert sum(len(line["rows"]) for line in lines) == len(rows) > 64
    assert not any(row["proof"]["void"] for row in rows)
    # What was measured before is told as it was.
    for old, row in zip(json.loads(before[1])["rows"], rows):
        assert row["round_cycles"] == pytest.approx(old["cycles"], rel=1e-9)
    # Nothing is left to do; with other options nothing is mixed.
    began = part.read_text()
    assert nimbl(*GRID, "--resume", part).returncode == 0
    done = nimbl(*GRID, "--cold", "32", "--resume", part)
    assert done.returncode == 2 and 'begun with option cold "0", and this run has "32"' in done.stderr
    assert part.read_text() == began


def test_a_file_of_another_kind_is_left_alone(tmp_path):
    (tmp_path / "mine").write_text("dear diary")
    done = nimbl(*QUICK, "--resume", tmp_path / "mine", "--cache", "0")
    assert done.returncode == 2 and "this is not what a run" in done.stderr
    assert (tmp_path / "mine").read_text() == "dear diary"


def test_a_grid_that_nobody_waits_for_is_refused():
    done = nimbl("bench", "pool", "--full")
    assert done.returncode == 2
    assert "do not fit into 1024 MiB" in done.stderr and "--memory" in done.stderr


def test_pools_larger_than_the_memory_allowed_are_left_out():
    done = nimbl(*QUICK, "--memory", "16", "--size", "4k,64k", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert [row["cell"]["size"] for row in report["rows"]] == ["4k"]
    assert report["refused_cells"] == 1


def test_rows_as_comma_separated_values():
    done = nimbl(*QUICK, "--csv", "--burst", "1,32")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["burst"] for row in rows] == ["1", "32"]
    assert all(float(row["cycles_median"]) > 0 and row["void"] == "0" for row in rows)


def test_report_is_one_page(tmp_path):
    done = nimbl(*QUICK, "--allocation", "bare,bulk,one-step,two-steps", "--burst", "1,32",
                 "--report", tmp_path / "report", seconds=120)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "report" / "index.html").read_text()
    assert "What NDIS says of pools" in page and "confirmed" in page
    # It needs nothing else.
    assert "http" not in page.replace("http://www.w3.org/", "") and "<script src" not in page
    rows = json.loads((tmp_path / "report" / "report.json").read_text())["rows"]
    assert len(rows) == 8
    assert len((tmp_path / "report" / "report.csv").read_text().splitlines()) == 9


def test_a_folder_that_cannot_be_had_is_said_before_anything_is_measured(tmp_path):
    (tmp_path / "file").write_text("")
    for asked in (tmp_path / "none" / "deeper", tmp_path / "file" / "below", tmp_path / "file"):
        done = nimbl(*QUICK, "--burst", "1", "--report", asked)
        assert done.returncode != 0 and done.stdout == ""
        assert str(asked) in done.stderr and "mend:" in done.stderr


def test_recommendation_goes_into_a_configuration(tmp_path):
    config = tmp_path / "c.yaml"
    config.write_text("# mine\nports: {a: net_null0}\n")
    done = nimbl(*QUICK, "--work", "nic", "--ops", "ring_mp_mc,stack", "--cache", "0,256",
                 "--apply", config, seconds=120)
    assert done.returncode == 0, done.stderr
    changed = "is changed" in done.stderr
    assert changed == (tmp_path / "c.yaml.bak").exists() == ("pools:" in config.read_text())
    assert config.read_text().startswith("# mine\n")


def test_what_became_slower_is_told(tmp_path):
    """One measurement, and the same as if a machine of half the speed had made it."""
    done = nimbl(*QUICK, "--json", "--cache", 256, seconds=120)
    report = json.loads(done.stdout)
    reports = [tmp_path / "before", tmp_path / "after"]
    reports[0].write_text(json.dumps(report))
    for row in report["rows"]:
        for key in ("cycles_median", "cycles_low", "cycles_high"):
            row[key] *= 2
    reports[1].write_text(json.dumps(report))
    done = nimbl("bench", "compare", *reports)
    assert done.returncode == 1 and "slower" in done.stdout, done.stderr
    done = nimbl("bench", "compare", "--json", reports[1], reports[0])
    assert done.returncode == 0, done.stderr
    assert {row["verdict"] for row in json.loads(done.stdout)["rows"]} == {"faster"}
    done = nimbl("bench", "compare", reports[0], reports[0])
    assert done.returncode == 0 and "no significant difference" in done.stdout


@pytest.mark.parametrize("content, words", [
    ("{", ":1:"), ("{}", "no report"), ('{"schema": "nimbl.bench.pool/1"}', "no report")])
def test_reports_that_are_none(tmp_path, content, words):
    (tmp_path / "r").write_text(content)
    done = nimbl("bench", "compare", tmp_path / "r", tmp_path / "r")
    assert done.returncode == 2
    assert words in done.stderr


def test_memory_is_explained(tmp_path):
    config = tmp_path / "c.yaml"
    config.write_text("ports: {a: net_null0, b: net_null1}\nxconnect: [[a, b]]\n")
    done = nimbl("explain", "memory", config, "--json")
    assert done.returncode == 0, done.stderr
    memory = json.loads(done.stdout)
    for port in memory["ports"]:
        assert sum(term["lists"] for term in port["terms"]) == port["lists"]
        assert port["bytes"] == port["lists"] * port["list_bytes"]
    assert memory["total_bytes"] >= sum(port["bytes"] for port in memory["ports"])
    assert "receive descriptors" in nimbl("explain", "memory", config).stdout
    assert nimbl("explain", "memory", tmp_path / "none").returncode == 3


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
