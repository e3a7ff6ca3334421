# SPDX-License-Identifier: BSD-3-Clause
"""A wire with several queues: an interface of the kernel in a network namespace. It needs root."""

import ctypes
import os
import socket
import threading

from wire import Wire

CLONE_NEWNET = 0x40000000
ETH_P_ALL = 3
SOL_PACKET, PACKET_IGNORE_OUTGOING = 263, 23


def _packet_socket(space, interface):
    """All frames of an interface in the namespace, which only a thread of its own enters."""
    made = []

    def enter():
        with open("/run/netns/" + space.name, encoding="utf-8") as file:
            if ctypes.CDLL(None).setns(file.fileno(), CLONE_NEWNET) != 0:
                return
        made.append(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)))
        made[0].bind((interface, ETH_P_ALL))

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert made, f"namespace {space.name} cannot be entered"
    made[0].setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    return made[0]


class Tap(Wire):
    """Like a socket's, for QEMU with `queues` queues."""

    def __init__(self, space, number, queues):
        self.other = f"nictap{number}"
        space.run("ip", "tuntap", "add", self.other, "mode", "tap", "multi_queue")
        space.run("ip", "link", "set", self.other, "up")
        self.netdev = (f"tap,id=n{number},ifname={self.other},script=no,downscript=no,vhost=off,"
                       f"queues={queues}")
        self.socket = _packet_socket(space, self.other)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.setblocking(False)

    def _put(self, frame):
        self.socket.send(frame)
