#!/usr/bin/python3
"""What a whole census costs, in the simulated Internets of the top 10k (else the bundled list) and of real domains: its
time with the servers on the same cores, the memory of each process at its highest, CPU per domain, bytes on the disk."""

import os
import re
import shutil
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "system"))
import census  # noqa: E402
import processes  # noqa: E402

TOP_10K = os.path.join(census.SHARED_DATA, "tranco-top-10k.csv")
BUNDLED = os.path.join(census.TOP, "datasets", "census-10k.csv")
REPLAY = os.path.join(census.SHARED_DATA, "mail-domains.jsonl.zst")
MEGABYTE = 1 << 20
WATCH_EVERY = 0.2  # seconds


def row(name, value, unit, budget):
    print(f"{name} {value:.1f} {unit} {budget} {'ok' if value <= budget else 'over'}", flush=True)


class Usage:
    """The highest memory (bytes) and the CPU (seconds) of one process, as /proc last had them."""

    def __init__(self):
        self.memory, self.cpu = 0, 0.0

    def look(self, pid):
        try:
            with open(f"/proc/{pid}/status") as f:
                high = re.search(r"VmHWM:\s+(\d+) kB", f.read())
            with open(f"/proc/{pid}/stat") as f:
                user, system = f.read().rpartition(")")[2].split()[11:13]
        except OSError:
            return
        if high:
            self.memory = int(high[1]) * 1024
        self.cpu = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


class Watch(threading.Thread):
    """Looks at the processes of a census until it ends."""

    def __init__(self, taken):
        super().__init__()
        self.taken, self.usage = taken, {"coordinator": {}, "worker": {}, "redis": {}}

    def look(self):
        family = self.taken.family()
        redis = self.taken.redis()
        for pid in family:
            kind = "redis" if pid == redis else "coordinator" if pid == family[0] else "worker"
            self.usage[kind].setdefault(pid, Usage()).look(pid)

    def run(self):
        while self.taken.process.poll() is None:
            self.look()
            time.sleep(WATCH_EVERY)

    def memory(self, kind):
        return max((u.memory for u in self.usage[kind].values()), default=0) / MEGABYTE

    def cpu(self):
        return sum(u.cpu for kind in self.usage.values() for u in kind.values())


def size_of_records(directory):
    return sum(os.path.getsize(os.path.join(directory, f)) for f in os.listdir(directory) if f.endswith(".zst"))


def measure(name, seconds_budget, *growth):
    folder = tempfile.mkdtemp(prefix="mxcensus-bench.")
    run = os.path.join(folder, "run")
    try:
        with census.World(*growth) as world:
            begun = time.monotonic()
            taken = processes.Census(world, run, "run", "-q", os.path.join(world.directory, "list.csv"), "-o", run, *world.options())
            watch = Watch(taken)
            watch.start()
            said = taken.process.communicate()[1]
            seconds = time.monotonic() - begun
            watch.join()
        if taken.process.returncode != 0:
            raise SystemExit(f"{name}: exit status {taken.process.returncode}: {said}")
        domains = census.run_file(run)["counts"]["domains"]
        if seconds_budget:
            row(f"{name}.census", seconds, "s", seconds_budget)
        row(f"{name}.worker_memory", watch.memory("worker"), "MB", 64)
        row(f"{name}.coordinator_memory", watch.memory("coordinator"), "MB", 64)
        row(f"{name}.redis_memory", watch.memory("redis"), "MB", 256)
        row(f"{name}.records", size_of_records(run) / domains, "B/domain", 300)
        row(f"{name}.cpu", watch.cpu() / domains * 1e6, "us/domain", 1152)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    measure("top10k" if os.path.exists(TOP_10K) else "bundled", 60, "--list", TOP_10K if os.path.exists(TOP_10K) else BUNDLED)
    if os.path.exists(REPLAY):
        measure("replay", 0, "--replay", REPLAY)


if __name__ == "__main__":
    main()
