/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/url.h"

void fp_url_put_encoded(fp_buf *url, fp_str text)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                     (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || byte == '.';

        if (plain) {
            fp_buf_putc(url, (char)byte);
        } else {
            fp_buf_putc(url, '%');
            fp_buf_putc(url, digits[byte >> 4]);
            fp_buf_putc(url, digits[byte & 15]);
        }
    }
}
