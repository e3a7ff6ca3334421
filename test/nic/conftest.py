# SPDX-License-Identifier: BSD-3-Clause
"""A machine for each class of tests, with the NICs of its `model`. What cannot run is skipped."""

import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

import image  # noqa: E402
import kernel  # noqa: E402
import machine as virtual  # noqa: E402
from nimbl_e2e import NIMBL  # noqa: E402

CACHE = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(NIMBL))), "test", "nic")


@pytest.fixture(scope="session")
def files():
    """A kernel and all that the guest has."""
    try:
        virtual.supported("e1000")
        found = kernel.kernel(CACHE)
        return found, image.image(CACHE, found, NIMBL)
    except kernel.Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="class")
def machine(request, files):
    model = request.cls.model
    if model.queues > 1 and os.geteuid() != 0:
        pytest.skip("several queues need taps, and these root: run the tests as root")
    try:
        virtual.supported(model.device)
    except kernel.Unavailable as reason:
        pytest.skip(str(reason))
    running = virtual.Machine(model, *files)
    failed = request.session.testsfailed
    try:
        for number in range(2):
            running.bind(number)
        yield running
    finally:
        if request.session.testsfailed > failed:
            print(running.said())
        running.close()
