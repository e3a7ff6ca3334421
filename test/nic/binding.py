# SPDX-License-Identifier: BSD-3-Clause
"""nimbl bind and nimbl doctor on NICs that a kernel really has."""

import json

from models import NICS


class Binding:
    def devices(self, machine):
        return json.loads(machine.run("nimbl bind --json"))["devices"]

    def test_listed_as_bound(self, machine):
        devices = self.devices(machine)
        assert [device["address"] for device in devices] == [
            machine.model.address(number) for number in range(NICS)]
        for device in devices:
            assert device["driver"] == machine.model.driver, device
            assert device["dpdk_driver"].startswith("net_") and device["installed"], device

    def test_there_and_back(self, machine):
        address, driver = machine.model.address(0), machine.model.driver
        said = machine.run(f"nimbl bind {address} --unbind")
        assert said.startswith(f"{address}: {driver} -> "), said
        assert self.devices(machine)[0]["driver"] != driver
        machine.bind(0)
        assert self.devices(machine)[0]["driver"] == driver

    def test_driver_that_does_not_take_it(self, machine):
        """It has the old one again."""
        address, driver = machine.model.address(0), machine.model.driver
        other = "pcieport"
        said = machine.run(f"nimbl bind {address} --driver {other} 2>&1", check=False)
        assert f"{other} did not take it; it is with {driver}" in said, said
        assert self.devices(machine)[0]["driver"] == driver

    def test_doctor(self, machine):
        report = json.loads(machine.run("nimbl doctor --json"))
        texts = [line["text"] for line in report["findings"] if line["topic"] == "nics"]
        for number in range(NICS):
            ready = f"{machine.model.address(number)} is ready for DPDK: {machine.model.driver}, by net_"
            assert any(text.startswith(ready) for text in texts), texts
