#include "pool/driver.h"

#include <string.h>

/* A member that must not be NULL. All pointers, to functions too, are read as one that is NULL or not. */
struct member {
	const char *name;
	size_t offset;
};

#define OPERATION(member)                                                                                              \
	{                                                                                                              \
#member, offsetof(struct trv_driver, member)                                                           \
	}
#define SPELLING(member)                                                                                               \
	{                                                                                                              \
#member, offsetof(struct trv_dialect, member)                                                          \
	}

static const struct member operations[] = {
	OPERATION(schemes), OPERATION(dialect), OPERATION(connect),  OPERATION(close),       OPERATION(ping),
	OPERATION(reset),   OPERATION(prepare), OPERATION(finalize), OPERATION(columns),     OPERATION(execute),
	OPERATION(fetch),   OPERATION(finish),  OPERATION(run),      OPERATION(transaction),
};

static const struct member spellings[] = {
	SPELLING(name),   SPELLING(auto_key),    SPELLING(now),         SPELLING(table_exists), SPELLING(table_options),
	SPELLING(upsert), SPELLING(default_row), SPELLING(decimal_sum), SPELLING(like_escape),  SPELLING(key_rows),
};

#define REFUSE(error, ...)                                                                                             \
	(trv_error_set(error, TRV_ERR_ABI, __VA_ARGS__),                                                               \
	 trv_error_hint(error, "build the driver again with the headers of trivet " TRV_VERSION), TRV_ERR_ABI)

static bool is_null(const void *table, const struct member *member)
{
	static const char nothing[sizeof(void (*)(void))];

	return memcmp((const char *)table + member->offset, nothing, sizeof(nothing)) == 0;
}

/* The first that is missing, or NULL. */
static const char *missing(const void *table, const struct member *members, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_null(table, &members[i]))
			return members[i].name;
	return NULL;
}

static int take_dialect(struct trv_dialect *dialect, const struct trv_dialect *given, const char *driver,
                        struct trv_error *error)
{
	if (given->size > sizeof(*dialect) || given->size < offsetof(struct trv_dialect, name))
		return REFUSE(error, "driver '%s': its dialect has %u bytes, the largest known here %zu", driver,
		              given->size, sizeof(*dialect));
	memset(dialect, 0, sizeof(*dialect));
	memcpy(dialect, given, given->size);
	dialect->size = sizeof(*dialect);
	const char *lacks = missing(dialect, spellings, TRV_COUNT_OF(spellings));
	if (lacks)
		return REFUSE(error, "driver '%s': its dialect lacks '%s'", driver, lacks);
	for (int type = TRV_BOOL; type <= TRV_ENUM; type++)
		if (!dialect->types[type])
			return REFUSE(error, "driver '%s': its dialect has no type for %s", driver,
			              trv_type_name((enum trv_type)type));
	if ((unsigned)dialect->engine >= TRV_ENGINE_COUNT)
		return REFUSE(error, "driver '%s': its dialect's engine is %u, which is none", driver,
		              (unsigned)dialect->engine);
	return 0;
}

int trv__driver_take(struct trv__driver *driver, const struct trv_driver *given, struct trv_error *error)
{
	struct trv_driver *table = &driver->table;

	if (given->abi != TRV_DRIVER_ABI)
		return REFUSE(error, "a driver is built for driver ABI %u, this is %u", given->abi, TRV_DRIVER_ABI);
	if (given->size > sizeof(*table) || given->size < offsetof(struct trv_driver, schemes) ||
	    given->size % sizeof(void *) != 0 || !given->name)
		return REFUSE(error, "a driver's table has %u bytes, the largest known here %zu", given->size,
		              sizeof(*table));
	memset(table, 0, sizeof(*table));
	memcpy(table, given, given->size);
	table->size = sizeof(*table);
	const char *lacks = missing(table, operations, TRV_COUNT_OF(operations));
	if (lacks)
		return REFUSE(error, "driver '%s' lacks '%s'", given->name, lacks);
	driver->given = given->dialect;
	table->dialect = &driver->dialect;
	return take_dialect(&driver->dialect, given->dialect, given->name, error);
}

int trv__driver_adopt(const struct trv__driver *driver, struct trv_connection *connection, struct trv_dialect *probed,
                      struct trv_error *error)
{
	connection->driver = &driver->table;
	if (!connection->dialect || connection->dialect == driver->given) {
		connection->dialect = &driver->dialect;
		return 0;
	}
	if (connection->dialect->size == sizeof(*probed))
		return 0;
	int r = take_dialect(probed, connection->dialect, driver->table.name, error);
	if (r >= 0)
		connection->dialect = probed;
	return r;
}
