#!/usr/bin/python3
"""What goes wrong at the doors of the program: each trouble is one line on standard error that says what, where and what to
do, with the exit status that --help documents, and leaves no process and nothing in the way behind."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import census  # noqa: E402

OK, INTERNAL, USAGE, INPUT, RUN_DIRECTORY, REDIS, RESOLVER, DISK, LIMITS, INTERRUPTED, INCOMPLETE, UNKNOWN = range(12)
GIGABYTE = 1 << 30
MEMORY_MAX = 64 << 20  # of one process of ours, while it reads whatever it is given

# Words of a command line; {here} is a folder with the files that make_files() wrote. Then the exit status, and what the line
# must say. Every row is run with -q, by which notes are silent and errors are not.
TABLE = [
    # ---- a command line that cannot be understood ----
    ([], USAGE, r"which command.*--help"),
    (["frobnicate"], USAGE, r"frobnicate: no such command.*--help"),
    (["run"], USAGE, r"run wants LIST.*run --help"),
    (["resume"], USAGE, r"resume wants DIR"),
    (["stats"], USAGE, r"stats wants DIR"),
    (["stats", "{here}/a", "{here}/b"], USAGE, r"{here}/b: one operand too many"),
    (["check"], USAGE, r"check wants DOMAIN"),
    (["run", "{here}/good", "--frobnicate"], USAGE, r"--frobnicate: no such option.*--help"),
    (["run", "{here}/good", "--frobnicate=7"], USAGE, r"frobnicate.*no such option"),
    (["stats", "{here}/good", "--qps", "7"], USAGE, r"--qps: no such option here"),
    (["run", "{here}/good", "-z"], USAGE, r"-z: no such option"),
    (["run", "{here}/good", "--resolver"], USAGE, r"--resolver: wants a value"),
    (["run", "{here}/good", "-o"], USAGE, r"-o: wants a value"),
    (["run", "{here}/good", "--no-ipv6=1"], USAGE, r"--no-ipv6=1: takes no value"),
    (["run", "{here}/good", "--config", "{here}/missing", "--config", "{here}/config-0"], USAGE, r"--config: named twice"),
    (["run", "{here}/good", "--batch", "many"], USAGE, r"--batch.*whole number"),
    (["run", "{here}/good", "--batch", "0"], USAGE, r"--batch.*1 to 1024"),
    (["run", "{here}/good", "--batch", "1025"], USAGE, r"--batch.*1 to 1024"),
    (["run", "{here}/good", "--qps", "-1"], USAGE, r"--qps.*0 or more"),
    (["run", "{here}/good", "--qps", "99999999999999999999"], USAGE, r"--qps"),
    (["run", "{here}/good", "--attempts", "0"], USAGE, r"--attempts.*1"),
    (["run", "{here}/good", "--dns-timeout", "soon"], USAGE, r"--dns-timeout.*seconds"),
    (["run", "{here}/good", "--dns-timeout", "nan"], USAGE, r"--dns-timeout.*seconds"),
    (["run", "{here}/good", "--dns-timeout", "0"], USAGE, r"--dns-timeout"),
    (["run", "{here}/good", "--probes", "0"], USAGE, r"--probes.*1"),
    (["run", "{here}/good", "--per-network", "0"], USAGE, r"--per-network.*1"),
    (["run", "{here}/good", "--per-operator", "0"], USAGE, r"--per-operator.*1"),
    (["run", "{here}/good", "--addresses", "two"], USAGE, r"--addresses two.*all or one"),
    (["run", "{here}/good", "--mx", ""], USAGE, r"--mx.*empty"),
    (["run", "{here}/good", "--smtp-port", "70000"], USAGE, r"--smtp-port.*65535"),
    (["run", "{here}/good", "--https-port", "0"], USAGE, r"--https-port.*65535"),
    (["run", "{here}/good", "--workers", "0"], USAGE, r"--workers.*1"),
    (["run", "{here}/good", "--workers", "two"], USAGE, r"--workers.*1"),
    (["run", "{here}/good", "--workers", "4000000000"], USAGE, r"--workers.*1"),
    (["run", "{here}/good", "--disk-wait", "long"], USAGE, r"--disk-wait.*seconds"),
    (["run", "{here}/good", "--max-unknown", "some"], USAGE, r"--max-unknown.*percentage"),
    (["run", "{here}/good", "--max-unknown", "101%"], USAGE, r"--max-unknown.*0 to 100"),
    (["run", "{here}/good", "--stages", "dns,smtp"], USAGE, r"--stages.*smtp.*dns, policy, starttls"),
    (["run", "{here}/good", "--stages", ""], USAGE, r"--stages.*empty"),
    (["run", "{here}/good", "--resolver", ""], USAGE, r"--resolver.*empty"),
    (["run", "{here}/good", "--ehlo", "scan ner"], USAGE, r"--ehlo scan ner: .*name"),
    (["run", "{here}/good", "--ehlo", "a" * 256], USAGE, r"--ehlo aaa.*name"),
    (["run", "{here}/good", "--user-agent", "x" * 1001], USAGE, r"--user-agent: 1001 bytes.*one line"),
    (["run", "{here}/good", "--user-agent", "one\ntwo"], USAGE, r"--user-agent .*one line"),
    (["run", "{here}/good", "--stages", "policy"], USAGE, r"--stages policy: .*dns"),
    (["run", "{here}/good", "--allow-addresses", "127.0.0.0/99"], USAGE, r"--allow-addresses.*127.0.0.0/99"),
    (["run", "{here}/good", "--resolver", "nowhere"], INPUT, r"--resolver.*nowhere.*address"),
    (["run", "{here}/good", "--redis", "http://127.0.0.1"], USAGE, r"--redis.*unix:"),
    (["run", "{here}/good", "--redis", "redis://192.0.2.1"], USAGE, r"--redis.*(password|TLS)"),
    (["status", "{here}", "--redis", "redis://:x@192.0.2.1"], USAGE, r"--redis.*TLS"),
    (["run", "{here}/good", "--run", "a{{b}}"], USAGE, r"--run.*letters"),
    (["worker"], USAGE, r"worker wants --redis URL and --run NAME"),
    (["worker", "--redis", "unix:{here}/socket", "--run", "x", "--workers", "0"], USAGE, r"--workers.*1"),
    (["export", "{here}/good", "--kind", "everything"], USAGE, r"--kind.*everything.*domains.*joined"),

    # ---- a list that holds no domain ----
    (["run", "{here}/missing"], INPUT, r"{here}/missing: No such file"),
    (["run", "{here}/empty"], INPUT, r"{here}/empty: empty"),
    (["run", "{here}"], INPUT, r"{here}: .*directory"),
    (["run", "{here}/binary"], INPUT, r"{here}/binary: .*binary"),
    (["run", "{here}/gzip"], INPUT, r"{here}/gzip: "),
    (["run", "{here}/long-name"], INPUT, r"{here}/long-name: no domain name in 1 lines.*too-long"),
    (["run", "{here}/words"], INPUT, r"{here}/words: no domain name in 2 lines"),
    (["run", "{here}/good", "{here}/missing"], INPUT, r"{here}/missing: No such file"),
    (["run", "{here}/sparse"], INPUT, r"{here}/sparse: .*(binary|no domain name)"),
    (["check", "no domain!"], INPUT, r"no domain!: .*example.com"),
    (["check", "a.example", "--trust-store", "{here}/missing"], INPUT, r"{here}/missing: No such file.*PEM"),
    (["run", "{here}/good", "--dkim-selectors", "{here}/words"], INPUT, r"--dkim-selectors: {here}/words: line 1 is no selector"),
    (["run", "{here}/good", "--resolver", "{here}/good"], INPUT, r"--resolver: {here}/good:1:.*address"),
    (["run", "{here}/good", "--opt-out", "{here}/words"], INPUT, r"--opt-out: {here}/words: line 1 is no domain, address"),
    (["run", "{here}/good", "--opt-out", "{here}/sparse"], INPUT, r"--opt-out: {here}/sparse: line 1 holds a NUL byte"),
    (["run", "{here}/good", "--trust-store", "{here}/words"], INPUT, r"--trust-store.*{here}/words: .*PEM"),

    # ---- a run directory that cannot be one ----
    (["run", "{here}/good", "-o", "{here}/taken"], RUN_DIRECTORY, r"{here}/taken exists and is not empty.*-o"),
    (["run", "{here}/good", "-o", "{here}/good"], RUN_DIRECTORY, r"{here}/good exists and is no directory.*-o"),
    (["run", "{here}/good", "-o", "{here}/dangling"], RUN_DIRECTORY, r"{here}/dangling exists and is no directory.*-o"),
    (["run", "{here}/good", "-o", "{here}/good/below"], RUN_DIRECTORY, r"{here}/good"),
    (["run", "{here}/good", "-o", "/proc/nowhere"], RUN_DIRECTORY, r"/proc/nowhere"),
    (["run", "{here}/good", "-o", ""], USAGE, r"--output.*"),
    (["resume", "{here}/missing"], RUN_DIRECTORY, r"{here}/missing is no run directory"),
    (["resume", "{here}/taken"], RUN_DIRECTORY, r"{here}/taken is no run directory"),
    (["resume", "{here}/good"], RUN_DIRECTORY, r"{here}/good is no run directory"),
    (["status", "{here}/missing"], RUN_DIRECTORY, r"{here}/missing is no run directory"),
    (["status", "{here}/taken"], RUN_DIRECTORY, r"{here}/taken is no run directory"),
    (["status", "{here}/damaged"], RUN_DIRECTORY, r"{here}/damaged.*run.json"),
    (["resume", "{here}/damaged"], RUN_DIRECTORY, r"{here}/damaged.*run.json"),
    (["stats", "{here}/missing"], RUN_DIRECTORY, r"{here}/missing is no run directory"),
    (["export", "{here}/taken"], RUN_DIRECTORY, r"{here}/taken is no run directory"),

    # ---- a Redis that is not there, or a run that is not in it ----
    (["run", "{here}/good", "--redis", "unix:{here}/socket"], REDIS, r"Redis.*{here}/socket"),
    (["run", "{here}/good", "--redis", "redis://127.0.0.1:1"], REDIS, r"Redis.*127.0.0.1"),
    (["worker", "--redis", "unix:{here}/socket", "--run", "x"], REDIS, r"Redis.*{here}/socket"),
    (["run", "{here}/good", "--redis", "{everysec}", "--run", "x"], REDIS, r"appendfsync always"),
    (["worker", "--redis", "{everysec}", "--run", "nothing"], REDIS, r"no run named nothing.*mxcensus run"),

    # ---- no resolver ----
    (["run", "{here}/good", "--resolver", "127.64.0.53#1"], RESOLVER, r"127.64.0.53#1.*--resolver"),
    (["run", "{here}/good", "--resolver", "192.0.2.1", "--dns-timeout", "1"], RESOLVER, r"192.0.2.1.*--resolver"),
    (["check", "a.example", "--resolver", "127.64.0.53#1"], RESOLVER, r"--resolver"),
]

# Options that name a file, words that they want beside it, and what is said of one that cannot be read: of each, one that is
# missing, and a folder.
FILE_OPTIONS = [
    ("--config", [], ""),
    ("--opt-out", [], ""),
    ("--dkim-selectors", [], ""),
    ("--resolver", [], ""),
    ("--trust-store", [], ".*PEM"),
    ("--root-hints", ["--resolver", "spawn"], ".*dns-root-data"),
    ("--trust-anchor", ["--resolver", "spawn"], ".*dns-root-data"),
]
TABLE += [(["run", "{here}/good", *words, option, "{here}" + file], INPUT, option[2:] + ".*{here}" + file + ".*" + why + then)
          for option, words, then in FILE_OPTIONS
          for file, why in (("/missing", "No such file"), ("", "Is a directory"))]
TABLE += [(["check", "a.example", option, "{here}/missing"], INPUT, r"{here}/missing.*No such file") for option, words, _ in FILE_OPTIONS
          if not words]

# Files of --config, and what is said of each. A value that was read stands in the complaint about it.
CONFIGS = [
    (b"--addresses two\n", r"^mxcensus: --addresses two: "),
    (b"--addresses=two\n", r"^mxcensus: --addresses two: "),
    (b"\xef\xbb\xbfaddresses two\n", r"^mxcensus: --addresses two: "),
    (b"# why\r\n\r\naddresses two\r\n", r"^mxcensus: --addresses two: "),
    (b"addresses = \"two\"", r"^mxcensus: --addresses two: "),
    (b"addresses 'two' # why\n", r"^mxcensus: --addresses two: "),
    (b"  addresses\t=\ttwo # why \n", r"^mxcensus: --addresses two: "),
    (b"addresses two#2\n", r"^mxcensus: --addresses two#2: "),
    (b"addresses \"two # 2 \"\n", r"^mxcensus: --addresses two # 2 : "),
    (b"no-ipv6\nno-ipv6 # why\n--no-ipv6\nno-ipv6 = 1\naddresses two\n", r"^mxcensus: --addresses two: "),
    (b"qps 7\nfrobnicate 1\n", r"config-\d+:2: frobnicate: no such option"),
    (b"qps 100 a second\n", r"config-\d+:1: qps: wants a whole number"),
    (b"no-ipv6 true\n", r"config-\d+:1: no-ipv6: wants 0 or 1"),
    (b"no-ipv6 =\n", r"config-\d+:1: no-ipv6: .*empty"),
    (b"no-ipv6 \"\"\n", r"config-\d+:1: no-ipv6: .*empty"),
    (b"vantage\n", r"config-\d+:1: vantage: .*empty"),
    (b"vantage # none\n", r"config-\d+:1: vantage: .*empty"),
    (b"vantage \"x\n", r"config-\d+:1: a quote that does not close"),
    (b"vantage \"x\" y\n", r"config-\d+:1: .*behind the closing quote"),
    (b"= 7\n", r"config-\d+:1: no name"),
    (b"-- 7\n", r"config-\d+:1: no name"),
    (b"\nworkers 7\n", r"config-\d+:2: workers: .*command line"),
    (b"-c other\n", r"config-\d+:1: -c: no such option"),
    (b"qps 7\rvantage x\n", r"config-\d+:1: .*control character"),
    (b"qps 7\nvantage a\0b", r"config-\d+: line 2 holds a NUL byte", INPUT),
    ("qps 7\n".encode("utf-16"), r"config-\d+: .*UTF-16", INPUT),
    (b"vantage " + b"x" * 70000, r"config-\d+: is larger than 64 KiB", INPUT),
]
# An operand, or the value of an option, that is a variable which nobody has set.
TABLE += [(words, USAGE, r"wants .*empty") for words in (
    ["check", ""], ["run", ""], ["run", "{here}/good", ""], ["resume", ""], ["status", ""], ["stats", ""], ["export", ""],
    ["diff", "{here}/good", ""], ["history", ""], ["report", ""], ["judge", ""], ["rejudge", "{here}/good", "-o", ""],
    ["run", "{here}/good", "-w", ""], ["run", "{here}/good", "--config="], ["stats", "{here}/good", "--metric", ""],
    ["export", "{here}/good", "-k", ""], ["worker", "--redis", "unix:{here}/socket", "--run", ""])]
TABLE += [(["run", "{here}/good", "--config", "{here}/config-%d" % n], *(then or [USAGE]), pattern)
          for n, (_, pattern, *then) in enumerate(CONFIGS)]


def make_files(here):
    def write(name, data):
        with open(os.path.join(here, name), "wb") as f:
            f.write(data)

    write("good", b"".join(b"name%d.example\n" % n for n in range(20)))
    write("empty", b"")
    write("binary", bytes(range(256)) * 64)
    write("gzip", b"\x1f\x8b\x08\x00junk")
    write("words", b"no domain!\nnor this one?\n")
    write("long-name", b"a" * 300 + b"\n")
    for n, (text, *_) in enumerate(CONFIGS):
        write(f"config-{n}", text)
    os.symlink("nowhere", os.path.join(here, "dangling"))
    with open(os.path.join(here, "sparse"), "wb") as f:
        f.truncate(GIGABYTE)
    for folder, name, data in (("taken", "letter", b"mine"), ("damaged", "run.json", b'{"v":1,"run":')):
        os.mkdir(os.path.join(here, folder))
        write(os.path.join(folder, name), data)
    write(os.path.join("damaged", "lock"), b"")


class Redis:
    """A Redis of somebody else's, set as these words of redis.conf say."""

    def __init__(self, here, name, **settings):
        self.directory = os.path.join(here, name)
        self.socket = os.path.join(self.directory, "s")
        self.url = f"unix:{self.socket}"
        self.settings = {"appendonly": "yes", "appendfsync": "always", "save": "", "maxmemory-policy": "noeviction", **settings}

    def __enter__(self):
        os.mkdir(self.directory)
        words = [w for key, value in self.settings.items() for w in (f"--{key}", value)]
        self.process = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", self.directory, *words],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            if os.path.exists(self.socket):
                break
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def processes_of(word):
    """Command lines of living processes that name this folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                line = f.read().replace(b"\0", b" ").decode(errors="replace")
            where = os.readlink(f"/proc/{pid}/cwd")
        except OSError:
            continue
        if (word in line or word in where) and int(pid) != os.getpid():
            found.append(f"{pid}: {line}")
    return found


def gone(word, seconds=3.0):
    """No process names this folder any more, within the time that ending takes."""
    until = time.monotonic() + seconds
    while processes_of(word) and time.monotonic() < until:
        time.sleep(0.05)
    return processes_of(word) == []


class Door:
    """Runs of the program against its doors, and what is held of each."""

    def __init__(self, count, world, here):
        self.count, self.world, self.here = count, world, here

    def fill(self, word, **more):
        return word.format(here=self.here, **more)

    def holds(self, name, status, text, wanted, pattern):
        lines = text.strip().splitlines()
        self.count.check(status == wanted, f"{name}: exit status {status}, not {wanted}: {text[-500:]}")
        self.count.check(len(lines) == 1 and lines[0].startswith("mxcensus: "), f"{name}: not one line: {text[-800:]}")
        self.count.check(re.search(pattern, text) is not None, f"{name}: does not say {pattern}: {text[-500:]}")

    def try_row(self, words, wanted, pattern, **more):
        """One row of the table. Options of the world come first, so that the row's own count."""
        run = os.path.join(self.here, "run")
        words = [self.fill(w, **more) for w in words]
        name = " ".join(words)
        if words and words[0] in ("run", "check"):
            own = [] if "-o" in words or words[0] == "check" else ["-o", run]
            words = [words[0], *self.world.options(), *own, *words[1:]]
        if words and words[0] != "frobnicate":
            words.insert(1, "-q")
        try:
            done = subprocess.run(self.world.command(census.PROGRAM, *words), text=True, capture_output=True, timeout=30)
        except subprocess.TimeoutExpired:
            self.count.check(False, f"{name}: does not end")
            shutil.rmtree(run, ignore_errors=True)
            return
        self.holds(name, done.returncode, done.stderr, wanted, pattern.replace("{here}", re.escape(self.here)))
        self.count.check(done.stdout == "", f"{name}: on standard output: {done.stdout[:200]}")
        self.count.check(not os.path.exists(run), f"{name}: a run directory is left in the way")
        shutil.rmtree(run, ignore_errors=True)

    def shell(self, script, *words, timeout=120):
        """A shell in the world: its exit status and what it wrote to standard error."""
        done = subprocess.run(self.world.command("sh", "-c", script, "sh", *words), text=True, capture_output=True, timeout=timeout)
        return done.returncode, done.stderr

    def run_words(self, run, *more, command="run"):
        return [census.PROGRAM, command, "-q", *self.world.options(), "-o", run, *more]


def test_table(door):
    with Redis(door.here, "everysec", appendfsync="everysec") as everysec:
        for words, status, pattern in TABLE:
            door.try_row(words, status, pattern, everysec=everysec.url)
    door.count.check(gone(door.here), f"processes are left: {processes_of(door.here)}")


def test_endless_line(door):
    """A gigabyte without a line end through standard input, between two good names: a reject, in bounded memory."""
    run = os.path.join(door.here, "endless")
    writer = "import sys; w = sys.stdout.buffer.write; w(b'name1.example\\n'); [w(b'x' * 65536) for _ in range(16384)]; w(b'\\nname2.example\\n')"
    measurer = ("import resource, subprocess, sys; status = subprocess.run(sys.argv[1:]).returncode; "
                "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr); sys.exit(status)")
    script = f'/usr/bin/python3 -c "{writer}" | /usr/bin/python3 -c "{measurer}" "$@"'
    status, text = door.shell(script, *door.run_words(run, "-", "--stages", "dns"))
    lines = text.strip().splitlines()
    door.count.check(status == OK, f"a line of 1 GB: exit status {status}: {text[-500:]}")
    door.count.check(lines[-1:] != [] and int(lines[-1]) << 10 < MEMORY_MAX, f"a line of 1 GB: {text[-200:]} kB")
    listed = census.run_file(run)["list"] if status == OK else {}
    door.count.check((listed.get("accepted"), listed.get("rejected")) == (2, 1), f"a line of 1 GB: {listed}")
    with open(os.path.join(run, "rejects.csv"), encoding="utf-8") as f:
        rejects = f.read()
    door.count.check("2,line-too-long" in rejects and len(rejects) < 4096, f"a line of 1 GB: rejects {rejects[:200]}")


def test_first_stage_alone(door):
    """A run without the later stages ends; what they would have found out is unknown."""
    run = os.path.join(door.here, "first-stage")
    status, text = door.shell('"$@"', *door.run_words(run, os.path.join(door.world.directory, "list.csv"), "--stages", "dns"))
    door.count.check(status == OK and text == "", f"--stages dns: {status} {text}")
    counts = census.run_file(run).get("counts", {}) if status == OK else {}
    door.count.check(counts.get("domains") == 60 and not counts.get("mx") and not counts.get("policies"), f"--stages dns: {counts}")


def test_nobody_reads(door):
    """What is printed goes to a reader that is gone: not a word, and the census is whole; of a check nothing stays."""
    run, temporary = os.path.join(door.here, "unread"), os.path.join(door.here, "temporary")
    os.mkdir(temporary)
    names = os.path.join(door.world.directory, "list.csv")
    for command, words in (("run", ["-o", run, names]), ("check", ["a.example"]), ("check", ["--json", "a.example"])):
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "wb") as out:
            done = subprocess.run(door.world.command("env", f"TMPDIR={temporary}", census.PROGRAM, command, *door.world.options(), *words),
                                  text=True, stdout=out, stderr=subprocess.PIPE, timeout=120)
        door.count.check(done.returncode in (-signal.SIGPIPE, 128 + signal.SIGPIPE) and "standard output" not in done.stderr,
                         f"{command}, and nobody reads: {done.returncode} {done.stderr[-500:]}")
    whole = census.run_file(run).get("finished") and not os.path.exists(os.path.join(run, "spool"))
    door.count.check(whole, "a run that nobody reads: not whole")
    door.count.check(os.listdir(temporary) == [], f"a check that nobody reads leaves {os.listdir(temporary)}")


def test_standard_input_empty(door):
    status, text = door.shell('"$@" </dev/null', *door.run_words(os.path.join(door.here, "run"), "-"))
    door.holds("nothing on standard input", status, text, INPUT, r"standard input: empty")


def test_name_of_300_bytes(door):
    """Among good names it is a reject, no trouble."""
    run, names = os.path.join(door.here, "long"), os.path.join(door.here, "names")
    with open(names, "w", encoding="ascii") as f:
        f.write("good.example\n" + ".".join(["a" * 49] * 6) + "\n" + "b" * 64 + ".example\n")
    status, text = door.shell('"$@"', *door.run_words(run, names, "--stages", "dns"))
    door.count.check(status == OK and text == "", f"a name of 300 bytes among others: {status} {text}")
    with open(os.path.join(run, "rejects.csv"), encoding="utf-8") as f:
        reasons = [line.split(",")[1] for line in f.read().splitlines()[1:]]
    door.count.check(reasons == ["too-long", "label-too-long"], f"a name of 300 bytes among others: {reasons}")


def test_no_redis_server(door):
    """redis-server is not in PATH; its directory cannot be used."""
    run = os.path.join(door.here, "run")
    empty = os.path.join(door.here, "no-programs")
    os.mkdir(empty)
    status, text = door.shell('PATH=$1; shift; exec "$@"', empty, *door.run_words(run, os.path.join(door.here, "good")))
    door.holds("no redis-server", status, text, REDIS, r"redis-server.*(install|PATH)")
    door.count.check(not os.path.exists(run), "no redis-server: a run directory is left in the way")
    door.count.check(gone(run), f"no redis-server: left: {processes_of(run)}")
    shutil.rmtree(run, ignore_errors=True)


def test_descriptors(door):
    """Too few file descriptors are refused; few are enough for fewer probes."""
    for limit, wanted in ((16, LIMITS), (64, LIMITS), (256, OK), (300, OK)):
        run = os.path.join(door.here, f"limit{limit}")
        script = f'ulimit -n {limit} && exec "$@"'
        status, text = door.shell(script, *door.run_words(run, os.path.join(door.world.directory, "list.csv")))
        if wanted == LIMITS:
            door.holds(f"{limit} descriptors", status, text, LIMITS, r"descriptors.*ulimit -n")
            door.count.check(not os.path.exists(run), f"{limit} descriptors: a run directory is left in the way")
        else:
            door.count.check(status == OK and text == "", f"{limit} descriptors: {status} {text[-500:]}")
            door.count.add(*door.world.compare(run))


def test_max_unknown(door):
    """Port 25 is blocked, as in many networks: all mail hosts are unknown, which is told, and too much for a limit below it."""
    run, names = os.path.join(door.here, "unknown"), os.path.join(door.world.directory, "list.csv")
    done = subprocess.run(door.world.command(census.PROGRAM, "run", names, "-o", run, *door.world.options(), "--smtp-port", "26",
                                             "--max-unknown", "5%"), text=True, capture_output=True, timeout=120)
    told = re.search(r"^Could not be found out: ([\d.]+)% \(something of 0 of 60 domains, 0 of \d+ policies, (\d+) of (\d+) mail hosts",
                     done.stdout, re.M)
    door.count.check(done.returncode == UNKNOWN, f"port 25 is blocked: exit status {done.returncode}")
    door.count.check(told and float(told[1]) > 20 and int(told[2]) > int(told[3]) / 2, f"port 25 is blocked: {done.stdout[-300:]}")
    door.count.check("more than --max-unknown allows (5%)" in done.stderr, f"port 25 is blocked: {done.stderr[-300:]}")
    for limit, wanted in (("5%", UNKNOWN), ("100%", OK)):
        status, text = door.shell('"$@"', census.PROGRAM, "resume", "-q", run, "--max-unknown", limit)
        door.count.check(status == wanted, f"resume --max-unknown {limit}: {status} {text}")


def test_full_disk_at_the_start(door):
    """The list does not fit: an end at once, and nothing left of the run."""
    big = os.path.join(door.here, "big")
    with open(big, "w", encoding="ascii") as f:
        f.writelines(f"name{n}.of.a.long.list.example\n" for n in range(100000))
    script = 'd=$1; shift; mount -t tmpfs -o size=1m none "$d" && { "$@"; status=$?; ls -A "$d/run" >&2; exit $status; }'
    folder = os.path.join(door.here, "small")
    os.mkdir(folder)
    status, text = door.shell('exec unshare -m sh -c "$@"', script, "sh", folder, *door.run_words(os.path.join(folder, "run"), big))
    lines = [line for line in text.splitlines() if "cannot access" not in line]
    door.holds("a full disk at the start", status, "\n".join(lines), DISK, r"No space left.*room")
    door.count.check("cannot access" in text, f"a full disk at the start: a run directory is left in the way: {text}")


# A disk of its own, full as soon as the run has its first checkpoint; what then happens is the last word of the script.
FULL_DISK = """
d=$1 out=$2 then=$3; shift 3
mount -t tmpfs -o size=4m none "$d"
"$@" & run=$!
for _ in $(seq 200); do [ -e "$d/run/checkpoint.json" ] && break; sleep 0.02; done
dd if=/dev/zero of="$d/filler" bs=4k 2>/dev/null
eval "$then"
cp -r "$d/run" "$out"
"""


def on_a_full_disk(door, name, then, *more):
    """(exit status, what was said, where a copy of the run is)"""
    folder, out = os.path.join(door.here, name), os.path.join(door.here, name + "-out")
    os.mkdir(folder)
    run = os.path.join(folder, "run")
    status, text = door.shell('exec unshare -m sh -c "$@"', FULL_DISK, "sh", folder, out, then,
                              *door.run_words(run, os.path.join(door.world.directory, "list.csv"), "--batch", "4", *more))
    return status, text, out


def test_full_disk_for_a_while(door):
    """Room again after some seconds: the run waits, and nothing is lost."""
    status, text, out = on_a_full_disk(door, "while", 'sleep 4; rm "$d/filler"; wait $run && echo good >&2')
    door.count.check(text == "good\n", f"a full disk for a while: {status} {text[-800:]}")
    door.count.add(*door.world.compare(out))


def test_full_disk_for_good(door):
    """No room within --disk-wait: one line and a status; with room again, resume goes on from what was recorded."""
    then = 'wait $run; echo "status $?" >&2; rm "$d/filler"; ' + f'{census.PROGRAM} resume -q "$d/run" && echo good >&2'
    status, text, out = on_a_full_disk(door, "for-good", then, "--disk-wait", "3")
    first, _, rest = text.partition("status ")
    door.holds("a full disk", int(rest.split()[0]) if rest else None, first, DISK, r"disk is full; make room.*mxcensus resume")
    door.count.check(rest == f"{DISK}\ngood\n", f"a full disk: not resumed: {status} {text[-800:]}")
    door.count.add(*door.world.compare(out))
    door.count.check(gone(door.here), f"a full disk: left: {processes_of(door.here)}")


def test_full_disk_and_a_signal(door):
    """Who does not want to wait: Ctrl-C twice ends it at once."""
    then = 'sleep 3; kill -INT $run; sleep 0.5; kill -INT $run; wait $run; echo "status $?" >&2; rm "$d/filler"; ' \
           + f'{census.PROGRAM} resume -q "$d/run" && echo good >&2'
    _, text, out = on_a_full_disk(door, "signal", then)
    door.count.check(text.endswith(f"status {DISK}\ngood\n"), f"a full disk and a signal: {text[-800:]}")
    door.count.add(*door.world.compare(out))


# A disk that is not full and takes no more all the same, as under a quota: no file of the coordinator may grow.
NO_GROWTH = """
trap '' XFSZ
d=$1; shift
"$@" & run=$!
for _ in $(seq 500); do [ -s "$d/domains.jsonl.zst" ] && break; sleep 0.02; done
prlimit --pid $run --fsize=1
wait $run; echo "status $?" >&2
"$MXCENSUS" resume -q "$d" && echo good >&2
"""


def test_no_growth(door):
    """Room on the disk that the run may not have: the same end as on a full one, when --disk-wait says."""
    run = os.path.join(door.here, "no-growth")
    status, text = door.shell(f"MXCENSUS={census.PROGRAM}" + NO_GROWTH, run, *door.run_words(
        run, os.path.join(door.world.directory, "list.csv"), "--batch", "4", "--disk-wait", "3"), timeout=180)
    first, _, rest = text.partition("status ")
    door.holds("files that may not grow", int(rest.split()[0]) if rest else None, first, DISK, r"disk is full; make room.*mxcensus resume")
    door.count.check(rest == f"{DISK}\ngood\n", f"files that may not grow: not resumed: {status} {text[-800:]}")
    door.count.add(*door.world.compare(run))


def may_mount(world):
    return subprocess.run(world.command("unshare", "-m", "true"), capture_output=True, check=False).returncode == 0


def main():
    count = census.Count()
    here = tempfile.mkdtemp(prefix="mxcensus-doors.")
    make_files(here)
    try:
        with census.World("--domains", "60", "--seed", "5") as world:
            door = Door(count, world, here)
            for test in (test_table, test_endless_line, test_first_stage_alone, test_nobody_reads, test_standard_input_empty,
                         test_name_of_300_bytes, test_no_redis_server,
                         test_descriptors, test_max_unknown, test_no_growth):
                test(door)
            if may_mount(world):
                for test in (test_full_disk_at_the_start, test_full_disk_for_a_while, test_full_disk_for_good,
                             test_full_disk_and_a_signal):
                    test(door)
            else:
                count.skip("full disks: a mount namespace is not permitted here")
    finally:
        shutil.rmtree(here, ignore_errors=True)
    return count.report()


if __name__ == "__main__":
    sys.exit(main())
