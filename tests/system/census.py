"""A census in a simulated Internet, compared with what that Internet knows of itself. For the system tests."""

import concurrent.futures
import json
import os
import shutil
import subprocess
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED_DATA = os.path.join(TOP, "..", "shared", "data")    # real lists and records, where they are at hand
BUILD = os.path.join(TOP, os.environ.get("BUILD", "build"))
os.environ["BUILD"] = BUILD
PROGRAM = os.path.join(BUILD, "mxcensus")
WORLD = os.path.join(TOP, "scripts", "world")


class World:
    """A simulated Internet that is up inside the with block."""

    def __init__(self, *growth):
        self.growth = growth

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix="mxcensus-world.")
        try:
            subprocess.run([WORLD, "up", self.directory, *self.growth], check=True)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        subprocess.run([WORLD, "down", self.directory], check=False)
        shutil.rmtree(self.directory, ignore_errors=True)

    def options(self):
        with open(os.path.join(self.directory, "census.conf")) as f:
            return f.read().split()

    def command(self, *words):
        """The words of a command, to be run inside."""
        return [WORLD, "exec", self.directory, *words]

    def run(self, run_directory, *more, timeout=900):
        """Take a census of the world's list; the completed process, its output as text."""
        command = self.command(PROGRAM, "run", os.path.join(self.directory, "list.csv"), "-o", run_directory,
                               *self.options(), *more)
        return subprocess.run(command, text=True, capture_output=True, timeout=timeout)

    def compare(self, run_directory):
        """(passed, failed, text) of the comparison of a run with the world."""
        done = subprocess.run(["/usr/bin/python3", "-m", "tests.world.compare", self.directory, run_directory], cwd=TOP,
                              text=True, capture_output=True)
        text = done.stdout + done.stderr
        words = text.strip().splitlines()[-1].replace(",", "").split() if text.strip() else []
        if len(words) == 4 and words[1] == "passed":
            return int(words[0]), int(words[2]), text
        return 0, 1, text


def schema_check(run_directory):
    """(passed, failed, text) of the records of a run against their JSON Schemas."""
    done = subprocess.run(["/usr/bin/python3", os.path.join(TOP, "tests", "system", "test_schema.py"), run_directory], text=True,
                          capture_output=True)
    words = done.stdout.strip().splitlines()[-1].replace(",", "").split() if done.stdout.strip() else []
    if len(words) >= 4 and words[1] == "passed":
        return int(words[0]), int(words[2]), done.stdout + done.stderr
    return 0, 1, done.stdout + done.stderr


def take_whole(count, name, *growth, then=lambda run, count: None):
    """A whole census of a world grown so: compared with what the world knows, its records with their schemas, and by
    `then`, all three at once."""
    runs = tempfile.mkdtemp(prefix="mxcensus-run.")
    run = os.path.join(runs, "run")
    try:
        with World(*growth) as world:
            done = world.run(run)
            count.check(done.returncode == 0, f"{name}: exit status {done.returncode}: {done.stderr[-2000:]}")
            if done.returncode == 0:
                with concurrent.futures.ThreadPoolExecutor() as pool:
                    checks = [pool.submit(world.compare, run), pool.submit(schema_check, run)]
                    then(run, count)
                    for check in checks:
                        count.add(*check.result())
    finally:
        shutil.rmtree(runs, ignore_errors=True)


def run_file(run_directory):
    with open(os.path.join(run_directory, "run.json")) as f:
        return json.load(f)


class Count:
    """What a test program counts; report() prints its closing line and gives its exit status."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, good, text):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"not so: {text}", flush=True)

    def add(self, passed, failed, text):
        self.passed += passed
        self.failed += failed
        if failed:
            print(text, flush=True)

    def skip(self, why):
        self.skipped += 1
        print(f"skipped: {why}", flush=True)

    def report(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed else 0
