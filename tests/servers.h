/*
 * Servers for tests. Each function gives the URL of a server that runs: the one that the
 * environment names (TRIVET_TEST_POSTGRESQL_URL, TRIVET_TEST_MARIADB_URL), or one that is
 * started for this process and is removed when the process ends, however it ends. NULL:
 * it cannot be had.
 */
#ifndef TRIVET_TESTS_SERVERS_H
#define TRIVET_TESTS_SERVERS_H

const char *test_postgresql_url(void);
const char *test_mariadb_url(void);

#endif
