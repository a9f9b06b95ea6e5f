/* DKIM key records (RFC 6376 §3.6.1, RFC 8301, RFC 8463). Keys are openssl's but for those of the
 * RFCs' own examples. */
#include "tests/unit/parse/judged.h"

#define RSA512                                                                         \
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMNQkSfH/6uy/a33i1zKMyZ/9gFZf5y+IQBzvzPBYb5G1vnA" \
    "VD4lBeUPzVceSy5vWDI8YrxQe5JdZpgEtPwU5tMCAwEAAQ=="
#define RSA1023                                                                        \
    "MIGeMA0GCSqGSIb3DQEBAQUAA4GMADCBiAKBgFoGzEJNYkfzUgIQrI2toyB1/oEUDA1RteemE4zh402U" \
    "OX9yjVmxU5DcgdJhTrHIcWMTYxXN+fgaMzlZUsSYeJccG9d85jx0WxvnPAn/ZR4NV4BO35vA3acbFCyz" \
    "JWOLMWd8qlyhfxfNfMNclSewYg2QR51SvhKx1z9j3gidzdlfAgMBAAE="
#define RSA1024                                                                        \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDnfoUEhOuPT/6fp920QoBhHXuiO8jivOP0RlpOxfn5" \
    "7AyZugitAMFxISLjqUeDAk46tyEFSpREbjjuoxkiGNjVoQXmKixEsdujhc86Gz+g/tFsp1A3oVDW3VOA" \
    "Ur93Xycf1y89DwejMhH25HEOBD3K6RNvS3QddMIuFwQ3kVt0PwIDAQAB"
#define RSA2047                                                                        \
    "MIIBITANBgkqhkiG9w0BAQEFAAOCAQ4AMIIBCQKCAQBnESatgDTBUJB+rPKK1IVjT1n+r2oMCc0jp/kM" \
    "DRB+spSuGQFUZG/sfDLZO13Gbi5eMdZPyzsp9+zgsZxWb+5aTFl+H6RhWGZkBajhsiELzJ5b7H2BmqYD" \
    "QjUo9IykXf1Uap85BghI+yHtkYamm/iWedZiDHXVJSo5SvpKj2lCPyyZ+edMxRbZ6go0xSvENstpGSp4" \
    "3dbVpTMu7AyqdWHeQvD8Evr+Hqa3Kte3mHTnhbMTifY5KzwD5+aN/71mvuPBpA0f3+96q+4LXUhEae6v" \
    "nyzoUtQBGcKUDp/nF1ssKa4imL3Oq6Mu7BOxJ1ZimJmEKSfPShtnhcUNMdBZWC+DAgMBAAE="
#define RSA2048                                                                        \
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAzHQzPYsYy1OFFrAlmW3vyQmNzyE+h5J2tJc1" \
    "pPx1eax/fCjZAfP6to2K6C7aySXGj2ZgeV0Bs4mWK0vkcJArsxkeR+uFuYZeijylzapfamoO0jHVA/CC" \
    "2AZVxDIwwezQHthndP2e0nwOnaZyKeFvUuMPacsy4CD/YAyuP3BDn5zNE9BgKSdPziNBgzFrHxJOE1Ee" \
    "XILa+PjCiZ+RwOxmvjy2xyqR17rfIV4MZP35T1dVBgVqKTfCxpcteQ33Jw0/fSWx4CtNrwdrS8Cj46sy" \
    "oDZYnNQyjxhS4icH8awyLT7T44x1iQEwu5RcR1LSjS/Z3x1sch+M2E0gw4sOtTMxPQIDAQAB"
#define RSA4096                                                                        \
    "MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEA/aNFBj+mJKLCDHOPbXBC3kkr8mZ6uYN9e5JU" \
    "gnCpPJT8W0GeAZqg+TDetA4p9+s0i/LMRJ8QxfgNgETRxT0gNTQYSx5fTPyynfK+ROCaCR4oEcZfvQm9" \
    "UduPxBZ8VQFOQgRiHFLmr7xwup22T05HTQ07NauD2c7grJ4Fmt3UNHfNT2mSc4Yc2gyb3Ylwbja/iyB0" \
    "u4Sknus3Z8LVBAGeQHaiEhSxsUkArYbYM69LNqlUyS01Wi3xRfqlCpCJ/0JHl6zLvlCuwyzN7d1vIlAr" \
    "39AByzEhFMgPSiZOuwq4Hg8k8yIxsA5L2ljidSGNlZaW2vJwXESvqbwD0gASWDK2lt8bPFXULKv7JXHC" \
    "y+2APnUJucJynH/TGXkdZCjqMnRmkTO7tz7rxc/Qo0Hjasw3F0zvswja187RQR06wF7hw99WFvsDSmlb" \
    "9sLHX8L2VHWQA4fe83QEUzqnYdXNSja/JEwggEyxv4PkmMSaEK1T+nxixE0WamoQ8Vody2TXCQTsNu5E" \
    "8kOjI97JXn3o1KGYxuKzPwWlAyresQmc4H2OOkB1YFePINzNfhsMlLHgTi6m7iPhRicXFpL0vqi9wLvG" \
    "iEbhyJqcN4QVl12XKMuraHsZvaUKBlt3bdE/UFLx+KuFEBE55ldSblYWUTs6A5jYkzH2xRIiuJBXkzs2" \
    "nGhe3pkCAwEAAQ=="
#define BARE1024                                                                       \
    "MIGJAoGBAOd+hQSE649P/p+n3bRCgGEde6I7yOK84/RGWk7F+fnsDJm6CK0AwXEhIuOpR4MCTjq3IQVK" \
    "lERuOO6jGSIY2NWhBeYqLESx26OFzzobP6D+0WynUDehUNbdU4BSv3dfJx/XLz0PB6MyEfbkcQ4EPcrp" \
    "E29LdB10wi4XBDeRW3Q/AgMBAAE="
#define EC256                                                                          \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEO9ccY1pUkfbYmCgnRITBcmAZm8CKfL5D7ruR9jnIZH9V" \
    "kApRGeJKFjHbkTG/7cmXJy57w5ib9/fCy52OV2Tkhw=="
#define ED25519_SPKI "MCowBQYDK2VwAyEAqOkUZfJMaUbbDEuAJZHXlSVCY7dm7o6nwFao6+7JWhM="
#define ED25519 "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=" /* RFC 8463 §A.2 */
/* RFC 6376 §C: 1024 bits. */
#define RFC6376                                                                        \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYt" \
    "IxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0" \
    "fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"

#define RSA(bits) ",\"k\":\"rsa\",\"bits\":" bits
#define RSA0 ",\"k\":\"rsa\"}"
#define GOOD VALID RSA("2048") "}"
#define MISSPELT "{\"verdict\":\"absent\",\"violations\":[\"dkim-version\"]}"

static const struct judged rows[] = {
    { { TXT("v=DKIM1; k=rsa; p=" RSA2048) }, GOOD },
    { { TXT("v=DKIM1; p=" RSA4096) }, VALID RSA("4096") "}" },
    { { TXT("p=" RSA2048) }, GOOD }, /* v= is only recommended */
    { { TXT("k=rsa;p=" RSA2048 ";") }, GOOD },
    { { TXT(" v = DKIM1 ;\tp = " RSA2048 " ; ") }, GOOD },
    { { TXT("v=DKIM1;\r\n p\r\n =\r\n " RSA2048 ";\r\n\t") }, GOOD }, /* FWS */
    { { TXT("v=DKIM1; k=RSA; p=" RSA2048) }, GOOD },
    { { TXT("v=DKIM1; p=" RFC6376) }, NOTED("\"dkim-key-below-2048\"") RSA("1024") "}" },
    { { TXT("v=DKIM1; k=ed25519; p=" ED25519) }, VALID ",\"k\":\"ed25519\",\"bits\":256}" },
    /* All tags, in the order of a record of a run. */
    { { TXT("v=DKIM1; h=sha1:sha256; k=rsa; n=key of 2026; p=" RSA2048 "; s=email:x; t=y : s") },
      VALID RSA("2048") ",\"t\":[\"y\",\"s\"],\"h\":[\"sha1\",\"sha256\"],\"s\":[\"email\",\"x\"],"
                        "\"n\":\"key of 2026\"}" },
    { { TXT("v=DKIM1; t=; p=" RSA2048) }, INVALID("\"dkim-syntax\"") RSA("2048") "}" },
    { { TXT("v=DKIM1; n=; p=" RSA2048) }, GOOD },
    { { TXT("v=DKIM1; t=s:; p=" RSA2048) },
      INVALID("\"dkim-syntax\"") RSA("2048") ",\"t\":[\"s\"]}" },
    { { TXT("v=DKIM1; t=x-new; p=" RSA2048) }, VALID RSA("2048") ",\"t\":[\"x-new\"]}" },
    /* What h, s and t do not know is a hyphenated-word (§2.10), or the record is none. */
    { { TXT("v=DKIM1; t=y,s; p=" RSA2048) },
      INVALID("\"dkim-syntax\"") RSA("2048") ",\"t\":[\"y,s\"]}" },
    { { TXT("v=DKIM1; t=s y; p=" RSA2048) },
      INVALID("\"dkim-syntax\"") RSA("2048") ",\"t\":[\"s y\"]}" },
    { { TXT("v=DKIM1; t=y:1; p=" RSA2048) },
      INVALID("\"dkim-syntax\"") RSA("2048") ",\"t\":[\"y\",\"1\"]}" },
    { { TXT("v=DKIM1; t=y:x-; p=" RSA2048) },
      INVALID("\"dkim-syntax\"") RSA("2048") ",\"t\":[\"y\",\"x-\"]}" },
    { { TXT("v=DKIM1; t=*; p=" RSA2048) },
      INVALID("\"dkim-syntax\"") RSA("2048") ",\"t\":[\"*\"]}" },
    { { TXT("v=DKIM1; h=sha256:x_1; p=" RSA2048) },
      INVALID("\"dkim-syntax\"") RSA("2048") ",\"h\":[\"sha256\",\"x_1\"]}" },
    { { TXT("v=DKIM1; s=email:x.y; p=" RSA2048) },
      INVALID("\"dkim-syntax\"") RSA("2048") ",\"s\":[\"email\",\"x.y\"]}" },
    { { TXT("v=DKIM1; h=x-2:sha256:x-; s=x--1:*; p=" RSA2048) },
      INVALID("\"dkim-syntax\"") RSA("2048") ",\"h\":[\"x-2\",\"sha256\",\"x-\"],"
                                             "\"s\":[\"x--1\",\"*\"]}" },
    { { TXT("v=DKIM1; h=x-2:sha256; s=x--1:*; p=" RSA2048) },
      VALID RSA("2048") ",\"h\":[\"x-2\",\"sha256\"],\"s\":[\"x--1\",\"*\"]}" },
    /* Revoked: the record is well-formed. */
    { { TXT("v=DKIM1; p=") }, VALID ",\"k\":\"rsa\",\"revoked\":true}" },
    { { TXT("v=DKIM1; p= ;") }, VALID ",\"k\":\"rsa\",\"revoked\":true}" },
    { { TXT("p=") }, VALID ",\"k\":\"rsa\",\"revoked\":true}" },
    { { TXT("v=DKIM1; k=ed25519; p=") }, VALID ",\"k\":\"ed25519\",\"revoked\":true}" },
    { { TXT("v=DKIM1; k=rsa") }, INVALID("\"dkim-key-missing\"") ",\"k\":\"rsa\"}" },
    { { TXT("v=DKIM1") }, INVALID("\"dkim-key-missing\"") ",\"k\":\"rsa\"}" },
    /* RFC 8301 §3.2 */
    { { TXT("p=" RSA512) }, INVALID("\"dkim-key-short\"") RSA("512") "}" },
    { { TXT("p=" RSA1023) }, INVALID("\"dkim-key-short\"") RSA("1023") "}" },
    { { TXT("p=" RSA1024) }, NOTED("\"dkim-key-below-2048\"") RSA("1024") "}" },
    { { TXT("p=" RSA2047) }, NOTED("\"dkim-key-below-2048\"") RSA("2047") "}" },
    { { TXT("p=" BARE1024) }, NOTED("\"dkim-key-below-2048\"") RSA("1024") "}" },
    /* §3.1: SHA-1 must not be used; others are unknown. */
    { { TXT("v=DKIM1; h=sha256; p=" RSA2048) }, VALID RSA("2048") ",\"h\":[\"sha256\"]}" },
    { { TXT("v=DKIM1; h=sha1; p=" RSA2048) },
      INVALID("\"dkim-hash-unusable\"") RSA("2048") ",\"h\":[\"sha1\"]}" },
    { { TXT("v=DKIM1; h=rsa-sha256; p=" RSA2048) },
      INVALID("\"dkim-hash-unusable\"") RSA("2048") ",\"h\":[\"rsa-sha256\"]}" },
    { { TXT("v=DKIM1; h=sha256,sha1; p=" RSA2048) },
      INVALID("\"dkim-syntax\",\"dkim-hash-unusable\"") RSA("2048") ",\"h\":[\"sha256,sha1\"]}" },
    { { TXT("v=DKIM1; s=*; p=" RSA2048) }, VALID RSA("2048") ",\"s\":[\"*\"]}" },
    { { TXT("v=DKIM1; s=tlsrpt; p=" RSA2048) }, /* RFC 8460 §3: for its reports alone */
      INVALID("\"dkim-service-other\"") RSA("2048") ",\"s\":[\"tlsrpt\"]}" },
    /* The key itself. */
    { { TXT("v=DKIM1; k=ed25519; p=" RSA2048) },
      INVALID("\"dkim-key-invalid\"") ",\"k\":\"ed25519\"}" },
    { { TXT("v=DKIM1; k=ed25519; p=" ED25519_SPKI) }, /* RFC 8463 §4: bare, not in DER */
      INVALID("\"dkim-key-invalid\"") ",\"k\":\"ed25519\"}" },
    { { TXT("v=DKIM1; p=" ED25519) }, INVALID("\"dkim-key-invalid\"") RSA0 },
    { { TXT("v=DKIM1; p=" EC256) }, INVALID("\"dkim-key-invalid\"") RSA0 },
    { { TXT("v=DKIM1; k=ecdsa256; p=" EC256) }, INVALID("\"dkim-key-type-unknown\"") "}" },
    { { TXT("v=DKIM1; k=; p=" RSA2048) }, INVALID("\"dkim-syntax\"") RSA("2048") "}" },
    { { TXT("v=DKIM1; p=" RSA2048 "=") }, INVALID("\"dkim-key-invalid\"") RSA0 },
    { { TXT("v=DKIM1; p=MIIB") }, INVALID("\"dkim-key-invalid\"") RSA0 },
    { { TXT("v=DKIM1; p=====") }, INVALID("\"dkim-key-invalid\"") RSA0 },
    { { TXT("v=DKIM1; p=\"" RSA2048 "\"") }, INVALID("\"dkim-key-invalid\"") RSA0 },
    { { TXT("v=DKIM1; p=-----BEGIN PUBLIC KEY-----" RSA2048) },
      INVALID("\"dkim-key-invalid\"") RSA0 },
    { { TXT("v=DKIM1; p=MIGf MA0G CSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1f"
            "Wn7/zYt\tIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/N"
            "MqJ0\r\n fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB") },
      NOTED("\"dkim-key-below-2048\"") RSA("1024") "}" }, /* FWS within base64string */
    /* §3.2 tag-list: names in their own case, none twice, unknown ones ignored. */
    { { TXT("v=DKIM1; P=" RSA2048) },
      INVALID("\"dkim-tag-unknown\",\"dkim-key-missing\"") ",\"k\":\"rsa\"}" },
    { { TXT("v=DKIM1; p=" RSA2048 "; p=") }, INVALID("\"dkim-tag-repeated\"") RSA("2048") "}" },
    { { TXT("v=DKIM1; p=" RSA2048 "; v=DKIM1") }, INVALID("\"dkim-syntax\"") RSA("2048") "}" },
    { { TXT("v=DKIM1; v=DKIM1; p=" RSA2048) }, INVALID("\"dkim-syntax\"") RSA("2048") "}" },
    { { TXT("p=" RSA2048 "; v=DKIM1") }, INVALID("\"dkim-syntax\"") RSA("2048") "}" },
    { { TXT("v=DKIM1; x_1=y; p=" RSA2048) }, NOTED("\"dkim-tag-unknown\"") RSA("2048") "}" },
    { { TXT("v=DKIM1; x=y; z=y; X=y; p=" RSA2048) },
      NOTED("\"dkim-tag-unknown\"") RSA("2048") "}" },
    { { TXT("v=DKIM1; x=y; z=y; x=y; p=" RSA2048) },
      INVALID("\"dkim-tag-repeated\",\"dkim-tag-unknown\"") RSA("2048") "}" },
    { { TXT("v=DKIM1; g=*; p=" RSA2048) }, NOTED("\"dkim-tag-historic\"") RSA("2048") "}" },
    { { TXT("v=DKIM1;; p=" RSA2048) }, INVALID("\"dkim-syntax\"") RSA("2048") "}" },
    { { TXT("v=DKIM1; p=" RSA2048 ";;") }, INVALID("\"dkim-syntax\"") RSA("2048") "}" },
    { { TXT("v=DKIM1; _x=y; p=" RSA2048) }, INVALID("\"dkim-syntax\"") RSA("2048") "}" },
    { { TXT("v=DKIM1; note; p=" RSA2048) }, INVALID("\"dkim-syntax\"") RSA("2048") "}" },
    { { TXT("v=DKIM1; n=\xc3\xa4; p=" RSA2048) }, INVALID("\"dkim-syntax\"") RSA("2048") "}" },
    { { TXT("v=DKIM1; n=a\0b; p=" RSA2048) }, INVALID("\"dkim-syntax\"") RSA("2048") "}" },
    { { TXT("v=DKIM1\\; k=rsa\\; p=" RSA2048) }, MISSPELT }, /* escaped for a zone file, twice */
    { { TXT("v=DKIM1 k=rsa; p=" RSA2048) }, MISSPELT },
    { { TXT("v=DKIM2; p=" RSA2048) }, MISSPELT },
    { { TXT("v=dkim1; p=" RSA2048) }, MISSPELT },
    { { TXT("V=DKIM1; p=" RSA2048) }, NOTED("\"dkim-tag-unknown\"") RSA("2048") "}" },
    /* Which string is a key record: a wildcard answers with others. */
    { { { NULL, 0 } }, ABSENT },
    { { TXT("") }, ABSENT },
    { { TXT("v=spf1 -all") }, ABSENT },
    { { TXT("v=DMARC1; p=none") }, ABSENT },
    { { TXT("google-site-verification=abc") }, ABSENT },
    { { TXT("k=rsa; t=y") }, ABSENT }, /* neither v= nor p= */
    { { TXT("v=spf1 -all"), TXT("v=DKIM1; p=" RSA2048) }, GOOD },
    { { TXT("v=DKIM1; p=" RSA2048), TXT("v=DKIM1; p=") }, INVALID("\"dkim-multiple\"") "}" },
    { { TXT("v=DKIM1; p=" RSA2048), TXT("p=" RSA1024) }, INVALID("\"dkim-multiple\"") "}" },
};

int main(void)
{
    CHECK_JUDGED("dkim", rows);
    return check_report();
}
