/* SPDX-License-Identifier: Apache-2.0 */

/* Writes a PodList of as many pods as asked for. */

#include "tests/bench/bench.h"
#include "tests/bench/pods.h"

int main(int argc, char **argv)
{
    fp_buf list = {0};
    size_t written;

    pods_put_list(&list, argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1);
    if (fp_buf_error(&list) < 0)
        return EXIT_FAILURE;
    written = fwrite(list.data, 1, list.len, stdout);
    fp_buf_done(&list);
    return written > 0 && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
