/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fp_gzip.h"

#include <check.h>
#define ZLIB_CONST
#include <zlib.h>

void fp_gzip_pack(fp_str text, fp_buf *gzip)
{
    z_stream stream = {0};
    unsigned char room[4096];
    int r;

    ck_assert_int_eq(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY),
                     Z_OK);
    stream.next_in = (const unsigned char *)text.ptr;
    stream.avail_in = (unsigned)text.len;
    do {
        stream.next_out = room;
        stream.avail_out = sizeof(room);
        r = deflate(&stream, Z_FINISH);
        fp_buf_add(gzip, fp_str_n((const char *)room, sizeof(room) - stream.avail_out));
    } while (r == Z_OK);
    ck_assert_int_eq(r, Z_STREAM_END);
    ck_assert_int_eq(fp_buf_error(gzip), 0);
    (void)deflateEnd(&stream);
}
