#include "quirks.h"

#include <stddef.h>
#include <string.h>
#include <trivet/common.h>

extern const struct quirks sqlite_quirks;
extern const struct quirks postgresql_quirks;
extern const struct quirks mariadb_quirks;

static const struct quirks *const all[] = { &sqlite_quirks, &postgresql_quirks, &mariadb_quirks };

const struct quirks *quirks_for(const char *driver)
{
	for (size_t i = 0; i < TRV_COUNT_OF(all); i++)
		if (strcmp(all[i]->driver, driver) == 0)
			return all[i];
	return NULL;
}
