/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_API_LIVE_SERVER_H
#define TEST_API_LIVE_SERVER_H

/*
 * Two small API servers in a thread, below /east and /west of one port: each has two pods, and
 * tells of a third in the watch. The configuration of east names west. Everything else is empty,
 * streaming lists are refused, and what is asked for by name is a ConfigMap. The thread uses no
 * allocator.
 */

/* The port. Fails the test if it can't be started. */
int live_server_start(void);
void live_server_stop(void);

#endif
