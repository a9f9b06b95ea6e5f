"""A census that is made to suffer: its processes can be killed, stopped and starved, and are started again."""

import collections
import os
import random
import signal
import subprocess
import time

import census
import processes

OK, KILLED = 0, 128 + signal.SIGKILL  # as a shell tells it
PATIENCE = 900  # seconds for one execution that nobody disturbs


class Survived(collections.Counter):
    """What all subjects went through."""

    def kills(self):
        return sum(n for what, n in self.items() if what.startswith("kills of "))

    def __str__(self):
        return f"survived {self.kills()} kills: " + ", ".join(f"{n} {what}" for what, n in sorted(self.items()))


class Execution(processes.Census):
    """One `run` or `resume`. What it says goes to a file: nobody reads while it is tormented."""

    def __init__(self, world, run_directory, log, environment, *words):
        self.run_directory, self.log = run_directory, log
        with open(log, "w", encoding="utf-8") as out:
            self.process = subprocess.Popen(world.command("env", *environment, census.PROGRAM, *words), stdout=out, stderr=out)

    def wait(self, seconds):
        self.process.wait(seconds)
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return self.process.returncode, f.read()


class Subject:
    def __init__(self, world, directory, seed, options, survived):
        self.world, self.directory, self.options, self.survived = world, directory, options, survived
        self.random = random.Random(seed)
        self.environment = []  # NAME=VALUE of the executions to come
        self.endings = {OK, KILLED}  # exit statuses that are no fault
        self.wrong, self.execution, self.executions = [], None, 0

    # ---- executions

    def start(self):
        """The run, or its resumption where there is something to resume."""
        self.executions += 1
        self.survived["executions"] += 1
        words = ["resume", self.directory, "-w", "2"]
        if not os.path.exists(os.path.join(self.directory, "run.json")):
            words = ["run", os.path.join(self.world.directory, "list.csv"), "-o", self.directory, "-w", "2", *self.world.options(),
                     *self.options]
        self.execution = Execution(self.world, self.directory, f"{self.directory}.said", self.environment, *words)

    def end(self, seconds=PATIENCE):
        """Wait for the end of an execution; its exit status."""
        status, said = self.execution.wait(seconds)
        if status not in self.endings:
            self.wrong.append(f"execution {self.executions} ended with {status}: {said[-1500:]}")
        return status

    def goes_on(self):
        """Is it under way, started again where it was killed; False once it is finished."""
        if self.execution is not None and self.execution.process.poll() is None:
            return True
        if self.execution is not None and self.end() == OK:
            return False
        self.start()
        return True

    def finish(self):
        """Nobody disturbs it any more. An ending that is a fault has been noted: once more, not for ever."""
        self.environment = []
        for _ in range(5):
            if not self.goes_on() or self.end() == OK:
                break
        else:
            self.wrong.append("it does not finish")
        self.look_for_remains()

    def look_for_remains(self):
        end = time.monotonic() + 10
        while time.monotonic() < end:
            left = [pid for pid in processes.parents() if self.directory.encode() in b" ".join(processes.command_line(pid))]
            if not left:
                return
            time.sleep(0.1)
        self.wrong.append(f"processes are left: {left}")

    def pause(self, least=0.1, most=1.5):
        time.sleep(self.random.uniform(least, most))

    def await_records(self, least):
        """Until so many are committed, or it has ended."""
        kinds = ("domains", "policies", "mx")
        self.execution.await_state(lambda s: sum(s.get("done:" + kind, 0) for kind in kinds) >= least)

    # ---- what is done to it

    def signal(self, pids, number):
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def victims(self, what):
        families = {"coordinator": lambda e: [e.coordinator()], "Redis": lambda e: [e.redis()], "everybody": lambda e: e.family(),
                    "workers": lambda e: e.workers()}
        family = [pid for pid in families[what](self.execution) if pid is not None]
        return [self.random.choice(family)] if what == "workers" and family else family

    def kill(self, what):
        pids = self.victims(what)
        self.signal(pids, signal.SIGKILL)
        self.survived[f"kills of {what}"] += len(pids)
        return len(pids)

    def kill_all(self):
        """As a machine that loses its power; all are gone when it returns."""
        if self.execution is None:
            return
        pids = self.victims("everybody")
        self.kill("everybody")
        while any(pid in processes.parents() for pid in pids):
            time.sleep(0.01)

    def stop(self, what, seconds):
        """SIGSTOP for a while."""
        pids = self.victims(what)
        self.signal(pids, signal.SIGSTOP)
        time.sleep(seconds)
        self.signal(pids, signal.SIGCONT)
        self.survived["stops"] += len(pids)
