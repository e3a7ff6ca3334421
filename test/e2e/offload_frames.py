# SPDX-License-Identifier: BSD-3-Clause
"""Frames that make it hard for whoever reads headers, made with scapy."""

from scapy.all import (ARP, ICMP, IP, TCP, UDP, Ether, IPOption_RR, IPOption_Router_Alert,
                       IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
                       IPv6ExtHdrRouting, Raw, fragment)

ETHER = Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01")
V4 = IP(src="192.0.2.1", dst="192.0.2.2")
V6 = IPv6(src="2001:db8::1", dst="2001:db8::2")
TAGS = [(5, 0, 0), (1, 0, 1), (4094, 7, 1), (2748, 3, 0), (0, 5, 0), (0, 0, 1)]


def text(length):
    return Raw(bytes(i * 7 % 251 for i in range(length)))


OPTIONS = [("MSS", 1460), ("NOP", None), ("WScale", 7), ("Timestamp", (1, 2))]
SEGMENT = TCP(sport=1, dport=2, seq=0xffffff00, flags="PA", options=OPTIONS)
DATAGRAM = UDP(sport=7, dport=9)


def shapes():
    """TCP and UDP over both IP, odd and even."""
    return [bytes(ETHER / over / layer / text(length)) for over in (V4, V6)
            for layer in (SEGMENT, DATAGRAM) for length in (0, 1, 2, 18, 333, 1400)]


def good(largest=1500):
    """IP frames whose checksums are right, of every kind that a host makes."""
    routed = IP(src="192.0.2.1", dst="192.0.2.2", options=[IPOption_Router_Alert()])
    recorded = IP(src="192.0.2.1", dst="192.0.2.2", options=[IPOption_RR(length=39, routers=[])])
    far = IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / IPv6ExtHdrRouting(addresses=[])
    packets = [over / layer / text(101) for over in (routed, recorded, V6 / far)
               for layer in (SEGMENT, DATAGRAM)]
    packets += fragment(V4 / DATAGRAM / text(3000), 1000)
    packets += fragment(V4 / SEGMENT / text(1300), 600)
    packets += [V4 / UDP(sport=7, dport=9, chksum=0) / text(50), V4 / ICMP() / text(56),
                V6 / IPv6ExtHdrFragment(offset=0, m=1, nh=17, id=7) / text(800),
                V6 / IPv6ExtHdrFragment(offset=100, m=0, nh=17, id=7) / text(80),
                V4 / SEGMENT / text(largest - 100), V6 / SEGMENT / text(largest - 100)]
    return shapes() + [bytes(ETHER / packet) for packet in packets]


def tagged(frames, *tags):
    """Each of the frames with 802.1Q tags (VLAN id, priority, DEI), the first outside."""
    head = b"".join(b"\x81\x00" + (prio << 13 | dei << 12 | vid).to_bytes(2, "big")
                    for vid, prio, dei in tags)
    return [frame[:12] + head + frame[12:] for frame in frames]


def tagged_all():
    some = [frame for frame in good() if len(frame) < 1480][::4] + odd()[::5]
    some = [frame for frame in some if len(frame) > 15]  # veth drops them with a tag before
    return ([frame for tag in TAGS for frame in tagged(some, tag)]
            + tagged(some, (100, 3, 0), (200, 6, 1)) + tagged(some, (0, 1, 0), (0, 0, 0)))


def odd():
    """Frames whose headers lie, end early or have nothing to do with IP."""
    whole = good()
    cut = [whole[i][:length] for i in (4, 16) for length in (14, 15, 20, 33, 34, 38, 53, 54, 60)]
    lies = [V4 / TCP() / text(9), V4 / UDP() / text(9)]
    made = [ETHER / IP(src="192.0.2.1", dst="192.0.2.2", len=length) / TCP() / text(60)
            for length in (0, 19, 20, 30, 60, 1500)]
    made += [ETHER / IP(src="192.0.2.1", dst="192.0.2.2", ihl=ihl) / UDP() / text(60)
             for ihl in (0, 4, 15)]
    made += [ETHER / IPv6(src="2001:db8::1", dst="2001:db8::2", plen=length) / TCP() / text(60)
             for length in (0, 8, 1000)]
    made += [ETHER / V4 / TCP(dataofs=offset) / text(9) for offset in (0, 4, 15)]
    made += [ETHER / V4 / UDP(len=length) / text(9) for length in (0, 7, 900)]
    made += [ETHER / packet / Raw(bytes(30)) for packet in lies]  # behind the IP packet
    made += [ETHER / ARP(pdst="192.0.2.2"), Ether(type=0x88b5, dst=ETHER.dst, src=ETHER.src),
             ETHER / Raw(bytes(46))]
    return cut + [bytes(frame) for frame in made]


def wrong():
    """Frames with a checksum that is not right: TCP, UDP, and the IPv4 header."""
    made = [over / layer / text(64) for over in (V4, V6)
            for layer in (TCP(chksum=0x1234), UDP(chksum=0x1234), TCP(chksum=0))]
    made.append(IP(src="192.0.2.1", dst="192.0.2.2", chksum=0x1234) / TCP() / text(64))
    return [bytes(ETHER / packet) for packet in made]
