"""Postfix (OpenSSL), Exim (GnuTLS) and nginx as mail hosts, and nginx as policy hosts, as they come from Debian, inside the
network namespace of a world; and what openssl s_client and posttls-finger tell of the same hosts. For test_real_peers.py.

Exim cannot be installed beside Postfix: scripts/install-deps unpacks it into build/exim, and its user stands in a
/etc/passwd of its own. Every program runs with an openssl.cnf that forbids nothing, for Debian's wants TLS 1.2."""

import base64
import collections
import hashlib
import os
import re
import shutil
import subprocess
import sys

import census

sys.path.insert(0, census.TOP)
from tests.world import mailhosts, servers  # noqa: E402

EXIM = os.path.join(census.TOP, "build", "exim", "usr", "sbin", "exim4")
NGINX_MODULE = "/usr/lib/nginx/modules/ngx_mail_module.so"
POSTTLS_FINGER = "/usr/sbin/posttls-finger"
EXIM_ID = 64999   # nobody else's, of the many that Debian gives to packages
VERSIONS = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]

# A host: its name and address, the PEM of its chain and key, and the only version that it speaks (None: any).
Host = collections.namedtuple("Host", "name address pem version")

OPENSSL = """\
openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = anything
[anything]
MinProtocol = TLSv1
CipherString = ALL:@SECLEVEL=0
"""
# Beside what the world's Postfix has: tickets, every cipher, and our openssl.cnf.
POSTFIX_MORE = """\
import_environment = MAIL_CONFIG MAIL_LOGTAG OPENSSL_CONF={folder}/openssl.cnf
tls_ssl_options =
smtpd_tls_ciphers = medium
tls_medium_cipherlist = ALL:!aNULL:!eNULL:@SECLEVEL=0
"""
POSTFIX_HOST = """\
{host.address}:25 inet n - n - 5 smtpd
 -o myhostname={host.name}
 -o smtpd_tls_chain_files={pem}
 -o smtpd_tls_protocols={protocols}
"""
EXIM_MAIN = """\
primary_hostname = exim.peers.example
exim_path = {exim}
spool_directory = {folder}/exim
log_file_path = {folder}/exim/%slog
pid_file_path = {folder}/exim.pid
daemon_smtp_ports = 25
local_interfaces = <; {addresses}
tls_advertise_hosts = *
tls_certificate = ${{lookup{{$received_ip_address}}lsearch{{{folder}/exim.pems}}}}
tls_privatekey = ${{lookup{{$received_ip_address}}lsearch{{{folder}/exim.pems}}}}
tls_require_ciphers = ${{lookup{{$received_ip_address}}lsearch{{{folder}/exim.priorities}}}}
smtp_banner = $primary_hostname ESMTP
smtp_accept_max = 0
host_lookup =
queue_only = true
keep_environment =
"""
NGINX = """\
load_module {module};
user root;
worker_processes 1;
pid {folder}/nginx-peers.pid;
error_log {folder}/nginx-peers.log crit;
events {{ worker_connections 512; }}
http {{
    access_log off;
    types {{ }}
    default_type text/plain;
    ssl_session_cache none;
    ssl_ciphers ALL:!aNULL:!eNULL:@SECLEVEL=0;
{policies}}}
mail {{
    auth_http 127.0.0.1:1/;
    smtp_auth none;
    smtp_capabilities "SIZE 10240000" "8BITMIME";
    starttls on;
    ssl_session_cache none;
    ssl_ciphers ALL:!aNULL:!eNULL:@SECLEVEL=0;
{hosts}}}
"""
NGINX_HOST = """\
    server {{ listen {host.address}:25; protocol smtp; server_name {host.name};
        ssl_certificate {host.pem}; ssl_certificate_key {host.pem}; ssl_protocols {protocols}; }}
"""
NGINX_POLICY = """\
    server {{ listen {host.address}:443 ssl;
        ssl_certificate {host.pem}; ssl_certificate_key {host.pem}; ssl_protocols {protocols};
        location = /.well-known/mta-sts.txt {{ alias {folder}/policies/{host.name}.txt; }} }}
"""


def write(path, text):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def key_first(host, folder):
    """Postfix wants the key before its chain."""
    with open(host.pem, encoding="ascii") as whole:
        text = whole.read()
    at = text.index("-----BEGIN PRIVATE KEY")
    path = f"{folder}/postfix/{host.name}.pem"
    write(path, text[at:] + text[:at])
    return path


def write_postfix(folder, hosts):
    os.makedirs(f"{folder}/postfix/spool", exist_ok=True)
    os.makedirs(f"{folder}/postfix/data", exist_ok=True)
    shutil.chown(f"{folder}/postfix/data", "postfix")   # Postfix insists
    write(f"{folder}/postfix/main.cf", mailhosts.POSTFIX_MAIN.format(dir=folder) + POSTFIX_MORE.format(folder=folder))
    write(f"{folder}/postfix/master.cf", "".join(
        POSTFIX_HOST.format(host=h, pem=key_first(h, folder),
                            protocols=f">={h.version},<={h.version}" if h.version else ">=TLSv1")
        for h in hosts) + mailhosts.POSTFIX_REST)


def write_exim(folder, hosts):
    os.makedirs(f"{folder}/exim", exist_ok=True)
    os.chown(f"{folder}/exim", EXIM_ID, EXIM_ID)
    write(f"{folder}/exim.conf", EXIM_MAIN.format(folder=folder, exim=EXIM, addresses=" ; ".join(h.address for h in hosts)))
    write(f"{folder}/exim.pems", "".join(f"{h.address}: {h.pem}\n" for h in hosts))
    only = {v: "LEGACY:+SHA1:-VERS-ALL:+VERS-" + (v + ".0" if v == "TLSv1" else v).replace("v", "") for v in VERSIONS}
    write(f"{folder}/exim.priorities", "".join(f"{h.address}: {only.get(h.version, 'NORMAL')}\n" for h in hosts))
    for name, user in (("passwd", f"Debian-exim:x:{EXIM_ID}:{EXIM_ID}::/:/bin/false"), ("group", f"Debian-exim:x:{EXIM_ID}:")):
        with open(f"/etc/{name}", encoding="utf-8") as text:
            others = [line for line in text.read().splitlines() if not line.startswith("Debian-exim:")]
        write(f"{folder}/{name}", "\n".join([*others, user]) + "\n")


def write_nginx(folder, hosts, policy_hosts):
    def servers_of(template, of):
        return "".join(template.format(host=h, folder=folder, protocols=h.version or " ".join(VERSIONS)) for h in of)
    write(f"{folder}/nginx-peers.conf", NGINX.format(module=NGINX_MODULE, folder=folder, hosts=servers_of(NGINX_HOST, hosts),
                                                     policies=servers_of(NGINX_POLICY, policy_hosts)))


class Peers:
    """Of a world that is up. Every process is ended with the world: its pid is noted there."""

    def __init__(self, world):
        self.world, self.folder = world, world.directory
        self.running = servers.Servers(self.folder, census.BUILD)
        write(f"{self.folder}/openssl.cnf", OPENSSL)
        write(f"{self.folder}/resolv.conf", "nameserver 127.64.0.53\noptions trust-ad\n")

    def command(self, *words):
        """In the namespace, with files of its own in place of those of /etc."""
        mounts = " && ".join(f"{{ [ ! -e {self.folder}/{n} ] || mount --bind {self.folder}/{n} /etc/{n}; }}"
                             for n in ("resolv.conf", "passwd", "group"))
        return self.world.command("unshare", "-m", "sh", "-c", mounts + ' && exec "$@"', "sh", "env",
                                  f"OPENSSL_CONF={self.folder}/openssl.cnf", f"MAIL_CONFIG={self.folder}/postfix", *words)

    def start(self, by_server, policy_hosts):
        write_postfix(self.folder, by_server["postfix"])
        write_nginx(self.folder, by_server["nginx"], policy_hosts)
        starting = subprocess.Popen(self.command("/usr/sbin/postfix", "-c", f"{self.folder}/postfix", "start"),
                                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.running.daemon("nginx-peers", *self.command("/usr/sbin/nginx", "-e", f"{self.folder}/nginx-peers.log", "-c",
                                                         f"{self.folder}/nginx-peers.conf"))
        if by_server.get("exim"):
            write_exim(self.folder, by_server["exim"])
            self.running.daemon("exim", *self.command(EXIM, "-C", f"{self.folder}/exim.conf", "-bd"))
        if starting.wait() != 0:
            raise SystemExit(f"postfix failed; see {self.folder}/postfix/log")
        self.running.note("postfix", servers.wait("postfix", lambda: self.running.pid_of("postfix/spool/pid/master.pid")))

    def ask(self, *words):
        done = subprocess.run(self.command(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", timeout=60, check=False)
        return done.stdout

    def s_client(self, host, port=25):
        """version, cipher, chain, signature ("RSA-PSS SHA256") and verification ("ok", or what is wrong) by openssl."""
        text = self.ask("openssl", "s_client", *(["-starttls", "smtp"] if port == 25 else []), "-connect", f"{host.address}:{port}",
                        "-servername", host.name, "-verify_hostname", host.name, "-CAfile", f"{self.folder}/ca.pem", "-showcerts")
        return {"version": first(r"^ *Protocol *: (\S+)", text) or first(r"^New, (\S+), Cipher", text),
                "cipher": first(r"^New, \S+, Cipher is (\S+)", text),
                "chain": fingerprints(text),
                "signature": " ".join(filter(None, (first(r"^Peer signature type: (\S+)", text),
                                                    first(r"^Peer signing digest: (\S+)", text)))),
                "verification": (first(r"^Verification error: (.*)$", text) or "ok")}

    def finger(self, *how):
        """version, cipher and status (Verified or Untrusted) by Postfix's client."""
        text = self.ask(POSTTLS_FINGER, "-c", "-t", "30", "-T", "30", *how)
        found = re.search(r"(\w+) TLS connection established to \S+: (\S+) with cipher (\S+)", text)
        return dict(zip(("status", "version", "cipher"), found.groups())) if found else {"status": text[-400:]}


def first(pattern, text):
    found = re.search(pattern, text, re.MULTILINE)
    return found and found.group(1)


def fingerprints(text):
    """SHA-256 of each certificate in PEM."""
    return [hashlib.sha256(base64.b64decode(block)).hexdigest()
            for block in re.findall(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", text, re.DOTALL)]
