/* TLS-RPT TXT records (RFC 8460 §3). */
#include "tests/unit/parse/judged.h"

#define RUA ",\"rua\":[\"mailto:a@b.c\"]}"

static const struct judged rows[] = {
    { { TXT("v=TLSRPTv1; rua=mailto:a@b.c") }, VALID RUA },
    { { TXT("v=TLSRPTv1;rua=mailto:a@b.c;") }, VALID RUA },
    { { TXT("v=TLSRPTv1; rua=https://b.c/v1,mailto:a@b.c") },
      VALID ",\"rua\":[\"https://b.c/v1\",\"mailto:a@b.c\"]}" },
    { { TXT("v=TLSRPTv1; rua=HTTPS://b.c , MailTo:a@b.c") },
      VALID ",\"rua\":[\"HTTPS://b.c\",\"MailTo:a@b.c\"]}" }, /* *WSP "," *WSP */
    { { TXT("v=TLSRPTv1; x=y; rua=mailto:a@b.c") }, VALID RUA },
    { { TXT("v=TLSRPTv1 ; rua=mailto:a@b.c") }, VALID RUA }, /* alone: the grammar decides */
    { { TXT("v=TLSRPTv1 ; rua=mailto:a@b.c"), TXT("x") }, INVALID("\"tlsrpt-version\"") "}" },
    { { TXT("v=TLSRPTv1; rua=mailto:a@b.c"), TXT("x") }, VALID RUA },
    { { TXT("v=TLSRPTv1; rua=mailto:a%21@b.c") }, VALID ",\"rua\":[\"mailto:a%21@b.c\"]}" },
    { { TXT("v=TLSRPTv1; rua=mailto:a@b.c?subject=x") },
      VALID ",\"rua\":[\"mailto:a@b.c?subject=x\"]}" },
    /* "!" MUST be encoded; DMARC's size suffix is none of this grammar. */
    { { TXT("v=TLSRPTv1; rua=mailto:a@b.c!10m") }, INVALID("\"tlsrpt-rua-invalid\"") "}" },
    { { TXT("v=TLSRPTv1; rua=a@b.c") }, INVALID("\"tlsrpt-rua-invalid\"") "}" },
    { { TXT("v=TLSRPTv1; rua=http://b.c/") }, INVALID("\"tlsrpt-rua-invalid\"") "}" },
    { { TXT("v=TLSRPTv1; rua=https:///x") }, INVALID("\"tlsrpt-rua-invalid\"") "}" },
    { { TXT("v=TLSRPTv1; rua=mailto:a") }, INVALID("\"tlsrpt-rua-invalid\"") "}" },
    { { TXT("v=TLSRPTv1; rua=mailto:@b.c") }, INVALID("\"tlsrpt-rua-invalid\"") "}" },
    { { TXT("v=TLSRPTv1; rua=mailto:a@") }, INVALID("\"tlsrpt-rua-invalid\"") "}" },
    { { TXT("v=TLSRPTv1; rua=mailto:a b@b.c") }, INVALID("\"tlsrpt-rua-invalid\"") "}" },
    { { TXT("v=TLSRPTv1; rua=mailto:\xff@b.c") }, INVALID("\"tlsrpt-rua-invalid\"") "}" },
    { { TXT("v=TLSRPTv1; rua=mailto:a\0@b.c") }, INVALID("\"tlsrpt-rua-invalid\"") "}" },
    { { TXT("v=TLSRPTv1; rua=") }, INVALID("\"tlsrpt-rua-invalid\"") "}" },
    { { TXT("v=TLSRPTv1; rua=mailto:a@b.c,") }, INVALID("\"tlsrpt-rua-invalid\"") RUA },
    { { TXT("v=TLSRPTv1; rua=mailto:a@b.c,x") }, INVALID("\"tlsrpt-rua-invalid\"") RUA },
    { { TXT("v=TLSRPTv1;") }, INVALID("\"tlsrpt-rua-missing\"") "}" },
    { { TXT("v=TLSRPTv1") }, INVALID("\"tlsrpt-rua-missing\"") "}" }, /* its version is all right */
    { { TXT("v=TLSRPTv1"), TXT("other") }, INVALID("\"tlsrpt-version\"") "}" }, /* discarded */
    { { TXT("v=TLSRPTv1; RUA=mailto:a@b.c") },
      INVALID("\"tlsrpt-rua-missing\"") "}" }, /* %s"rua=": an extension */
    { { TXT("v=TLSRPTv1; ruf=mailto:a@b.c") }, INVALID("\"tlsrpt-rua-missing\"") "}" },
    { { TXT("v=TLSRPTv1; rua=mailto:a@b.c;;") }, INVALID("\"tlsrpt-syntax\"") RUA },
    { { TXT("v=TLSRPTv1; rua=mailto:a@b.c; x") }, INVALID("\"tlsrpt-syntax\"") RUA },
    { { TXT("v=TLSRPTv1; rua = mailto:a@b.c") }, INVALID("\"tlsrpt-syntax\"") RUA },
    /* The fields of the grammar repeat, rua among them; reporters may use each URI. */
    { { TXT("v=TLSRPTv1; rua=mailto:a@b.c; rua=https://e.f") },
      VALID ",\"rua\":[\"mailto:a@b.c\",\"https://e.f\"]}" },
    { { TXT("v=TLSRPTv1; rua=mailto:a@b.c; x=y; rua=mailto:d@e.f,https://e.f;") },
      VALID ",\"rua\":[\"mailto:a@b.c\",\"mailto:d@e.f\",\"https://e.f\"]}" },
    { { TXT("v=TLSRPTv1; rua=mailto:a@b.c; rua=") }, INVALID("\"tlsrpt-rua-invalid\"") RUA },
    { { TXT("v=TLSRPTv1; rua=x; rua=mailto:a@b.c") }, INVALID("\"tlsrpt-rua-invalid\"") RUA },
    { { TXT("v=TLSRPTv1; rua=mailto:a@b.c; rua =https://e.f") },
      INVALID("\"tlsrpt-syntax\"") ",\"rua\":[\"mailto:a@b.c\",\"https://e.f\"]}" },
    { { TXT("v=TLSRPTv1; rua=mailto:a@b.c ") }, INVALID("\"tlsrpt-syntax\"") RUA },
    { { TXT("v=TLSRPTv1; rua=mailto:a@b.c; -x=1") }, INVALID("\"tlsrpt-extension-invalid\"") RUA },
    { { TXT("v=TLSRPTv1; rua=mailto:a@b.c"), TXT("v=TLSRPTv1;") },
      INVALID("\"tlsrpt-multiple\"") "}" },
    { { TXT("v=TLSRPTv1 rua=mailto:a@b.c") }, INVALID("\"tlsrpt-version\"") "}" },
    { { TXT("v=TLSRPT1; rua=mailto:a@b.c") }, INVALID("\"tlsrpt-version\"") "}" },
    { { TXT("v=tlsrptv1; rua=mailto:a@b.c") }, INVALID("\"tlsrpt-version\"") "}" },
    { { { NULL, 0 } }, ABSENT },
    { { TXT(""), TXT("v=TLSA") }, ABSENT },
};

int main(void)
{
    CHECK_JUDGED("tls-rpt", rows);
    return check_report();
}
