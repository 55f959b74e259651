#include "quirks.h"

extern const struct quirks postgresql_quirks;

const struct quirks postgresql_quirks = {
	.driver = "postgresql",
	.create = "CREATE DATABASE %s",
	.drop = "DROP DATABASE %s WITH (FORCE)",
	.time_zone = "SET TIME ZONE 'Asia/Kathmandu'",
	.deadlocks = true,
};
