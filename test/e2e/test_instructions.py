# SPDX-License-Identifier: BSD-3-Clause
"""A verifier that is off costs nothing: the loop takes the same instructions in every function."""

import os
import subprocess

from nimbl_e2e import NIMBL, ROOT, needs_tool


@needs_tool("valgrind")
def test_a_verifier_that_is_off_costs_no_instruction():
    build = os.path.join(os.path.dirname(NIMBL), "..", "..")
    done = subprocess.run([os.path.join(ROOT, "devtools/count-instructions"), build], check=False,
                          capture_output=True, text=True)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
