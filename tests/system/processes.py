"""A census that is watched and killed: its processes, and its queue as Redis has it. For the system tests."""

import os
import signal
import subprocess
import time

import census


def parents():
    """pid -> parent of every process that is no zombie."""
    out = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as f:
                state, parent = f.read().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            out[int(pid)] = int(parent)
    return out


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return f.read().split(b"\0")
    except OSError:
        return []


class Census:
    """`mxcensus run` or `resume` inside a world, in the background; or a command that ends in one."""

    def __init__(self, world, run_directory, *words, command=(census.PROGRAM,)):
        self.run_directory = run_directory
        self.process = subprocess.Popen(world.command(*command, *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def family(self):
        """The coordinator first, then its workers and its Redis: all that is under the process that was started."""
        tree, found = parents(), [self.process.pid]
        for pid in found:
            found += [child for child, parent in tree.items() if parent == pid]
        return [pid for pid in found if command_line(pid)[:1] == [census.PROGRAM.encode()] or self.is_redis(pid)]

    @staticmethod
    def is_redis(pid):
        return any(b"redis-server" in word for word in command_line(pid)[:1])

    def coordinator(self):
        return next(iter(self.family()), None)

    def redis(self):
        return next((pid for pid in self.family() if self.is_redis(pid)), None)

    def workers(self):
        return [pid for pid in self.family()[1:] if not self.is_redis(pid)]

    def kill_all(self):
        """kill -9, the coordinator first, so that nobody is told to end in good order."""
        family = self.family()
        for pid in family:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for pid in family:
            while pid in parents():
                time.sleep(0.01)
        return self.wait(30)

    def wait(self, seconds):
        """(exit status, what it said)"""
        out, err = self.process.communicate(timeout=seconds)
        return self.process.returncode, out + err

    # ---- the queue

    def ask(self, *words):
        done = subprocess.run(["redis-cli", "-s", os.path.join(self.run_directory, "redis", "socket"), *words],
                              capture_output=True, text=True)
        return done.stdout.splitlines() if done.returncode == 0 else []

    def state(self):
        """The hash of the run, and `delayed`; empty while there is none."""
        key = "mxc:{" + os.path.basename(self.run_directory) + "}:"
        lines = self.ask("HGETALL", key + "state")
        state = {name: int(n) if n.lstrip("-").isdigit() else n for name, n in zip(lines[::2], lines[1::2])}
        if state:
            state["delayed"] = sum(int((self.ask("ZCARD", key + "delayed:" + stage) or ["0"])[0])
                                   for stage in ("dns", "policy", "starttls"))
        return state

    def await_state(self, good, seconds=60):
        """Until good(state) is true; None when the run has ended before."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            state = self.state()
            if state and good(state):
                return state
            time.sleep(0.02)
        return None


def waiting(state):
    return sum(state.get("waiting:" + stage, 0) for stage in ("dns", "policy", "starttls"))
