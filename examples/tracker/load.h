/*
 * Keeps the database busy, as a service with many users would: for `trivet top` and other watchers.
 */
#ifndef TRACKER_LOAD_H
#define TRACKER_LOAD_H

#include <trivet/trivet.h>

struct load_options {
	unsigned threads;
	unsigned seconds; /* 0: until it is interrupted */
};

/* Each thread opens a session for each request. The first error ends it, and is in `session`. */
TRV_MUST_CHECK int load_run(struct trv_session *session, const struct load_options *options);

#endif
