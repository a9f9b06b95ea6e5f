"""certificates: a private PKI, and a certificate for every host that wants one.

Keys are shared, one for each type and use, which makes a certificate cost a signature and no more. A certificate is
described by {"kind": …, "key": …, "names": […]}; hosts with equal descriptions share the file. An RSA leaf comes from
the RSA intermediate, every other from the P-256 one, "p384" from a P-384 one.
"""
import collections
import datetime
import hashlib
import json
import os
import re

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# kind: what the chain holds behind the leaf, who signs, from and until (days from now), and what PKIX says of it
Kind = collections.namedtuple("Kind", "chain signer start end errors")
GOOD = ["intermediate"]
KINDS = {
    "good":                 Kind(GOOD, "intermediate", -10, 80, []),
    "expired":              Kind(GOOD, "intermediate", -100, -10, ["expired"]),
    "expiring":             Kind(GOOD, "intermediate", -70, 20, []),
    "not-yet-valid":        Kind(GOOD, "intermediate", 10, 100, ["not-yet-valid"]),
    "self-signed":          Kind([], "itself", -10, 80, ["self-signed"]),
    "self-signed-expired":  Kind([], "itself", -100, -10, ["expired", "self-signed"]),
    "untrusted-root":       Kind(["other-intermediate", "other-root"], "other-intermediate", -10, 80, ["untrusted-root"]),
    "unknown-ca":           Kind(["other-intermediate"], "other-intermediate", -10, 80, ["incomplete-chain"]),
    "missing-intermediate": Kind([], "intermediate", -10, 80, ["incomplete-chain"]),
    "bad-signature":        Kind(GOOD, "intermediate", -10, 80, ["bad-signature"]),
    "wrong-purpose":        Kind(GOOD, "intermediate", -10, 80, ["wrong-purpose"]),
    "with-root":            Kind(["intermediate", "root"], "intermediate", -10, 80, []),
    "no-san":               Kind(GOOD, "intermediate", -10, 80, []),
}
KEYS = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}
# authority: key type, by whom it is signed
AUTHORITIES = {
    "root": ("rsa", "root"), "root-ec": ("p384", "root-ec"),
    "intermediate-rsa": ("rsa", "root"), "intermediate-p256": ("p256", "root-ec"), "intermediate-p384": ("p384", "root-ec"),
    "other-root": ("p256", "other-root"), "other-intermediate": ("p256", "other-root"),
}


def authority_of(role, key):
    """Which authority plays a role of KINDS for a leaf of this key type."""
    if role.startswith("other"):
        return role
    if role == "root":
        return "root" if key == "rsa" else "root-ec"
    return "intermediate-" + {"rsa": "rsa", "p384": "p384"}.get(key, "p256")


def descriptor(kind="good", key="p256", names=()):
    return {"kind": kind, "key": key, "names": list(names)}


def identity(what):
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:20]


def _digest(key):
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    return hashes.SHA384() if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.key_size == 384 else hashes.SHA256()


def _name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


class Authority:
    """Mints into FOLDER: certs/ID.pem (leaf, chain, key), ca.pem (the trust store), index.json (ID: chain's SHA-256)."""

    def __init__(self, folder, now=None):
        self.folder = folder
        self.now = (now or datetime.datetime.utcnow()).replace(microsecond=0)
        self.keys = {name: make() for name, make in KEYS.items()}
        self.key_pem = {name: self._pem_key(key) for name, key in self.keys.items()}
        self.authorities = {}   # name: (certificate, key)
        self.authority_pem = {}
        self.chains = {}        # identity: [certificate, …]
        self.serial = 1 << 64
        os.makedirs(f"{folder}/certs", exist_ok=True)
        for name in AUTHORITIES:
            self._authority(name)
        with open(f"{folder}/ca.pem", "wb") as out:
            for root in ("root", "root-ec"):
                out.write(self._pem(self.authorities[root][0]))

    @staticmethod
    def _pem(certificate):
        return certificate.public_bytes(serialization.Encoding.PEM)

    @staticmethod
    def _pem_key(key):
        return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                 serialization.NoEncryption())

    def _builder(self, subject, issuer, key, start, end):
        self.serial += 1
        day = datetime.timedelta(days=1)
        return (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
                .serial_number(self.serial).not_valid_before(self.now + start * day).not_valid_after(self.now + end * day))

    def _authority(self, name):
        key_type, above = AUTHORITIES[name]
        key = KEYS[key_type]()
        signer = key if above == name else self.authorities[above][1]
        issuer = _name("mxworld " + above)
        builder = self._builder(_name("mxworld " + name), issuer, key, -400, 4000).add_extension(
            x509.BasicConstraints(True, None), True).add_extension(
            x509.KeyUsage(False, False, False, False, False, True, True, False, False), True)
        self.authorities[name] = builder.sign(signer, _digest(signer)), key
        self.authority_pem[name] = self._pem(self.authorities[name][0])

    def chain(self, what):
        """The certificates that a host of this description shows, the leaf first."""
        known = identity(what)
        if known not in self.chains:
            kind = KINDS[what["kind"]]
            self.chains[known] = [self._leaf(what, kind)] + [
                self.authorities[authority_of(role, what["key"])][0] for role in kind.chain]
        return self.chains[known]

    def issuer(self, what):
        return self.authorities[authority_of("intermediate", what["key"])][0]

    def _leaf(self, what, kind):
        key = self.keys[what["key"]]
        names = what["names"] or ["nobody.invalid"]
        subject = _name(names[0])
        if kind.signer == "itself":
            issuer, signer = subject, key
        else:
            certificate, signer = self.authorities[authority_of(kind.signer, what["key"])]
            issuer = certificate.subject
        builder = self._builder(subject, issuer, key, kind.start, kind.end)
        purpose = ExtendedKeyUsageOID.CLIENT_AUTH if what["kind"] == "wrong-purpose" else ExtendedKeyUsageOID.SERVER_AUTH
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), False)
        if what["kind"] != "no-san":
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), False)
        leaf = builder.sign(signer, _digest(signer))
        return self._spoilt(leaf) if what["kind"] == "bad-signature" else leaf

    @staticmethod
    def _spoilt(certificate):
        der = bytearray(certificate.public_bytes(serialization.Encoding.DER))
        der[-1] ^= 1   # the last byte of the signature's s
        return x509.load_der_x509_certificate(bytes(der))

    def path(self, what):
        return f"{self.folder}/certs/{identity(what)}.pem"

    def write(self, what):
        path = self.path(what)
        above = [self.authority_pem[authority_of(role, what["key"])] for role in KINDS[what["kind"]].chain]
        with open(path, "wb") as out:
            out.write(b"".join([self._pem(self.chain(what)[0]), *above, self.key_pem[what["key"]]]))
        return path

    def write_index(self):
        index = {known: [hashlib.sha256(c.public_bytes(serialization.Encoding.DER)).hexdigest() for c in chain]
                 for known, chain in self.chains.items()}
        with open(f"{self.folder}/index.json", "w", encoding="utf-8") as out:
            json.dump(index, out)


def tlsa(authority, what, record):
    """RDATA of {"usage", "selector", "matching", "of": leaf, issuer, other or short}."""
    certificate = authority.issuer(what) if record["of"] == "issuer" else authority.chain(what)[0]
    if record["selector"] == 1:
        data = certificate.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    else:
        data = certificate.public_bytes(serialization.Encoding.DER)
    if record["of"] == "other":
        data = b"another key"
    if record["matching"] == 1:
        data = hashlib.sha256(data).digest()
    elif record["matching"] == 2:
        data = hashlib.sha512(data).digest()
    if record["of"] == "short":
        data = data[:20]
    return bytes([record["usage"], record["selector"], record["matching"]]) + data


def name_matches(names, host):
    """RFC 6125 §6.4: DNS-ID; a wildcard is the whole left-most label and stands for one of letters, digits and hyphens: a
    label with an underscore is no host name's (RFC 1123 §2.1). Two labels stand behind it: "*.com" is for nobody (§7.2).
    OpenSSL, with which senders match, has both rules."""
    label, _, rest = host.lower().partition(".")
    plain = re.fullmatch("[a-z0-9-]+", label)
    return any(n.lower() == host.lower() or (n.startswith("*.") and "." in rest and plain and n[2:].lower() == rest) for n in names)
