# SPDX-License-Identifier: BSD-3-Clause
"""The far end of a NIC: a datagram is a frame, without its checksum."""

import select
import socket
import time

SECONDS = 30  # for a frame, on a machine that does much else
WINDOW = 64   # frames on their way: what is in no ring yet waits in a socket


class Wire:
    """Ours is `host<number>` in the folder of the machine, QEMU's `nic<number>`."""

    def __init__(self, folder, number):
        self.mine = f"{folder}/host{number}"
        self.other = f"{folder}/nic{number}"
        self.netdev = (f"dgram,id=n{number},local.type=unix,local.path={self.other},"
                       f"remote.type=unix,remote.path={self.mine}")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.bind(self.mine)
        self.socket.setblocking(False)

    def _put(self, frame):
        self.socket.sendto(frame, self.other)

    def offer(self, frame):
        """Whether the NIC took it. If not, its socket is full; nothing tells when it is not any more."""
        try:
            self._put(frame)
            return True
        except BlockingIOError:
            time.sleep(0.001)
            return False

    def send(self, frame):
        """Waits while the NIC takes none."""
        end = time.monotonic() + SECONDS
        while not self.offer(frame):
            assert time.monotonic() < end, f"{self.other} takes no frame"

    def receive(self, seconds=SECONDS):
        """The next frame, or None."""
        if not select.select([self.socket], [], [], seconds)[0]:
            return None
        return self.socket.recv(65536)

    def rest(self, seconds=0.5):
        """All frames until none has come for so long."""
        return list(iter(lambda: self.receive(seconds), None))

    def close(self):
        self.socket.close()


def carry(source, sink, frames):
    """What comes out at `sink` of frames into `source`: as many, unless some are late or lost."""
    sent, got = 0, []
    while len(got) < len(frames):
        while sent < len(frames) and sent - len(got) < WINDOW:
            source.send(frames[sent])
            sent += 1
        frame = sink.receive()
        if frame is None:
            break
        got.append(frame)
    return got
