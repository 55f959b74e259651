#include "pool.h"

#include <stdlib.h>

struct runner {
	pthread_t thread;
	struct turn turn;
	int (*once)(struct turn *turn);
	int result;
};

static void *loop(void *argument)
{
	struct runner *runner = argument;

	for (size_t r = 0; r < runner->turn.times && runner->result >= 0; r++) {
		runner->turn.r = r;
		runner->result = runner->once(&runner->turn);
	}
	return NULL;
}

int run_in_threads(struct bench_run *run, int (*once)(struct turn *turn), void *context)
{
	struct runner runners[POOL_MOST] = { { .result = 0 } };
	int result = 0;

	if (run->size > POOL_MOST)
		return bench_fail("%zu threads are too many", run->size);
	bench_start(run);
	for (size_t i = 0; i < run->size; i++) {
		runners[i].once = once;
		runners[i].turn = (struct turn) { .context = context, .times = run->times, .number = i };
		if (pthread_create(&runners[i].thread, NULL, loop, &runners[i]) != 0)
			abort();
	}
	for (size_t i = 0; i < run->size; i++)
		pthread_join(runners[i].thread, NULL);
	bench_stop(run);
	for (size_t i = 0; i < run->size; i++) {
		run->checksum += runners[i].turn.rows;
		result = runners[i].result < 0 ? runners[i].result : result;
	}
	return result;
}
