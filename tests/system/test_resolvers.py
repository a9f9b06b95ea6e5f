#!/usr/bin/python3
"""The resolvers of a run: which are asked and which left out, what resolvers.csv says of them, the caps of queries, and a
resolver of the run's own. Each census must find what its world knows, whoever answered it."""

import contextlib
import csv
import datetime
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import census  # noqa: E402
import processes  # noqa: E402

OK, INPUT, REDIS, RESOLVER = 0, 3, 5, 6
GOOD, LIAR, NOBODY = "127.64.0.53", "127.64.7.1", "127.64.7.2"
QPS = 150
PATIENCE = 300

# Says the same address of every name, and that the root has a name server.
LIAR_PROGRAM = f"""
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("{LIAR}", 53))
print("ready", flush=True)
while True:
    query, peer = s.recvfrom(512)
    end = query.index(0, 12) + 5
    kind, data = (1, bytes([127, 64, 7, 1])) if query[end - 3] == 1 else (2, b"\\x01a\\0")
    s.sendto(query[:2] + b"\\x81\\x80\\0\\1\\0\\1\\0\\0\\0\\0" + query[12:end] + b"\\xc0\\x0c\\0" + bytes([kind]) +
             b"\\0\\1\\0\\0\\0\\x3c\\0" + bytes([len(data)]) + data, peer)
"""


def rows(run_directory):
    with open(os.path.join(run_directory, "resolvers.csv"), newline="", encoding="utf-8") as f:
        return {row["resolver"]: row for row in csv.DictReader(f)}


def seconds(run_directory):
    said = census.run_file(run_directory)
    begin, end = (datetime.datetime.strptime(said[key], "%Y-%m-%dT%H:%M:%SZ") for key in ("started", "finished"))
    return (end - begin).total_seconds()


class Scenes:
    def __init__(self, world, folder):
        self.world, self.folder, self.count = world, folder, census.Count()

    def directory(self, name):
        return os.path.join(self.folder, name)

    def sound(self, name):
        """The run agrees with its world; each resolver's numbers go together."""
        self.count.add(*self.world.compare(self.directory(name)))
        for resolver, row in rows(self.directory(name)).items():
            sent, answered, lost = (int(row[key]) for key in ("sent", "answered", "lost"))
            self.count.check(answered + lost <= sent, f"{name}: {resolver}: {row}")
            self.count.check((row["median_ms"] == "") == (answered == 0), f"{name}: {resolver}: {row}")
            self.count.check(answered == 0 or 0 < float(row["median_ms"]) <= float(row["p99_ms"]), f"{name}: {resolver}: {row}")

    def left_out(self):
        """A resolver that lies and one that is not there, in a file beside a good one."""
        file = self.directory("resolvers")
        with open(file, "w", encoding="ascii") as f:
            f.write(f"# some\n{LIAR} # lies\n{GOOD}\n{NOBODY}#5353\n")
        with subprocess.Popen(self.world.command("/usr/bin/python3", "-c", LIAR_PROGRAM), stdout=subprocess.PIPE,
                              text=True, start_new_session=True) as liar:
            liar.stdout.readline()
            done = self.world.run(self.directory("mixed"), "--resolver", file)
            os.killpg(liar.pid, signal.SIGKILL)
        self.count.check(done.returncode == OK, f"exit status {done.returncode}: {done.stderr}")
        for resolver, word in ((LIAR, "NXDOMAIN"), (f"{NOBODY}#5353", "does not answer")):
            lines = [line for line in done.stderr.splitlines() if resolver in line]
            self.count.check(len(lines) == 1 and word in lines[0], f"{resolver}: {lines}")
            row = rows(self.directory("mixed"))[resolver]
            self.count.check(row["sent"] == "0" and word in row["left_out"], f"{row}")
        self.count.check(rows(self.directory("mixed"))[GOOD]["left_out"] == "", "the good one is asked")
        self.count.check(list(rows(self.directory("mixed"))) == [LIAR, GOOD, f"{NOBODY}#5353"], "in their order")
        self.count.check(census.run_file(self.directory("mixed"))["settings"]["resolver"] == f"{LIAR},{GOOD},{NOBODY}#5353",
                         "run.json has the addresses, not the file")
        self.sound("mixed")

    def none_left(self):
        done = self.world.run(self.directory("none"), "--resolver", NOBODY, "--dns-timeout", "1")
        self.count.check(done.returncode == RESOLVER and not os.path.exists(self.directory("none")),
                         f"exit status {done.returncode}: {done.stderr}")

    def capped(self):
        """Two workers share a cap, and one of them is killed: what it had told stays told."""
        run = processes.Census(self.world, self.directory("capped"), "run", os.path.join(self.world.directory, "list.csv"), "-o",
                               self.directory("capped"), *self.world.options(), "-w", "2", "--qps", str(QPS), "--batch", "16")
        self.count.check(run.await_state(lambda s: s.get("done:domains", 0) > 20) is not None, "capped: over too soon")
        os.kill(run.workers()[0], signal.SIGKILL)
        status, text = run.wait(PATIENCE)
        self.count.check(status == OK, f"capped: exit status {status}: {text}")
        sent = int(rows(self.directory("capped"))[GOOD]["sent"])
        most = QPS * (seconds(self.directory("capped")) + 2)
        self.count.check(sent <= most, f"capped: {sent} queries, {most} allowed")
        free = int(rows(self.directory("mixed"))[GOOD]["sent"])
        self.count.check(sent > 0.7 * free, f"capped: {sent} queries, {free} without a cap")
        self.sound("capped")

    def spawn_words(self, anchor=None):
        return ["--resolver", "spawn", "--root-hints", os.path.join(self.world.directory, "root.hints"), "--trust-anchor",
                anchor or os.path.join(self.world.directory, "root.anchor")]

    def unbounds(self, name):
        """Those of this run."""
        out = []
        for pid in processes.parents():
            try:
                if os.readlink(f"/proc/{pid}/cwd").startswith(self.directory(name)) and \
                        b"unbound" in processes.command_line(pid)[0]:
                    out.append(pid)
            except OSError:
                continue
        return out

    def spawned(self):
        """A resolver of its own, killed in the middle of the run."""
        run = processes.Census(self.world, self.directory("own"), "run", os.path.join(self.world.directory, "list.csv"), "-o",
                               self.directory("own"), *self.world.options(), *self.spawn_words(), "--batch", "16", "--qps", "400")
        self.count.check(run.await_state(lambda s: s.get("done:domains", 0) > 20) is not None, "own: over too soon")
        found = self.unbounds("own")
        self.count.check(len(found) == 1, f"own: {len(found)} processes of Unbound")
        for pid in found:
            os.kill(pid, signal.SIGKILL)
        status, text = run.wait(PATIENCE)
        self.count.check(status == OK, f"own: exit status {status}: {text}")
        self.count.check("unbound ended; starting it again" in text, f"own: {text}")
        self.count.check(not self.unbounds("own"), "own: Unbound is left")
        self.count.check(not os.path.exists(os.path.join(self.directory("own"), "unbound")), "own: its folder is left")
        (resolver,) = rows(self.directory("own"))
        self.count.check(resolver.startswith("127.0.0.1#"), f"own: {resolver}")
        self.sound("own")

    @contextlib.contextmanager
    def shared(self, name, *words, ends=OK):
        """A run in a Redis that others reach too; how to ask that Redis, and the words by which workers join the run."""
        redis = self.directory(name + "-redis")
        os.mkdir(redis)
        url = f"unix:{redis}/socket"
        server = subprocess.Popen(self.world.command("redis-server", "--port", "0", "--unixsocket", f"{redis}/socket", "--dir", redis,
                                                     "--appendonly", "yes", "--appendfsync", "always", "--save", ""),
                                  stdout=subprocess.DEVNULL, start_new_session=True)
        try:
            while not os.path.exists(f"{redis}/socket"):
                time.sleep(0.05)
            run = processes.Census(self.world, self.directory(name), "run", os.path.join(self.world.directory, "list.csv"), "-o",
                                   self.directory(name), *self.world.options(), *words, "--batch", "16", "-w", "1",
                                   "--redis", url, "--run", name, "--qps", "200")

            def ask(*words):
                return subprocess.run(["redis-cli", "-s", f"{redis}/socket", *words], capture_output=True, text=True).stdout.strip()

            while run.process.poll() is None and ask("EXISTS", f"mxc:{{{name}}}:state") != "1":
                time.sleep(0.05)
            yield ask, (census.PROGRAM, "worker", "--redis", url, "--run", name, "-w", "1")
            status, text = run.wait(PATIENCE)
            self.count.check(status == ends, f"{name}: exit status {status}: {text}")
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait()

    def joined(self):
        """Workers of another machine, so to speak: they have an Unbound of their own, and tell of it."""
        with self.shared("joined", *self.spawn_words()) as (_, words):
            other = subprocess.run(self.world.command(*words, "--vantage", "elsewhere"), capture_output=True, text=True, timeout=PATIENCE)
        self.count.check(other.returncode == OK, f"joined: the other: {other.returncode} {other.stdout}{other.stderr}")
        self.count.check("--vantage is not heeded" in other.stderr, f"joined: a setting of its own: {other.stderr}")
        told = rows(self.directory("joined"))
        self.count.check(len(told) == 2 and all(int(row["sent"]) > 0 for row in told.values()), f"joined: {told}")
        self.sound("joined")

    def cut_off(self):
        """Workers outside of the world, who reach Redis but no resolver. They made nothing, and remove nothing: not even what
        stands where the folder of an Unbound would be named after."""
        others = "/tmp/mxcensus-unbound-XXXXXX"
        os.makedirs(os.path.join(others, "file"), exist_ok=True)
        try:
            with self.shared("cut-off") as (_, words):
                other = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE)
            self.count.check(other.returncode == RESOLVER, f"cut off: {other.returncode} {other.stdout}{other.stderr}")
            self.count.check(os.path.exists(os.path.join(others, "file")), "cut off: what is of others is gone")
        finally:
            shutil.rmtree(others, ignore_errors=True)

    def refused(self):
        """Redis takes the right to call functions away in mid-run: nobody takes that for the end of the run."""
        with self.shared("refused", ends=REDIS) as (ask, words):
            other = subprocess.Popen(self.world.command(*words), stderr=subprocess.PIPE, text=True)
            while ask("HLEN", "mxc:{refused}:lives") != "2":
                time.sleep(0.05)
            ask("ACL", "SETUSER", "default", "-fcall")
            _, said = other.communicate(timeout=PATIENCE)
        self.count.check(other.returncode == REDIS and "Redis: NOPERM" in said, f"refused: {other.returncode} {said}")

    def not_spawned(self):
        """What it needs is missing, or is not what it says."""
        done = self.world.run(self.directory("missing"), "-q", *self.spawn_words("/nonexistent"))
        self.count.check(done.returncode == INPUT and "/nonexistent" in done.stderr and len(done.stderr.splitlines()) == 1,
                         f"missing: {done.returncode} {done.stderr}")
        done = self.world.run(self.directory("bad"), *self.spawn_words(__file__))
        self.count.check(done.returncode == RESOLVER and "unbound does not start" in done.stderr, f"bad: {done.returncode} {done.stderr}")
        for name in ("missing", "bad"):
            self.count.check(not os.path.exists(self.directory(name)) and not self.unbounds(name), f"{name}: something is left")


def main():
    folder = tempfile.mkdtemp(prefix="mxcensus-resolvers.")
    try:
        with census.World("--domains", "150", "--seed", "8") as world:
            scenes = Scenes(world, folder)
            scenes.left_out()
            scenes.none_left()
            scenes.capped()
            scenes.spawned()
            scenes.joined()
            scenes.cut_off()
            scenes.refused()
            scenes.not_spawned()
            return scenes.count.report()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
