"""What is done to a census, by name. Each takes a subject that has not begun, and leaves it alone when it is done."""

import collections
import os
import resource
import shutil
import signal
import struct
import subprocess
import time

import census

SHIMS = os.path.join(census.BUILD, "shims")
BLOWS = {"workers": 40, "coordinator": 20, "Redis": 15, "everybody": 10, "stop": 15}
DISK, LIMITS = 7, 8


def strike(subject):
    """One blow, whoever it hits."""
    blow = subject.random.choices(list(BLOWS), list(BLOWS.values()))[0]
    if blow == "stop":
        subject.stop(subject.random.choice(["workers", "coordinator", "Redis"]), subject.random.uniform(0.2, 2.0))
        return 0
    return subject.kill(blow)


def storm(subject, blows, least, most):
    for _ in range(blows):
        if not subject.goes_on():
            return
        subject.pause(least, most)
        strike(subject)


def kills(subject):
    """Workers, coordinator and Redis are killed, one by one or all at once, and stopped for a while."""
    storm(subject, subject.blows, 0.05, 1.5)


def slow_fsync(subject):
    """The same with executions in which fsync takes 1.5 s, so that kills fall between a write and its fsync."""
    for _ in range(max(2, subject.blows // 8)):
        slow = subject.random.random() < 0.6
        subject.environment = [f"LD_PRELOAD={SHIMS}/disk.so", "CHAOS_FSYNC_MS=1500"] if slow else []
        storm(subject, 4, 0.2, 4.0 if slow else 1.0)
        subject.kill_all()


def lost_redis(subject):
    """Redis loses all it held, its directory emptied or gone, three times while nothing runs and once in mid-run."""
    redis = os.path.join(subject.directory, "redis")
    for turn in range(4):
        if not subject.goes_on():
            return
        subject.await_records(subject.random.randrange(1, 100))
        if turn == 3:
            subject.signal(subject.victims("coordinator"), signal.SIGSTOP)
            subject.kill("Redis")
        else:
            subject.kill_all()
        for name in os.listdir(redis) if os.path.isdir(redis) else []:
            path = os.path.join(redis, name)
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
        if subject.random.random() < 0.5:
            shutil.rmtree(redis, ignore_errors=True)
        subject.signal(subject.victims("coordinator"), signal.SIGCONT)
        subject.survived["Redis lost its data"] += 1


def fill(path):
    """A file that takes all the room there is."""
    with open(path, "wb", buffering=0) as f:
        try:
            while f.write(b"\0" * 65536):
                pass
        except OSError:
            return


def full_disk(subject):
    """The disk is full for some seconds, three times, with kills meanwhile, and free again."""
    disk, filler = os.path.dirname(subject.directory), os.path.join(os.path.dirname(subject.directory), "filler")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={64 + subject.domains // 50}m", "none", disk], check=True)
    subject.endings.add(DISK)  # nobody can begin on a full disk
    for _ in range(3):
        if not subject.goes_on():
            return
        subject.pause(0.3, 3)
        fill(filler)
        subject.survived["full disks"] += 1
        subject.pause(1, 3)
        subject.kill(subject.random.choice(["workers", "Redis", "coordinator"]))
        subject.pause(1, 3)
        os.unlink(filler)


def dead_resolver(subject):
    """The resolver answers nobody for a minute; what failed meanwhile comes back later, and is found."""
    subject.options += ["--attempts", "6", "--retry-delay", "15"]
    with open(os.path.join(subject.world.directory, "pids"), encoding="ascii") as f:
        unbound = next(int(line.split()[1]) for line in f if line.startswith("unbound "))
    subject.start()
    subject.await_records(20)
    os.kill(unbound, signal.SIGSTOP)
    time.sleep(60)
    os.kill(unbound, signal.SIGCONT)
    subject.survived["minutes without a resolver"] += 1


def clock_jump(subject):
    """The wall clock jumps by up to an hour, to and fro."""
    clock = f"{subject.directory}.clock"
    with open(clock, "wb", buffering=0) as f:
        f.write(struct.pack("=q", 0))
        subject.environment = [f"LD_PRELOAD={SHIMS}/clock.so", f"CHAOS_CLOCK={clock}"]
        subject.start()
        for _ in range(6):
            os.pwrite(f.fileno(), struct.pack("=q", subject.random.randrange(-3600, 3600)), 0)
            subject.pause(0.2, 1.0)
        waits = subject.execution.await_state(lambda s: s["delayed"] > 0)  # for a time that is now two hours away
        os.pwrite(f.fileno(), struct.pack("=q", -7200), 0)
        subject.survived["clock jumps"] += 7
    if waits is None:
        subject.wrong.append("nothing was delayed when the clock jumped back")
    subject.end()


def no_descriptors(subject):
    """Processes may open no more files for some seconds, each kind of them in turn."""
    subject.endings |= {DISK, LIMITS}
    for what in ("workers", "coordinator", "Redis", "everybody"):
        if not subject.goes_on():
            return
        subject.pause(0.5, 2)
        limits = {pid: resource.prlimit(pid, resource.RLIMIT_NOFILE) for pid in subject.victims(what)}
        for pid, (_, hard) in limits.items():
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (4, hard))
        subject.pause(2, 4)
        for pid, limit in limits.items():
            if os.path.exists(f"/proc/{pid}"):
                resource.prlimit(pid, resource.RLIMIT_NOFILE, limit)
        subject.survived["processes out of descriptors"] += len(limits)


def cut_power(directory, synced, random):
    """Of what no fsync has made safe, a file keeps a part."""
    safe = {}
    with open(synced, encoding="utf-8") as f:
        for line in f:
            size, path = line.rstrip("\n").split(" ", 1)
            safe[path] = int(size)
    for path, size in safe.items():
        if path.startswith(directory) and os.path.isfile(path) and os.path.getsize(path) > size:
            os.truncate(path, random.randrange(size, os.path.getsize(path) + 1))
    os.unlink(synced)


def reboot(subject):
    """All processes at once, and what no fsync had made safe is lost; then resumed, again and again."""
    synced = f"{subject.directory}.synced"
    subject.environment = [f"LD_PRELOAD={SHIMS}/disk.so", f"CHAOS_SYNCED={synced}", "CHAOS_FSYNC_MS=30"]
    for _ in range(max(4, subject.blows // 10)):
        if not subject.goes_on():
            return
        subject.pause(0.2, 4)
        subject.kill_all()
        if os.path.exists(synced):
            cut_power(os.path.realpath(subject.directory), synced, subject.random)
        subject.survived["power cuts"] += 1


Scenario = collections.namedtuple("Scenario", "name act share")  # of the kills that are wanted: played again until it has them

ALL = [Scenario("kills", kills, 1), Scenario("slow-fsync", slow_fsync, 0.3), Scenario("lost-redis", lost_redis, 0),
       Scenario("full-disk", full_disk, 0), Scenario("dead-resolver", dead_resolver, 0), Scenario("clock-jump", clock_jump, 0),
       Scenario("no-descriptors", no_descriptors, 0), Scenario("reboot", reboot, 0)]
