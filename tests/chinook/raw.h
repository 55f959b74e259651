/*
 * The other way of reading: hand-written SQL through an engine's own client library,
 * without Trivet. The SQL is the same for all engines, with the names of the SQLite
 * database in double quotes; where an engine has other names, its row here puts them in.
 */
#ifndef TRIVET_TESTS_CHINOOK_RAW_H
#define TRIVET_TESTS_CHINOOK_RAW_H

#include "grid.h"

struct raw {
	const char *name; /* as trv_db_driver says */
	/* Makes the database from the files in `folder`, opens it, and gives its URL for Trivet. Ends the test when it cannot. */
	const char *(*open)(const char *folder);
	/* The rows of a statement. */
	struct grid *(*rows)(const char *sql, const char *format);
	const char *count_tables; /* how many tables the database has */
	/* What the engine makes of a text in its script, where that is not what the SQLite file has. NULL: the same. */
	void (*script_text)(char *text);
	/* The script's columns have a collation for which "e", "E" and "é" are equal. */
	bool folds;
};

extern const struct raw raw_sqlite;
extern const struct raw raw_postgresql;
extern const struct raw raw_mariadb;

#endif
