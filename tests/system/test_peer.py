#!/usr/bin/python3
"""Drive every behaviour of build/world-peer over loopback with Python's own ssl and sockets.

usage: [BUILD=FOLDER] test_peer.py
"""
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import warnings

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(TOP, os.environ.get("BUILD", "build"))
PEER = os.path.join(BUILD, "world-peer")
WAIT = 0.5  # seconds without a byte that count as silence

# behaviour, options, what the probe below must tell of it
SMTP = [
    ("ok", "-", "ok"),
    ("ok", "delay=150,banner=Hello \\x2c you", "ok"),
    ("no-starttls", "-", "starttls-absent"),
    ("starttlsx", "-", "starttls-absent"),
    ("starttls-text", "-", "ok"),
    ("starttls-454", "-", "starttls 454"),
    ("starttls-502", "-", "starttls 502"),
    ("helo-only", "-", "starttls-absent"),
    ("ehlo-4xx", "-", "ehlo 451"),
    ("ehlo-5xx", "-", "ehlo 550"),
    ("greeting-421", "-", "banner 421"),
    ("greeting-450", "-", "banner 450"),
    ("greeting-550", "-", "banner 550"),
    ("greeting-554", "-", "banner 554"),
    ("silence", "-", "banner timeout"),
    ("tarpit=60", "-", "ok"),
    ("tarpit=900", "-", "banner timeout"),
    ("drip=1", "-", "ok"),
    ("ok", "drip=1", "ok"),
    ("split", "-", "ok"),
    ("lower-case", "-", "ok"),
    ("multiline", "-", "ok"),
    ("junk", "-", "banner junk"),
    ("half-line", "-", "banner closed"),
    ("close", "-", "banner closed"),
    ("reset", "-", "banner reset"),
    ("refused", "-", "connect refused"),
    ("blackhole", "-", "connect timeout"),
    ("endless-banner", "-", "banner too-long"),
    ("long-line", "-", "banner too-long"),
    ("ehlo-close", "-", "ehlo closed"),
    ("ehlo-tls-close", "-", "ehlo-tls closed"),
    ("injection", "-", "starttls injection"),
    ("tls-reset", "-", "tls reset"),
    ("tls-close", "-", "tls closed"),
    ("tls-silence", "-", "tls timeout"),
    ("tls-garbage", "-", "tls garbage"),
    ("tls-alert", "-", "tls alert"),
    ("tls10", "-", "ok TLSv1"),
    ("tls11", "-", "ok TLSv1.1"),
    ("tls12", "-", "ok TLSv1.2"),
    ("tls13", "-", "ok TLSv1.3"),
]
HTTPS = [
    ("https", "body=POLICY", "200 version: STSv1"),
    ("https", "-", "404 "),
    ("tls10", "direct=1", "404 "),
    ("tls11", "direct=1", "404 "),
    ("tls-reset", "direct=1", "tls reset"),
    ("tls-close", "direct=1", "tls closed"),
    ("tls-silence", "direct=1", "tls timeout"),
    ("tls-garbage", "direct=1", "tls garbage"),
    ("tls-alert", "direct=1", "tls alert"),
    ("silence", "direct=1", "tls timeout"),
    ("reset", "direct=1", "tls reset"),
    ("https-plain", "-", "tls garbage"),
    ("https-close", "-", "http closed"),
    ("https-drip=100", "-", "http drip"),
    ("https-endless", "-", "http endless"),
]

passed = failed = skipped = 0


def check(what, got, wanted):
    global passed, failed
    if got == wanted:
        passed += 1
    else:
        failed += 1
        print(f"{what}: wanted {wanted!r}, got {got!r}")


class Finding(Exception):
    pass


class Client:
    """One connection; each failure becomes a Finding "STEP CAUSE"."""

    def __init__(self, port, address="127.0.0.1"):
        self.step, self.rest = "connect", b""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.sock = socket.socket(family)
        self.sock.settimeout(WAIT)
        self.guard(lambda: self.sock.connect((address, port)))

    def guard(self, call):
        try:
            return call()
        except ssl.SSLError as e:
            if isinstance(e, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
                raise Finding(self.step + " closed")
            raise Finding(f"{self.step} {'alert' if 'ALERT' in str(e.reason) else 'garbage'}")
        except ConnectionRefusedError:
            raise Finding(self.step + " refused")
        except (ConnectionResetError, BrokenPipeError):
            raise Finding(self.step + " reset")
        except (socket.timeout, TimeoutError):
            raise Finding(self.step + " timeout")

    def line(self):
        while b"\n" not in self.rest:
            data = self.guard(lambda: self.sock.recv(65536))
            if not data:
                raise Finding(self.step + " closed")
            self.rest += data
            if len(self.rest) > 65536:
                raise Finding(self.step + " too-long")
        text, self.rest = self.rest.split(b"\n", 1)
        return text.decode("latin-1").rstrip("\r")

    def reply(self):
        lines, total = [], 0
        while True:
            text = self.line()
            total += len(text)
            if total > 65536:
                raise Finding(self.step + " too-long")
            if not text[:3].isdigit():
                raise Finding(self.step + " junk")
            lines.append(text)
            if text[3:4] != "-":
                return int(text[:3]), [t[4:] for t in lines]

    def ask(self, text):
        self.guard(lambda: self.sock.sendall(text.encode() + b"\r\n"))
        return self.reply()

    def tls(self):
        self.step = "tls"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(AUTHORITY)
        warnings.simplefilter("ignore", DeprecationWarning)  # old TLS is what is tested
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.set_ciphers("ALL:@SECLEVEL=0")
        self.sock = self.guard(lambda: context.wrap_socket(self.sock, server_hostname="mx.example",
                                                           suppress_ragged_eofs=False))


def converse(client):
    client.step = "banner"
    code, lines = client.reply()
    if code != 220:
        return f"banner {code}"
    client.banner = lines
    client.step = "ehlo"
    code, lines = client.ask("EHLO probe.example")
    if code >= 500:
        code, lines = client.ask("HELO probe.example")
    if code != 250:
        return f"ehlo {code}"
    client.keywords = lines[1:]
    if not any(k.upper().split(" ")[0] == "STARTTLS" for k in lines[1:]):
        return "starttls-absent"
    client.step = "starttls"
    code, lines = client.ask("STARTTLS")
    if code != 220:
        return f"starttls {code}"
    time.sleep(0.02)
    client.sock.setblocking(False)
    try:
        if client.rest or client.sock.recv(1, socket.MSG_PEEK):
            return "starttls injection"
    except BlockingIOError:
        pass
    client.sock.settimeout(WAIT)
    client.tls()
    client.step = "ehlo-tls"
    code, lines = client.ask("EHLO probe.example")
    client.keywords_tls = lines[1:]
    client.step = "quit"
    if client.ask("QUIT")[0] != 221:
        return "quit"
    if client.guard(lambda: client.sock.recv(1)) != b"":
        return "quit not closed"
    return "ok"


def fetch(client):
    client.tls()
    client.step = "http"
    client.guard(lambda: client.sock.sendall(b"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: x\r\n\r\n"))
    data, start = b"", time.monotonic()
    while time.monotonic() - start < 1:
        try:
            more = client.guard(lambda: client.sock.recv(65536))
        except Finding as finding:
            if not data or str(finding) != "http closed":
                raise
            more = b""
        if not more:
            if not data:
                raise Finding("http closed")
            head, body = data.decode().split("\r\n\r\n", 1)
            return head.split(" ")[1] + " " + body.split("\n")[0]
        data += more
        if len(data) > 1 << 18:    # four times what a policy may have
            return "http endless"
    return "http drip" if 5 <= len(data) <= 12 else f"{len(data)} bytes"


def told(run, port):
    try:
        client = Client(port)
        return run(client), client
    except Finding as finding:
        return str(finding), None


def make_certificates(folder):
    def openssl(*args):
        subprocess.run(("openssl",) + args, check=True, capture_output=True, cwd=folder)

    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key",
            "-out", "ca.pem", "-days", "30", "-subj", "/CN=Test CA")
    for name, key in (("ec", ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")), ("rsa", ("rsa:2048",))):
        openssl("req", "-newkey", *key, "-nodes", "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-days", "30", "-out", "leaf.pem")
        with open(os.path.join(folder, name + ".pem"), "w") as out:
            for part in ("leaf.pem", "ca.pem", "leaf.key"):
                out.write(open(os.path.join(folder, part)).read())


def free_ports(count):
    """A block of ports that nobody listens on; the kernel gives none of these out (below the ephemeral range)."""
    for base in range(20000, 32000, 500):
        try:
            for port in range(base, base + count):
                with socket.socket() as s:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    s.bind(("127.0.0.1", port))
            return base
        except OSError:
            continue
    sys.exit("no free ports")


def start(folder, rows):
    table, ready = os.path.join(folder, "table.tsv"), os.path.join(folder, "ready")
    if os.path.exists(ready):
        os.unlink(ready)
    with open(table, "w") as out:
        out.write("# address port behaviour hostname pem options\n\n")
        for row in rows:
            out.write("\t".join(map(str, row)) + "\n")
    peer = subprocess.Popen([PEER, table, ready])
    while not os.path.exists(ready):
        if peer.poll() is not None:
            sys.exit(f"world-peer ended with {peer.returncode}")
        time.sleep(0.01)
    return peer


def stop(peer):
    peer.send_signal(signal.SIGTERM)
    check("exit status at SIGTERM", peer.wait(5), 0)


def test_behaviours(folder):
    known = subprocess.run([PEER, "--behaviours"], check=True, capture_output=True, text=True).stdout.split()
    tested = {name.split("=")[0] for name, _, _ in SMTP + HTTPS}
    check("behaviours without a test", sorted(set(known) - tested), [])
    rows, base = [], free_ports(len(SMTP + HTTPS))
    for i, (name, options, _) in enumerate(SMTP + HTTPS):
        pem = "rsa.pem" if i % 2 else "ec.pem"
        options = options.replace("POLICY", os.path.join(folder, "policy.txt"))
        rows.append(("127.0.0.1", base + i, name, "mx.example", os.path.join(folder, pem), options))
    peer = start(folder, rows)
    for i, (name, options, wanted) in enumerate(SMTP + HTTPS):
        got, client = told(converse if i < len(SMTP) else fetch, base + i)
        if wanted.startswith("ok TLS"):
            got += " " + client.sock.version() if client else ""
        check(f"{name} {options}", got, wanted)
        if (name, options) == ("ok", "-"):
            check("greeting", client.banner, ["mx.example ESMTP"])
            check("keywords", client.keywords, ["PIPELINING", "SIZE 10240000", "8BITMIME", "SMTPUTF8", "STARTTLS"])
            check("keywords in TLS", client.keywords_tls, client.keywords[:-1])
            check("version", client.sock.version(), "TLSv1.3")
        if options.startswith("delay"):
            check("banner text", client.banner, ["mx.example Hello , you"])
        if name == "lower-case":
            check("lower case", client.keywords[-1], "starttls")
    stop(peer)


def test_options(folder):
    base = free_ports(4)
    rows = [("127.0.0.1", base, "ok", "a.example", os.path.join(folder, "ec.pem"), "keywords=,tls-keywords=REQUIRETLS"),
            ("127.0.0.1", base + 1, "no-starttls", "b.example", "-", "keywords="),
            ("127.0.0.1", base + 2, "ok", "c.example", os.path.join(folder, "missing.pem"), "-"),
            ("::1", base + 3, "ok", "d.example", os.path.join(folder, "ec.pem"), "-")]
    peer = start(folder, rows)
    got, client = told(converse, base)
    check("empty keywords", (got, client.keywords, client.keywords_tls), ("ok", ["STARTTLS"], ["REQUIRETLS"]))
    got, client = told(converse, base + 1)
    check("no keywords at all", (got, client.keywords), ("starttls-absent", []))
    check("missing certificate", told(converse, base + 2)[0], "tls closed")
    check("IPv6", converse(Client(base + 3, "::1")), "ok")
    client = Client(base + 3, "::1")
    client.step = "banner"
    client.reply()
    client.guard(lambda: client.sock.sendall(b"noop\r\nMAIL FROM:<a@b.c>\r\nWHAT\r\nehlo x\r\nQUIT\r\n"))
    check("pipelined commands", [client.reply()[0] for _ in range(5)], [250, 550, 500, 250, 221])
    stop(peer)


def test_tables(folder):
    table, ready = os.path.join(folder, "bad.tsv"), os.path.join(folder, "never")
    for line, wrong in (("127.0.0.1\t25", "fewer than 6 fields"), ("x\t2500\tok\th\t-\t-", "no address"),
                        ("127.0.0.1\t0\tok\th\t-\t-", "no port"), ("127.0.0.1\t2500\twhat\th\t-\t-", "no such behaviour"),
                        ("127.0.0.1\t2500\tok\th\t-\twhat=1", "no such option"),
                        ("192.0.2.1\t2500\tok\th\t-\t-", "cannot listen")):
        with open(table, "w") as out:
            out.write(line + "\n")
        run = subprocess.run([PEER, table, ready], capture_output=True, text=True, timeout=10)
        check(f"table {line!r}", (run.returncode != 0, wrong in run.stderr, run.stderr.count("\n")), (True, True, 1))


def test_many(folder):
    """30,000 listeners, then a hundred probes spread over them."""
    rows = [(f"127.78.{i // 250}.{i % 250 + 1}", 20025, "ok", f"mx{i}.example", os.path.join(folder, "ec.pem"), "-")
            for i in range(30000)]
    started = time.monotonic()
    peer = start(folder, rows)
    print(f"30000 listeners after {time.monotonic() - started:.2f} s", file=sys.stderr)
    got = []
    for i in range(0, 30000, 300):
        client = Client(20025, rows[i][0])
        got.append((converse(client), client.banner))
    check("probes", got, [("ok", [f"mx{i}.example ESMTP"]) for i in range(0, 30000, 300)])
    stop(peer)


def test_shard_death(folder):
    base = free_ports(1)
    peer = start(folder, [("127.0.0.1", base, "ok", "a.example", "-", "-")])
    with open(f"/proc/{peer.pid}/task/{peer.pid}/children") as f:
        os.kill(int(f.read().split()[0]), signal.SIGKILL)
    check("exit status when a shard dies", peer.wait(5), 1)


def main():
    global AUTHORITY
    if not os.path.exists(PEER):
        sys.exit(f"{PEER} is not built")
    with tempfile.TemporaryDirectory() as folder:
        make_certificates(folder)
        AUTHORITY = os.path.join(folder, "ca.pem")
        with open(os.path.join(folder, "policy.txt"), "w") as out:
            out.write("version: STSv1\nmode: none\n")
        test_behaviours(folder)
        test_options(folder)
        test_tables(folder)
        test_many(folder)
        test_shard_death(folder)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
