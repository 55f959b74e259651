/*
 * Who a server is, is proven by its certificate before it hears anything. Here a certificate
 * authority is made with openssl, a server speaks TLS with a certificate of it, and a proxy
 * keeps each byte that the client sends.
 *
 * The proxy stands between; the names in a URL reach it because "localhost", "127.0.0.1" and
 * "0.0.0.0" do. The last is local to no driver, so it stands for a host of the network.
 */
#include "faults.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PASSWORD "s3cret!pass" /* as in tests/servers */

/* How the engines' URLs name the same things. */
static const struct words {
	const char *scheme, *authority, *verified, *unverified, *without, *tls12;
	const char *encrypted; /* SQL that gives 1 where the connection is */
	const char *wrong_name, *wrong_authority; /* what the message says */
} words[] = {
	[POSTGRESQL] = {
		.scheme = "postgresql",
		.authority = "sslrootcert",
		.verified = "sslmode=verify-full",
		.unverified = "sslmode=require",
		.without = "sslmode=disable",
		.tls12 = "ssl_max_protocol_version=TLSv1.2",
		.encrypted = "SELECT count(*) FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl",
		.wrong_name = "does not match host name \"127.0.0.1\"",
		.wrong_authority = "certificate verify failed",
	},
	[MARIADB] = {
		.scheme = "mariadb",
		.authority = "ssl-ca",
		.verified = "ssl-mode=verify-identity",
		.unverified = "ssl-mode=required",
		.without = "ssl-mode=disabled",
		.tls12 = "tls-version=TLSv1.2",
		.encrypted = "SELECT COUNT(*) FROM information_schema.session_status"
			     " WHERE variable_name = 'ssl_cipher' AND variable_value <> ''",
		.wrong_name = "not a valid one for the name '127.0.0.1'",
		.wrong_authority = "certificate",
	},
};

/* --- the server and its certificate ------------------------------------------------------------- */

static const char *certificates; /* the folder they are in */
static int server_port;
static struct proxy *proxy;

/* An authority that the client knows and one that it does not; the first one vouches for the server's names. */
#define MAKE_CERTIFICATES                                                                                              \
	"cd '%s' && exec > log 2>&1 && chmod a+rx . && "                                                               \
	"for name in known unknown; do openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=$name "             \
	"-keyout $name.key -out $name.pem || exit 1; done && "                                                         \
	"openssl req -newkey rsa:2048 -nodes -subj /CN=server -keyout server.key -out server.csr && "                  \
	"echo subjectAltName=DNS:localhost,IP:0.0.0.0 > names && "                                                     \
	"openssl x509 -req -in server.csr -CA known.pem -CAkey known.key -CAcreateserial -days 2 "                     \
	"-extfile names -out server.pem && chmod a+r server.pem server.key known.pem unknown.pem"

static int free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	REQUIRE(listener >= 0);
	REQUIRE(bind(listener, (struct sockaddr *)&address, size) == 0);
	REQUIRE(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
	close(listener);
	return ntohs(address.sin_port);
}

static void start_server(void)
{
	char command[1536], server[32];

	if (proxy)
		return;
	certificates = test_temporary_folder();
	snprintf(command, sizeof(command), MAKE_CERTIFICATES, certificates);
	REQUIRE(system(command) == 0);
	server_port = free_port();
	snprintf(command, sizeof(command), "port = %d", server_port);
	setenv("TRIVET_TEST_POSTGRESQL_CONF", command, 1);
	setenv("TRIVET_TEST_POSTGRESQL_LISTEN", "127.0.0.1", 1);
	setenv("TRIVET_TEST_POSTGRESQL_TLS", certificates, 1);
	snprintf(command, sizeof(command),
	         "--bind-address=127.0.0.1 --port=%d --ssl-cert=%s/server.pem --ssl-key=%s/server.key", server_port,
	         certificates, certificates);
	setenv("TRIVET_TEST_MARIADB_OPTIONS", command, 1);
	(void)own_server();
	snprintf(server, sizeof(server), "127.0.0.1:%d", server_port);
	proxy = proxy_start(server);
}

/* --- a client, and what it said ------------------------------------------------------------------- */

struct visit {
	int result;
	int64_t encrypted;
	struct trv_error error;
	struct proxy_record sent;
};

static void call(struct visit *visit, const char *url)
{
	struct trv_session *session = NULL;
	struct trv_db *db = NULL;
	struct trv_value value = { .type = TRV_INT64 };

	visit->result = trv_open(&db, &(struct trv_options) { .url = url }, &visit->error);
	if (visit->result == 0)
		visit->result = trv_session_open(db, &session, &visit->error);
	if (visit->result == 0) {
		visit->result = trv_sql_value(session, &value, TRV_INT64, words[engine()].encrypted, NULL, 0);
		visit->error = *trv_error(session);
	}
	visit->encrypted = value.as.integer;
	trv_session_close(session);
	trv_close(db);
}

/* Goes to the server by that name for it. A parameter NULL is left out; `authority` is "known" or "unknown". */
static void visit_server(struct visit *visit, const char *host, const char *authority, const char *mode,
                         const char *more)
{
	const struct words *word = &words[engine()];
	char url[1024];
	size_t size;

	start_server();
	memset(visit, 0, sizeof(*visit));
	size = (size_t)snprintf(url, sizeof(url), "%s://tester:s3cret%%21pass@%s:%d/test", word->scheme, host,
	                        proxy_port(proxy));
	char mark = '?';
	if (authority) {
		size += (size_t)snprintf(url + size, sizeof(url) - size, "%c%s=%s/%s.pem", mark, word->authority,
		                         certificates, authority);
		mark = '&';
	}
	for (int i = 0; i < 2; i++) {
		const char *parameter = i == 0 ? mode : more;
		if (!parameter)
			continue;
		size += (size_t)snprintf(url + size, sizeof(url) - size, "%c%s", mark, parameter);
		mark = '&';
	}
	proxy_record(proxy, &visit->sent);
	call(visit, url);
	for (uint64_t end = trv_monotonic() + 5000 * MS; proxy_counts(proxy).open > 0; pause_ms(1))
		REQUIRE(trv_monotonic() < end);
	proxy_record(proxy, NULL);
}

static bool was_sent(const struct visit *visit, const char *text)
{
	return memmem(visit->sent.bytes, visit->sent.size, text, strlen(text)) != NULL;
}

/* How many bytes the client sent by TLS 1.2 once it had accepted the server; what went before is checked to be TLS. */
static size_t application_bytes(const struct visit *visit)
{
	/* The request for TLS, of 8 bytes; and a greeting that says no more than that TLS is wanted, of 36. */
	size_t at = engine() == POSTGRESQL ? 8 : 36;
	size_t bytes = 0;

	REQUIRE(visit->sent.size > at && visit->sent.size < sizeof(visit->sent.bytes));
	while (at + 5 <= visit->sent.size) {
		const unsigned char *record = visit->sent.bytes + at;
		size_t size = (size_t)record[3] << 8 | record[4];

		/* Change of cipher, alert, handshake, application data; all of version 3.x. */
		REQUIRE(record[0] >= 20 && record[0] <= 23 && record[1] == 3);
		bytes += record[0] == 23 ? size : 0;
		at += 5 + size;
	}
	CHECK_INT(at, visit->sent.size);
	return bytes;
}

/* Refused, with the reason told, and without a word to the server. */
static void check_refused(const struct visit *visit, const char *reason)
{
	CHECK_STATUS(visit->result, TRV_ERR_CONNECT);
	CHECK_CONTAINS(visit->error.message, reason);
	CHECK_CONTAINS(visit->error.hint, words[engine()].authority);
	CHECK(!strstr(visit->error.message, PASSWORD));
	CHECK(!strstr(visit->error.detail, PASSWORD));
	CHECK(!was_sent(visit, PASSWORD));
	CHECK(!was_sent(visit, "tester"));
}

/* --- the tests ------------------------------------------------------------------------------------- */

TEST(tls, a_server_that_proves_its_name_is_connected_to)
{
	static struct visit visit;

	visit_server(&visit, "localhost", "known", words[engine()].verified, NULL);
	CHECK_OK(visit.result, &visit.error);
	CHECK_INT(visit.encrypted, 1);
	CHECK(!was_sent(&visit, PASSWORD));
	CHECK(!was_sent(&visit, "tester"));
	/* What the tests below look for is seen where it is. */
	visit_server(&visit, "localhost", "known", words[engine()].verified, words[engine()].tls12);
	CHECK_OK(visit.result, &visit.error);
	CHECK(application_bytes(&visit) > 0);
	visit_server(&visit, "localhost", NULL, words[engine()].without, NULL);
	CHECK_OK(visit.result, &visit.error);
	CHECK_INT(visit.encrypted, 0);
	CHECK(was_sent(&visit, "tester"));
}

TEST(tls, a_server_of_another_name_is_refused_and_hears_nothing)
{
	static struct visit visit;

	visit_server(&visit, "127.0.0.1", "known", words[engine()].verified, NULL);
	check_refused(&visit, words[engine()].wrong_name);
	visit_server(&visit, "127.0.0.1", "known", words[engine()].verified, words[engine()].tls12);
	check_refused(&visit, words[engine()].wrong_name);
	CHECK_INT(application_bytes(&visit), 0);
}

TEST(tls, a_server_of_an_unknown_authority_is_refused_and_hears_nothing)
{
	static struct visit visit;

	visit_server(&visit, "localhost", "unknown", words[engine()].verified, NULL);
	check_refused(&visit, words[engine()].wrong_authority);
	visit_server(&visit, "localhost", "unknown", words[engine()].verified, words[engine()].tls12);
	check_refused(&visit, words[engine()].wrong_authority);
	CHECK_INT(application_bytes(&visit), 0);
}

TEST(tls, a_host_that_is_not_local_has_to_prove_its_name_unless_told_otherwise)
{
	static struct visit visit;

	visit_server(&visit, "0.0.0.0", "known", NULL, NULL);
	CHECK_OK(visit.result, &visit.error);
	CHECK_INT(visit.encrypted, 1);
	visit_server(&visit, "0.0.0.0", "unknown", NULL, words[engine()].tls12);
	check_refused(&visit, words[engine()].wrong_authority);
	CHECK_INT(application_bytes(&visit), 0);
	/* Nobody is vouched for: whoever answers may be anyone. */
	visit_server(&visit, "0.0.0.0", NULL, NULL, NULL);
	check_refused(&visit, "certificate");
	visit_server(&visit, "0.0.0.0", NULL, words[engine()].unverified, NULL);
	CHECK_OK(visit.result, &visit.error);
	CHECK_INT(visit.encrypted, 1);
}
