/*
 * The drivers and dialects that are built in: one row each. A dialect is plain data and
 * always there; a driver needs its client library.
 */
#include <string.h>
#include <trivet/driver.h>

extern const struct trv_dialect trv__sqlite_dialect;
extern const struct trv_dialect trv__postgresql_dialect;
extern const struct trv_dialect trv__mariadb_dialect;

extern const struct trv_driver trv__sqlite_driver;
extern const struct trv_driver trv__postgresql_driver;
extern const struct trv_driver trv__mariadb_driver;

static const struct trv_dialect *const dialects[] = {
	&trv__sqlite_dialect,
	&trv__postgresql_dialect,
	&trv__mariadb_dialect,
};

static const struct trv_driver *const drivers[] = {
#ifdef TRV_HAVE_SQLITE
	&trv__sqlite_driver,
#endif
#ifdef TRV_HAVE_POSTGRESQL
	&trv__postgresql_driver,
#endif
#ifdef TRV_HAVE_MARIADB
	&trv__mariadb_driver,
#endif
	NULL,
};

const struct trv_dialect *trv_dialect_for(enum trv_engine engine)
{
	for (size_t i = 0; i < TRV_COUNT_OF(dialects); i++)
		if (dialects[i]->engine == engine)
			return dialects[i];
	return NULL;
}

const struct trv_dialect *trv_dialect_named(const char *name)
{
	for (size_t i = 0; i < TRV_COUNT_OF(dialects); i++)
		if (strcmp(dialects[i]->name, name) == 0)
			return dialects[i];
	return NULL;
}

const struct trv_driver *trv_driver_for_url(const char *url)
{
	const char *colon = url ? strchr(url, ':') : NULL;

	if (!colon)
		return NULL;
	size_t length = (size_t)(colon - url);
	for (size_t i = 0; drivers[i]; i++)
		for (const char *const *scheme = drivers[i]->schemes; *scheme; scheme++)
			if (strlen(*scheme) == length && memcmp(*scheme, url, length) == 0)
				return drivers[i];
	return NULL;
}
