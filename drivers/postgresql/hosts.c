/*
 * URLs with several servers. libpq walks through them, but only when one refuses: of one
 * that is silent it must be relieved, by a new walk without it.
 */
#include "internal.h"
#include <string.h>

/* The list that counts: `hostaddr` may stand alone. */
static const char *servers_of(const struct pg_target *target)
{
	const char *hosts = trv__pg_target_value(target, "host");

	return hosts ? hosts : trv__pg_target_value(target, "hostaddr");
}

size_t trv__pg_hosts_count(const struct pg_target *target)
{
	const char *servers = servers_of(target);
	size_t count = 1;

	for (; servers && *servers; servers++)
		count += *servers == ',';
	return count;
}

/* Item i of a list; the last one stands for those that it lacks. Returns its size. */
static size_t item_at(const char *list, size_t i, const char **item)
{
	size_t size = strcspn(list, ",");

	while (i-- > 0 && list[size]) {
		list += size + 1;
		size = strcspn(list, ",");
	}
	*item = list;
	return size;
}

static bool is_item(const char *list, size_t i, const char *text)
{
	const char *item;
	size_t size = list ? item_at(list, i, &item) : 0;

	return size == 0 || (strlen(text) == size && memcmp(item, text, size) == 0);
}

/* Takes item i out of a list of the URL; a list of one is for all servers and stays. */
static void drop_item(const struct pg_target *target, const char *keyword, size_t i)
{
	const char *item;

	for (PQconninfoOption *option = target->parsed; option->keyword; option++) {
		if (strcmp(option->keyword, keyword) != 0 || !option->val || !strchr(option->val, ','))
			continue;
		size_t size = item_at(option->val, i, &item);
		char *from = option->val + (item - option->val);
		char *behind = from + size;
		/* With the comma behind it, or with the one before it when it is the last. */
		if (*behind)
			memmove(from, behind + 1, strlen(behind + 1) + 1);
		else if (from > option->val)
			from[-1] = '\0';
	}
}

bool trv__pg_hosts_drop(struct pg_target *target, const PGconn *pq)
{
	static const char *const keywords[] = { "host", "hostaddr", "port" };
	size_t count = trv__pg_hosts_count(target);
	const char *servers = servers_of(target);
	const char *ports = trv__pg_target_value(target, "port");

	for (size_t i = 0; count > 1 && i < count; i++) {
		if (!is_item(servers, i, PQhost(pq)) || !is_item(ports, i, PQport(pq)))
			continue;
		for (size_t k = 0; k < TRV_COUNT_OF(keywords); k++)
			drop_item(target, keywords[k], i);
		return true;
	}
	return false;
}
