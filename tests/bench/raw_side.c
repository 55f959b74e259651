#include "pool.h"
#include "raw.h"

static int open_side(const char *engine, const char *url)
{
	if (strcmp(engine, raw_engine) != 0)
		return bench_refused;
	main_url = url;
	main_connection = connection_open(url);
	return main_connection ? 0 : bench_failed;
}

static void close_side(void)
{
	connection_close(main_connection);
}

static const struct bench_workload workloads[] = {
	{ "get", run_get },
	{ "get_tx", run_get_tx },
	{ "get_many", run_get_many },
	{ "find", run_find },
	{ "filter", run_filter },
	{ "join", run_join },
	{ "children", run_children },
	{ "children_joined", run_children_joined },
	{ "children_lazy", run_children },
	{ "levels", run_levels },
	{ "many_to_many", run_many_to_many },
	{ "siblings", run_siblings },
	{ "tree", run_tree },
	{ "nest", run_nest },
	{ "stream", run_stream },
	{ "memory", run_memory },
	{ "insert", run_insert },
	{ "transaction", run_transaction },
	{ "update", run_update },
	{ "upsert", run_upsert },
	{ "threads", run_threads },
	{ "open", run_open },
	{ "pool", run_plain_pool },
};

const struct bench_side bench_side = {
	.open = open_side,
	.version = raw_version,
	.close = close_side,
	.workloads = workloads,
	.count = BENCH_COUNT(workloads),
};
