"""mailhosts: how the mail hosts of a world behave, what a perfect scanner makes of each, and the files from which
world-peer and Postfix play them."""
import collections
import os
import shutil

from tests.world import addresses, zones

# What is expected: outcome, step, "starttls", "code" of the deciding reply, banner (None: none is seen; "$" the host's
# name), TLS version of a handshake that works.
Behaviour = collections.namedtuple("Behaviour", "peer outcome step starttls code banner version")
ESMTP = "220 $ ESMTP"
CUT = object()   # a banner without an end: some of it is kept
KEYWORDS = ["PIPELINING", "SIZE 10240000", "8BITMIME", "SMTPUTF8"]
POSTFIX_KEYWORDS = ["PIPELINING", "SIZE 10240000", "VRFY", "ETRN", "STARTTLS", "ENHANCEDSTATUSCODES", "8BITMIME", "DSN",
                    "SMTPUTF8", "CHUNKING"]


def _row(outcome, step, starttls="unknown", code=None, banner=ESMTP, version=None, peer=None):
    return Behaviour(peer, outcome, step, starttls, code, banner, version)


def _good(version="TLSv1.3", **members):
    return _row("ok", "quit", "offered", version=version, **members)


BEHAVIOURS = {
    "ok": _good(),
    "postfix": _good(banner="220 $ ESMTP Postfix"),
    "starttls-text": _good(),
    "lower-case": _good(banner="220 $ esmtp"),
    "split": _good(),
    "multiline": _good(banner="220-$ ESMTP\n220-No mail for strangers\n220 $ ready"),
    "tarpit": _good(peer="tarpit=500"),
    "drip": _good(peer="drip=3"),
    "ehlo-tls-close": _good(),
    "tls10": _good("TLSv1"), "tls11": _good("TLSv1.1"), "tls12": _good("TLSv1.2"), "tls13": _good(),
    "no-starttls": _row("starttls-absent", "ehlo", "absent"),
    "starttlsx": _row("starttls-absent", "ehlo", "absent"),
    "helo-only": _row("starttls-absent", "ehlo", "absent"),
    "starttls-454": _row("smtp-transient", "starttls", "offered", 454),
    "starttls-502": _row("starttls-declined", "starttls", "offered", 502),
    "ehlo-4xx": _row("smtp-transient", "ehlo", code=451),
    "ehlo-5xx": _row("smtp-permanent", "ehlo", code=550),
    "ehlo-close": _row("closed", "ehlo"),
    "greeting-421": _row("blocked", "banner", code=421, banner="421 4.3.2 $ Service not available"),
    "greeting-450": _row("smtp-transient", "banner", code=450, banner="450 4.3.2 $ Try again later"),
    "greeting-550": _row("smtp-permanent", "banner", code=550, banner="550 5.7.1 $ No"),
    "greeting-554": _row("blocked", "banner", code=554, banner="554 5.7.1 $ No SMTP service for you"),
    "silence": _row("timeout", "banner", banner=None),
    "junk": _row("not-smtp", "banner", banner="SSH-2.0-OpenSSH_9.2p1 Debian-2"),
    "half-line": _row("closed", "banner", banner="220 $"),
    "close": _row("closed", "banner", banner=None),
    "reset": _row("reset", "banner", banner=None),
    "refused": _row("connection-refused", "connect", banner=None),
    "blackhole": _row("timeout", "connect", banner=None),
    "endless-banner": _row("reply-too-long", "banner", banner=CUT),
    "long-line": _row("reply-too-long", "banner", banner=CUT),
    "injection": _row("starttls-injection", "starttls", "offered"),
    "tls-reset": _row("reset", "tls", "offered"),
    "tls-close": _row("closed", "tls", "offered"),
    "tls-silence": _row("timeout", "tls", "offered"),
    "tls-garbage": _row("no-tls", "tls", "offered"),
    "tls-alert": _row("tls-failed", "tls", "offered"),
}


def keywords(host):
    if host["behaviour"] == "postfix":
        return POSTFIX_KEYWORDS
    return host.get("keywords", KEYWORDS)


def expected_keywords(host, inside_tls):
    """The keywords that EHLO lists; None where it is not answered."""
    listed = list(keywords(host))
    if host["behaviour"] == "postfix":
        return [k for k in listed if not (inside_tls and k == "STARTTLS")]
    if not inside_tls:
        offer = {"no-starttls": None, "starttlsx": "STARTTLSX", "starttls-text": "STARTTLS is offered here"}
        word = offer.get(host["behaviour"], "STARTTLS")
        listed += [word] if word else []
    if host["behaviour"] == "lower-case":
        listed = [k.lower() for k in listed]
    return listed


def listeners(description):
    """Address: host line that is to be played there. Hosts that share an address are one server."""
    found = {}
    for host in description.hosts.values():
        for address in host.get("a", []) + host.get("aaaa", []):
            if addresses.in_world(address) and "behaviour" in host:
                found.setdefault(address, host)
    return found


def write_peer_table(folder, description, authority, more=()):
    with open(f"{folder}/peer.tsv", "w", encoding="utf-8") as out:
        for address, host in listeners(description).items():
            behaviour = BEHAVIOURS[host["behaviour"]]
            if host["behaviour"] == "refused" or (host["behaviour"] == "postfix" and use_postfix()):
                continue
            pem = authority.path(host["certificate"]) if host.get("certificate") else "-"
            options = []
            if "keywords" in host or host["behaviour"] == "postfix":
                options.append("keywords=" + ";".join(k for k in keywords(host) if k != "STARTTLS"))
            if host["behaviour"] == "postfix":
                options.append("banner=ESMTP Postfix")
            if "staple" in host:
                options.append(f"staple={host['staple']}")
            name = host.get("server", host["host"])
            how = "ok" if host["behaviour"] == "postfix" else behaviour.peer or host["behaviour"]
            out.write("\t".join([address, "25", how, name, pem, ",".join(options) or "-"]) + "\n")
        for row in more:
            out.write("\t".join(row) + "\n")


def use_postfix():
    """Postfix's master runs only as the real root: elsewhere the peer says what Postfix would."""
    if os.geteuid() != 0 or not os.path.exists("/usr/sbin/postfix"):
        return False
    with open("/proc/self/uid_map", encoding="ascii") as ids:
        return int(ids.read().split()[2]) > 65534


POSTFIX_MAIN = """\
compatibility_level = 3.6
maillog_file = {dir}/postfix/log
maillog_file_prefixes = {dir}
queue_directory = {dir}/postfix/spool
data_directory = {dir}/postfix/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
sendmail_path = /usr/sbin/sendmail
newaliases_path = /usr/bin/newaliases
mailq_path = /usr/bin/mailq
mail_owner = postfix
setgid_group = postdrop
shlib_directory = /usr/lib/postfix
meta_directory = /etc/postfix
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
mynetworks = 127.0.0.0/32
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_tls_security_level = may
smtpd_tls_loglevel = 0
smtpd_tls_session_cache_database =
smtpd_delay_reject = yes
smtpd_relay_restrictions = reject
smtpd_banner = $myhostname ESMTP $mail_name
tls_ssl_options = NO_TICKET
notify_classes =
"""
POSTFIX_SMTPD = """\
{address}:25 inet n - n - 20 smtpd
 -o myhostname={name}
 -o smtpd_tls_chain_files={pem}
 -o syslog_name=postfix/{name}
"""
POSTFIX_REST = """\
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
"""


def write_postfix(folder, description, authority):
    """True when there is a Postfix to be started."""
    rows = [(address, host) for address, host in listeners(description).items() if host["behaviour"] == "postfix"]
    if not rows or not use_postfix():
        return False
    os.makedirs(f"{folder}/postfix/spool", exist_ok=True)
    os.makedirs(f"{folder}/postfix/data", exist_ok=True)
    shutil.chown(f"{folder}/postfix/data", "postfix")   # Postfix insists
    zones.write(f"{folder}/postfix/main.cf", POSTFIX_MAIN.format(dir=folder))
    zones.write(f"{folder}/postfix/master.cf", "".join(
        POSTFIX_SMTPD.format(address=address, name=host["host"], pem=_postfix_pem(folder, authority, host))
        for address, host in rows) + POSTFIX_REST)
    return True


def _postfix_pem(folder, authority, host):
    """smtpd_tls_chain_files wants the key before its chain."""
    with open(authority.path(host["certificate"]), encoding="ascii") as whole:
        text = whole.read()
    at = text.index("-----BEGIN PRIVATE KEY")
    path = f"{folder}/postfix/{host['host']}.pem"
    zones.write(path, text[at:] + text[:at])
    return path
