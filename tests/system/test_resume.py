#!/usr/bin/python3
"""Runs that are stopped, killed and resumed: exactly one record for each domain, policy, address of a host and certificate
whatever ended when, and the same records as a run that nobody disturbed, for the world compares them all the same.

usage: test_resume.py [SEED]    the moments of the kills are drawn from it"""

import collections
import concurrent.futures
import fcntl
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import census  # noqa: E402
import processes  # noqa: E402

OK, INPUT, RUN_DIRECTORY, INTERRUPTED = 0, 3, 4, 9
KEYS = {"domains": lambda r: r["domain"], "policies": lambda r: r["domain"], "mx": lambda r: (r["host"], r.get("address")),
        "certs": lambda r: r["sha256"]}
PATIENCE = 150  # seconds for any one command
SLOWLY = ("--batch", "16", "--qps", "1500")  # so that it is still under way when that was seen
AT_ONCE = 4  # scenarios side by side: they wait most of the time


class Run(processes.Census):
    """A census in the background, in a process group of its own, as a terminal would have it."""

    def __init__(self, world, run_directory, *words, under=()):
        self.run_directory = run_directory
        self.process = subprocess.Popen(world.command("setsid", "-w", *under, census.PROGRAM, *words), stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)


class Scene:
    """One run directory, the commands upon it, and what is held of it at the end."""

    def __init__(self, name, world, folder, seed):
        self.name, self.world = name, world
        self.count = census.Count()
        self.random = random.Random(f"{seed} {name}")
        self.directory = os.path.join(folder, name.replace(" ", "-"))
        self.list = os.path.join(world.directory, "list.csv")
        self.said = ""

    def check(self, good, text):
        self.count.check(good, f"{self.name}: {text}")

    def start(self, command="run", under=(), options=()):
        """The run, or its resumption, in the background; under: a program that starts it, with its words."""
        words = [self.directory] if command == "resume" else \
            [self.list, "-o", self.directory, *SLOWLY, *self.world.options(), *options]
        self.run = Run(self.world, self.directory, command, "-w", "2", *words, under=under)

    def quick(self, *words):
        """A command that ends at once."""
        return subprocess.run(self.world.command(census.PROGRAM, *words), text=True, capture_output=True, timeout=PATIENCE)

    def pause(self, least=0.2, most=5.0):
        time.sleep(self.random.uniform(least, most))

    def under_way(self):
        """Some domains are done, and not all."""
        state = self.run.await_state(lambda s: s.get("done:domains", 0) > 20)
        self.check(state is not None, "it was over before it could be disturbed")

    def end(self, wanted=OK):
        """Wait for the end of what was started last."""
        try:
            status, text = self.run.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.run.kill_all()
            status, text = None, "it did not end"
        self.said += text
        self.check(status == wanted, f"exit status {status}, not {wanted}: {text[-1500:]}")
        return text

    def resume(self):
        self.start("resume")
        return self.end()

    # ---- what is held at the end

    def keys(self, kind):
        done = subprocess.run(["zstd", "-dcq", os.path.join(self.directory, f"{kind}.jsonl.zst")], capture_output=True, check=False)
        return collections.Counter(KEYS[kind](json.loads(line)) for line in done.stdout.splitlines())

    def finish(self):
        """The run is over: it holds everything once, and agrees with the world."""
        for kind in KEYS:
            twice = [key for key, n in self.keys(kind).items() if n > 1]
            self.check(not twice, f"{kind}: more than once: {twice[:5]}")
        with open(self.list, encoding="utf-8") as f:
            listed = {line.split(",")[1] for line in f.read().splitlines()[1:]}
        found = set(self.keys("domains"))
        self.check(found == listed, f"{len(listed - found)} domains missing, {len(found - listed)} too many")
        self.count.add(*self.world.compare(self.directory))
        left = [pid for pid in processes.parents() if self.directory.encode() in processes.command_line(pid)]
        self.check(not left, f"processes are left: {left}")


# ---- the scenes ----


def interrupted(scene, everybody):
    """Ctrl-C, and a signal to the coordinator alone: it drains, says how to go on, and resume goes on."""
    scene.start()
    scene.under_way()
    coordinator = scene.run.coordinator()
    if everybody:
        os.killpg(os.getpgid(coordinator), signal.SIGINT)
    else:
        os.kill(coordinator, signal.SIGINT)
    text = scene.end(INTERRUPTED)
    scene.check(f"mxcensus resume {scene.directory}" in text, f"does not say how to go on: {text[-500:]}")
    scene.check("ended by signal" not in text, f"a worker was killed: {text[-500:]}")
    told = scene.quick("status", scene.directory)
    scene.check(told.returncode == OK and re.match(r"stopped: [1-9]\d* of 400 domains", told.stdout),
                f"status when stopped: {told.stdout}{told.stderr}")
    again = scene.quick("run", "-q", scene.list, "-o", scene.directory, *scene.world.options())
    scene.check(again.returncode == RUN_DIRECTORY and f"mxcensus resume {scene.directory}" in again.stderr,
                f"a second run: {again.returncode} {again.stderr}")
    scene.resume()


def interrupted_twice(scene):
    """Ctrl-C again while it drains: it hurries, and nothing is lost."""
    scene.start()
    scene.under_way()
    for _ in range(2):
        os.kill(scene.run.coordinator(), signal.SIGINT)
        time.sleep(0.3)
    began = time.monotonic()
    scene.end(INTERRUPTED)
    scene.check(time.monotonic() - began < 5, "a second signal does not hurry it")
    scene.resume()


def hung_up(scene):
    """The terminal goes away: a run drains, one that was started with nohup goes on to its end."""
    scene.start()
    scene.under_way()
    os.kill(scene.run.coordinator(), signal.SIGHUP)
    scene.end(INTERRUPTED)
    scene.start("resume", under=("env", "--ignore-signal=HUP"))
    scene.under_way()
    os.kill(scene.run.coordinator(), signal.SIGHUP)
    scene.end()


def in_use(scene):
    """While it runs: status tells how far it is; nobody else may have the directory. Afterwards: status, and nothing to resume."""
    scene.start()
    scene.under_way()
    told = scene.quick("status", scene.directory)
    scene.check(told.returncode == OK and re.match(r"running: [1-9]\d* of 400 domains", told.stdout),
                f"status while running: {told.stdout}{told.stderr}")
    for words in (["resume", scene.directory], ["run", scene.list, "-o", scene.directory, *scene.world.options()]):
        again = scene.quick(words[0], "-q", *words[1:])
        lines = again.stderr.splitlines()
        scene.check(again.returncode == RUN_DIRECTORY and len(lines) == 1 and "in use" in lines[0],
                    f"{words[0]} beside it: {again.returncode} {again.stderr}")
    scene.end()
    told = scene.quick("status", scene.directory)
    scene.check(told.returncode == OK and told.stdout.startswith("finished "), f"status when finished: {told.stdout}{told.stderr}")
    before = os.stat(os.path.join(scene.directory, "domains.jsonl.zst"))
    again = scene.quick("resume", scene.directory)
    after = os.stat(os.path.join(scene.directory, "domains.jsonl.zst"))
    scene.check(again.returncode == OK and "nothing to do" in again.stderr, f"resume when finished: {again.returncode} {again.stderr}")
    scene.check((before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size), "resume when finished touches records")
    looked_at(scene)
    left_before_the_statistics(scene)


def looked_at(scene):
    """Others look, again and again, whether somebody works on it: that is no work on it."""
    over = threading.Event()

    def look():
        with open(os.path.join(scene.directory, "lock"), "rb") as f:
            while not over.wait(0.004):
                fcntl.flock(f, fcntl.LOCK_SH)
                time.sleep(0.001)
                fcntl.flock(f, fcntl.LOCK_UN)

    looker = threading.Thread(target=look)
    looker.start()
    tries = [scene.quick("resume", scene.directory).returncode for _ in range(30)]
    over.set()
    looker.join()
    scene.check(tries == [OK] * 30, f"resume while others look: {tries}")


def left_before_the_statistics(scene):
    """What a kill leaves between the last record and the last CSV file: the spool stands, files are missing. Resume writes them."""
    def tables():
        return sorted(name for name in os.listdir(scene.directory) if name.endswith(".csv"))

    written = tables()
    os.mkdir(os.path.join(scene.directory, "spool"))
    for name in ("adoption.csv", "timeline.csv"):
        os.unlink(os.path.join(scene.directory, name))
    again = scene.quick("resume", scene.directory)
    scene.check(again.returncode == OK and tables() == written, f"statistics left unwritten: {again.returncode} {tables()} {again.stderr}")
    scene.check(not os.path.exists(os.path.join(scene.directory, "spool")), "the spool stays behind written statistics")


def killed_coordinator(scene):
    """kill -9 of the coordinator, of the run and of each resumption, then one that is left alone."""
    scene.start()
    for _ in range(4):
        scene.pause()
        coordinator = scene.run.coordinator()
        if coordinator is None or scene.run.process.poll() is not None:
            break
        os.kill(coordinator, signal.SIGKILL)
        scene.run.wait(PATIENCE)
        scene.start("resume")
    scene.end()


def killed_at_the_start(scene):
    """kill -9 within the first moments: a resumption, or the same run again where nothing had begun."""
    command = "run"
    for _ in range(6):
        scene.start(command)
        time.sleep(scene.random.uniform(0.02, 0.5))
        coordinator = scene.run.coordinator()
        if coordinator is not None:
            os.kill(coordinator, signal.SIGKILL)
        scene.run.wait(PATIENCE)
        command = "resume" if os.path.exists(os.path.join(scene.directory, "run.json")) else "run"
    scene.start(command)
    scene.end()


def killed_workers(scene):
    scene.start()
    for _ in range(6):
        scene.pause(0.2, 2.0)
        workers = scene.run.workers()
        if workers:
            os.kill(scene.random.choice(workers), signal.SIGKILL)
    text = scene.end()
    scene.check("ended by signal 9" in text, f"nobody tells of killed workers: {text[-500:]}")


def spoiled_file(scene):
    """A file of the settings is spoiled in mid-run, and the next worker that starts cannot read it: what is recorded stays."""
    path = scene.directory + ".opt-out"

    def write(text):
        with open(path, "w", encoding="ascii") as f:
            f.write(text)

    write("198.51.100.254\n")
    scene.start(options=("--opt-out", path))
    scene.under_way()
    write("no domain!\n")
    os.kill(scene.random.choice(scene.run.workers()), signal.SIGKILL)
    scene.end(INPUT)
    scene.check(os.path.exists(os.path.join(scene.directory, "run.json")), "the run is gone")
    write("")
    scene.resume()


def spoiled_spool(scene):
    """What is left of the list cannot be read: it is said so, and not that of Redis; mended, the run goes on."""
    index = os.path.join(scene.directory, "spool", "index")

    def exchange(text):
        with open(index, "r+b") as f:
            f.seek(-len(text), os.SEEK_END)
            was = f.read()
            f.seek(-len(text), os.SEEK_END)
            f.write(text)
        return was

    scene.start(options=("--window", "1"))
    scene.under_way()
    os.kill(scene.run.coordinator(), signal.SIGINT)
    scene.end(INTERRUPTED)
    was = exchange(b"f" * 16 + b"\n")
    scene.start("resume")
    text = scene.end(RUN_DIRECTORY)
    scene.check(re.search(r"spool: batch \d+ of the list cannot be read: the spool is damaged", text) and "mxcensus: \n" not in text,
                f"a damaged spool: {text[-500:]}")
    exchange(was)
    scene.resume()


def killed_redis(scene):
    scene.start()
    for _ in range(4):
        scene.pause(0.3, 3.0)
        redis = scene.run.redis()
        if redis:
            os.kill(redis, signal.SIGKILL)
    text = scene.end()
    scene.check("starting it again" in text, f"nobody tells of a killed Redis: {text[-500:]}")


def killed_all(scene):
    """Everybody at once, as a machine that loses its power."""
    scene.start()
    for _ in range(3):
        scene.pause()
        if scene.run.process.poll() is not None:
            break
        scene.run.kill_all()
        scene.start("resume")
    scene.end()


def stopped_worker(scene):
    """SIGSTOP: a worker that does not move is found out, and its work goes to another."""
    scene.start()
    scene.under_way()
    workers = scene.run.workers()
    os.kill(workers[0], signal.SIGSTOP)
    text = scene.end()
    scene.check("has not moved for 30 s" in text, f"a stopped worker is not found out: {text[-500:]}")


SCENES = [("stopped worker", stopped_worker), ("killed coordinator", killed_coordinator), ("killed all", killed_all),
          ("killed Redis", killed_redis), ("Ctrl-C", lambda s: interrupted(s, True)),
          ("signal to the coordinator", lambda s: interrupted(s, False)), ("Ctrl-C twice", interrupted_twice), ("hung up", hung_up),
          ("killed at the start", killed_at_the_start), ("killed workers", killed_workers), ("in use", in_use),
          ("spoiled file", spoiled_file), ("spoiled spool", spoiled_spool)]


def play(scene, act):
    try:
        act(scene)
        scene.finish()
    except Exception as trouble:  # pylint: disable=broad-except # one scene's, told with its name
        scene.check(False, f"{type(trouble).__name__}: {trouble}")
        scene.run.kill_all()
    return scene


def main():
    seed = sys.argv[1] if len(sys.argv) > 1 else "1"
    count = census.Count()
    folder = tempfile.mkdtemp(prefix="mxcensus-resume.")
    try:
        with census.World("--domains", "400", "--seed", "11") as world:
            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                scenes = [pool.submit(play, Scene(name, world, folder, seed), act) for name, act in SCENES
                          if len(sys.argv) < 3 or name in sys.argv[2:]]
                for scene in scenes:
                    count.passed += scene.result().count.passed
                    count.failed += scene.result().count.failed
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return count.report()


if __name__ == "__main__":
    sys.exit(main())
