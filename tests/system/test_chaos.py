#!/usr/bin/python3
"""A short storm of kills; the long ones, and every other scenario, are `make chaos`. Another seed as argument."""

import os
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CHAOS = os.path.join(TOP, "tests", "chaos", "chaos.py")

os.environ.setdefault("BUILD", "build")
os.execv(CHAOS, [CHAOS, "--domains", "100", "--kills", "8", "--seed", (sys.argv + ["1"])[1], "kills"])
