# SPDX-License-Identifier: BSD-3-Clause
"""Derived lists and memory of others over kernel interfaces: test/contract/wire_test.c sends at one
end of a veth and compares at the other, byte for byte; the kernel counts along.
"""

import os

import pytest

from nimbl_e2e import NIMBL, needs_root, spaces, veth, wait_for

WIRE = os.path.join(os.path.dirname(NIMBL), "../../test/contract/wire_test")
FRAMES = 3 + 1 + 12 + 70 + 2

pytestmark = [
    needs_root,
    pytest.mark.skipif(not os.path.exists(WIRE), reason="build the contract tests beside nimbl"),
]


def test_over_a_veth():
    with spaces(1) as (space,):
        space.silence()
        veth(space, "n0", space, "n1")
        space.up("n0")
        space.up("n1")
        wait_for(lambda: space.run("cat", "/sys/class/net/n0/operstate").stdout == "up\n", 5,
                 "n0 is up")
        done = space.run(WIRE, "net_af_packet0,iface=n0", "net_af_packet1,iface=n1", check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert space.counter("n1", "rx_packets") == FRAMES
