/*
 * Servers for tests. An engine is "sqlite", "postgresql" or "mariadb". Its server is the one
 * that the environment names (TRIVET_TEST_POSTGRESQL_URL, TRIVET_TEST_MARIADB_URL), or one
 * that is started for this process and is removed when the process ends, however it ends.
 *
 * A server may be shared with other programs, which run at the same time. So a test works in
 * a database of its own, and starts another server where it stops, fills or configures one.
 */
#ifndef TRIVET_TESTS_SERVERS_H
#define TRIVET_TESTS_SERVERS_H

/* The URL of the engine's server, "sqlite:" for SQLite. NULL: it cannot be had. */
const char *test_server(const char *engine);

/*
 * The URL of a new database there, which is dropped when the process ends; the same one at
 * every call. NULL: it cannot be had.
 */
const char *test_database(const char *engine);

/* The URL with another database in it. Both "scheme://account/database?more". */
void test_url_database(char to[512], const char *url, const char *database);

#endif
