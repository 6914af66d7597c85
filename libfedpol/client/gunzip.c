/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/gunzip.h"

#define ZLIB_CONST
#include <zlib.h>

#include "libfedpol/base/alloc.h"
#include "libfedpol/base/check.h"

#define PIECE_SIZE (16u << 10)
#define GZIP_ONLY (16 + MAX_WBITS)

struct fp_gunzip {
    z_stream stream;
    unsigned char *kept;
    bool is_kept; /* next_in points into it */
    bool begun;
    bool full; /* the last piece filled its room: there may be more */
    bool ended;
    bool broken; /* and all before it was told */
    char piece[PIECE_SIZE];
};

static void *zlib_alloc(void *user, unsigned n, unsigned size)
{
    (void)user;
    return fp_alloc_zero(n, size);
}

static void zlib_free(void *user, void *block)
{
    (void)user;
    fp_free(block);
}

int fp_gunzip_new(fp_gunzip **ret)
{
    fp_gunzip *gunzip = fp_alloc_zero(1, sizeof(*gunzip));

    if (!gunzip)
        return FEDPOL_E_NOMEM;
    gunzip->stream.zalloc = zlib_alloc;
    gunzip->stream.zfree = zlib_free;
    if (inflateInit2(&gunzip->stream, GZIP_ONLY) != Z_OK) {
        fp_free(gunzip);
        return FEDPOL_E_NOMEM;
    }
    *ret = gunzip;
    return 0;
}

fp_gunzip *fp_gunzip_free(fp_gunzip *gunzip)
{
    if (gunzip) {
        (void)inflateEnd(&gunzip->stream);
        fp_free(gunzip->kept);
        fp_free(gunzip);
    }
    return NULL;
}

void fp_gunzip_add(fp_gunzip *gunzip, fp_str bytes)
{
    gunzip->stream.next_in = (const unsigned char *)bytes.ptr;
    gunzip->stream.avail_in = (unsigned)bytes.len;
    gunzip->is_kept = false;
    gunzip->begun = gunzip->begun || bytes.len > 0;
}

bool fp_gunzip_has_more(const fp_gunzip *gunzip)
{
    return gunzip->stream.avail_in > 0 || gunzip->full || gunzip->broken;
}

int fp_gunzip_next(fp_gunzip *gunzip, fp_str *ret_text)
{
    z_stream *stream = &gunzip->stream;
    size_t len;
    int r;

    if (!fp_gunzip_has_more(gunzip))
        return 0;
    if (gunzip->ended || gunzip->broken)
        return FEDPOL_E_PARSE;
    stream->next_out = (unsigned char *)gunzip->piece;
    stream->avail_out = PIECE_SIZE;
    r = inflate(stream, Z_NO_FLUSH);
    if (r == Z_MEM_ERROR)
        return FEDPOL_E_NOMEM;
    gunzip->ended = r == Z_STREAM_END;
    gunzip->broken = (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR) ||
                     (gunzip->ended && stream->avail_in > 0);
    gunzip->full = stream->avail_out == 0 && r == Z_OK;
    len = PIECE_SIZE - stream->avail_out;
    *ret_text = fp_str_n(gunzip->piece, len);
    if (len > 0) /* what came before the fault is told first, however it was cut */
        return 1;
    return gunzip->broken ? FEDPOL_E_PARSE : 0;
}

int fp_gunzip_keep(fp_gunzip *gunzip)
{
    z_stream *stream = &gunzip->stream;
    unsigned char *copy = NULL;

    if (gunzip->is_kept)
        return 0;
    if (stream->avail_in > 0) {
        copy = fp_alloc_zero(1, stream->avail_in);
        if (!copy)
            return FEDPOL_E_NOMEM;
        memcpy(copy, stream->next_in, stream->avail_in);
    }
    fp_free(gunzip->kept);
    gunzip->kept = copy;
    gunzip->is_kept = true;
    stream->next_in = copy;
    return 0;
}

bool fp_gunzip_is_whole(const fp_gunzip *gunzip)
{
    return gunzip->ended || !gunzip->begun;
}
