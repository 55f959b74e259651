/*
 * URLs: mariadb://user:password@host:port,host:port/database?name=value&name=value
 *
 * Each part may be %-encoded. A message about a URL names the part or the parameter and
 * never quotes values: a password may stand anywhere in a URL that is written wrong.
 */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum parameter_kind {
	PARAMETER_TEXT,
	PARAMETER_TLS,
	PARAMETER_TARGET,
	PARAMETER_BOOL,
};

static const struct parameter {
	const char *name;
	enum parameter_kind kind;
	size_t offset;
} parameters[] = {
	{ "socket", PARAMETER_TEXT, offsetof(struct mariadb_url, socket) },
	{ "ssl-ca", PARAMETER_TEXT, offsetof(struct mariadb_url, ssl_ca) },
	{ "ssl-capath", PARAMETER_TEXT, offsetof(struct mariadb_url, ssl_capath) },
	{ "ssl-cert", PARAMETER_TEXT, offsetof(struct mariadb_url, ssl_cert) },
	{ "ssl-key", PARAMETER_TEXT, offsetof(struct mariadb_url, ssl_key) },
	{ "ssl-cipher", PARAMETER_TEXT, offsetof(struct mariadb_url, ssl_cipher) },
	{ "ssl-crl", PARAMETER_TEXT, offsetof(struct mariadb_url, ssl_crl) },
	{ "tls-version", PARAMETER_TEXT, offsetof(struct mariadb_url, tls_version) },
	{ "auth", PARAMETER_TEXT, offsetof(struct mariadb_url, auth) },
	{ "ssl-mode", PARAMETER_TLS, offsetof(struct mariadb_url, tls) },
	{ "target_session_attrs", PARAMETER_TARGET, offsetof(struct mariadb_url, target) },
	{ "compress", PARAMETER_BOOL, offsetof(struct mariadb_url, compress) },
};

static const struct {
	const char *name;
	enum mariadb_tls tls;
} modes[] = {
	{ "disabled", MARIADB_TLS_DISABLED },
	{ "required", MARIADB_TLS_REQUIRED },
	{ "verify-identity", MARIADB_TLS_VERIFIED },
};

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes in place. NUL is refused: the client library takes C strings. */
static bool unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (*from != '%') {
			*to++ = *from;
			continue;
		}
		int high = hex(from[1]);
		int low = high < 0 ? -1 : hex(from[2]);
		if (low < 0 || high + low == 0)
			return false;
		*to++ = (char)(high * 16 + low);
		from += 2;
	}
	*to = '\0';
	return true;
}

/* Cuts `text` at the first of `separator`; what is behind it, or NULL. */
static char *cut(char *text, char separator)
{
	char *found = text ? strchr(text, separator) : NULL;

	if (!found)
		return NULL;
	*found = '\0';
	return found + 1;
}

static bool parse_port(unsigned *port, const char *text)
{
	char *end = NULL;
	unsigned long number = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end || number == 0 || number > 65535)
		return false;
	*port = (unsigned)number;
	return true;
}

/* "name", "name:port", "[::1]:port" */
static int parse_host(struct mariadb_host *host, char *text, struct trv_error *error)
{
	char *port = NULL;

	if (*text == '[') {
		char *behind = cut(++text, ']');
		if (!behind || (*behind && *behind != ':'))
			return trv_error_set(error, TRV_ERR_URL, "mariadb URL: an address in brackets has no end");
		port = *behind ? behind + 1 : NULL;
	} else {
		port = cut(text, ':');
	}
	if (port && !parse_port(&host->port, port))
		return trv_error_set(error, TRV_ERR_URL, "mariadb URL: the port is not a number from 1 to 65535");
	if (!unescape(text))
		return trv_error_set(error, TRV_ERR_URL, "mariadb URL: a wrong %%-escape in the host");
	host->name = text;
	return 0;
}

static int parse_hosts(struct mariadb_url *url, char *text, struct trv_error *error)
{
	for (char *next; text; text = next) {
		next = cut(text, ',');
		if (url->host_count == MARIADB_MAX_HOSTS)
			return trv_error_set(error, TRV_ERR_URL, "mariadb URL: more than %d hosts", MARIADB_MAX_HOSTS);
		int r = parse_host(&url->hosts[url->host_count], text, error);
		if (r < 0)
			return r;
		url->host_count++;
	}
	return 0;
}

static int parse_account(struct mariadb_url *url, char *text, struct trv_error *error)
{
	char *password = cut(text, ':');

	if (!unescape(text) || (password && !unescape(password)))
		return trv_error_set(error, TRV_ERR_URL, "mariadb URL: a wrong %%-escape in the user or password");
	if (*text)
		url->user = text;
	url->password = password;
	return 0;
}

static int set_tls(enum mariadb_tls *tls, const char *value, struct trv_error *error)
{
	for (size_t i = 0; i < TRV_COUNT_OF(modes); i++)
		if (strcasecmp(modes[i].name, value) == 0) {
			*tls = modes[i].tls;
			return 0;
		}
	return trv_error_set(error, TRV_ERR_URL,
	                     "mariadb URL: 'ssl-mode' is none of disabled, required, verify-identity");
}

static int set_target(enum mariadb_target *target, const char *value, struct trv_error *error)
{
	if (strcmp(value, "any") == 0)
		*target = MARIADB_TARGET_ANY;
	else if (strcmp(value, "read-write") == 0)
		*target = MARIADB_TARGET_READ_WRITE;
	else
		return trv_error_set(error, TRV_ERR_URL,
		                     "mariadb URL: 'target_session_attrs' is none of any, read-write");
	return 0;
}

static int set_bool(bool *to, const char *name, const char *value, struct trv_error *error)
{
	if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
		return trv_error_set(error, TRV_ERR_URL, "mariadb URL: '%s' is neither 0 nor 1", name);
	*to = *value == '1';
	return 0;
}

static int set_parameter(struct mariadb_url *url, const char *name, const char *value, struct trv_error *error)
{
	for (size_t i = 0; i < TRV_COUNT_OF(parameters); i++) {
		char *member = (char *)url + parameters[i].offset;
		if (strcmp(parameters[i].name, name) != 0)
			continue;
		switch (parameters[i].kind) {
		case PARAMETER_TEXT:
			memcpy(member, &value, sizeof(value));
			return 0;
		case PARAMETER_TLS:
			return set_tls((enum mariadb_tls *)(void *)member, value, error);
		case PARAMETER_TARGET:
			return set_target((enum mariadb_target *)(void *)member, value, error);
		case PARAMETER_BOOL:
			return set_bool((bool *)member, name, value, error);
		}
	}
	return trv_error_set(error, TRV_ERR_URL, "mariadb URL: unknown parameter '%s'", name);
}

static int parse_parameters(struct mariadb_url *url, char *text, struct trv_error *error)
{
	for (char *next; text; text = next) {
		next = cut(text, '&');
		char *value = cut(text, '=');
		if (!unescape(text) || !value || !unescape(value))
			return trv_error_set(error, TRV_ERR_URL, "mariadb URL: a parameter is not written name=value");
		int r = set_parameter(url, text, value, error);
		if (r < 0)
			return r;
	}
	return 0;
}

static int parse(struct mariadb_url *url, char *text, struct trv_error *error)
{
	char *rest = strstr(text, "://");

	if (!rest)
		return trv_error_set(error, TRV_ERR_URL, "mariadb URL: it does not begin with mariadb://");
	rest += 3;
	char *query = cut(rest, '?');
	char *database = cut(rest, '/');
	char *at = strrchr(rest, '@');
	int r = 0;
	/* A character of the password that ended a part too early: nothing of it may be quoted. */
	if ((database && strchr(database, '@')) || (query && strchr(query, '@')))
		return trv_error_set(error, TRV_ERR_URL,
		                     "mariadb URL: '@' behind the hosts; one of '/?@' is not %%-encoded");
	if (at) {
		*at = '\0';
		r = parse_account(url, rest, error);
		rest = at + 1;
	}
	if (r == 0)
		r = parse_hosts(url, rest, error);
	if (r == 0 && query)
		r = parse_parameters(url, query, error);
	if (r < 0)
		return r;
	if (database && (strchr(database, '/') || !unescape(database)))
		return trv_error_set(error, TRV_ERR_URL, "mariadb URL: the database's name is not understood");
	if (database && *database)
		url->database = database;
	return 0;
}

int trv__mariadb_url_parse(struct mariadb_url *url, const char *text, const struct trv_allocator *allocator,
                           struct trv_error *error)
{
	size_t size = strlen(text) + 1;

	memset(url, 0, sizeof(*url));
	url->text = trv_allocate(allocator, size);
	if (!url->text)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	memcpy(url->text, text, size);
	int r = parse(url, url->text, error);
	if (r == 0 && url->socket)
		for (size_t i = 0; i < url->host_count; i++)
			if (*url->hosts[i].name && strcmp(url->hosts[i].name, "localhost") != 0)
				r = trv_error_set(error, TRV_ERR_URL,
				                  "mariadb URL: both a host and 'socket' are given");
	if (r < 0)
		trv__mariadb_url_release(url, allocator);
	return r;
}

void trv__mariadb_url_release(struct mariadb_url *url, const struct trv_allocator *allocator)
{
	if (url->password)
		explicit_bzero((void *)(uintptr_t)url->password, strlen(url->password));
	if (url->text)
		trv_release(allocator, url->text);
	memset(url, 0, sizeof(*url));
}

bool trv__mariadb_host_is_local(const struct mariadb_host *host)
{
	const char *name = host->name;
	unsigned parts[4];
	char end;

	if (!*name || strcasecmp(name, "localhost") == 0 || strcmp(name, "::1") == 0)
		return true;
	/* "127.evil.example" is a name, not an address. */
	return sscanf(name, "%3u.%3u.%3u.%3u%c", &parts[0], &parts[1], &parts[2], &parts[3], &end) == 4 &&
	       parts[0] == 127;
}
