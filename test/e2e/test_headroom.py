# SPDX-License-Identifier: BSD-3-Clause
"""Pools that are made again while frames come from a device: over veth, whose socket is opened anew, and
over a memif, which connects anew. The contract test does it, on the device that it is told."""

import contextlib
import os

import pytest

from nimbl_e2e import NIMBL, Nimbl, end, folder, join, needs_root, spaces

pytestmark = needs_root

PROGRAM = os.path.join(os.path.dirname(NIMBL), "..", "..", "test", "contract", "headroom_test")

needs_program = pytest.mark.skipif(not os.path.exists(PROGRAM), reason="headroom_test is not built")


def check(device, space=None):
    command = ["env", f"NIMBL_TEST_DEVICE={device}", PROGRAM]
    with contextlib.ExitStack() as stack:
        if space is None:
            (space,) = stack.enter_context(spaces(1))
        done = space.run(*command, seconds=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[       OK ] frames_of_a_device_find_the_headroom" in done.stdout + done.stderr


@needs_program
def test_over_veth():
    with spaces(2) as (left, middle):
        join(left, "a0", middle, "n0", "10.9.0.1/24")
        left.run("ip", "neigh", "add", "10.9.0.2", "lladdr", "02:00:00:00:00:99", "dev", "a0")
        pings = left.start("ping", "-q", "-i", "0.002", "-s", "20", "10.9.0.2")
        try:
            check("net_af_packet_headroom,iface=n0", middle)
        finally:
            end(pings)


@needs_program
def test_over_memif():
    with folder() as place:
        memif = f"net_memif%d,role=%s,socket={place}/m.sock,socket-abstract=no"
        config = f"ports: {{a: net_null0, m: '{memif % (0, 'server')}'}}\nxconnect: [[a, m]]\n"
        with Nimbl(config):
            check(memif % (0, "client"))
