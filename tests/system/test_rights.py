#!/usr/bin/python3
"""No more rights than a census needs: root is told so and given up with --user, by every process and file; what `make install`
ships for systemd is a unit that systemd reads, and that gives little away; the nightly script begins, goes on, and tells."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import census  # noqa: E402
import processes  # noqa: E402

OK, USAGE, INPUT, RUN_DIRECTORY, INTERRUPTED, UNKNOWN = 0, 2, 3, 4, 9, 11
EXPOSURE_MAX = 2.0  # of 10, as systemd-analyze counts it


def owners(run):
    """Who owns each process of a run."""
    found = set()
    for pid in run.family():
        try:
            found.add(os.stat(f"/proc/{pid}").st_uid)
        except FileNotFoundError:
            pass
    return found


def test_root(count, world, folder):
    """Root is given up before anything is made."""
    if os.geteuid() != 0:
        count.skip("giving up root: this is not root")
        return
    nobody = pwd.getpwnam("nobody")
    os.chmod(folder, 0o755)
    mine = os.path.join(folder, "nobody")
    os.mkdir(mine)
    os.chown(mine, nobody.pw_uid, nobody.pw_gid)
    names, run = os.path.join(world.directory, "list.csv"), os.path.join(mine, "run")
    one = processes.Census(world, run, "run", names, "-o", run, *world.options(), "--user", "nobody", "-w", "2")
    one.await_state(lambda s: s.get("done:domains", 0) > 0)
    count.check(owners(one) == {nobody.pw_uid}, f"--user nobody: processes of {owners(one)}")
    done = subprocess.run([census.PROGRAM, "status", run], text=True, capture_output=True, user="daemon", group="daemon")
    count.check(done.returncode == OK and done.stdout.startswith("running: "), f"status of another user: {done.stdout}{done.stderr}")
    status, said = one.wait(200)
    count.check(status == OK and "as root" not in said, f"--user nobody: {status} {said[-500:]}")
    files = {os.stat(os.path.join(run, name)).st_uid for name in os.listdir(run)}
    count.check(files == {nobody.pw_uid}, f"--user nobody: files of {files}")
    for user, pattern in (("nobody-of-that-name", "no such user"), ("root", "has the rights of root")):
        done = subprocess.run([census.PROGRAM, "run", "-q", names, "-o", f"{mine}/never", "--user", user], text=True, capture_output=True)
        count.check(done.returncode == USAGE and pattern in done.stderr, f"--user {user}: {done.returncode} {done.stderr}")
        done = subprocess.run([census.PROGRAM, "check", "a.example", "--user", user], text=True, capture_output=True)
        count.check(done.returncode == USAGE and pattern in done.stderr, f"check --user {user}: {done.returncode} {done.stderr}")
    done = subprocess.run([census.PROGRAM, "resume", run], text=True, capture_output=True)
    count.check("--user NAME gives it up" in done.stderr, f"root is not told: {done.stderr}")


def test_install(count, folder):
    """Everything is where the unit looks for it, and systemd can read it."""
    done = subprocess.run(["make", "-C", census.TOP, f"BUILD={census.BUILD}", f"DESTDIR={folder}/image", "-o", "all", "install"],
                          text=True, capture_output=True)
    count.check(done.returncode == 0, f"make install: {done.stderr[-500:]}")
    usr = os.path.join(folder, "image", "usr", "local")
    with open(os.path.join(usr, "lib/systemd/system/mxcensus.service"), encoding="utf-8") as f:
        unit = f.read()
    for path in set(re.findall(r"/usr/local(/\S+)", unit)):
        count.check(os.access(usr + path, os.X_OK), f"the unit names {path}, which is not installed")
    done = subprocess.run([os.path.join(usr, "libexec/mxcensus/nightly"), "no.conf", "no.csv", folder], text=True, capture_output=True,
                          env={"PATH": "/usr/bin:/bin"})    # as cron has it
    count.check(done.returncode == INPUT and "no.conf" in done.stderr, f"nightly of cron: {done.returncode} {done.stderr}")
    with open(os.path.join(usr, "share/mxcensus/redis.acl"), encoding="utf-8") as f:
        count.check("-@all" in f.read(), "the ACL of a shared Redis is not installed")
    subprocess.run(["make", "-C", census.TOP, f"BUILD={census.BUILD}", f"DESTDIR={folder}/other", "PREFIX=/opt/census", "-o", "all",
                    "install"], check=True, capture_output=True)
    with open(os.path.join(folder, "other/opt/census/lib/systemd/system/mxcensus.service"), encoding="utf-8") as f:
        count.check("=/opt/census/libexec/" in f.read(), "PREFIX: the unit does not name what is there")
    if shutil.which("systemd-analyze") is None:
        count.skip("the unit: systemd-analyze is not here")
        return
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager",
                           os.path.join(usr, "lib/systemd/system/mxcensus.service")], text=True, capture_output=True)
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    count.check(level and float(level[1]) <= EXPOSURE_MAX, f"exposure: {done.stdout[-300:]}{done.stderr[-300:]}")
    known = subprocess.run(["systemd-analyze", "calendar", "*-*-* 01:17:00 UTC"], capture_output=True, check=False)
    count.check(known.returncode == 0, "the timer's time")


class Nights:
    """The nightly script in a world, its runs under one folder."""

    def __init__(self, world, folder, name, *settings):
        self.world, self.folder = world, os.path.join(folder, name)
        self.list = os.path.join(world.directory, "list.csv")
        self.config = self.folder + ".conf"
        words = [*world.options(), *settings]
        with open(self.config, "w", encoding="utf-8") as f:
            f.writelines(f"{name.lstrip('-')} {value}\n" for name, value in zip(words[::2], words[1::2]))

    def words(self, date=None):
        """The command of a night; on this date, as a `date` of its own tells it."""
        words = ["env", f"MXCENSUS={census.PROGRAM}"]
        if date is not None:
            clock = os.path.join(self.folder + ".clock." + date, "date")
            os.makedirs(os.path.dirname(clock), exist_ok=True)
            with open(clock, "w", encoding="ascii") as f:
                f.write(f"#!/bin/sh\necho {date}\n")
            os.chmod(clock, 0o755)
            words.append(f"PATH={os.path.dirname(clock)}:{os.environ['PATH']}")
        return [*words, os.path.join(census.TOP, "scripts", "nightly"), self.config, self.list, self.folder]

    def take(self, *more, date=None):
        return subprocess.run(self.world.command(*self.words(date), *more), text=True, capture_output=True)

    def begin(self, date, run):
        """In the background, until the run that it is at has something to go on with."""
        one = processes.Census(self.world, os.path.join(self.folder, run), command=self.words(date))
        one.await_state(lambda s: s.get("done:domains", 0) > 0)
        return one

    def runs(self):
        return sorted(os.listdir(self.folder))

    def finished(self, run):
        return "finished" in census.run_file(os.path.join(self.folder, run))


def test_nightly(count, world, folder):
    """Begun; finished and asked again; a limit on the unknown is its exit status."""
    nights = Nights(world, folder, "nights", "--smtp-port", "26")
    for limit, wanted in (("5%", UNKNOWN), ("5%", UNKNOWN), ("100%", OK)):
        done = nights.take("--max-unknown", limit)
        count.check(done.returncode == wanted, f"nightly --max-unknown {limit}: {done.returncode} {done.stderr[-500:]}")
    count.check(len(nights.runs()) == 1, "one night, one run directory")


def script_of(nights, one):
    """The process of the nightly script itself; the census, should that have taken its place."""
    for pid in processes.parents():
        words = processes.command_line(pid)
        if len(words) > 1 and words[1].endswith(b"nightly") and nights.folder.encode() in words:
            return pid
    return one.coordinator()


def test_interrupted_nights(count, world, folder):
    """What one night left is finished by the next, whatever the date; then that one's own is taken."""
    nights = Nights(world, folder, "interrupted")
    nights.begin("2026-11-23", "2026-11-23").kill_all()
    count.check(not nights.finished("2026-11-23"), "the first night was not interrupted")

    second = nights.begin("2026-11-24", "2026-11-23")
    if second.coordinator() is None:
        count.check(False, f"the second night did not go on with the first: {nights.runs()}")
        return
    other = nights.take(date="2026-11-24")
    count.check(other.returncode == RUN_DIRECTORY and "in use" in other.stderr, f"two at once: {other.returncode} {other.stderr}")
    os.kill(script_of(nights, second), signal.SIGTERM)
    status, said = second.wait(60)
    count.check(status == INTERRUPTED, f"SIGTERM to the script: {status} {said}")
    count.check(nights.runs() == ["2026-11-23"] and not nights.finished("2026-11-23"), f"SIGTERM to the script: {nights.runs()}")

    done = nights.take(date="2026-11-24")
    count.check(done.returncode == OK, f"the second night: {done.returncode} {done.stderr}")
    count.check(nights.runs() == ["2026-11-23", "2026-11-24"] and all(map(nights.finished, nights.runs())), f"{nights.runs()}")
    count.add(*world.compare(os.path.join(nights.folder, "2026-11-23")))

    with open(os.path.join(nights.folder, "2026-11-24", "run.json"), "w", encoding="ascii") as f:
        f.write("{")
    nights.list = os.path.join(folder, "one.csv")
    with open(nights.list, "w", encoding="ascii") as f:
        f.write("no-such-name.example\n")
    done = nights.take(date="2026-11-25")
    count.check(done.returncode == RUN_DIRECTORY and "2026-11-24" in done.stderr, f"a broken run: {done.returncode} {done.stderr}")
    count.check(nights.finished("2026-11-25"), "a broken run costs the next night")


def main():
    count = census.Count()
    folder = tempfile.mkdtemp(prefix="mxcensus-rights.")
    try:
        test_install(count, folder)
        with census.World("--domains", "60", "--seed", "5") as world:
            test_root(count, world, folder)
            test_nightly(count, world, folder)
            test_interrupted_nights(count, world, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return count.report()


if __name__ == "__main__":
    sys.exit(main())
