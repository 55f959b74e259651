/* A connection of MariaDB's own client library, for what a test checks from outside. */
#ifndef TRIVET_TESTS_MARIADB_CONNECT_H
#define TRIVET_TESTS_MARIADB_CONNECT_H

#include <mysql.h>

/*
 * Connects to mariadb://USER:PASSWORD@HOST:PORT/DATABASE?socket=PATH, which is all that a
 * URL for tests has. NULL: it failed, and a note says why. To be closed with mysql_close.
 */
MYSQL *test_mariadb_connect(const char *url);

#endif
