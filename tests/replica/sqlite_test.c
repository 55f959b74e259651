/* On SQLite a replica is a file: the same one, or a copy that somebody else keeps up. Nobody tells how far it got. */
#include "faults.h"

#include <sys/wait.h>
#include <unistd.h>

static uint64_t on_replica(const struct trv_session *session)
{
	struct trv_session_stats stats;

	trv_session_stats(session, &stats);
	return stats.replica_calls;
}

static void await_use(struct trv_db *db)
{
	uint64_t end = trv_monotonic() + 10000 * MS;
	struct trv_replica_stats stats;

	do {
		REQUIRE(trv_monotonic() < end);
		pause_ms(2);
		trv_replica_stats(db, 0, &stats);
	} while (!stats.in_use);
}

TEST(replica_sqlite, reads_go_to_the_file_until_the_session_writes)
{
	const char *folder = test_temporary_folder();
	struct account account = { .id = 1 };
	struct trv_error error = { 0 };
	struct trv_session *s = NULL;
	struct trv_db *db = NULL;
	char url[256], replica[256];

	snprintf(url, sizeof(url), "sqlite:%s/bank.db", folder);
	snprintf(replica, sizeof(replica), "sqlite:%s/bank.db?mode=ro", folder);
	const struct trv_options options = { .url = url, .models = &bank_models, .replicas = { replica } };
	REQUIRE_OK(trv_open(&db, &options, &error), &error);
	REQUIRE_OK(trv_session_open(db, &s, &error), &error);
	OK(s, trv_schema_create(s));
	OK(s, account_insert(s, &account));
	trv_session_close(s);
	await_use(db);
	REQUIRE_OK(trv_session_open(db, &s, &error), &error);
	trv_session_allow_replicas(s, true);
	OK(s, account_get(s, &account, 1));
	CHECK_INT(on_replica(s), 1);
	OK(s, account_update(s, &account, ACCOUNT_BALANCE));
	pause_ms(100);
	for (int i = 0; i < 10; i++)
		OK(s, account_get(s, &account, 1));
	CHECK_INT(on_replica(s), 1);
	trv_session_close(s);
	trv_close(db);
}

TEST(replica_sqlite, a_forked_child_closes_its_parents_database_and_its_own_works)
{
	const char *folder = test_temporary_folder();
	struct trv_error error = { 0 };
	struct trv_db *db = NULL, *own = NULL;
	char url[256], replica[256];
	int status = 0;

	snprintf(url, sizeof(url), "sqlite:%s/bank.db", folder);
	snprintf(replica, sizeof(replica), "sqlite:%s/bank.db?mode=ro", folder);
	const struct trv_options options = { .url = url, .models = &bank_models, .replicas = { replica } };
	REQUIRE_OK(trv_open(&db, &options, &error), &error);
	await_use(db);
	pid_t child = fork();
	REQUIRE(child >= 0);
	if (child == 0) {
		alarm(20);
		trv_close(db);
		bool opened = trv_open(&own, &options, &error) == 0;
		trv_close(own);
		_exit(opened ? 0 : 1);
	}
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK_INT(status, 0);
	await_use(db);
	trv_close(db);
}

struct urls {
	char primary[256], replica[256];
};

static int open_and_read(const struct trv_allocator *allocator, void *argument)
{
	const struct urls *urls = argument;
	const struct trv_options options = {
		.url = urls->primary,
		.models = &bank_models,
		.allocator = *allocator,
		.replicas = { urls->replica, urls->replica },
	};
	struct trv_error error = { 0 };
	struct trv_session *s = NULL;
	struct trv_db *db = NULL;
	uint64_t count;
	int r = trv_open(&db, &options, &error);

	if (r >= 0)
		r = trv_session_open(db, &s, &error);
	if (r >= 0) {
		trv_session_allow_replicas(s, true);
		pause_ms(5);
		r = account_count(s, &count, NULL);
	}
	trv_session_close(s);
	trv_close(db);
	return r;
}

TEST(replica_sqlite, a_failed_allocation_loses_no_memory)
{
	const char *folder = test_temporary_folder();
	struct trv_error error = { 0 };
	struct trv_session *s = NULL;
	struct trv_db *db = NULL;
	struct urls urls;

	snprintf(urls.primary, sizeof(urls.primary), "sqlite:%s/bank.db", folder);
	snprintf(urls.replica, sizeof(urls.replica), "sqlite:%s/bank.db?mode=ro", folder);
	REQUIRE_OK(trv_open(&db, &(struct trv_options) { .url = urls.primary, .models = &bank_models }, &error),
	           &error);
	REQUIRE_OK(trv_session_open(db, &s, &error), &error);
	OK(s, trv_schema_create(s));
	trv_session_close(s);
	CHECK_SWEEP(open_and_read, &urls);
	trv_close(db);
}

static int open_with(const char *url, const char *replica)
{
	struct trv_error error = { 0 };
	struct trv_db *db = NULL;
	int r = trv_open(&db, &(struct trv_options) { .url = url, .replicas = { replica } }, &error);

	trv_close(db);
	return r;
}

TEST(replica_sqlite, what_cannot_be_a_replica_is_refused)
{
	char url[256];

	snprintf(url, sizeof(url), "sqlite:%s/one.db", test_temporary_folder());
	CHECK_STATUS(open_with("sqlite::memory:", url), TRV_ERR_URL);
	CHECK_STATUS(open_with(url, "sqlite::memory:"), TRV_ERR_URL);
	CHECK_STATUS(open_with(url, "postgresql://nowhere/x"), TRV_ERR_URL);
	CHECK_STATUS(open_with(url, "nonsense"), TRV_ERR_URL);
}
