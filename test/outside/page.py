#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Whether a page tells the truth: page.py PAGE SOURCE runs the commands of its `console` blocks in one shell
and compares what they print with what the page shows, numbers and paths aside; every line of its `c` blocks
stands in the folder SOURCE."""

import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
# A command that goes to the background is asked before it is up.
READY = "for i in $(seq 100); do nimbl show balance > /dev/null 2>&1 && break; sleep 0.1; done\n"
MARK = "-- command --"


def masked(line):
    line = re.sub(r"/\S+/", "/", line)
    line = re.sub(r"0x[0-9a-f]+|[\d][\d.:]*", "#", line)
    return re.sub(r"# ([mu]s)$", "# us", " ".join(line.split()))


def commands(text):
    """Each command with the lines that it is to print."""
    found = []
    for kind, block in BLOCK.findall(text):
        for line in block.splitlines() if kind == "console" else []:
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def check_output(text):
    listed = commands(text)
    script = "set -e\n"
    for command, _ in listed:
        script += f"echo '{MARK}'\n{command}\n" + (READY if command.endswith(" &") else "")
    done = subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=100)
    parts = done.stdout.split(MARK + "\n")[1:]
    wrong = [f"exit status {done.returncode}"] if done.returncode else []
    for (command, lines), output in zip(listed, parts):
        printed = {masked(line) for line in output.splitlines()}
        wrong += [f"$ {command}\n  is to print: {line}" for line in lines
                  if masked(line) not in printed]
    if wrong:
        print(done.stdout, "\n".join(wrong), sep="\n")
    print(f"{len(listed)} commands, {sum(len(lines) for _, lines in listed)} lines of output")
    return not wrong


def check_source(text, folder):
    have = {" ".join(line.split()) for file in pathlib.Path(folder).iterdir()
            if file.suffix in (".c", ".yaml") for line in file.read_text().splitlines()}
    wrong = [line for kind, block in BLOCK.findall(text) if kind in ("c", "yaml")
             for line in block.splitlines() if " ".join(line.split()) not in have]
    for line in wrong:
        print("is not in the source:", line)
    return not wrong


page = pathlib.Path(sys.argv[1]).read_text()
sys.exit(0 if check_source(page, sys.argv[2]) and check_output(page) else 1)
