"""dane: does a chain satisfy the TLSA records of its host (RFC 7672, RFC 7671)? From the certificates themselves."""
import hashlib

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

LENGTHS = {1: 32, 2: 64}


def usable(rdata):
    """RFC 7672 §3.1: usage DANE-TA or DANE-EE, and a selector, a matching type and a length that there are."""
    if len(rdata) < 4 or rdata[0] not in (2, 3) or rdata[1] > 1 or rdata[2] > 2:
        return False
    return len(rdata) - 3 == LENGTHS.get(rdata[2], len(rdata) - 3)


def violations(rdata):
    """What is wrong with it, in the scanner's words."""
    if len(rdata) < 4:
        return {"tlsa-malformed"}
    wrong = set()
    if rdata[0] not in (2, 3):
        wrong.add("tlsa-usage-unusable")
    if rdata[1] > 1:
        wrong.add("tlsa-selector-unknown")
    if rdata[2] > 2:
        wrong.add("tlsa-matching-unknown")
    if len(rdata) - 3 != LENGTHS.get(rdata[2], len(rdata) - 3):
        wrong.add("tlsa-length")
    return wrong


def matches(rdata, certificate):
    if rdata[1] == 0:
        data = certificate.public_bytes(Encoding.DER)
    else:
        data = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if rdata[2]:
        data = hashlib.new({1: "sha256", 2: "sha512"}[rdata[2]], data).digest()
    return data == rdata[3:]


def judge(rdatas, chain):
    """(by DANE-EE, by DANE-TA): the second wants the name and the dates too (RFC 7672 §3.1.1 and §3.1.2)."""
    good = [r for r in rdatas if usable(r)]
    return (any(r[0] == 3 and matches(r, chain[0]) for r in good),
            any(r[0] == 2 and any(matches(r, c) for c in chain[1:]) for r in good))
