# SPDX-License-Identifier: BSD-3-Clause
"""Streams of test frames: others find no fault in them, and every example of the page is one."""

import collections
import glob
import json
import os
import random
import re

import pytest

from nimbl_e2e import ROOT, folder, needs_tool, nimbl, pcap_read, pcap_write, run

PAGE = os.path.join(ROOT, "docs", "streams.md")
EXAMPLES = sorted(glob.glob(os.path.join(ROOT, "examples", "streams", "*.yaml")))


def blocks():
    with open(PAGE, encoding="utf-8") as page:
        return re.findall(r"^```yaml\n(.*?)^```$", page.read(), re.S | re.M)


def frames_of(text, *options):
    done = nimbl("explain", "streams", "--json", *options, "-", text=text)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["streams"]


@pytest.mark.parametrize("path", EXAMPLES, ids=os.path.basename)
def test_examples(path):
    done = nimbl("explain", "streams", path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("number", range(len(blocks())))
def test_page(number):
    assert frames_of(blocks()[number])


def test_page_tells_what_is_printed():
    with open(PAGE, encoding="utf-8") as page:
        shown = re.search(r"^\$ nimbl (explain .*)\n((?:.+\n)+)```", page.read(), re.M)
    words = shown[1].replace("examples/", os.path.join(ROOT, "examples/")).split()
    assert nimbl(*words).stdout.startswith(shown[2])


def test_reference_has_every_key_of_the_page():
    reference = nimbl("explain", "streams").stdout
    with open(PAGE, encoding="utf-8") as page:
        rows = re.findall(r"^\| (`(?:eth|vlan|ipv4|ipv6|udp|tcp|icmp).*?) \| (.*?) \|$", page.read(), re.M)
    assert len(rows) == 7
    for headers, fields in rows:
        for header in re.findall(r"`(\w+)`", headers):
            # What stands in parentheses is no field.
            for field in re.findall(r"`(\w+)`", re.sub(r"\(.*?\)|, which may.*", "", fields)):
                assert f"\n{header}.{field}\n" in reference


# A stream that varies in everything, as text; the draws are those of `dice`.
def random_stream(dice, number):
    def mac():
        return "02:" + ":".join(f"{dice.randrange(256):02x}" for _ in range(5))

    def value(bits):
        top = 2 ** bits - 1
        a, b = sorted((dice.randint(0, top), dice.randint(0, top)))
        return dice.choice([str(a), f"{a}..{b}", f"{b}..{a} step 3", f"random {a}..{b}",
                            f"random 0 mask {dice.randint(0, top)}", f"[{a}, {b}, {top}]"])

    def four():
        a, b = sorted(dice.randrange(2 ** 32) for _ in range(2))
        a, b = (".".join(str(n >> s & 255) for s in (24, 16, 8, 0)) for n in (a, b))
        return dice.choice([a, f"{a}..{b} step 77", f"random {a}..{b}", f"[{a}, {b}]"])

    def six():
        a = f"2001:db8:{dice.randrange(65536):x}:1::"
        return dice.choice([f"'{a}1'", f"'{a}1..{a}ffff step 3'", f"'random {a} mask ::ffff:0:ffff'",
                            f"['{a}1', 'fe80::1']"])

    def some(**fields):
        names = dice.sample(sorted(fields), dice.randint(0, len(fields)))
        return "{" + ", ".join(f"{name}: {fields[name]()}" for name in names) + "}"

    lines = [f"name: s{number}", "port: p", f"seed: {number}",
             f"eth: {{dst: {mac()}, src: {mac()} count 99 step 3}}",
             f"signature: {dice.choice(['true', 'false'])}",
             f"payload: {dice.choice(['zeros', 'increment', 'random', '0x0badcafe01'])}",
             "size: " + dice.choice(["120", "137", "121..1518 step 13", "random 120..1600",
                                     "[128 weight 3, 777, 1518]", "genome bcdg"])]
    tags = dice.choice([0, 0, 1, 2])
    if tags:
        lines.append("vlan: [" + ", ".join(some(vid=lambda: value(12), pcp=lambda: value(3),
                                                dei=lambda: value(1)) for _ in range(tags)) + "]")
    port = {"src": lambda: value(16), "dst": lambda: value(16)}
    echo = {"id": lambda: value(16), "seq": lambda: value(16)}
    if dice.random() < 0.5:
        lines.append("ipv4: " + some(src=four, dst=four, tos=lambda: value(8), id=lambda: value(16),
                                     ttl=lambda: value(8)))
        l4 = dice.choice([("udp", port), ("tcp", port), ("icmp", echo)])
    else:
        lines.append("ipv6: " + some(src=six, dst=six, dscp=lambda: value(6), hops=lambda: value(8),
                                     flow=lambda: value(20)))
        l4 = dice.choice([("udp", port), ("tcp", port), ("icmpv6", echo)])
    lines.append(f"{l4[0]}: " + some(**l4[1]))
    return "- " + "\n  ".join(lines) + "\n"


OURS = {"frame", "eth", "ethertype", "vlan", "ieee8021ad", "ip", "ipv6", "udp", "tcp", "icmp", "icmpv6", "data"}


# One row for each frame: what tshark thinks of its checksums and lengths. Ports are random: what is in a payload
# is not to be guessed.
def judged(place, path):
    known = {line.split("\t")[2] for line in run("tshark", "-G", "protocols").stdout.splitlines()}
    assert OURS <= known
    with open(os.path.join(place, "disabled_protos"), "w", encoding="ascii") as out:
        out.writelines(name + "\n" for name in sorted(known - OURS))
    names = ["ip.checksum.status", "udp.checksum.status", "tcp.checksum.status", "icmp.checksum.status",
             "icmpv6.checksum.status", "_ws.malformed", "ip.bogus_ip_length", "udp.length.bad"]
    checks = [word for name in ("ip", "udp", "tcp") for word in ("-o", f"{name}.check_checksum:TRUE")]
    fields = [word for name in names for word in ("-e", name)]
    done = run("tshark", "-n", "-r", path, *checks, "-T", "fields", *fields,
               env={**os.environ, "WIRESHARK_CONFIG_DIR": place})
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_tshark_finds_no_fault():
    needs_tool("tshark")
    dice = random.Random(2544)
    text = "".join(random_stream(dice, n) for n in range(150))
    with folder() as place:
        path = os.path.join(place, "out.pcap")
        streams = frames_of(text, "--frames", "40", "--pcap", path)
        rows = judged(place, path)
    assert len(streams) == 150 and len(rows) == 6000
    seen = collections.Counter()
    for row in rows:
        # 1 is good; nothing is no such header
        assert set(row[:5]) <= {"1", ""} and row[5:] == ["", "", ""], row
        seen.update(index for index, cell in enumerate(row) if cell == "1")
    assert all(seen[index] > 200 for index in range(5)), seen


def test_tshark_sees_wrong_checksums():
    needs_tool("tshark")
    with folder() as place:
        path = os.path.join(place, "out.pcap")
        nimbl("explain", "streams", "--frames", "3", "--pcap", path,
              os.path.join(ROOT, "examples", "streams", "wrong-checksums.yaml"))
        statuses = [tuple(row[:2]) for row in judged(place, path)]
    assert statuses == [("1", "1")] * 3 + [("0", "1")] * 3 + [("1", "0")] * 3 + [("1", "1")] * 3


def test_scapy_reads_the_fields():
    layers = pytest.importorskip("scapy.all")
    stream, = frames_of("""
- port: a
  dst: 02:00:00:00:00:02
  size: 200
  vlan: [{vid: 5..7, pcp: 3}, 9]
  ipv4: {dscp: 46, ttl: 9, id: 10 count 5, src: 10.0.0.1..10.0.0.3}
  tcp: {src: [80, 443], dst: 7, seq: 5 count 100 step 1000, flags: 0x02}
""", "--frames", "12")
    for n, text in enumerate(stream["frames"]):
        frame = layers.Ether(bytes.fromhex(text))
        outer, inner = frame[layers.Dot1AD], frame[layers.Dot1Q]
        assert (outer.vlan, outer.prio, inner.vlan) == (5 + n % 3, 3, 9)
        ip, tcp = frame[layers.IP], frame[layers.TCP]
        assert (ip.tos >> 2, ip.ttl, ip.id, ip.src) == (46, 9, 10 + n % 5, f"10.0.0.{1 + n % 3}")
        assert (tcp.sport, tcp.dport, tcp.seq, str(tcp.flags)) == ((80, 443)[n % 2], 7, 5 + 1000 * n, "S")


def frames(count):
    return [bytes([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5]) + bytes([n % 256]) * (46 + n % 1400)
            for n in range(count)]


# The frames of a capture that the tests write are a second apart.
@pytest.mark.parametrize("how, loops, seconds", [
    ("{file: %s, speed: 20000, loops: 3}", 3, 0.05), ("%s, rate: 10kpps", 1, 0.03),
    ("{file: %s, loops: 0}, rate: max, count: 1000", 2.5, 0)])
def test_captures_are_sent_as_they_are(how, loops, seconds):
    sent = frames(400)
    with folder() as place:
        path, back, out = (os.path.join(place, name) for name in ("in.pcap", "back.pcap", "out.pcap"))
        pcap_write(path, sent)
        pcap_write(back, sent[:1])
        text = os.path.join(place, "s.yaml")
        with open(text, "w", encoding="ascii") as file:
            file.write("- {port: a, replay: " + how % path + "}\n")
        done = nimbl("gen", "--port", f"a=net_pcap0,rx_pcap={back},tx_pcap={out}", "--json", text)
        assert done.returncode == 0, done.stderr
        arrived = pcap_read(out)
    result = json.loads(done.stdout.splitlines()[-1])
    assert arrived == (sent * 3)[:int(400 * loops)]
    assert result["balanced"] and result["ports"][0]["seconds"] >= seconds


def test_a_capture_by_options():
    sent = frames(50)
    with folder() as place:
        path, out = os.path.join(place, "in.pcap"), os.path.join(place, "out.pcap")
        pcap_write(path, sent)
        done = nimbl("gen", "--port", f"a=net_pcap0,tx_pcap={out}", "--replay", path,
                     "--set", "replay.speed=20000", "--set", "replay.loops=2")
        assert done.returncode == 0, done.stderr
        assert pcap_read(out) == sent * 2


def test_a_capture_that_is_none_has_its_place():
    with folder() as place:
        path = os.path.join(place, "in.pcap")
        pcap_write(path, frames(3))
        os.truncate(path, os.path.getsize(path) - 1)
        done = nimbl("explain", "streams", "-", text=f"- {{port: a, replay: {path}}}\n")
    assert done.returncode == 2
    assert "<stdin>:1:21: stream 1: " in done.stderr and "frame 3" in done.stderr


@pytest.mark.parametrize("text, cause, mend", [
    ("- {port: a, dst: 00:00:00:00:00:00}", "<stdin>:1:18: stream 1: eth.dst is 00:00:00:00:00:00",
     "give the MAC address of the next hop"),
    ("- {port: a, dst: 02:00:00:00:00:02, rate: 1Gbit/s}",
     "<stdin>:1:43: stream 1: rate '1Gbit/s' does not say what it counts", "L1"),
    ("- {port: a, dts: 02:00:00:00:00:02}", "<stdin>:1:18: stream 1: a stream has no key 'dts'",
     "did you mean 'dst'?"),
])
def test_errors_have_place_and_mend(text, cause, mend):
    done = nimbl("explain", "streams", "-", text=text)
    assert done.returncode == 2
    assert cause in done.stderr and mend in done.stderr
