#!/usr/bin/python3
"""The units that `make install` ships: systemd-analyze reads them and finds nothing to say; and, where namespaces allow it, a
systemd of the test's own runs the service in a simulated Internet, with all that it forbids: a census that is stopped, killed,
gone on with and finished."""

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

SYSTEMD = "/lib/systemd/systemd"
UNITS = ("mxcensus.service", "mxcensus.timer")
BOOT_S, CENSUS_S = 60, 120
RUNS = "var/lib/private/mxcensus"

# In a cgroup of its own: a systemd manages all that it sees from there down.
LAUNCH = r"""
set -e
mount --make-rprivate /
mkdir -p "$BOX/cgroup"
mount -t cgroup2 cgroup2 "$BOX/cgroup"
mkdir -p "$BOX/cgroup/$NAME"
echo $$ >"$BOX/cgroup/$NAME/cgroup.procs"
exec unshare --pid --cgroup --uts --ipc --fork --kill-child sh -c "$BOOT"
"""

# A root of its own, in memory; of this machine it sees the programs, and may write nothing.
BOOT = r"""
set -e
root=$BOX/root
mkdir -p "$root"
mount -t tmpfs -o mode=755 tmpfs "$root"
cd "$root"
mkdir -p usr etc/systemd/system/mxcensus.service.d etc/mxcensus var/lib var/log run tmp root srv/world proc sys dev old
chmod 1777 tmp
for d in bin sbin lib lib32 lib64 libx32; do
    if [ -L "/$d" ]; then cp -P "/$d" .; elif [ -d "/$d" ]; then mkdir "$d"; mount --rbind -o ro "/$d" "$d"; fi
done
mount --bind /usr usr
mount -o remount,bind,ro usr
mount --bind "$BOX/image/usr/local" usr/local
mount --bind "$WORLD_DIR" srv/world
for f in passwd group nsswitch.conf hosts os-release ld.so.cache ld.so.conf ld.so.conf.d alternatives ssl; do
    [ ! -e "/etc/$f" ] || cp -a "/etc/$f" etc/ 2>/dev/null || true
done
: >etc/machine-id
touch etc/.updated var/.updated
cp "$BOX/census.conf" "$BOX/list.csv" etc/mxcensus/
printf '[Unit]\nRequires=basic.target\nAfter=basic.target\n' >etc/systemd/system/box.target
printf '[Service]\nRestartSec=1\n' >etc/systemd/system/mxcensus.service.d/soon.conf
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
for d in null zero full random urandom tty; do touch "dev/$d"; mount --bind "/dev/$d" "dev/$d"; done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
mount -t tmpfs tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
pivot_root . old
cd /
umount -l old
exec env -i container=test PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=box.target --log-target=journal --show-status=no
"""

SWEEP = r"""
mount --make-rprivate /
mount -t cgroup2 cgroup2 "$BOX/cgroup"
find "$BOX/cgroup/$NAME" -depth -type d -exec rmdir {} + 2>/dev/null
"""


def install(count, folder):
    """make install, as a package would have it; the folder of the units."""
    done = subprocess.run(["make", "-C", census.TOP, f"BUILD={census.BUILD}", f"DESTDIR={folder}/image", "-o", "all", "install"],
                          text=True, capture_output=True)
    count.check(done.returncode == 0, f"make install: {done.stderr[-500:]}")
    return os.path.join(folder, "image/usr/local/lib/systemd/system")


def test_verify(count, folder, units):
    """systemd-analyze looks for the programs in this machine's root: the copies that it reads name those of the image."""
    if shutil.which("systemd-analyze") is None:
        count.skip("what systemd reads in the units: systemd-analyze is not here")
        return
    copies = []
    for unit in UNITS:
        copies.append(os.path.join(folder, unit))
        with open(os.path.join(units, unit), encoding="utf-8") as f, open(copies[-1], "w", encoding="utf-8") as out:
            out.write(f.read().replace("/usr/local", os.path.join(folder, "image/usr/local")))
    done = subprocess.run(["systemd-analyze", "verify", *copies], text=True, capture_output=True)
    said = "".join(line for line in (done.stdout + done.stderr).splitlines(True) if "mxcensus" in line)
    count.check(done.returncode == 0 and said == "", f"systemd-analyze verify: {done.returncode} {said or done.stderr}")


class Box:
    """A machine with systemd, in a world; .pid is its first process, None where it could not be booted."""

    def __init__(self, world, folder):
        self.folder, self.pid = folder, None
        self.environment = dict(os.environ, BOX=folder, NAME=f"mxcensus-test.{os.getpid()}", WORLD_DIR=world.directory, BOOT=BOOT)
        self.log = os.path.join(folder, "boot.log")
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(world.command("unshare", "--mount", "sh", "-c", LAUNCH), env=self.environment,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def __enter__(self):
        end = time.monotonic() + BOOT_S
        while time.monotonic() < end and self.process.poll() is None:
            self.pid = self.find()
            if self.pid is not None and self.systemctl("is-active", "box.target") == "active":
                return self
            time.sleep(0.2)
        self.pid = None
        return self

    def __exit__(self, *_):
        pid = self.find()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)    # and with it all in its namespace
        elif self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)
        subprocess.run(["unshare", "--mount", "sh", "-c", SWEEP], env=self.environment, check=False)

    def find(self):
        """The systemd among the descendants of what was started."""
        tree, found = processes.parents(), [self.process.pid]
        for pid in found:
            found += [child for child, parent in tree.items() if parent == pid]
            if processes.command_line(pid)[:1] == [SYSTEMD.encode()]:
                return pid
        return None

    def run(self, *words):
        return subprocess.run(["nsenter", "-t", str(self.pid), "-a", *words], text=True, capture_output=True).stdout.strip()

    def systemctl(self, *words):
        return self.run("systemctl", "--no-pager", *words)

    def show(self, name):
        return self.systemctl("show", "-P", name, "mxcensus.service")

    def path(self, *parts):
        return os.path.join(f"/proc/{self.pid}/root", *parts)

    def runs(self):
        """The run directories, as this machine sees them."""
        folder = self.path(RUNS)
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder))] if os.path.isdir(folder) else []

    def await_that(self, good, seconds):
        end = time.monotonic() + seconds
        while not good():
            if time.monotonic() > end:
                return False
            time.sleep(0.1)
        return True

    def at_work(self):
        """Does a census hold the run directory, with records to go on from; or has the service ended."""
        if self.show("SubState") != "running":
            return True
        return any(os.path.exists(os.path.join(run, "checkpoint.json")) and
                   subprocess.run([census.PROGRAM, "status", run], text=True, capture_output=True).stdout.startswith("running")
                   for run in self.runs())

    def said(self):
        return self.run("journalctl", "--no-pager", "-n", "20", "-u", "mxcensus.service")


def configure(world, folder):
    """The files of /etc/mxcensus: the world's options, with a resolver of the run's own."""
    words = world.options()
    options = dict(zip(words[::2], words[1::2]))
    options.update({"--resolver": "spawn", "--root-hints": "/srv/world/root.hints", "--trust-anchor": "/srv/world/root.anchor",
                    "--trust-store": "/srv/world/ca.pem", "--retry-delay": "6"})    # time to kill it
    with open(os.path.join(folder, "census.conf"), "w", encoding="utf-8") as f:
        f.writelines(f"{name.lstrip('-')} {value}\n" for name, value in options.items())
    shutil.copy(os.path.join(world.directory, "list.csv"), folder)


def test_service(count, folder):
    """One census, in three starts."""
    if os.geteuid() != 0 or not os.path.exists(SYSTEMD):
        count.skip("the service in a systemd: this is not root, or systemd is not here")
        return
    with census.World("--domains", "60", "--seed", "7") as world:
        configure(world, folder)
        with Box(world, folder) as box:
            if box.pid is None:
                with open(box.log, encoding="utf-8", errors="replace") as f:
                    count.skip(f"the service in a systemd: none can be booted here: {f.read().strip()[-300:]}")
                return
            take(count, world, box)


def take(count, world, box):
    box.systemctl("start", "mxcensus.service")
    box.await_that(box.at_work, CENSUS_S)
    if box.show("SubState") != "running":
        count.check(False, f"the census does not start: {box.said()}")
        return
    box.systemctl("stop", "mxcensus.service")
    count.check(box.show("ActiveState") == "inactive", f"stopped, which is no failure: {box.said()}")
    count.check(all("finished" not in census.run_file(run) for run in box.runs()), "nothing was left to go on with")

    box.systemctl("start", "mxcensus.service")
    box.await_that(box.at_work, CENSUS_S)
    box.systemctl("kill", "--kill-who=main", "--signal=KILL", "mxcensus.service")
    count.check(box.await_that(lambda: box.show("NRestarts") == "1", 20), f"killed, and not tried again: {box.said()}")
    box.await_that(lambda: box.show("SubState") in ("dead", "failed"), CENSUS_S)
    count.check(box.show("ActiveState") == "inactive", f"the census: {box.said()}")
    count.check(len(box.runs()) == 1, f"one night, one run directory: {box.runs()}")
    for run in box.runs():
        count.add(*world.compare(run))


def main():
    count = census.Count()
    folder = tempfile.mkdtemp(prefix="mxcensus-systemd.")
    try:
        os.chmod(folder, 0o755)
        test_verify(count, folder, install(count, folder))
        test_service(count, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return count.report()


if __name__ == "__main__":
    sys.exit(main())
