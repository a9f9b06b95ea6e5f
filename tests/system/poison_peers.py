#!/usr/bin/python3
"""Mail and policy hosts that say poison themselves: in greeting, EHLO keywords, policy, Location, media type, and in the subject
and names of their certificates. For test_poison.py, which runs this inside a world.

usage: poison_peers.py FOLDER    FOLDER/peers.json: a list of {"address", "text"}; FOLDER/ready is written when all listen;
they end with standard input. Text has a byte a character. Who asks for a policy at a name with "moved" in it is sent elsewhere."""

import base64
import datetime
import json
import os
import socket
import ssl
import sys
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PATIENCE = 10  # seconds for one word of a client's


def is_utf8(data):
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def write_certificate(path, said):
    """What no library would sign is put into the certificate afterwards; its signature is nobody's concern here."""
    key, filler, now = ec.generate_private_key(ec.SECP256R1()), "p" * len(said), datetime.datetime.now(datetime.timezone.utc)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, filler)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    builder = builder.not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(9))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(filler)]), False)
    der = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    if not is_utf8(said):
        der = der.replace(b"\x0c%c" % len(said) + filler.encode(), b"\x14%c" % len(said) + said)  # OpenSSL takes it in a T61String
    der = der.replace(filler.encode(), said)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with open(path, "wb") as out:
        out.write(b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n" + pem)


class Peer:
    def __init__(self, folder, number, address, text):
        self.said = text.encode("latin-1")
        path = os.path.join(folder, f"poison{number}.pem")
        write_certificate(path, self.said)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(path)
        for port, serve in ((25, self.mail), (443, self.policy)):
            listener = socket.create_server((address, port))
            threading.Thread(target=self.accept, args=(listener, serve), daemon=True).start()

    def accept(self, listener, serve):
        while True:
            client = listener.accept()[0]
            client.settimeout(PATIENCE)
            threading.Thread(target=self.guard, args=(serve, client), daemon=True).start()

    @staticmethod
    def guard(serve, client):
        try:
            serve(client)
        except OSError:
            pass
        finally:
            client.close()

    def mail(self, client):
        client.sendall(b"220 mx " + self.said + b"\r\n")
        while True:
            word = client.recv(512).upper()
            if word.startswith((b"EHLO", b"HELO")):
                client.sendall(b"250-mx\r\n250-" + self.said + b"\r\n250-X-" + self.said + b"\r\n250 STARTTLS\r\n")
            elif word.startswith(b"STARTTLS"):
                client.sendall(b"220 " + self.said.split(b"\r")[0] + b"\r\n")
                client = self.context.wrap_socket(client, server_side=True)
            else:
                client.sendall(b"221 " + self.said + b"\r\n")
                return

    def policy(self, client):
        client = self.context.wrap_socket(client, server_side=True)
        if b"moved" in client.recv(4096):
            status = b"301 " + self.said.split(b"\r")[0] + b"\r\nLocation: https://elsewhere.example/" + self.said
            body = b""
        else:
            status = b"200 OK\r\nContent-Type: text/" + self.said.replace(b"\0", b"")
            body = b"version: STSv1\r\nmode: " + self.said + b"\r\nmx: " + self.said + b"\r\nmax_age: 86400\r\n" + self.said + b"\r\n"
        client.sendall(b"HTTP/1.1 " + status + b"\r\nConnection: close\r\n\r\n" + body)
        client.unwrap()


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "peers.json"), encoding="utf-8") as f:
        for number, line in enumerate(json.load(f)):
            Peer(folder, number, line["address"], line["text"])
    with open(os.path.join(folder, "ready"), "w", encoding="ascii"):
        pass
    sys.stdin.read()


if __name__ == "__main__":
    main()
