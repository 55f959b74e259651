#include "side.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef BENCH_CALLGRIND
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_TOGGLE_COLLECT
#define CALLGRIND_DUMP_STATS_AT(name) (void)(name)
#endif

static char failure[512];

int bench_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(failure, sizeof(failure), format, arguments);
	va_end(arguments);
	failure[strcspn(failure, "\n")] = '\0';
	return bench_failed;
}

void *bench_allocate(size_t size)
{
	void *memory = malloc(size);

	if (!memory) {
		fputs("out of memory\n", stderr);
		exit(1);
	}
	return memory;
}

static uint64_t now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void bench_start(struct bench_run *run)
{
	run->cpu_start = now(CLOCK_PROCESS_CPUTIME_ID);
	run->wall_start = now(CLOCK_MONOTONIC);
	CALLGRIND_TOGGLE_COLLECT;
}

void bench_stop(struct bench_run *run)
{
	CALLGRIND_TOGGLE_COLLECT;
	run->wall += now(CLOCK_MONOTONIC) - run->wall_start;
	run->cpu += now(CLOCK_PROCESS_CPUTIME_ID) - run->cpu_start;
}

#define ROW(name) { #name, run_##name },

static const struct workload {
	const char *name;
	int (*run)(struct bench_run *run);
} workloads[] = { BENCH_WORKLOADS(ROW) };

static const struct workload *workload_named(const char *name)
{
	for (size_t i = 0; i < BENCH_COUNT(workloads); i++)
		if (strcmp(workloads[i].name, name) == 0)
			return &workloads[i];
	return NULL;
}

static void answer(const char *line)
{
	char name[64];
	struct bench_run run = { 0 };

	if (sscanf(line, "run %63s %zu %zu", name, &run.size, &run.times) != 3) {
		puts("error expected: run WORKLOAD SIZE TIMES");
		return;
	}
	const struct workload *workload = workload_named(name);
	if (!workload) {
		puts("none");
		return;
	}
	int result = workload->run(&run);
	CALLGRIND_DUMP_STATS_AT(name); /* before the answer, after which the file is read */
	if (result == bench_refused)
		puts("none");
	else if (result < 0)
		printf("error %s\n", failure);
	else
		printf("ok %.1f %.1f %llu\n", (double)run.wall / 1000, (double)run.cpu / 1000,
		       (unsigned long long)run.checksum);
}

int main(int count, char **arguments)
{
	const char *engine = NULL, *url = NULL;
	char line[256];

	for (int i = 1; i + 1 < count; i += 2) {
		if (strcmp(arguments[i], "--engine") == 0)
			engine = arguments[i + 1];
		if (strcmp(arguments[i], "--url") == 0)
			url = arguments[i + 1];
	}
	if (!engine || !url) {
		fprintf(stderr, "usage: %s --engine ENGINE --url URL\n", arguments[0]);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	int r = bench_side.open(engine, url);
	if (r == bench_refused) {
		printf("none it is not for %s\n", engine);
		return 0;
	}
	if (r < 0) {
		printf("error %s\n", failure);
		return 1;
	}
	printf("ready %s\n", bench_side.version());
	while (fgets(line, sizeof(line), stdin))
		answer(line);
	bench_side.close();
	return 0;
}
