/*
 * Drivers that were built when the tables were shorter: each is the SQLite driver, whose
 * table and dialect are cut off, in memory that ends where they do.
 */
#include "test.h"

#include <stdlib.h>
#include <trivet/driver.h>
#include <trivet/trivet.h>

static struct trv_driver *older;
static struct trv_dialect *older_dialect;

/* As an older driver does: its connections point to its own tables. */
static int connect_older(const struct trv_connect_options *options, struct trv_connection **connection,
                         struct trv_error *error)
{
	int r = trv_driver_for_url("sqlite:")->connect(options, connection, error);

	if (r >= 0) {
		(*connection)->driver = older;
		(*connection)->dialect = older_dialect;
	}
	return r;
}

static void make(size_t driver_size, size_t dialect_size)
{
	struct trv_driver driver = *trv_driver_for_url("sqlite:");
	struct trv_dialect dialect = *driver.dialect;

	older = malloc(driver_size);
	older_dialect = malloc(dialect_size);
	REQUIRE(older && older_dialect);
	dialect.size = (uint32_t)dialect_size;
	driver.size = (uint32_t)driver_size;
	driver.connect = connect_older;
	driver.dialect = older_dialect;
	memcpy(older, &driver, driver_size);
	memcpy(older_dialect, &dialect, dialect_size);
}

static void release(void)
{
	free(older);
	free(older_dialect);
}

static int open_older(struct trv_db **db, struct trv_error *error)
{
	return trv_open(db, &(struct trv_options) { .url = "sqlite::memory:", .driver = older }, error);
}

static void check_refused(size_t driver_size, size_t dialect_size, const char *why)
{
	struct trv_error error = { 0 };
	struct trv_db *db = NULL;

	make(driver_size, dialect_size);
	CHECK_STATUS(open_older(&db, &error), TRV_ERR_ABI);
	CHECK_CONTAINS(error.message, why);
	CHECK_CONTAINS(error.hint, "build the driver again");
	CHECK(db == NULL);
	release();
}

static void use(struct trv_session *s)
{
	struct trv_value value;

	REQUIRE_OK(trv_exec(s, NULL, "CREATE TABLE t (a INTEGER)", NULL, 0), trv_error(s));
	REQUIRE_OK(trv_begin(s, NULL), trv_error(s));
	REQUIRE_OK(trv_exec(s, NULL, "INSERT INTO t VALUES (?)", (struct trv_value[]) { trv_int(7) }, 1), trv_error(s));
	REQUIRE_OK(trv_commit(s), trv_error(s));
	REQUIRE_OK(trv_sql_value(s, &value, TRV_INT64, "SELECT a FROM t", NULL, 0), trv_error(s));
	CHECK_INT(value.as.integer, 7);
}

TEST(older_driver, whose_table_ends_before_the_optional_operations_works_without_them)
{
	struct trv_error error = { 0 };
	struct trv_session *s = NULL;
	struct trv_db *db = NULL;

	make(offsetof(struct trv_driver, native), sizeof(struct trv_dialect));
	REQUIRE_OK(open_older(&db, &error), &error);
	REQUIRE_OK(trv_session_open(db, &s, &error), &error);
	use(s);
	CHECK(trv_native(s) == NULL);
	CHECK_STATUS(trv_error(s)->code, TRV_ERR_UNSUPPORTED);
	trv_session_close(s);
	trv_close(db);
	release();
}

TEST(older_driver, whose_dialect_ends_before_the_optional_spellings_works_without_them)
{
	struct trv_error error = { 0 };
	struct trv_session *s = NULL;
	struct trv_db *db = NULL;

	make(sizeof(struct trv_driver), offsetof(struct trv_dialect, lock_rows));
	REQUIRE_OK(open_older(&db, &error), &error);
	REQUIRE_OK(trv_session_open(db, &s, &error), &error);
	use(s);
	trv_session_close(s);
	trv_close(db);
	release();
}

TEST(older_driver, that_lacks_a_required_operation_is_refused_and_it_is_named)
{
	check_refused(offsetof(struct trv_driver, run), sizeof(struct trv_dialect), "lacks 'run'");
	check_refused(offsetof(struct trv_driver, fetch), sizeof(struct trv_dialect), "lacks 'fetch'");
}

TEST(older_driver, whose_dialect_lacks_a_required_spelling_is_refused_and_it_is_named)
{
	check_refused(sizeof(struct trv_driver), offsetof(struct trv_dialect, key_rows), "lacks 'key_rows'");
	check_refused(sizeof(struct trv_driver), offsetof(struct trv_dialect, upsert), "lacks 'upsert'");
}

/* What is made from the whole driver and then spoilt in one place. */
static void check_spoilt(void (*spoil)(struct trv_driver *driver, struct trv_dialect *dialect), const char *why)
{
	struct trv_error error = { 0 };
	struct trv_db *db = NULL;

	make(sizeof(struct trv_driver), sizeof(struct trv_dialect));
	spoil(older, older_dialect);
	CHECK_STATUS(open_older(&db, &error), TRV_ERR_ABI);
	CHECK_CONTAINS(error.message, why);
	release();
}

static void another_abi(struct trv_driver *driver, struct trv_dialect *dialect)
{
	(void)dialect;
	driver->abi = TRV_DRIVER_ABI + 1;
}

static void larger(struct trv_driver *driver, struct trv_dialect *dialect)
{
	(void)dialect;
	driver->size += (uint32_t)sizeof(void *);
}

static void half_a_member(struct trv_driver *driver, struct trv_dialect *dialect)
{
	(void)dialect;
	driver->size -= 4;
}

static void larger_dialect(struct trv_driver *driver, struct trv_dialect *dialect)
{
	(void)driver;
	dialect->size += (uint32_t)sizeof(void *);
}

static void no_engine(struct trv_driver *driver, struct trv_dialect *dialect)
{
	(void)driver;
	dialect->engine = TRV_ENGINE_COUNT;
}

static void no_type(struct trv_driver *driver, struct trv_dialect *dialect)
{
	(void)driver;
	dialect->types[TRV_UUID] = NULL;
}

TEST(older_driver, tables_that_fit_no_version_are_refused)
{
	check_spoilt(another_abi, "built for driver ABI 2, this is 1");
	check_spoilt(larger, "the largest known here");
	check_spoilt(half_a_member, "the largest known here");
	check_spoilt(larger_dialect, "its dialect has");
	check_spoilt(no_engine, "which is none");
	check_spoilt(no_type, "no type for uuid");
}

/* A driver whose connections have a dialect of their own, from before the newest spellings. */
static struct trv_dialect *probed;

static int connect_probed(const struct trv_connect_options *options, struct trv_connection **connection,
                          struct trv_error *error)
{
	int r = trv_driver_for_url("sqlite:")->connect(options, connection, error);

	if (r >= 0)
		(*connection)->dialect = probed;
	return r;
}

TEST(older_driver, that_probes_its_dialect_works_too)
{
	struct trv_driver driver = *trv_driver_for_url("sqlite:");
	struct trv_dialect whole = *driver.dialect;
	size_t size = offsetof(struct trv_dialect, lock_rows);
	struct trv_error error = { 0 };
	struct trv_session *s = NULL;
	struct trv_db *db = NULL;

	probed = malloc(size);
	REQUIRE(probed);
	whole.size = (uint32_t)size;
	memcpy(probed, &whole, size);
	driver.connect = connect_probed;
	REQUIRE_OK(trv_open(&db, &(struct trv_options) { .url = "sqlite::memory:", .driver = &driver }, &error),
	           &error);
	REQUIRE_OK(trv_session_open(db, &s, &error), &error);
	use(s);
	trv_session_close(s);
	trv_close(db);

	whole.like_escape = NULL;
	memcpy(probed, &whole, size);
	CHECK_STATUS(trv_open(&db, &(struct trv_options) { .url = "sqlite::memory:", .driver = &driver }, &error),
	             TRV_ERR_ABI);
	CHECK_CONTAINS(error.message, "lacks 'like_escape'");
	free(probed);
}
