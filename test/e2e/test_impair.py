# SPDX-License-Identifier: BSD-3-Clause
"""What the impairing filter does to real traffic, and that its figures are exact."""

import json
import re

from nimbl_e2e import Nimbl, drops, folder, iperf, needs_root, nimbl, ping, wire

pytestmark = needs_root

PORTS = "dev: true\nports: {a: {device: n0, filters: [{impair: {%s}}]}, b: n1}\nxconnect: [[a, b]]\n"
MASK = (1 << 64) - 1


def draw(seed, direction, purpose, number):
    """The random number that the documents promise for frame `number`; direction 0 rx, 1 tx."""
    x = (seed + (number * 16 + purpose * 2 + direction + 1) * 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ x >> 30) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ x >> 27) * 0x94D049BB133111EB) & MASK
    return (x ^ x >> 31) >> 32


def hits(seed, direction, purpose, frames, share):
    return sum(draw(seed, direction, purpose, n) * 1000000 >> 32 < share * 1000000
               for n in range(frames))


def figures(home, name="impair"):
    done = nimbl("filter", "list", "a", "--json", home=home)
    assert done.returncode == 0, done.stderr
    found = [entry for entry in json.loads(done.stdout)["ports"][0]["filters"]
             if entry["name"] == name]
    return found[0]["figures"]


def round_trips(space, address, count=20):
    """Milliseconds that each ping took."""
    done = space.run("ping", "-n", "-c", count, "-i", "0.02", "-W", "2", address, check=False)
    return sorted(float(text) for text in re.findall(r"time=([\d.]+) ms", done.stdout))


def test_ping_sees_the_delay():
    with wire() as (left, middle, right), folder() as home:
        with Nimbl(PORTS % "delay: 20ms", space=middle, home=home) as engine:
            assert ping(left, "10.9.0.2", count=2) >= 1  # who is who
            times = round_trips(left, "10.9.0.2")
            assert len(times) == 20
            assert times[0] >= 40
            assert times[10] < 60
            one_way = nimbl("filter", "set", "a", "impair", "delay=20ms", "direction=tx", home=home)
            assert one_way.returncode == 0, one_way.stderr
            times = round_trips(left, "10.9.0.2")
            assert len(times) == 20
            assert 20 <= times[0] and times[10] < 40
            engine.settle()
            assert drops(engine.stop(), "a") == {}


def test_what_waits_has_room_in_the_pools():
    with wire() as (left, middle, right), folder() as home:
        settings = "direction: tx, delay: 300ms, limit: 6000, copies: 8"
        with Nimbl(PORTS % settings, space=middle, home=home) as engine:
            assert engine.said().count("+ 6000 in queues of filters") == 2
            udp = iperf(right, left, "10.9.0.1", "-u", "-b", "80M", "-l", "1000", seconds=1)["sum"]
            assert udp["packets"] > 5000
            now = figures(home)
            assert now["tx_delayed"] >= udp["packets"] * 9 // 10
            engine.settle()
            engine.stop()


def test_losses_are_those_of_the_seed():
    with wire() as (left, middle, right), folder() as home:
        with Nimbl(PORTS % "seed: 3, loss: 20%", space=middle, home=home) as engine:
            answered = ping(left, "10.9.0.2", count=300, interval=0.005)
            engine.settle()
            now = figures(home)
            for direction, prefix in enumerate(("rx", "tx")):
                frames = now[f"{prefix}_frames"]
                assert frames > 200
                assert now[f"{prefix}_lost"] == hits(3, direction, 0, frames, 0.2)
            assert 100 < answered < 280
            stopped = engine.stop()
        assert drops(stopped, "a") == {"impaired": now["rx_lost"] + now["tx_lost"]}


def test_tcp_survives_all_of_it():
    settings = ("loss: 0.1%, duplicate: 1%, reorder: 1%, corrupt: 0.1%, delay: 2ms, jitter: 500us, "
                "limit: 5000")
    with wire() as (left, middle, right), folder() as home:
        with Nimbl(PORTS % settings, space=middle, home=home) as engine:
            assert iperf(left, right, "10.9.0.2", seconds=2)["sum_received"]["bytes"] > 100000
            engine.settle()
            now = figures(home)
            for prefix in ("rx", "tx"):
                assert now[f"{prefix}_unfit"] == 0
            for name in ("lost", "duplicated", "reordered", "corrupted", "delayed"):
                assert now[f"rx_{name}"] > 0, name
            assert now["rx_lost"] == hits(1, 0, 0, now["rx_frames"], 0.001)
            engine.stop()


def test_the_rate_is_kept():
    with wire() as (left, middle, right), folder() as home:
        with Nimbl(PORTS % "rate: 10M, limit: 200", space=middle, home=home) as engine:
            rate = iperf(left, right, "10.9.0.2", seconds=3)["sum_received"]["bits_per_second"]
            assert 1e6 < rate < 11e6
            assert figures(home)["rx_limited"] > 0
            engine.stop()


def test_it_comes_and_goes_under_load():
    with wire() as (left, middle, right), folder() as home:
        config = "dev: true\nports: {a: n0, b: n1}\nxconnect: [[a, b]]\n"
        with Nimbl(config, space=middle, home=home) as engine:
            load = left.start("ping", "-q", "-f", "-s", "1000", "10.9.0.2", stdout=-3)
            try:
                for _ in range(20):
                    for words in (("insert", "a", "impair", "delay=3ms", "duplicate=10%"),
                                  ("remove", "a", "impair")):
                        done = nimbl("filter", *words, home=home)
                        assert done.returncode == 0, done.stderr
            finally:
                load.kill()
                load.wait()
            engine.stop()
