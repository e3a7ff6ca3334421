# SPDX-License-Identifier: BSD-3-Clause
"""Whatever happens outside, nimbl goes on, ends when told to, and its ledger balances.

Links that fall and interfaces that vanish under load; signals in every order.
"""

import signal
import time

import pytest

from nimbl_e2e import (NIMBL, Nimbl, drops, flood, folder, needs_root, nimbl, ping, run, spaces,
                       wait_for, wire)

NULLS = "dev: true\nports: {a: net_null0, b: net_null1}\nxconnect: [[a, b]]\n"
PAIR = "pools: {default: {completion: %s}}\nports: {a: n0, b: n1}\nxconnect: [[a, b]]\n"
# net_null is a source that never ends.
FLOOD = ("dev: true\npools: {default: {completion: %s}}\nports: {v: v0, z: net_null0}\n"
         "xconnect: [[v, z]]\n")


@pytest.mark.parametrize("completion", ["handover", "full"])
@needs_root
def test_link_down_and_up_under_load(completion):
    with wire() as (left, middle, right):
        with Nimbl(PAIR % completion, space=middle) as engine, flood(left, "a0", 20):
            for _ in range(10):
                for state in ("down", "up"):
                    right.run("ip", "link", "set", "b0", state)
                    wait_for(lambda: engine.ports()["b"]["link_up"] == (state == "up"), 5,
                             f"b is {state}")
            wait_for(lambda: ping(left, "10.9.0.2", count=1) == 1, 5, "frames flow again")
            stopped = engine.stop()
    assert drops(stopped, "b").get("tx_link_down", 0) > 0
    assert set(drops(stopped, "b")) <= {"tx_link_down", "tx_ring_full", "tx_paused"}


@pytest.mark.parametrize("completion", ["handover", "full"])
@needs_root
def test_own_end_down_and_up_under_load(completion):
    """The interface itself goes down, which the kernel tells its sockets as an error."""
    with wire() as (left, middle, right):
        with Nimbl(PAIR % completion, space=middle) as engine, flood(left, "a0", 20):
            for _ in range(10):
                for state in ("down", "up"):
                    middle.run("ip", "link", "set", "n1", state)
                    wait_for(lambda: engine.ports()["b"]["link_up"] == (state == "up"), 5,
                             f"b is {state}")
            wait_for(lambda: ping(left, "10.9.0.2", count=1) == 1, 5, "frames flow again")
            engine.stop()


@pytest.mark.parametrize("completion", ["handover", "full"])
@pytest.mark.parametrize("gone", ["a0", "b0"])
@needs_root
def test_veth_deleted_under_load(gone, completion):
    """Deleting one end deletes the other, the one that nimbl stands on."""
    with wire() as (left, middle, right):
        with Nimbl(PAIR % completion, space=middle) as engine, flood(left, "a0", 10):
            time.sleep(0.5)
            (left if gone == "a0" else right).run("ip", "link", "delete", gone)
            port = "a" if gone == "a0" else "b"
            wait_for(lambda: not engine.ports()[port]["link_up"], 5, "the link is down")
            time.sleep(0.5)
            engine.ports()
            engine.stop()
            assert engine.took < 1


@pytest.mark.parametrize("completion", ["handover", "full"])
@needs_root
def test_veth_deleted_while_flooded(completion):
    """The same with more frames than the interface takes, so that its ring and backlog are full."""
    with spaces(1) as (space,):
        space.silence()
        space.run("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1")
        space.up("v0")
        space.up("v1")
        with Nimbl(FLOOD % completion, space=space) as engine:
            wait_for(lambda: engine.ports()["v"]["counters"]["tx_frames"] > 1000, 5, "it flows")
            space.run("ip", "link", "delete", "v0")
            wait_for(lambda: not engine.ports()["v"]["link_up"], 5, "the link is down")
            time.sleep(0.3)
            stopped = engine.stop()
    assert drops(stopped, "v")["tx_removed"] > 0


@needs_root
def test_namespace_deleted_under_load():
    with wire() as (left, middle, right):
        with Nimbl(PAIR % "full", space=middle) as engine, flood(left, "a0", 10):
            time.sleep(0.3)
            right.delete()
            wait_for(lambda: not engine.ports()["b"]["link_up"], 10, "the link is down")
            engine.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_that_end(number):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup has it ignored, by heirs too
    with Nimbl(NULLS) as engine:
        time.sleep(0.2)
        stopped = engine.stop(number)
        assert engine.took < 1
    assert stopped["ledger"]["received"] > 0


@pytest.mark.parametrize("completion", ["handover", "full"])
def test_fifty_stops_under_full_load(completion):
    """Each at another moment of its life, each within a second, each balanced."""
    config = NULLS + f"pools: {{default: {{completion: {completion}}}}}\n"
    with folder() as home:
        for i in range(50):
            with Nimbl(config, home=home) as engine:
                time.sleep(0.002 * i)
                engine.stop()
                assert engine.took < 1, f"run {i}"


def test_signal_before_it_runs():
    """Twenty times SIGTERM while DPDK starts: an end in order, or none at all of the engine."""
    for i in range(20):
        with Nimbl(NULLS, wait=False) as engine:
            time.sleep(0.01 * i)
            engine.kill()
            engine.process.wait(5)
            engine.reader.join(5)
            # Before the handlers are set the signal ends the process as the kernel does it.
            assert engine.process.returncode in (0, -signal.SIGTERM), engine.said()
            if engine.process.returncode == 0:
                engine.finish()


def test_second_signal_ends_at_once():
    with Nimbl(NULLS) as engine:
        engine.process.send_signal(signal.SIGSTOP)
        engine.kill(signal.SIGTERM)
        engine.kill(signal.SIGINT)
        engine.process.send_signal(signal.SIGCONT)
        engine.process.wait(2)
        assert engine.process.returncode in (0, 130)


def test_state_on_request():
    with Nimbl(NULLS) as engine:
        first = engine.state()
        time.sleep(0.1)
        second = engine.state()
        for port in ("a", "b"):
            before, now = ([p for p in state["ports"] if p["name"] == port][0]
                           for state in (first, second))
            assert now["state"] == "running" and now["link_up"]
            assert now["counters"]["rx_frames"] > before["counters"]["rx_frames"] > 0
        assert engine.of("state")[-1]["ledger"]["balanced"]
        for _ in range(20):
            engine.state()
        engine.stop()


def test_state_as_table():
    """Without --json the state is a table on standard output, and so is the end."""
    with folder() as home:
        done = run("sh", "-c", f"echo '{NULLS}' | {NIMBL} run --duration 2 - & pid=$!; sleep 1; "
                   "kill -USR1 $pid; wait $pid", env={"RUNTIME_DIRECTORY": home, "PATH": "/bin"})
    assert done.stdout.count("ledger: balanced\n") == 2
    assert "net_null0" in done.stdout


def test_killed_then_the_same_name_at_once():
    with folder() as home:
        config = "name: phoenix\n" + NULLS
        for _ in range(5):
            with Nimbl(config, home=home) as engine:
                engine.kill(signal.SIGKILL)
                engine.process.wait(2)
        with Nimbl(config, home=home) as engine:
            engine.stop()


def test_two_of_a_name_at_once():
    """Ten at the same moment: one runs, the others say whom they met."""
    with folder() as home:
        config = "name: crowd\n" + NULLS
        crowd = [Nimbl(config, home=home, wait=False) for _ in range(10)]
        try:
            wait_for(lambda: sum(bool(e.of("started") or e.of("error")) for e in crowd) == 10, 20,
                     "all ten have spoken")
            assert sum(bool(engine.of("started")) for engine in crowd) == 1
            for engine in crowd:
                if engine.of("started"):
                    engine.stop()
                else:
                    assert engine.process.wait(5) == 3
                    assert "is already running (pid" in engine.of("error")[0]["cause"]
        finally:
            for engine in crowd:
                engine.__exit__(None)


def test_reader_goes_away():
    """Standard output closed under it: the end comes in order, not by SIGPIPE."""
    with folder() as home:
        done = run("sh", "-c", f"echo '{NULLS}' | {NIMBL} run --json - | head -n 1", seconds=10,
                   env={"RUNTIME_DIRECTORY": home, "PATH": "/bin:/usr/bin"})
        assert '"event":"started"' in done.stdout
        again = nimbl("run", "--duration", "1", "-", text=NULLS, home=home)
        assert again.returncode == 0, again.stderr
