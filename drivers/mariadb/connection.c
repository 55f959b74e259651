/*
 * Connecting. Connector/C's defaults are unsafe: no TLS, LOAD DATA LOCAL on, passwords in
 * clear to a server that asks for them. All of that is set here, for every connection.
 */
#include "internal.h"

#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define CLOSE_PATIENCE (MARIADB_SECOND / 20)

/* What may ask for the password: none of these sends it in clear. Searched as a text. */
#define SAFE_AUTHENTICATION "mysql_native_password client_ed25519 auth_gssapi_client"

static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static int library_failed;

static void start_library(void)
{
	library_failed = mysql_server_init(0, NULL, NULL);
}

/* --- options -------------------------------------------------------------------------------- */

static const struct {
	enum mysql_option option;
	size_t offset;
} texts[] = {
	{ MYSQL_OPT_SSL_CA, offsetof(struct mariadb_url, ssl_ca) },
	{ MYSQL_OPT_SSL_CAPATH, offsetof(struct mariadb_url, ssl_capath) },
	{ MYSQL_OPT_SSL_CERT, offsetof(struct mariadb_url, ssl_cert) },
	{ MYSQL_OPT_SSL_KEY, offsetof(struct mariadb_url, ssl_key) },
	{ MYSQL_OPT_SSL_CIPHER, offsetof(struct mariadb_url, ssl_cipher) },
	{ MYSQL_OPT_SSL_CRL, offsetof(struct mariadb_url, ssl_crl) },
	{ MARIADB_OPT_TLS_VERSION, offsetof(struct mariadb_url, tls_version) },
};

static bool asks_for_tls(const struct mariadb_url *url)
{
	return url->ssl_ca || url->ssl_capath || url->ssl_cert;
}

static enum mariadb_tls tls_of(const struct mariadb_url *url, const struct mariadb_host *host)
{
	if (url->tls != MARIADB_TLS_DEFAULT)
		return url->tls;
	return trv__mariadb_host_is_local(host) && !asks_for_tls(url) ? MARIADB_TLS_DISABLED : MARIADB_TLS_VERIFIED;
}

static void set_tls(MYSQL *mysql, const struct mariadb_url *url, const struct mariadb_host *host)
{
	enum mariadb_tls tls = tls_of(url, host);
	my_bool enforce = tls != MARIADB_TLS_DISABLED;
	my_bool verify = tls == MARIADB_TLS_VERIFIED;

	mysql_optionsv(mysql, MYSQL_OPT_SSL_ENFORCE, &enforce);
	mysql_optionsv(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
	if (!enforce)
		return;
	for (size_t i = 0; i < TRV_COUNT_OF(texts); i++) {
		const char *value;
		memcpy(&value, (const char *)url + texts[i].offset, sizeof(value));
		if (value)
			mysql_optionsv(mysql, texts[i].option, value);
	}
}

static void set_options(MYSQL *mysql, const struct mariadb_url *url, const struct mariadb_host *host)
{
	unsigned off = 0;
	unsigned protocol = MYSQL_PROTOCOL_TCP;
	char safe[256];

	mysql_optionsv(mysql, MYSQL_OPT_LOCAL_INFILE, &off);
	mysql_optionsv(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	/* Its whole seconds would become the socket's own timeouts, and those TLS's. */
	mysql_optionsv(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &off);
	snprintf(safe, sizeof(safe), SAFE_AUTHENTICATION " %s", url->auth ? url->auth : "");
	mysql_optionsv(mysql, MARIADB_OPT_RESTRICTED_AUTH, safe);
	if (url->compress)
		mysql_optionsv(mysql, MYSQL_OPT_COMPRESS, NULL);
	if (*host->name && (host->port || strcasecmp(host->name, "localhost") != 0))
		mysql_optionsv(mysql, MYSQL_OPT_PROTOCOL, &protocol);
	set_tls(mysql, url, host);
	trv__mariadb_wait_install(mysql);
}

/* --- connecting ----------------------------------------------------------------------------- */

/*
 * Connector/C asks again and again, for half a minute, while a name cannot be resolved
 * just now; so it is asked here first, once.
 */
static int resolve(const struct mariadb_host *host, struct trv_error *error)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;

	if (!*host->name)
		return 0;
	int failed = getaddrinfo(host->name, NULL, &hints, &found);
	if (failed)
		return trv_error_set(error, TRV_ERR_CONNECT, "cannot connect to the database: host '%s': %s",
		                     host->name, gai_strerror(failed));
	freeaddrinfo(found);
	return 0;
}

MYSQL *trv__mariadb_dial(const struct mariadb_url *url, size_t host, uint64_t deadline, struct trv_error *error)
{
	const struct mariadb_host *target = &url->hosts[host];

	if (resolve(target, error) < 0)
		return NULL;
	MYSQL *mysql = mysql_init(NULL);
	if (!mysql) {
		trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
		return NULL;
	}
	set_options(mysql, url, target);
	trv__mariadb_wait_connect(deadline);
	if (mysql_real_connect(mysql, *target->name ? target->name : NULL, url->user,
	                       url->password ? url->password : "", url->database, target->port, url->socket,
	                       CLIENT_FOUND_ROWS | CLIENT_MULTI_RESULTS | CLIENT_REMEMBER_OPTIONS)) {
		trv__mariadb_wait_blocks(mysql_get_socket(mysql), mysql_get_ssl_cipher(mysql) == NULL);
		trv__mariadb_wait_until(deadline);
		return mysql;
	}
	trv__mariadb_fail_connect(mysql, target, error);
	mysql_close(mysql);
	return NULL;
}

/* Whether another host may do better. */
static bool is_unavailable(int code)
{
	return code == TRV_ERR_CONNECT || code == TRV_ERR_TIMEOUT || code == TRV_ERR_LOST;
}

/* Capabilities as the server tells them. */
static int probe(struct mariadb_connection *connection, struct trv_error *error)
{
	MYSQL *mysql = connection->mysql;
	unsigned long capabilities = 0;

	mariadb_get_infov(mysql, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES, &capabilities);
	if (!mariadb_connection(mysql) || !(capabilities & (MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32)))
		return trv_error_set(error, TRV_ERR_UNSUPPORTED,
		                     "the server (%s) is not MariaDB, or one without bulk operations",
		                     mysql_get_server_info(mysql));
	return 0;
}

/* One that is up, but takes no writes, is not the one that is wanted. */
static int check_target(struct mariadb_connection *connection, struct trv_error *error)
{
	const struct mariadb_url *url = &connection->url;
	bool several = url->host_count > 1 && !connection->replica;

	if (url->target == MARIADB_TARGET_ANY || (url->target == MARIADB_TARGET_DEFAULT && !several))
		return 0;
	int r = trv__mariadb_is_writable(connection, error);
	if (r != 0)
		return r < 0 ? r : 0;
	r = trv_error_set(error, TRV_ERR_CONNECT, "cannot connect to the database: the server takes no writes");
	trv_error_hint(error, "tried %s", url->hosts[connection->host].name);
	return r;
}

static int open_host(struct mariadb_connection *connection, size_t host, uint64_t deadline, struct trv_error *error)
{
	connection->host = host;
	connection->mysql = trv__mariadb_dial(&connection->url, host, deadline, error);
	if (!connection->mysql)
		return error->code;
	int r = probe(connection, error);
	if (r == 0)
		r = trv__mariadb_settings_apply(connection, error);
	return r < 0 ? r : check_target(connection, error);
}

static void forget_host(struct mariadb_connection *connection)
{
	if (connection->mysql)
		mysql_close(connection->mysql);
	connection->mysql = NULL;
	connection->base.broken = false;
}

/* Each host in order; those that are left share the time that is left. */
static int open_connection(struct mariadb_connection *connection, uint64_t deadline, struct trv_error *error)
{
	size_t count = connection->url.host_count;

	for (size_t i = 0;; i++) {
		uint64_t now = trv_monotonic();
		uint64_t left = deadline > now ? (deadline - now) / (count - i) : 1;
		int r = open_host(connection, i, deadline ? now + left : 0, error);

		if (r == 0 || !is_unavailable(r) || i + 1 == count)
			return r;
		forget_host(connection);
	}
}

int trv__mariadb_connect(const struct trv_connect_options *options, struct trv_connection **ret,
                         struct trv_error *error)
{
	struct mariadb_connection *connection;
	struct mariadb_url url;

	pthread_once(&library_once, start_library);
	if (library_failed)
		return trv_error_set(error, TRV_ERR_NOMEM, "the client library cannot start");
	int r = trv__mariadb_url_parse(&url, options->url, options->allocator, error);
	if (r < 0)
		return r;
	connection = trv_allocate(options->allocator, sizeof(*connection));
	if (!connection) {
		trv__mariadb_url_release(&url, options->allocator);
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	}
	*connection = (struct mariadb_connection) {
		.base = { .driver = &trv__mariadb_driver, .dialect = &trv__mariadb_dialect },
		.allocator = options->allocator,
		.url = url,
		.query_ms = options->query_ms,
		.replica = options->replica,
	};
	r = trv__mariadb_fence_init(connection, error);
	if (r < 0) {
		trv__mariadb_url_release(&connection->url, options->allocator);
		trv_release(options->allocator, connection);
		return r;
	}
	r = open_connection(connection, options->deadline, error);
	if (r < 0) {
		trv__mariadb_close(&connection->base);
		return r;
	}
	*ret = &connection->base;
	return 0;
}

void trv__mariadb_close(struct trv_connection *base)
{
	struct mariadb_connection *connection = mariadb_connection_of(base);

	trv__mariadb_fence_release(connection);
	trv__mariadb_wait_until(trv_monotonic() + CLOSE_PATIENCE);
	trv__mariadb_bury(connection);
	if (connection->mysql)
		mysql_close(connection->mysql);
	trv__mariadb_url_release(&connection->url, connection->allocator);
	trv_release(connection->allocator, connection);
}

/* An idle server says nothing: what can be read is its good-bye, or an answer that nobody took. */
bool trv__mariadb_ready(struct trv_connection *base)
{
	struct mariadb_connection *connection = mariadb_connection_of(base);

	if (base->broken || connection->reading || connection->mysql->status != MYSQL_STATUS_READY ||
	    connection->mysql->server_status & SERVER_STATUS_IN_TRANS)
		return false;
	struct pollfd item = { .fd = mysql_get_socket(connection->mysql), .events = POLLIN };
	return poll(&item, 1, 0) == 0;
}

int trv__mariadb_ping(struct trv_connection *base, uint64_t deadline, struct trv_error *error)
{
	struct mariadb_connection *connection = mariadb_connection_of(base);
	int r = trv__mariadb_enter(connection, deadline, error);

	if (r < 0)
		return r;
	if (mysql_ping(connection->mysql)) {
		r = trv__mariadb_fail(connection, error);
		trv__mariadb_break(connection);
	}
	trv__mariadb_leave(connection);
	return r;
}
