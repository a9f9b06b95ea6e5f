"""policyhosts: the policies of MTA-STS and every way in which their hosts fail, what a sender makes of each, and the
files from which nginx (and, where TLS itself misbehaves, world-peer) serve them."""
import collections
import os
import shutil

from tests.world import addresses, texts, zones

HOSTS = 8   # addresses of nginx

# serve: nginx, one of the peer's behaviours, refused, special, nxdomain, nodata or servfail.
# outcome, step, verdict, violations: what is expected, given that certificate.
Case = collections.namedtuple("Case", "serve certificate status media_type body outcome step verdict violations fields")

GOOD_BODY = "version: STSv1\r\nmode: $mode\r\n$mx\r\nmax_age: 604800\r\n"


def _case(outcome="ok", step="done", verdict=None, violations="", body=GOOD_BODY, serve="nginx", certificate="good",
          status=200, media_type="text/plain", fields=None):
    if verdict is None:
        verdict = "valid" if outcome == "ok" else "invalid"
    return Case(serve, certificate, status, media_type, body, outcome, step, verdict, violations.split(), fields)


def _bad(violations, body, **fields):
    return _case("syntax", "syntax", violations=violations, body=body, fields=fields)


def _certificate(kind):
    return _case("certificate", "tls", certificate=kind)


PAGE = "<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body><p>It works.</p></body></html>\n"

CASES = {
    "good":              _case(),
    "lf":                _case(body="version: STSv1\nmode: $mode\n$mx\nmax_age: 86400\n", fields={"max_age": 86400}),
    "last-line-open":    _case(body="version: STSv1\nmode: $mode\n$mx\nmax_age: 86400", fields={"max_age": 86400}),
    "extension":         _case(body=GOOD_BODY + "note: this is fine\r\n"),
    "none-without-mx":   _case(body="version: STSv1\nmode: none\nmax_age: 86400\n",
                               fields={"mode": "none", "mx": [], "max_age": 86400}),
    "repeated":          _case(violations="policy-field-repeated", body="version: STSv1\nmode: $mode\n$mx\n"
                               "max_age: 604800\nmax_age: 1\n"),
    "media-type":        _case(violations="policy-media-type", media_type="text/html"),
    "charset":           _case(media_type="text/plain; charset=utf-8"),
    "tls12-only":        _case(serve="tls12"),
    # DNS
    "nxdomain":          _case("nxdomain", "dns", "absent", serve="nxdomain"),
    "nodata":            _case("no-address", "dns", "absent", serve="nodata"),
    "servfail":          _case("servfail", "dns", "unknown", serve="servfail"),
    "special":           _case("special-address", "dns", serve="special"),
    # TCP
    "refused":           _case("connection-refused", "connect", "unknown", serve="refused"),
    "blackhole":         _case("timeout", "connect", "unknown", serve="blackhole"),
    # TLS
    "expired":           _certificate("expired"),
    "not-yet-valid":     _certificate("not-yet-valid"),
    "self-signed":       _certificate("self-signed"),
    "untrusted-root":    _certificate("untrusted-root"),
    "unknown-ca":        _certificate("unknown-ca"),
    "missing-intermediate": _certificate("missing-intermediate"),
    "wrong-name":        _certificate("wrong-name"),
    "no-san":            _certificate("no-san"),
    "expired-and-404":   _case("certificate", "tls", certificate="expired", status=404),
    "alert":             _case("tls-failed", "tls", serve="tls-alert"),
    "tls-reset":         _case("reset", "tls", "unknown", serve="tls-reset"),
    "tls-close":         _case("closed", "tls", "unknown", serve="tls-close"),
    "tls-silence":       _case("timeout", "tls", "unknown", serve="tls-silence"),
    "tls-garbage":       _case("no-tls", "tls", serve="tls-garbage"),
    "plain-http":        _case("no-tls", "tls", serve="https-plain"),
    # HTTP
    "404":               _case("http-status", "http", status=404),
    "403":               _case("http-status", "http", status=403),
    "429":               _case("http-status", "http", status=429),
    "500":               _case("http-status", "http", status=500),
    "503":               _case("http-status", "http", status=503),
    "expired-and-503":   _case("certificate", "tls", certificate="expired", status=503),
    "301":               _case("http-redirect", "http", status=301),
    "http-close":        _case("closed", "http", "unknown", serve="https-close"),
    "http-drip":         _case("timeout", "http", "unknown", serve="https-drip"),
    "http-endless":      _case("too-large", "http", serve="https-endless"),
    "70-kilobytes":      _case("too-large", "http", body=GOOD_BODY + "x-padding: " + "p" * 70000 + "\r\n"),
    # syntax
    "empty":             _bad("policy-empty", "", mode=None, max_age=None, mx=None),
    "html":              _case("syntax", "syntax", violations="policy-html policy-media-type", body=PAGE,
                               media_type="text/html", fields={"mode": None, "max_age": None, "mx": None}),
    "prose":             _bad("policy-prose", "There will be a policy here one day.\n", mode=None, max_age=None, mx=None),
    "json":              _bad("policy-json", '{"error": "no such page"}\n', mode=None, max_age=None, mx=None),
    "record":            _bad("policy-record", "v=STSv1; id=20260101;\n", mode=None, max_age=None, mx=None),
    "bom":               _bad("policy-bom", "\ufeff" + GOOD_BODY),
    "bare-cr":           _bad("policy-bare-cr policy-version-invalid policy-mode-missing policy-max-age-missing",
                              "version: STSv1\rmode: $mode\rmx: mail.$d\rmax_age: 604800\r", mode=None, max_age=None, mx=None),
    "line-end-written":  _bad("policy-line-end-written policy-version-invalid policy-mode-missing policy-max-age-missing",
                              "version: STSv1\\nmode: $mode\\nmx: mail.$d\\nmax_age: 604800\\n", mode=None, max_age=None,
                              mx=None),
    "field-spaced":      _bad("policy-field-spaced policy-mode-missing", GOOD_BODY.replace("mode:", " mode :"), mode=None),
    "field-separator":   _bad("policy-field-separator policy-mode-missing", GOOD_BODY.replace("mode: ", "mode="), mode=None),
    "field-case":        _bad("policy-field-case policy-mode-missing", GOOD_BODY.replace("mode:", "Mode:"), mode=None),
    "line-malformed":    _bad("policy-line-malformed", GOOD_BODY + "no field at all\r\n"),
    "not-text":          _bad("policy-not-text", GOOD_BODY + "x-note: \x00\x01\x02\r\n"),
    "version-missing":   _bad("policy-version-missing", "mode: $mode\r\n$mx\r\nmax_age: 604800\r\n"),
    "version-invalid":   _bad("policy-version-invalid", GOOD_BODY.replace("STSv1", "STSv2")),
    "mode-missing":      _bad("policy-mode-missing", "version: STSv1\r\n$mx\r\nmax_age: 604800\r\n", mode=None),
    "mode-invalid":      _bad("policy-mode-invalid", GOOD_BODY.replace("$mode", "enforced"), mode=None),
    "max-age-missing":   _bad("policy-max-age-missing", "version: STSv1\r\nmode: $mode\r\n$mx\r\n", max_age=None),
    "max-age-invalid":   _bad("policy-max-age-invalid", GOOD_BODY.replace("604800", "1 week"), max_age=None),
    "max-age-too-large": _bad("policy-max-age-too-large", GOOD_BODY.replace("604800", "31557601"), max_age=31557601),
    "max-age-short":     _case(violations="policy-max-age-short", body=GOOD_BODY.replace("604800", "3600"),
                               fields={"max_age": 3600}),
    "mx-missing":        _bad("policy-mx-missing", "version: STSv1\r\nmode: enforce\r\nmax_age: 604800\r\n",
                              mode="enforce", mx=None),
    "mx-empty":          _bad("policy-mx-empty", GOOD_BODY.replace("$mx", "mx:"), mx=[""]),
    "mx-trailing-dot":   _bad("policy-mx-trailing-dot", GOOD_BODY.replace("$mx", "mx: mail.$d."), mx=["mail.$d."]),
    "mx-email":          _bad("policy-mx-email", GOOD_BODY.replace("$mx", "mx: postmaster@$d"), mx=["postmaster@$d"]),
    "mx-wildcard":       _bad("policy-mx-wildcard", GOOD_BODY.replace("$mx", "mx: mail.*.$d"), mx=["mail.*.$d"]),
    "mx-list":           _bad("policy-mx-list", GOOD_BODY.replace("$mx", "mx: mail.$d, mx.$d"), mx=["mail.$d, mx.$d"]),
    "mx-url":            _bad("policy-mx-url", GOOD_BODY.replace("$mx", "mx: https://mail.$d/"), mx=["https://mail.$d/"]),
    "mx-preference":     _bad("policy-mx-preference", GOOD_BODY.replace("$mx", "mx: 10 mail.$d"), mx=["10 mail.$d"]),
    "mx-not-ascii":      _bad("policy-mx-not-ascii", GOOD_BODY.replace("$mx", "mx: m\u00fc.$d"), mx=["m\u00fc.$d"]),
    "mx-address":        _case(violations="policy-mx-address", body=GOOD_BODY.replace("$mx", "mx: 192.0.2.1\r\n$mx"),
                               fields={"mx": ["192.0.2.1", "mx.$d"]}),
    "mx-invalid":        _bad("policy-mx-invalid", GOOD_BODY.replace("$mx", "mx: mail_.-.$d"), mx=["mail_.-.$d"]),
}


def host_of(domain):
    return "mta-sts." + domain


def body(domain, policy):
    text = CASES[policy["case"]].body
    patterns = "\r\n".join("mx: " + mx for mx in policy.get("mx", [])) if "\r\n" in text else \
        "\n".join("mx: " + mx for mx in policy.get("mx", []))
    text = text.replace("$mode", policy.get("mode", "enforce")).replace("$mx", patterns)
    return texts.fill(text, domain, policy)


def certificate(domain, policy):
    """The description of the certificate that this policy's host shows."""
    kind = CASES[policy["case"]].certificate
    name = "www." + domain if kind == "wrong-name" else host_of(domain)
    return {"kind": "good" if kind == "wrong-name" else kind, "key": policy.get("key", "p256"), "names": [name]}


def wants_certificate(policy):
    return CASES[policy["case"]].serve not in ("nxdomain", "nodata", "servfail", "special", "refused", "blackhole")


NGINX_CONF = """\
worker_processes 1;
worker_rlimit_nofile 8192;
pid {dir}/nginx.pid;
error_log {dir}/nginx.log crit;
user root;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    server_tokens off;
    types {{ }}
    default_type text/plain;
    keepalive_timeout 5;
    server_names_hash_bucket_size 512;
    server_names_hash_max_size 65536;
    client_body_temp_path {dir}/nginx-temp/body;
    proxy_temp_path {dir}/nginx-temp/proxy;
    fastcgi_temp_path {dir}/nginx-temp/fastcgi;
    uwsgi_temp_path {dir}/nginx-temp/uwsgi;
    scgi_temp_path {dir}/nginx-temp/scgi;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_tickets off;
    ssl_certificate {dir}/policies/$ssl_server_name.pem;
    ssl_certificate_key {dir}/policies/$ssl_server_name.pem;
    server {{
        {listen}
        server_name _;
        location = /.well-known/mta-sts.txt {{ alias {dir}/policies/$host.txt; }}
    }}
"""
NGINX_SERVER = """\
    server {{
        {listen}
        server_name {names};
        default_type "{media_type}";
        location = /.well-known/mta-sts.txt {{ {action} }}
    }}
"""
ACTIONS = {200: "alias {dir}/policies/$host.txt;", 301: "return 301 https://www.$host/mta-sts.txt;"}
NOT_FOUND = "nothing here\n"


def nginx_addresses():
    return [addresses.after(addresses.POLICY_HOSTS, n) for n in range(1, HOSTS + 1)]


def write_nginx(folder, description, authority):
    os.makedirs(f"{folder}/policies", exist_ok=True)
    os.makedirs(f"{folder}/nginx-temp", exist_ok=True)
    special = collections.defaultdict(list)
    for line in description.domains.values():
        policy = line.get("policy")
        if policy is None or CASES[policy["case"]].serve != "nginx":
            continue
        case, host = CASES[policy["case"]], host_of(line["domain"])
        with open(f"{folder}/policies/{host}.txt", "w", encoding="utf-8", newline="") as out:
            out.write(body(line["domain"], policy))
        shutil.copyfile(authority.write(certificate(line["domain"], policy)), f"{folder}/policies/{host}.pem")
        if (case.status, case.media_type) != (200, "text/plain"):
            special[case.status, case.media_type].append(host)
    listen = "listen " + " ssl; listen ".join(nginx_addresses_with_ports()) + " ssl;"
    conf = NGINX_CONF.format(dir=folder, listen=listen)
    for (status, media_type), names in special.items():
        action = ACTIONS.get(status, f'return {status} "nothing here\\n";').format(dir=folder)
        conf += NGINX_SERVER.format(listen=listen, names=" ".join(names), media_type=media_type, action=action)
    zones.write(f"{folder}/nginx.conf", conf + "}\n")


def nginx_addresses_with_ports():
    return [a + ":443" for a in nginx_addresses()] + ["[fd64:6d78::2:1]:443"]


def peer_rows(folder, description, authority):
    """The lines of the peer's table for policy hosts whose TLS or HTTP misbehaves."""
    for line in description.domains.values():
        policy = line.get("policy")
        if policy is None or CASES[policy["case"]].serve in ("nginx", "nxdomain", "nodata", "servfail", "special", "refused"):
            continue
        serve, host = CASES[policy["case"]].serve, host_of(line["domain"])
        pem = authority.write(certificate(line["domain"], policy)) if wants_certificate(policy) else "-"
        os.makedirs(f"{folder}/policies", exist_ok=True)
        text = f"{folder}/policies/{host}.txt"
        with open(text, "w", encoding="utf-8", newline="") as out:
            out.write(body(line["domain"], policy))
        options = f"body={text}" if serve == "tls12" else "-"
        yield [policy["address"], "443", serve, host, pem, options]
