# SPDX-License-Identifier: BSD-3-Clause
"""net_memif to another DPDK program: both count the same frames, and the peer may die at any time.

The peer is Debian's testpmd, on the CPU that nimbl's worker does not have.
"""

import time

import pytest

from nimbl_e2e import Nimbl, Testpmd, folder, needs_tool, nimbl, wait_for

pytestmark = needs_tool("dpdk-testpmd")

ROLES = {"server": "client", "client": "server"}
MEMIF = "net_memif%d,role=%s,socket=%s/%s.sock,socket-abstract=no"
POOL = "dev: true\npools: {default: {completion: %s}}\n"


def ours(number, role, path, name):
    return MEMIF % (number, role, path, name)


def peer(role, path, name):
    return MEMIF % (0, ROLES[role], path, name)


def linked(engine, *ports):
    wait_for(lambda: all(engine.ports()[port]["link_up"] for port in ports), 5, "links are up")


def unlinked(engine, port):
    wait_for(lambda: not engine.ports()[port]["link_up"], 5, "the link is down")


@pytest.mark.parametrize("completion", ["handover", "full"])
@pytest.mark.parametrize("role", ROLES)
def test_counters_agree(role, completion):
    """testpmd sends - nimbl - testpmd receives: from end to end all is accounted for."""
    with folder() as path:
        config = POOL % completion + (
            f"ports: {{a: '{ours(0, role, path, 'a')}', b: '{ours(1, role, path, 'b')}'}}\n"
            "xconnect: [[a, b]]\n")
        if role == "client":
            check_pair(config, role, path, peers_first=True)
        else:
            check_pair(config, role, path, peers_first=False)


def check_pair(config, role, path, peers_first):
    def sender():
        return Testpmd(peer(role, path, "a"), mode="txonly")

    def receiver():
        return Testpmd(peer(role, path, "b"), mode="rxonly")

    if peers_first:
        with sender() as source, receiver() as sink, Nimbl(config) as engine:
            check_flow(engine, source, sink)
            engine.stop()
    else:
        with Nimbl(config) as engine:
            with sender() as source, receiver() as sink:
                check_flow(engine, source, sink)
            engine.stop()


def check_flow(engine, source, sink):
    linked(engine, "a", "b")
    sink.tell("start")
    source.tell("start")
    time.sleep(1)
    source.tell("stop")
    engine.takes_all_of(source, "a")
    figures = engine.settle()
    assert source.stats()[1] == figures["a"]["rx_frames"] > 1000
    wait_for(lambda: sink.stats()[0] == figures["b"]["tx_frames"], 10, "the sink has all")
    assert figures["a"]["rx_frames"] == figures["b"]["tx_frames"] + figures["b"]["dropped"]
    reasons = {reason for reason, count in figures["b"]["drops"].items() if count > 0}
    assert reasons <= {"tx_ring_full"}


@pytest.mark.parametrize("completion", ["handover", "full"])
def test_echo(completion):
    """testpmd's io mode and nimbl's echo pass 32 frames back and forth; none is lost or added."""
    with folder() as path:
        config = POOL % completion + (
            f"ports: {{e: '{ours(0, 'server', path, 'e')}'}}\nxconnect: [[e, e]]\n")
        with Nimbl(config) as engine:
            with Testpmd(peer("server", path, "e"), mode="io") as other:
                linked(engine, "e")
                other.tell("start tx_first")
                time.sleep(1)
                other.tell("set fwd rxonly")
                other.tell("stop")
                figures = engine.settle()["e"]
                received, sent = other.stats()
                assert sent == figures["rx_frames"] == figures["tx_frames"] > 1000
                assert figures["tx_frames"] - received <= 32
                assert figures["dropped"] == 0
            engine.stop()


@pytest.mark.parametrize("completion", ["handover", "full"])
def test_killed_peer_comes_back(completion):
    """net_null floods a peer that is killed under load, twice; its successor gets frames."""
    with folder() as path:
        config = POOL % completion + (
            f"ports: {{m: '{ours(0, 'server', path, 'm')}', z: net_null0}}\nxconnect: [[m, z]]\n")
        with Nimbl(config) as engine:
            for _ in range(2):
                with Testpmd(peer("server", path, "m"), mode="io") as victim:
                    linked(engine, "m")
                    victim.tell("start")
                    time.sleep(0.5)
                    victim.kill()
                unlinked(engine, "m")
            with Testpmd(peer("server", path, "m"), mode="rxonly") as heir:
                linked(engine, "m")
                before = heir.stats()[0]
                heir.tell("start")
                time.sleep(0.5)
                assert heir.stats()[0] > before + 1000
            engine.stop()


@pytest.mark.parametrize("completion", ["handover", "full"])
def test_killed_server(completion):
    """As a client too nimbl outlives its peer."""
    with folder() as path:
        config = POOL % completion + (
            f"ports: {{m: '{ours(0, 'client', path, 'm')}', z: net_null0}}\nxconnect: [[m, z]]\n")
        with Testpmd(peer("client", path, "m"), mode="io") as victim, Nimbl(config) as engine:
            linked(engine, "m")
            victim.tell("start")
            time.sleep(0.5)
            victim.kill()
            unlinked(engine, "m")
            engine.stop()


def test_client_without_server():
    with folder() as path:
        config = f"ports: {{m: '{ours(0, 'client', path, 'm')}'}}\n"
        done = nimbl("run", "--dev", "-", text=config)
    assert done.returncode == 3
    assert "does not start" in done.stderr


def test_peer_killed_then_stopped_at_once():
    with folder() as path:
        config = POOL % "full" + (
            f"ports: {{m: '{ours(0, 'server', path, 'm')}', z: net_null0}}\nxconnect: [[m, z]]\n")
        with Nimbl(config) as engine:
            with Testpmd(peer("server", path, "m"), mode="io") as victim:
                linked(engine, "m")
                victim.tell("start")
                time.sleep(0.3)
                victim.kill()
                engine.stop()


def test_stopped_under_load():
    with folder() as path:
        config = POOL % "full" + (
            f"ports: {{m: '{ours(0, 'server', path, 'm')}', z: net_null0}}\nxconnect: [[m, z]]\n")
        for _ in range(3):
            with Nimbl(config) as engine:
                with Testpmd(peer("server", path, "m"), mode="io") as other:
                    linked(engine, "m")
                    other.tell("start")
                    time.sleep(0.3)
                    engine.stop()
                    assert engine.took < 1
