# SPDX-License-Identifier: BSD-3-Clause
"""nimbl in a guest, with a port on each NIC: as nimbl_e2e.Nimbl has it on this machine."""

import json

from models import NICS
from nimbl_e2e import ended, ports_of, wait_for

SECONDS = 120  # for what takes one where nothing is emulated
NAMES = "ab"


class Daemon:
    """`nimbl run` from its "started" to its "stopped" event. `port` is what each port is told beside
    its device, `top` what stands at the top of the configuration."""

    def __init__(self, machine, port="", top="", wait=True):
        self.machine = machine
        device = [f'device: "{machine.model.address(number)}"' for number in range(NICS)]
        ports = ", ".join(f"{name}: {{{', '.join(filter(None, [device[i], port]))}}}"
                          for i, name in enumerate(NAMES))
        machine.put("/tmp/nimbl.yaml", f"{top}\nports: {{{ports}}}\nxconnect: [[a, b]]\n")
        machine.run("rm -f /tmp/nimbl.exit; : >/tmp/nimbl.out; (nimbl run --json /tmp/nimbl.yaml >/tmp/nimbl.out "
                    "2>/tmp/nimbl.err & echo $! >/tmp/nimbl.pid; wait $!; echo $? >/tmp/nimbl.new;"
                    " mv /tmp/nimbl.new /tmp/nimbl.exit) >/dev/null 2>&1 &")
        try:
            if wait:
                self.wait_started()
                self.wait_links()
        except BaseException as problem:
            self.__exit__(problem)
            raise

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        if problem[0] is not None:
            print(self.said())
        if not self.has_ended():
            self.machine.run("kill -KILL $(cat /tmp/nimbl.pid)", check=False)
            self.wait_end()

    def wait_started(self):
        wait_for(lambda: self.of("started") or self.has_ended(), SECONDS, "nimbl starts")
        assert self.of("started"), f"nimbl ended: {self.said()}"

    def events(self):
        text = self.machine.run("cat /tmp/nimbl.out")
        return [json.loads(line) for line in text.splitlines() if line.endswith("}")]

    def of(self, name):
        return [event for event in self.events() if event["event"] == name]

    def said(self):
        return self.machine.run("cat /tmp/nimbl.err; tail -n 2 /tmp/nimbl.out", check=False)

    def has_ended(self):
        return self.machine.run("cat /tmp/nimbl.exit 2>/dev/null", check=False).strip() != ""

    def ask(self, *words):
        """What another command says of this instance."""
        return self.machine.run("nimbl", *words)

    def ports(self):
        return ports_of(json.loads(self.ask("show", "--json")))

    def wait_port(self, name, what, test):
        return wait_for(lambda: test(self.ports()[name]), SECONDS, f"port {name}: {what}")

    def wait_links(self):
        for name in NAMES:
            self.wait_port(name, "its link is up", lambda port: port["link_up"])

    def wait_end(self):
        wait_for(self.has_ended, SECONDS, "nimbl ends")

    def stop(self, number="TERM"):
        """The last event, once nimbl has ended in order: balanced, every list at home."""
        self.machine.run(f"kill -{number} $(cat /tmp/nimbl.pid)")
        self.wait_end()
        status = int(self.machine.run("cat /tmp/nimbl.exit"))
        return ended(self.events(), status, self.said())
