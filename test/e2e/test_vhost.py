# SPDX-License-Identifier: BSD-3-Clause
"""vhost-user, from both ends: nimbl as net_vhost and as virtio_user, testpmd as the other.

Both count the same frames; the peer may die at any time and come back.
"""

import time

import pytest

from nimbl_e2e import Nimbl, Testpmd, folder, needs_tool, wait_for

pytestmark = needs_tool("dpdk-testpmd")

POOL = "dev: true\npools: {default: {completion: %s}}\n"
VHOST = "net_vhost%d,iface=%s/%s.sock,queues=1"
VIRTIO = "net_virtio_user%d,path=%s/%s.sock,queues=1"


def linked(engine, *ports):
    wait_for(lambda: all(engine.ports()[port]["link_up"] for port in ports), 5, "links are up")


def unlinked(engine, port):
    wait_for(lambda: not engine.ports()[port]["link_up"], 5, "the link is down")


def check_flow(engine, source, sink):
    """From end to end all is accounted for."""
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
def test_vhost_counters_agree(completion):
    with folder() as path:
        config = POOL % completion + (
            f"ports: {{a: '{VHOST % (0, path, 'a')}', b: '{VHOST % (1, path, 'b')}'}}\n"
            "xconnect: [[a, b]]\n")
        with Nimbl(config) as engine:
            with Testpmd(VIRTIO % (0, path, "a"), mode="txonly") as source:
                with Testpmd(VIRTIO % (0, path, "b"), mode="rxonly") as sink:
                    linked(engine, "a", "b")
                    check_flow(engine, source, sink)
            engine.stop()


@pytest.mark.parametrize("completion", ["handover", "full"])
def test_virtio_user_counters_agree(completion):
    with folder() as path:
        config = POOL % completion + (
            f"ports: {{a: '{VIRTIO % (0, path, 'a')}', b: '{VIRTIO % (1, path, 'b')}'}}\n"
            "xconnect: [[a, b]]\n")
        with Testpmd(VHOST % (0, path, "a"), mode="txonly") as source:
            with Testpmd(VHOST % (0, path, "b"), mode="rxonly") as sink:
                with Nimbl(config) as engine:
                    linked(engine, "a", "b")
                    check_flow(engine, source, sink)
                    engine.stop()


@pytest.mark.parametrize("completion", ["handover", "full"])
def test_echo(completion):
    """testpmd's mac mode and nimbl's echo pass 32 frames back and forth; none is lost or added."""
    with folder() as path:
        config = POOL % completion + (
            f"ports: {{e: '{VHOST % (0, path, 'e')}'}}\nxconnect: [[e, e]]\n")
        with Nimbl(config) as engine:
            with Testpmd(VIRTIO % (0, path, "e"), mode="mac") as other:
                linked(engine, "e")
                other.tell("start tx_first")
                time.sleep(1)
                other.tell("stop")
                figures = engine.settle()["e"]
                received, sent = other.stats()
                assert sent == figures["rx_frames"] == figures["tx_frames"] > 1000
                assert figures["tx_frames"] - received <= 32
                assert figures["dropped"] == 0
            engine.stop()


@pytest.mark.parametrize("completion", ["handover", "full"])
def test_killed_guest_comes_back(completion):
    """net_null floods a guest that is killed under load, twice, and its successor gets frames."""
    with folder() as path:
        config = POOL % completion + (
            f"ports: {{m: '{VHOST % (0, path, 'm')}', z: net_null0}}\nxconnect: [[m, z]]\n")
        with Nimbl(config) as engine:
            for _ in range(2):
                with Testpmd(VIRTIO % (0, path, "m"), mode="io") as victim:
                    linked(engine, "m")
                    victim.tell("start")
                    time.sleep(0.5)
                    victim.kill()
                unlinked(engine, "m")
            with Testpmd(VIRTIO % (0, path, "m"), mode="rxonly") as heir:
                linked(engine, "m")
                heir.tell("start")
                before = heir.stats()[0]
                time.sleep(0.5)
                assert heir.stats()[0] > before + 1000
            engine.stop()


@pytest.mark.parametrize("completion", ["handover", "full"])
def test_killed_host(completion):
    """nimbl as virtio_user outlives the vhost end."""
    with folder() as path:
        config = POOL % completion + (
            f"ports: {{m: '{VIRTIO % (0, path, 'm')}', z: net_null0}}\nxconnect: [[m, z]]\n")
        with Testpmd(VHOST % (0, path, "m"), mode="io") as victim, Nimbl(config) as engine:
            linked(engine, "m")
            victim.tell("start")
            time.sleep(0.5)
            victim.kill()
            unlinked(engine, "m")
            engine.stop()


def test_stopped_under_load():
    with folder() as path:
        config = POOL % "full" + (
            f"ports: {{m: '{VHOST % (0, path, 'm')}', z: net_null0}}\nxconnect: [[m, z]]\n")
        for _ in range(3):
            with Nimbl(config) as engine:
                with Testpmd(VIRTIO % (0, path, "m"), mode="io") as other:
                    linked(engine, "m")
                    other.tell("start")
                    time.sleep(0.3)
                    engine.stop()
                    assert engine.took < 1
