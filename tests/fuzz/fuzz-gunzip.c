/* SPDX-License-Identifier: Apache-2.0 */

/* The first byte is a size of chunks, the rest a gzip stream, or not: in chunks and at once it
   gives the same text and the same end, in pieces of a bounded size. */

#include <fedpol/error.h>

#include "libfedpol/base/buf.h"
#include "libfedpol/client/gunzip.h"
#include "tests/fuzz/fuzz.h"

typedef struct unpacked {
    int result;
    bool whole;
    fp_buf text;
} unpacked;

static void unpack(fp_str gzip, size_t chunk, bool keep, unpacked *u)
{
    fp_gunzip *gunzip = NULL;
    fp_str piece;

    fuzz_require(fp_gunzip_new(&gunzip) == 0);
    for (size_t at = 0; u->result == 0 && at < gzip.len; at += chunk) {
        fp_gunzip_add(gunzip, fp_str_sub(gzip, at, at + chunk));
        while ((u->result = fp_gunzip_next(gunzip, &piece)) > 0) {
            fuzz_require(piece.len > 0 && piece.len <= 16384);
            fp_buf_add(&u->text, piece);
            if (keep)
                fuzz_require(fp_gunzip_keep(gunzip) == 0);
        }
        fuzz_require(u->result < 0 || !fp_gunzip_has_more(gunzip));
    }
    u->whole = fp_gunzip_is_whole(gunzip);
    fp_gunzip_free(gunzip);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unpacked whole = {0};
    unpacked parts = {0};
    fp_str gzip;

    if (size == 0 || size > 20000)
        return 0;
    gzip = fp_str_n((const char *)data + 1, size - 1);
    unpack(gzip, gzip.len + 1, false, &whole);
    unpack(gzip, (size_t)data[0] + 1, true, &parts);
    fuzz_require(whole.result == 0 || whole.result == FEDPOL_E_PARSE);
    fuzz_require(parts.result == whole.result && parts.whole == whole.whole);
    fuzz_require(fp_str_eq(fp_buf_str(&parts.text), fp_buf_str(&whole.text)));
    fp_buf_done(&whole.text);
    fp_buf_done(&parts.text);
    return 0;
}
