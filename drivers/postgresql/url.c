/*
 * From a URL to libpq's keywords. libpq reads the URL (several hosts and
 * target_session_attrs included); we take out what is our own, and put in the defaults
 * that libpq does not have.
 */
#include "internal.h"
#include <stdlib.h>
#include <string.h>

#define MORE_KEYWORDS 8 /* that may be added */
#define OWN_PREFIX "trivet_"

/* --- our own parameters ---------------------------------------------------------------- */

/* Where the parameters begin; a question mark in front of the @ belongs to a password. */
static char *parameters_in(char *url)
{
	char *authority = strstr(url, "://");

	if (!authority)
		return NULL;
	authority += 3;
	char *at = authority + strcspn(authority, "@/");
	return strchr(*at == '@' ? at : authority, '?');
}

/* One parameter of ours, `size` characters of "trivet_pooler=1". */
static int read_own(struct pg_target *target, const char *text, size_t size, struct trv_error *error)
{
	static const struct {
		const char *text;
		bool pooler;
	} known[] = { { "trivet_pooler=1", true }, { "trivet_pooler=0", false } };

	for (size_t i = 0; i < TRV_COUNT_OF(known); i++)
		if (strlen(known[i].text) == size && memcmp(known[i].text, text, size) == 0) {
			target->pooler = known[i].pooler;
			return 0;
		}
	trv_error_set(error, TRV_ERR_URL, "the URL has an unknown parameter that begins with " OWN_PREFIX);
	trv_error_hint(error, "trivet_pooler=1 is for transaction poolers");
	return TRV_ERR_URL;
}

/* Takes our parameters out of the URL, in place. */
static int take_own(struct pg_target *target, char *url, struct trv_error *error)
{
	char *next = parameters_in(url);
	char *to = next;

	while (next && *next) {
		char *text = next + 1; /* behind the ? or & */
		size_t size = strcspn(text, "&");

		next = text + size;
		if (strncmp(text, OWN_PREFIX, strlen(OWN_PREFIX)) == 0) {
			int r = read_own(target, text, size, error);

			if (r < 0)
				return r;
			continue;
		}
		char mark = to == text - 1 || *to == '?' ? *to : '&';
		*to = mark;
		memmove(to + 1, text, size);
		to += size + 1;
	}
	if (to)
		*to = '\0';
	return 0;
}

/* --- defaults -------------------------------------------------------------------------- */

const char *trv__pg_target_value(const struct pg_target *target, const char *keyword)
{
	for (size_t i = 0; i < target->count; i++)
		if (strcmp(target->keywords[i], keyword) == 0)
			return target->values[i];
	return NULL;
}

/* Later ones win. */
static void set(struct pg_target *target, const char *keyword, const char *value)
{
	target->keywords[target->count] = keyword;
	target->values[target->count] = value;
	target->count++;
	target->keywords[target->count] = NULL;
	target->values[target->count] = NULL;
}

static void set_default(struct pg_target *target, const char *keyword, const char *value)
{
	if (!trv__pg_target_value(target, keyword))
		set(target, keyword, value);
}

/* A Unix socket or the loopback: nobody stands between. */
static bool is_local_host(const char *host, size_t size)
{
	static const char *const names[] = { "localhost", "::1" };

	if (size == 0 || *host == '/' || *host == '@')
		return true;
	for (size_t i = 0; i < TRV_COUNT_OF(names); i++)
		if (strlen(names[i]) == size && strncmp(names[i], host, size) == 0)
			return true;
	return size > 4 && strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") >= size;
}

static bool is_local_list(const char *hosts)
{
	for (;;) {
		size_t size = strcspn(hosts, ",");

		if (!is_local_host(hosts, size))
			return false;
		if (!hosts[size])
			return true;
		hosts += size + 1;
	}
}

/* From the URL, else from the environment, as libpq does it. */
static const char *given(const struct pg_target *target, const char *keyword, const char *variable)
{
	const char *value = trv__pg_target_value(target, keyword);

	return value ? value : getenv(variable);
}

static bool is_local(const struct pg_target *target)
{
	const char *host = given(target, "host", "PGHOST");
	const char *address = given(target, "hostaddr", "PGHOSTADDR");

	/* A service file may name any host. */
	if (!host && !address && given(target, "service", "PGSERVICE"))
		return false;
	if (address && *address)
		return is_local_list(address);
	return !host || is_local_list(host);
}

static void apply_defaults(struct pg_target *target, bool replica)
{
	/* Of several servers the one that takes writes: after a failover it is another one. */
	if (!replica && trv__pg_hosts_count(target) > 1)
		set_default(target, "target_session_attrs", "read-write");
	/* A server that is not local must prove who it is, unless the URL itself says otherwise. */
	if (!is_local(target))
		set_default(target, "sslmode", "verify-full");
	/* libgssapi crashes when memory runs out. */
	set_default(target, "gssencmode", "disable");
	set_default(target, "fallback_application_name", "trivet");
	set(target, "client_encoding", "UTF8");
}

/* --- reading --------------------------------------------------------------------------- */

static int parse(struct pg_target *target, const char *url, struct trv_error *error)
{
	char *reason = NULL;

	target->parsed = PQconninfoParse(url, &reason);
	if (target->parsed)
		return 0;
	/* The reason may quote a part of a password: it is told without. */
	bool understood = reason != NULL;
	PQfreemem(reason);
	if (!understood)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	trv_error_set(error, TRV_ERR_URL, "the URL is not understood by libpq");
	trv_error_hint(error, "characters that mean something in a URL are written as %%40 in a user or a password");
	return TRV_ERR_URL;
}

static int copy_options(struct pg_target *target, const struct trv_allocator *allocator, struct trv_error *error)
{
	size_t count = MORE_KEYWORDS + 1;

	for (const PQconninfoOption *option = target->parsed; option->keyword; option++)
		count++;
	target->keywords = trv_allocate(allocator, 2 * count * sizeof(char *));
	if (!target->keywords)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	target->values = target->keywords + count;
	for (const PQconninfoOption *option = target->parsed; option->keyword; option++)
		if (option->val)
			set(target, option->keyword, option->val);
	target->password = trv__pg_target_value(target, "password");
	return 0;
}

int trv__pg_target_read(struct pg_target *target, const struct trv_connect_options *options, struct trv_error *error)
{
	const struct trv_allocator *allocator = options->allocator;
	size_t size = strlen(options->url) + 1;
	char *copy = trv_allocate(allocator, size);

	*target = (struct pg_target) { 0 };
	if (!copy)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	memcpy(copy, options->url, size);
	int r = take_own(target, copy, error);
	if (r == 0)
		r = parse(target, copy, error);
	if (r == 0)
		r = copy_options(target, allocator, error);
	if (r == 0)
		apply_defaults(target, options->replica);
	explicit_bzero(copy, size);
	trv_release(allocator, copy);
	if (r < 0)
		trv__pg_target_release(target, allocator);
	return r;
}

void trv__pg_target_release(struct pg_target *target, const struct trv_allocator *allocator)
{
	trv_release(allocator, target->keywords);
	PQconninfoFree(target->parsed);
	*target = (struct pg_target) { 0 };
}
