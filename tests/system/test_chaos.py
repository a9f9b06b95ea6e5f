#!/usr/bin/python3
"""A short storm of kills, some while fsync is slow; the long ones, with every scenario, are `make chaos`. Another seed as argument."""

import os
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CHAOS = os.path.join(TOP, "tests", "chaos", "chaos.py")

os.environ.setdefault("BUILD", "build")
os.execv(CHAOS, [CHAOS, "--domains", "120", "--kills", "12", "--seed", (sys.argv + ["1"])[1], "kills", "clock-jump", "reboot"])
