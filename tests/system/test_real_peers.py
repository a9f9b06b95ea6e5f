#!/usr/bin/python3
"""Hosts that nobody wrote for this test: Postfix, Exim and nginx for mail, nginx for policies, in TLS 1.0 to 1.3, with
certificates of RSA, ECDSA and Ed25519 that are good, expired, self-signed, incomplete or another's. Of each the exact
record is expected, and `openssl s_client` and, of mail hosts, posttls-finger, Postfix's client, must tell the same of it:
version, cipher, chain, verification, DANE."""

import concurrent.futures
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import census  # noqa: E402
import real_peers  # noqa: E402
from real_peers import Host, Peers  # noqa: E402

sys.path.insert(0, census.TOP)
from tests.world import addresses, certificates, compare, expect, policyhosts  # noqa: E402
from tests.world.description import Description  # noqa: E402

KEYS = ["rsa", "p256", "ed25519"]
KINDS = ["expired", "self-signed", "missing-intermediate", "wrong-name"]
PATIENCE = ["--banner-timeout", "40", "--command-timeout", "40", "--tls-timeout", "40", "--probe-timeout", "120"]
# What each server says of itself: banner, EHLO keywords, and those inside TLS.
WORDS = {
    "postfix": ("220 {} ESMTP Postfix",
                ["PIPELINING", "SIZE 10240000", "VRFY", "ETRN", "STARTTLS", "ENHANCEDSTATUSCODES", "8BITMIME", "DSN", "SMTPUTF8",
                 "CHUNKING"]),
    "exim": ("220 exim.peers.example ESMTP", ["SIZE 52428800", "8BITMIME", "PIPELINING", "PIPECONNECT", "CHUNKING", "STARTTLS",
                                              "SMTPUTF8", "HELP"]),
    "nginx": ("220 {} ESMTP ready", ["SIZE 10240000", "8BITMIME", "STARTTLS"]),
}
# name: kind of certificate, TLSA records, and what both we and posttls-finger must make of them
DANE = {
    "entity": ("good", [dict(usage=3, selector=1, matching=1, of="leaf")], True),
    "entity-self-signed": ("self-signed", [dict(usage=3, selector=1, matching=1, of="leaf")], True),
    "entity-expired": ("expired", [dict(usage=3, selector=0, matching=2, of="leaf")], True),
    "entity-wrong-name": ("wrong-name", [dict(usage=3, selector=0, matching=1, of="leaf")], True),
    "entity-other": ("good", [dict(usage=3, selector=1, matching=1, of="other")], False),
    "anchor": ("good", [dict(usage=2, selector=1, matching=1, of="issuer")], True),
    "anchor-expired": ("expired", [dict(usage=2, selector=1, matching=1, of="issuer")], False),
    "anchor-wrong-name": ("wrong-name", [dict(usage=2, selector=1, matching=1, of="issuer")], False),
    "anchor-next-hop": ("next-hop", [dict(usage=2, selector=0, matching=1, of="issuer")], True),
    "unusable": ("good", [dict(usage=1, selector=1, matching=1, of="leaf")], False),
    "unusable-beside": ("good", [dict(usage=0, selector=1, matching=1, of="issuer"),
                                 dict(usage=3, selector=1, matching=1, of="leaf")], True),
}


class Row:
    """One domain with one mail host; that of nginx has a policy too, whose host is nginx of the same kind, key and version."""

    def __init__(self, server, key, kind="good", version=None, tlsa=None, name=None):
        self.server, self.key, self.kind, self.version, self.tlsa = server, key, kind, version, tlsa
        self.domain = name or "-".join([server, key, kind, (version or "any").replace(".", "").lower()]) + ".com"
        self.host = "mx." + self.domain
        names = {"wrong-name": "elsewhere.example", "next-hop": self.domain}.get(kind, self.host)
        self.certificate = certificates.descriptor("good" if kind in ("wrong-name", "next-hop") else kind, key, [names])

    def describe(self, description, space):
        self.address = space.v4()
        host = description.host(self.host, a=[self.address], certificate=self.certificate)
        line = description.domain(self.domain, rank=len(description.domains) + 1, mx=[[10, self.host]],
                                  a=[addresses.WEB])
        if self.server == "nginx":
            line["mta_sts"] = {"case": "plain", "id": "20260101"}
            self.policy = line["policy"] = {"case": self.kind, "mode": "enforce", "mx": [self.host], "key": self.key,
                                            "address": space.v4()}
        if self.tlsa:
            host["tlsa"] = self.tlsa
            description.zone(self.domain, "signed")


def rows_of(server):
    found = [Row(server, key, version=version) for version in real_peers.VERSIONS for key in KEYS
             if key != "ed25519" or version in ("TLSv1.2", "TLSv1.3")]
    return found + [Row(server, key, kind) for kind in KINDS for key in KEYS]


def rows_of_dane():
    return [Row("postfix", "p256", kind, tlsa=tlsa, name=f"dane-{name}.com") for name, (kind, tlsa, _) in DANE.items()]


def expected(row, world):
    """The record, as a perfect scanner writes it."""
    version = row.version or "TLSv1.3"
    banner, words = WORDS[row.server]
    base = {**world.mailhost(row.host)[0]}
    inside = [w for w in words if w != "STARTTLS"]
    tls = {**world.handshake(row.certificate, row.host, version), "sni": row.host}
    return {**base, "address": row.address, "outcome": "ok", "step": "quit", "attempts": expect.OneOf(1, 2),
            "banner": banner.format(row.host), "ehlo": words, "starttls": "offered", "tls": tls, "ehlo_tls": inside,
            "requiretls": False}


def expected_policy(row, world):
    """The same of its policy: a case of the world, but for the version of TLS."""
    record = world.policy(world.description.domains[row.domain])
    what, host = policyhosts.certificate(row.domain, row.policy), policyhosts.host_of(row.domain)
    path = f"{world.folder}/policies/{host}.pem"
    return {**record, "tls": world.handshake(what, host, row.version or "TLSv1.3", path)}


# ---- what others say ----

OPENSSL_SIGNATURES = {"rsa_pss_rsae_sha256": "RSA-PSS SHA256", "rsa_pss_rsae_sha384": "RSA-PSS SHA384",
                      "rsa_pss_rsae_sha512": "RSA-PSS SHA512", "rsa_pkcs1_sha256": "RSA SHA256",
                      "rsa_pkcs1_md5_sha1": "RSA MD5-SHA1", "ecdsa_secp256r1_sha256": "ECDSA SHA256", "ecdsa_sha1": "ECDSA SHA1",
                      "ed25519": "ed25519"}
OPENSSL_ERRORS = {"certificate has expired": "expired", "self-signed certificate": "self-signed",
                  "unable to get local issuer certificate": "incomplete-chain",
                  "unable to verify the first certificate": "incomplete-chain"}


def check_openssl(count, row, record, told):
    tls = record["tls"]
    for member in ("version", "cipher", "chain"):
        count.check(tls[member] == told[member], f"{row.domain}: {member}: {tls[member]}, openssl says {told[member]}")
    wanted = OPENSSL_SIGNATURES.get(tls["signature"])
    count.check(told["signature"] == wanted, f"{row.domain}: signature {tls['signature']}, openssl says {told['signature']}")
    errors = tls["pkix"].get("errors", [])
    if told["verification"] in OPENSSL_ERRORS:
        agreed = OPENSSL_ERRORS[told["verification"]] in errors
    elif told["verification"] == "hostname mismatch":
        agreed = tls["pkix"]["verdict"] == "valid" and not tls["name_match"]
    else:
        agreed = told["verification"] == "ok" and tls["pkix"]["verdict"] == "valid" and tls["name_match"]
    count.check(agreed, f"{row.domain}: {tls['pkix']}, {tls['name_match']}; openssl says {told['verification']}")


def check_postfix(count, row, record, told):
    tls = record["tls"]
    status = "Verified" if tls["pkix"]["verdict"] == "valid" and tls["name_match"] else "Untrusted"
    wanted = {"version": tls["version"], "cipher": tls["cipher"], "status": status}
    count.check(told == wanted, f"{row.domain}: {wanted}, Postfix says {told}")


def check_dane(count, row, ours, told):
    name = row.domain[len("dane-"):-len(".com")]
    wanted = DANE[name][2]
    count.check(ours == wanted, f"{row.domain}: dane_valid is {ours}")
    count.check((told["status"] == "Verified") == wanted, f"{row.domain}: dane_valid is {ours}, Postfix says {told}")


# ---- the run ----

def records(run, kind):
    lines = subprocess.run(["zstd", "-dcq", f"{run}/{kind}.jsonl.zst"], stdout=subprocess.PIPE, check=True).stdout
    return {record["host"]: record for record in map(json.loads, lines.splitlines())}


def dane_valid(run):
    """By domain: each is its own operator."""
    subprocess.run([census.PROGRAM, "stats", "-q", "--top", "1000", run], check=True, stdout=subprocess.DEVNULL)
    with open(f"{run}/adoption.csv", newline="", encoding="utf-8") as text:
        return {row["group"].partition("=")[2]: row["numerator"] == "1" for row in csv.DictReader(text)
                if row["metric"] == "dane_valid" and row["population"] == "all" and row["group"].startswith("operator=")}


def ask_others(peers, rows):
    """Domain: (by openssl, by Postfix, by Postfix with DANE)."""
    def ask(row):
        host = Host(row.host, row.address, None, row.version)
        by_dane = peers.finger("-l", "dane-only", row.domain) if row.tlsa else None
        by_postfix = None
        if row.version not in ("TLSv1", "TLSv1.1"):   # whose signatures posttls-finger refuses, whatever it is told
            by_postfix = peers.finger("-l", "secure", "-F", f"{peers.folder}/ca.pem", f"[{row.host}]", row.host)
        return row.domain, (peers.s_client(host), by_postfix, by_dane)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return dict(pool.map(ask, rows))


def check_record(count, row, wanted, record):
    """Is it as expected; False where there is no handshake to ask others about."""
    count.check(record is not None and "tls" in record, f"{row.domain}: {record}")
    if record is None or "tls" not in record:
        return False
    wrong = list(compare.differences(wanted, record))
    count.check(not wrong, f"{row.domain}: " + "; ".join(f"{where}: wanted {compare.show(want)}, got {compare.show(got)}"
                                                         for where, want, got in wrong))
    return True


def check_policies(count, peers, truth, rows, run):
    found = records(run, "policies")
    for row in rows:
        host, address = policyhosts.host_of(row.domain), row.policy["address"]
        record = found.get(host)
        if check_record(count, row, expected_policy(row, truth), record):
            check_openssl(count, row, record, peers.s_client(Host(host, address, None, row.version), port=443))


def check(count, world, rows, run):
    peers = Peers(world)
    by_server = {}
    authority = expect.Chains(world.directory)
    truth = expect.Expected(world.directory)
    for row in rows:
        pem = f"{authority.folder}/certs/{certificates.identity(row.certificate)}.pem"
        by_server.setdefault(row.server, []).append(Host(row.host, row.address, pem, row.version))
    with_policy = [row for row in rows if row.server == "nginx"]
    peers.start(by_server, [Host(policyhosts.host_of(row.domain), row.policy["address"],
                                 f"{world.directory}/policies/{policyhosts.host_of(row.domain)}.pem", row.version)
                            for row in with_policy])
    done = world.run(run, *PATIENCE)
    count.check(done.returncode == 0, f"exit status {done.returncode}: {done.stderr[-2000:]}")
    found, valid, others = records(run, "mx"), dane_valid(run), ask_others(peers, rows)
    check_policies(count, peers, truth, with_policy, run)
    for row in rows:
        record = found.get(row.host)
        if not check_record(count, row, expected(row, truth), record):
            continue
        by_openssl, by_postfix, by_dane = others[row.domain]
        check_openssl(count, row, record, by_openssl)
        if by_postfix is not None:
            check_postfix(count, row, record, by_postfix)
        if by_dane is not None:
            check_dane(count, row, valid.get(row.domain), by_dane)


def main():
    count = census.Count()
    if os.geteuid() != 0:
        count.skip("Postfix's master runs only as the real root")
        return count.report()
    wanted = ["postfix", "nginx"] + ["exim"] * os.path.exists(real_peers.EXIM)
    if "exim" not in wanted:
        count.skip(f"{real_peers.EXIM} is not there: scripts/install-deps unpacks it")
    rows = [row for server in wanted for row in rows_of(server)] + rows_of_dane()
    description, space = Description(), addresses.Allocator()
    for row in rows:
        row.describe(description, space)
    folder = tempfile.mkdtemp(prefix="mxcensus-peers.")
    try:
        description.write(f"{folder}/description.jsonl")
        with census.World("--description", f"{folder}/description.jsonl") as world:
            check(count, world, rows, f"{folder}/run")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return count.report()


if __name__ == "__main__":
    sys.exit(main())
