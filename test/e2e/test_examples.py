# SPDX-License-Identifier: BSD-3-Clause
"""Every example is a configuration that works: checked, and run where no hardware is missing."""

import glob
import os
import random
import re

import pytest

from nimbl_e2e import (NIMBL, ROOT, Space, folder, needs_root, nimbl, pcap_read, pcap_write, run,
                       spaces)

FOLDER = os.path.join(ROOT, "examples")
NAMES = sorted(os.path.basename(path)[:-5] for path in glob.glob(FOLDER + "/*.yaml"))


def example(name):
    return os.path.join(FOLDER, name + ".yaml")


def text_of(name):
    with open(example(name), encoding="ascii") as source:
        return source.read()


def test_all_kinds_are_there():
    assert set(NAMES) >= {"veth", "tap", "memif", "vhost-user", "pcap", "pci", "null"}


PCI = {name for name in NAMES if name.endswith("pci")}


@pytest.mark.parametrize("name", sorted(set(NAMES) - PCI - {"veth"}))
def test_check(name):
    done = nimbl("run", "--check", example(name))
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r".*\.yaml: ok: \d ports?, \d cross-connects?\n", done.stdout)


@pytest.mark.parametrize("name", sorted(PCI))
def test_pci_misses_only_the_device(name):
    done = nimbl("run", "--check", example(name))
    if done.returncode != 0:
        assert done.returncode == 3, done.stderr
        assert re.search(r"there is no PCI device|hugepages: ", done.stderr), done.stderr


@pytest.mark.parametrize("name", sorted(set(NAMES) - PCI - {"veth", "tap", "pcap"}))
def test_run(name):
    """In a folder of its own instead of /tmp, so that two tests need not share a socket."""
    with folder() as path:
        done = nimbl("run", "--duration", "1", "-", text=text_of(name).replace("/tmp", path))
    assert done.returncode == 0, done.stderr
    assert "ledger: balanced\n" in done.stdout


def test_run_pcap():
    source = random.Random(1)
    frames = [source.randbytes(size) for size in (14, 60, 1514, 2049, 9014)]
    with folder() as path:
        pcap_write(path + "/in.pcap", frames)
        done = run(NIMBL, "run", "--duration", "1", example("pcap"), cwd=path, check=False,
                   env={**os.environ, "RUNTIME_DIRECTORY": path})
        assert done.returncode == 0, done.stderr
        assert "ledger: balanced\n" in done.stdout
        assert pcap_read(path + "/out.pcap") == frames


def check_in(space: Space, name):
    for options in (["--check"], ["--duration", "1"]):
        done = nimbl("run", *options, example(name), space=space)
        assert done.returncode == 0, done.stderr


@needs_root
def test_run_tap():
    with spaces(1) as (space,):
        check_in(space, "tap")


@needs_root
def test_run_veth():
    with spaces(1) as (space,):
        for end in ("v0", "v1"):
            space.run("ip", "link", "add", end, "type", "veth", "peer", "name", end + "-peer")
            space.up(end)
            space.up(end + "-peer")
        check_in(space, "veth")
