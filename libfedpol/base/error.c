/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/error.h"

#include <stdarg.h>

#include "libfedpol/base/alloc.h"
#include "libfedpol/base/buf.h"

struct fedpol_error {
    int code;
    int64_t offset;
    char *message;
    char *where;
};

static const struct {
    int code;
    const char *name;
    const char *sentence;
} error_table[] = {
#define FP_ERROR(name, sentence) {name, #name, sentence},
#include "libfedpol/base/errors.def"
#undef FP_ERROR
};

const char *fedpol_strerror(int code)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(error_table); i++)
        if (error_table[i].code == code)
            return error_table[i].sentence;
    return "unknown error";
}

const char *fedpol_error_name(int code)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(error_table); i++)
        if (error_table[i].code == code)
            return error_table[i].name;
    return "FEDPOL_E_UNKNOWN";
}

FP_PRINTF(4, 0)
static int error_new(int code, fp_str where, int64_t offset, const char *format, va_list args,
                     fedpol_error **ret_error)
{
    fp_buf message = {0};
    fedpol_error *error = fp_alloc_zero(1, sizeof(*error));

    if (!error)
        return FEDPOL_E_NOMEM;
    fp_buf_vprintf(&message, format, args);
    error->code = code;
    error->offset = offset;
    error->message = fp_buf_steal(&message, NULL);
    error->where = fp_str_dup(where);
    if (!error->message || !error->where) {
        fedpol_error_free(error);
        return FEDPOL_E_NOMEM;
    }
    *ret_error = error;
    return code;
}

int fp_error_set(fedpol_error **ret_error, int code, fp_str where, int64_t offset,
                 const char *format, ...)
{
    va_list args;
    int r;

    if (!ret_error || *ret_error)
        return code;
    va_start(args, format);
    r = error_new(code, where, offset, format, args, ret_error);
    va_end(args);
    return r;
}

int fedpol_error_get_code(const fedpol_error *error)
{
    return error ? error->code : FEDPOL_OK;
}

const char *fedpol_error_get_message(const fedpol_error *error)
{
    return error ? error->message : "";
}

const char *fedpol_error_get_where(const fedpol_error *error)
{
    return error ? error->where : "";
}

int64_t fedpol_error_get_offset(const fedpol_error *error)
{
    return error ? error->offset : -1;
}

bool fedpol_error_is_retriable(const fedpol_error *error)
{
    return error && (error->code == FEDPOL_E_NOMEM || error->code == FEDPOL_E_IO);
}

fedpol_error *fedpol_error_free(fedpol_error *error)
{
    if (error) {
        fp_free(error->message);
        fp_free(error->where);
        fp_free(error);
    }
    return NULL;
}
