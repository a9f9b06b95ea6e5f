#!/usr/bin/python3
"""No more rights than a census needs: root is told so and given up with --user, by every process and file; what `make install`
ships for systemd is a unit that systemd reads, and that gives little away; the nightly script begins, goes on, and tells."""

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import census  # noqa: E402
import processes  # noqa: E402

OK, USAGE, UNKNOWN = 0, 2, 11
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
    status, said = one.wait(200)
    count.check(status == OK and "as root" not in said, f"--user nobody: {status} {said[-500:]}")
    files = {os.stat(os.path.join(run, name)).st_uid for name in os.listdir(run)}
    count.check(files == {nobody.pw_uid}, f"--user nobody: files of {files}")
    for user, pattern in (("nobody-of-that-name", "no such user"), ("root", "has the rights of root")):
        done = subprocess.run([census.PROGRAM, "run", "-q", names, "-o", f"{mine}/never", "--user", user], text=True, capture_output=True)
        count.check(done.returncode == USAGE and pattern in done.stderr, f"--user {user}: {done.returncode} {done.stderr}")
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
    with open(os.path.join(usr, "share/mxcensus/redis.acl"), encoding="utf-8") as f:
        count.check("-@all" in f.read(), "the ACL of a shared Redis is not installed")
    if shutil.which("systemd-analyze") is None:
        count.skip("the unit: systemd-analyze is not here")
        return
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager",
                           os.path.join(usr, "lib/systemd/system/mxcensus.service")], text=True, capture_output=True)
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    count.check(level and float(level[1]) <= EXPOSURE_MAX, f"exposure: {done.stdout[-300:]}{done.stderr[-300:]}")
    known = subprocess.run(["systemd-analyze", "calendar", "*-*-* 01:17:00 UTC"], capture_output=True, check=False)
    count.check(known.returncode == 0, "the timer's time")


def test_nightly(count, world, folder):
    """Begun; finished and asked again; a limit on the unknown is its exit status."""
    config = os.path.join(folder, "census.conf")
    words = world.options()
    with open(config, "w", encoding="utf-8") as f:
        f.writelines(f"{name.lstrip('-')} {value}\n" for name, value in zip(words[::2], words[1::2]))
        f.write("smtp-port 26\n")
    night = ["env", f"MXCENSUS={census.PROGRAM}", os.path.join(census.TOP, "scripts", "nightly"), config,
             os.path.join(world.directory, "list.csv"), os.path.join(folder, "nights")]
    for limit, wanted in (("5%", UNKNOWN), ("5%", UNKNOWN), ("100%", OK)):
        done = subprocess.run(world.command(*night, "--max-unknown", limit), text=True, capture_output=True)
        count.check(done.returncode == wanted, f"nightly --max-unknown {limit}: {done.returncode} {done.stderr[-500:]}")
    count.check(len(os.listdir(os.path.join(folder, "nights"))) == 1, "one night, one run directory")


def main():
    count = census.Count()
    folder = tempfile.mkdtemp(prefix="mxcensus-rights.")
    try:
        test_install(count, folder)
        with census.World("--domains", "60", "--seed", "5") as world:
            test_root(count, world, folder)
            test_nightly(count, world, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return count.report()


if __name__ == "__main__":
    sys.exit(main())
