"""servers: start the real servers of a world inside its network namespace, wait until each answers, and stop them by
their process ids. What runs is written to FOLDER/pids, a line each: NAME PID."""
import os
import signal
import subprocess
import time

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from tests.world import addresses, names, zones

PATIENCE = 60   # seconds until a server that does not answer is given up


class Failed(SystemExit):
    pass


def query(server, name, kind, dnssec=False, timeout=0.1):
    """The answer, or None."""
    question = dns.message.make_query(zones.dotted(name or "."), kind, want_dnssec=dnssec)
    try:
        return dns.query.udp(question, server, timeout=timeout)
    except (dns.exception.DNSException, OSError):
        return None


def wait(what, ready, log=None):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = ready()
        if found:
            return found
        time.sleep(0.02)
    raise Failed(f"world: {what} did not become ready within {PATIENCE} s" + (f"; see {log}" if log else ""))


class Servers:
    def __init__(self, folder, build):
        self.folder, self.build = folder, build
        self.pids = f"{folder}/pids"

    def path(self, name):
        return f"{self.folder}/{name}"

    def note(self, name, pid):
        with open(self.pids, "a", encoding="ascii") as out:
            out.write(f"{name} {pid}\n")

    def run(self, *command):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
        if done.returncode != 0:
            raise Failed(f"world: {command[0]} failed ({done.returncode}): {done.stdout.strip()[-500:]}")
        return done.stdout

    def daemon(self, name, *command):
        """A server that puts itself into the background and leaves its pid in FOLDER/NAME.pid."""
        self.run(*command)
        self.note(name, wait(f"the pid of {name}", lambda: self.pid_of(f"{name}.pid")))

    def pid_of(self, file):
        try:
            with open(self.path(file), encoding="ascii") as text:
                return int(text.read().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def background(self, name, *command):
        """A server that stays in the foreground."""
        with open(self.path(f"{name}.log"), "a", encoding="utf-8") as log:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.note(name, child.pid)
        return child

    # ---- one by one ----

    def start_knot(self):
        zones.write_servers(self.folder)
        self.daemon("knot", "/usr/sbin/knotd", "-d", "-c", self.path("knot.conf"))

    def knot_key(self):
        def ready():
            answer = query(addresses.SIGNED, names.SERVERS, "DNSKEY")
            return answer and answer.answer and zones.Key(answer.answer[0][0].to_text())
        return wait("knot", ready, self.path("knot.log"))

    def reload_knot(self):
        self.run("/usr/sbin/knotc", "-s", self.path("knot.sock"), "-t", "60", "reload")

    def wait_knot(self, model):
        pending = [z.name for z in model.zones.values() if zones.server(z.state) == zones.KNOT]

        def ready():
            while pending:
                answer = query(addresses.SIGNED, pending[-1], "NS", dnssec=True)
                if answer is None or not any(r.rdtype == dns.rdatatype.RRSIG for r in answer.answer):
                    return False
                if pending[-1] == names.SERVERS and not query(addresses.SIGNED, f"nsd.servers.{names.SERVERS}", "A").answer:
                    return False   # the zone as it was before the reload
                pending.pop()
            return True
        wait("knot", ready, self.path("knot.log"))

    def begin_nsd(self):
        self.background("nsd", "/usr/sbin/nsd", "-d", "-c", self.path("nsd.conf"))

    def wait_nsd(self, model):
        plain = next((z.name for z in model.zones.values() if zones.server(z.state) == zones.NSD), None)

        def ready():
            answer = query(addresses.PLAIN, plain, "SOA")
            return answer is not None and bool(answer.answer)
        if plain:
            wait("nsd", ready, self.path("nsd.log"))

    def start_unbound(self):
        self.daemon("unbound", "/usr/sbin/unbound", "-c", self.path("unbound.conf"))

        def ready():
            answer = query(addresses.RESOLVER, names.SERVERS, "SOA", dnssec=True)
            return answer is not None and answer.rcode() == dns.rcode.NOERROR and bool(answer.flags & dns.flags.AD)
        wait("unbound", ready, self.path("unbound.log"))

    def start_nginx(self):
        self.daemon("nginx", "/usr/sbin/nginx", "-e", self.path("nginx.log"), "-c", self.path("nginx.conf"))

    def begin_postfix(self):
        """Its start script takes seconds, in which others can start."""
        self.postfix = subprocess.Popen(("/usr/sbin/postfix", "-c", self.path("postfix"), "start"), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start_postfix(self):
        if self.postfix.wait() != 0:
            raise Failed(f"world: postfix failed; see {self.path('postfix/log')}")
        self.note("postfix", wait("postfix", lambda: self.pid_of("postfix/spool/pid/master.pid")))

    def start_peer(self):
        peer = os.path.join(self.build, "world-peer")
        if not os.access(peer, os.X_OK):
            raise Failed(f"world: {peer} is missing; make {peer}")
        ready = self.path("peer.ready")
        child = self.background("peer", peer, self.path("peer.tsv"), ready)
        wait("world-peer", lambda: os.path.exists(ready) or child.poll() is not None, self.path("peer.log"))
        if child.poll() is not None:
            raise Failed(f"world: world-peer ended; see {self.path('peer.log')}")


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as text:
            return text.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def stop(folder):
    """SIGTERM, and SIGKILL for what is still there after ten seconds. Only pids that were noted here."""
    try:
        with open(f"{folder}/pids", encoding="ascii") as text:
            pids = [int(line.split()[1]) for line in text]
    except OSError:
        return
    for how in (signal.SIGTERM, signal.SIGKILL):
        for pid in pids:
            if alive(pid):
                os.kill(pid, how)
        end = time.monotonic() + 10
        while time.monotonic() < end and any(alive(p) for p in pids):
            time.sleep(0.02)
    os.unlink(f"{folder}/pids")
