#!/usr/bin/python3
"""A census of 2,000 domains by the program in BUILD (built with sanitizers), compared with its world; no sanitizer may speak."""

import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import census  # noqa: E402


def main():
    count = census.Count()
    runs = tempfile.mkdtemp(prefix="mxcensus-run.")
    run = os.path.join(runs, "run")
    with census.World("--domains", "2000", "--seed", "11") as world:
        done = world.run(run)
        said = [line for line in done.stderr.splitlines() if "Sanitizer" in line or "runtime error" in line]
        count.check(done.returncode == 0, f"exit status {done.returncode}: {done.stderr[-4000:]}")
        count.check(not said, f"a sanitizer spoke: {said[:5]}")
        if done.returncode == 0:
            count.add(*world.compare(run))
    shutil.rmtree(runs, ignore_errors=True)
    return count.report()


if __name__ == "__main__":
    sys.exit(main())
