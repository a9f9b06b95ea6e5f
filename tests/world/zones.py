"""zones: from the model to zone files and the configuration of the three name servers.

Knot (addresses.SIGNED) signs the root, the TLDs and the signed second-level zones, all with one key, so that the DS of
each is known before it is signed. NSD (addresses.PLAIN) has the plain zones, one file each: 40,000 files are written in
about 2 s and loaded in 1.2 s, and one zone for all of them would make their names secure or hide their cuts.
"""
import base64
import hashlib
import os
import re

from tests.world import addresses, names

TTL = 300
NEGATIVE = 60
KNOT, NSD, DEAD, LAME = "knot", "nsd", "dead", "lame"

# state: who serves the zone, and which DS its parent has for it
STATES = {
    "signed":   (KNOT, "good"),
    "bogus":    (KNOT, "wrong"),   # the key at the zone is not the one the parent vouches for
    "stripped": (NSD, "good"),     # vouched for and not signed
    "plain":    (NSD, None),
    "dead":     (DEAD, None),
    "lame":     (LAME, None),
}
SERVER_ADDRESS = {KNOT: addresses.SIGNED, NSD: addresses.PLAIN, DEAD: addresses.DEAD, LAME: addresses.LAME}


def server(state):
    return STATES[state][0]


def server_name(state):
    return f"{server(state)}.servers.{names.SERVERS}"


ODD = re.compile(r"[^a-zA-Z0-9_.*-]")


def dotted(name):
    """As a master file has it: whatever is not a host name's as a number (RFC 1035 §5.1)."""
    return name if name == "." else ODD.sub(lambda c: f"\\{ord(c.group()):03d}", name) + "."


def wire(name):
    """A name without escapes as it is hashed (RFC 4034 §6.2)."""
    labels = [label for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


class Key:
    """The DNSKEY that Knot made: flags, protocol, algorithm and key as kdig prints them."""

    def __init__(self, text):
        flags, protocol, algorithm, *key = text.split()
        self.algorithm = int(algorithm)
        self.rdata = int(flags).to_bytes(2, "big") + bytes([int(protocol), self.algorithm]) + base64.b64decode("".join(key))
        total = sum(byte if i & 1 else byte << 8 for i, byte in enumerate(self.rdata))
        self.tag = (total + (total >> 16 & 0xffff)) & 0xffff   # RFC 4034, appendix B

    def ds(self, owner, kind="good"):
        digest = hashlib.sha256(wire(owner) + self.rdata + (b"" if kind == "good" else b"other")).hexdigest()
        return f"{self.tag} {self.algorithm} 2 {digest}"


def _quoted(data):
    return '"' + "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\{b:03d}" for b in data) + '"'


def txt_text(data):
    return " ".join(_quoted(data[i:i + 255]) for i in range(0, len(data), 255)) or '""'


def rdata_text(kind, rdata):
    if kind == "TXT":
        return txt_text(rdata)
    if kind == "MX":
        return f"{rdata[0]} {dotted(rdata[1])}"
    if kind in ("CNAME", "NS"):
        return dotted(rdata)
    if kind == "TLSA":
        if len(rdata) < 4:
            return f"\\# {len(rdata)} {rdata.hex()}"
        return f"{rdata[0]} {rdata[1]} {rdata[2]} {rdata[3:].hex()}"
    if kind == "CAA":
        return f"\\# {len(rdata)} {rdata.hex()}"
    return rdata


def _soa(zone):
    who = server_name(zone.state)
    return f"{dotted(zone.name or '.')} {TTL} SOA {who}. host.{names.SERVERS}. 1 3600 900 86400 {NEGATIVE}\n"


def zone_text(zone, key):
    out = [_soa(zone)]
    for name, rrsets in zone.nodes.items():
        for kind, rdatas in rrsets.items():
            owner = f"{dotted(name or '.')} {TTL} {kind} "
            out.extend(owner + rdata_text(kind, rdata) + "\n" for rdata in rdatas)
    for cut in zone.cuts:
        vouched = STATES[cut.state][1]
        out.extend(f"{cut.name}. {TTL} NS {who}.\n" for who in cut.nodes[cut.name]["NS"])
        if vouched:
            out.append(f"{cut.name}. {TTL} DS {key.ds(cut.name, vouched)}\n")
    if zone.name in ("", names.SERVERS):
        out.extend(f"{who}.servers.{names.SERVERS}. {TTL} A {address}\n" for who, address in SERVER_ADDRESS.items())
    return "".join(out)


def file_name(zone):
    return (zone.name or "root") + ".zone"


KNOT_CONF = """\
server:
    rundir: "{dir}"
    pidfile: "{dir}/knot.pid"
    listen: [ {address}@53 ]
    udp-workers: 1
    tcp-workers: 1
    background-workers: 2
log:
  - target: "{dir}/knot.log"
    any: warning
control:
    listen: "{dir}/knot.sock"
database:
    storage: "{dir}/knot"
policy:
  - id: world
    algorithm: ECDSAP256SHA256
    single-type-signing: on
    ksk-shared: on
    zsk-lifetime: 0
    cds-cdnskey-publish: none
    rrsig-lifetime: 30d
template:
  - id: default
    storage: "{dir}/zones"
    file: "%s.zone"
    dnssec-signing: on
    dnssec-policy: world
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    semantic-checks: off
zone:
"""

NSD_CONF = """\
server:
    server-count: 1
    ip-address: {address}
    do-ip6: no
    reuseport: no
    username: ""
    chroot: ""
    zonesdir: "{dir}/zones"
    database: ""
    pidfile: "{dir}/nsd.pid"
    logfile: "{dir}/nsd.log"
    xfrdfile: ""
    xfrdir: "{dir}/nsd"
    zonelistfile: "{dir}/nsd/zone.list"
    tcp-count: 500
    minimal-responses: yes
    rrl-ratelimit: 0
    rrl-whitelist-ratelimit: 0
remote-control:
    control-enable: no
"""

UNBOUND_CONF = """\
server:
    directory: "{dir}"
    pidfile: "{dir}/unbound.pid"
    username: ""
    chroot: ""
    use-syslog: no
    logfile: "{dir}/unbound.log"
    verbosity: 0
    log-servfail: no
    interface: {resolver}
    port: 53
    access-control: 127.0.0.0/8 allow
    do-ip6: no
    num-threads: {threads}
    so-reuseport: yes
    module-config: "validator iterator"
    root-hints: "{dir}/root.hints"
    trust-anchor-file: "{dir}/root.anchor"
    trust-anchor-signaling: no
    # The servers live on loopback, and names may well lead to private addresses: they are what is tested.
    do-not-query-localhost: no
    # A census asks everything once: what is prefetched or asked step by step is only load on these two cores.
    qname-minimisation: no
    prefetch: no
    minimal-responses: yes
    rrset-roundrobin: no
    # Dead servers become a SERVFAIL within a second or two, and are forgotten before a retry.
    infra-host-ttl: 2
    infra-cache-min-rtt: 1000
    infra-cache-max-rtt: 8000
    infra-keep-probing: yes
    cache-max-negative-ttl: 60
    val-bogus-ttl: 5
    val-log-level: 0
    msg-cache-size: 128m
    rrset-cache-size: 256m
    key-cache-size: 32m
    neg-cache-size: 16m
    outgoing-range: 4096
    num-queries-per-thread: 2048
    outgoing-num-tcp: 100
    incoming-num-tcp: 500
    edns-buffer-size: 1232
    max-udp-size: 1232
    so-rcvbuf: 4m
    so-sndbuf: 4m
remote-control:
    control-enable: no
"""


def knot_conf(folder, zones):
    return KNOT_CONF.format(dir=folder, address=addresses.SIGNED) + "".join(
        f"  - domain: \"{dotted(z.name or '.')}\"\n    file: \"{file_name(z)}\"\n" for z in zones)


def nsd_conf(folder, zones):
    return NSD_CONF.format(dir=folder, address=addresses.PLAIN) + "".join(
        f"zone:\n name: {z.name}\n zonefile: {file_name(z)}\n" for z in zones)


def write(path, text):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def write_servers(folder):
    """What there must be before the key is known: Knot with the servers' own zone alone. (It is written again.)"""
    os.makedirs(f"{folder}/zones", exist_ok=True)
    os.makedirs(f"{folder}/knot", exist_ok=True)
    os.makedirs(f"{folder}/nsd", exist_ok=True)
    write(f"{folder}/zones/{names.SERVERS}.zone",
          f"{names.SERVERS}. {TTL} SOA a. b. 1 3600 900 86400 60\n{names.SERVERS}. {TTL} NS a.\n")
    write(f"{folder}/knot.conf", KNOT_CONF.format(dir=folder, address=addresses.SIGNED) +
          f"  - domain: {names.SERVERS}.\n")


def write_all(folder, model, key, threads=1):
    served = [z for z in model.zones.values() if server(z.state) in (KNOT, NSD)]
    for zone in served:
        write(f"{folder}/zones/{file_name(zone)}", zone_text(zone, key))
    write(f"{folder}/knot.conf", knot_conf(folder, [z for z in served if server(z.state) == KNOT]))
    write(f"{folder}/nsd.conf", nsd_conf(folder, [z for z in served if server(z.state) == NSD]))
    write(f"{folder}/root.hints", f". 3600 NS {KNOT}.servers.{names.SERVERS}.\n"
                                  f"{KNOT}.servers.{names.SERVERS}. 3600 A {addresses.SIGNED}\n")
    write(f"{folder}/root.anchor", f". IN DS {key.ds('')}\n")
    write(f"{folder}/unbound.conf", UNBOUND_CONF.format(dir=folder, resolver=addresses.RESOLVER, threads=threads))
