/* judge_line: one line of `mxcensus judge`: what stands at a name, judged as a run judges it.
 * Pure: a text in, a text out.
 *
 * {"txt":["…"]}      all TXT strings at the name, each joined (spf, dmarc, dkim, mta-sts, tls-rpt,
 * bimi)
 * {"records":["…"]}  presentation form, or the same under "txt" (caa, tlsa)
 * {"policy":"…","content_type":"text/plain","status":200,"mx":["…"]}  the last three may be left
 * out (policy: the body that an HTTPS server answers with) Other members are of no concern. An
 * escape \u0080 to \u00ff stands for one byte, as in records (json_read.h); unescaped text is
 * UTF-8. */
#ifndef MXC_SCANNER_JUDGE_LINE_H
#define MXC_SCANNER_JUDGE_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "scanner/base/arena.h"
#include "scanner/base/buf.h"

#define JUDGE_KINDS "spf, dmarc, dkim, mta-sts, tls-rpt, bimi, caa, tlsa, policy"

bool judge_line_knows(const char *kind);

/* Append the judgement of a kind that is known, one JSON object without a newline, to out: the
 * members of a record of a run from "verdict" on (for policy: from "outcome" on, and "hosts": which
 * of the given mx the policy lets in, and how the others miss it, as mx_nearest.h has it). NULL, or
 * what is wrong with the line: out is then as it was.
 */
const char *judge_line(const char *kind, const char *text, size_t len, struct arena *arena,
                       struct buf *out);

#endif
