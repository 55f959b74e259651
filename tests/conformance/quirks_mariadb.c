#include "quirks.h"

extern const struct quirks mariadb_quirks;

const struct quirks mariadb_quirks = {
	.driver = "mariadb",
	.create = "CREATE DATABASE %s",
	.drop = "DROP DATABASE %s",
	.time_zone = "SET time_zone = '+05:45'",
	.move_column = "ALTER TABLE shifting MODIFY COLUMN last int NOT NULL AFTER id",
	.deadlocks = true,
};
