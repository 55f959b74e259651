#include "top.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST_BYTES (8u << 20)
#define PATIENCE_MS 2000

/* --- the socket ----------------------------------------------------------------------------------- */

int top_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (made >= 0 && connect(made, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		int why = errno;

		close(made);
		errno = why;
		return -1;
	}
	return made;
}

static bool ends(const char *text, size_t size)
{
	static const char mark[] = "# EOF\n";

	return size >= sizeof(mark) - 1 && memcmp(text + size - (sizeof(mark) - 1), mark, sizeof(mark) - 1) == 0;
}

/* The whole answer, or NULL. */
static char *receive(int socket)
{
	size_t room = 65536, size = 0;
	char *text = malloc(room);

	while (text && !ends(text, size)) {
		struct pollfd wait = { .fd = socket, .events = POLLIN };
		char *more = size + 1 < room ? text : room < MOST_BYTES ? realloc(text, room *= 2) : NULL;

		if (!more)
			break;
		text = more;
		ssize_t got = poll(&wait, 1, PATIENCE_MS) > 0 ? recv(socket, text + size, room - size - 1, 0) : -1;
		if (got <= 0)
			break;
		size += (size_t)got;
	}
	if (!text || !ends(text, size)) {
		free(text);
		return NULL;
	}
	text[size] = '\0';
	return text;
}

bool top_read(int socket, struct top_snapshot *snapshot)
{
	static const char request[] = "snapshot 200\n";

	if (send(socket, request, sizeof(request) - 1, MSG_NOSIGNAL) != (ssize_t)sizeof(request) - 1)
		return false;
	char *text = receive(socket);
	return text && top_parse(snapshot, text);
}

/* --- fields --------------------------------------------------------------------------------------- */

#define MOST_FIELDS 24

struct record {
	char *kind;
	char *keys[MOST_FIELDS], *values[MOST_FIELDS];
	size_t count;
};

/* What a terminal would obey is not shown: C0, DEL, and C1 where it is one byte or two. */
static char printable(const char *at)
{
	unsigned char c = (unsigned char)*at;
	bool continues = c >= 0x80 && c < 0xc0;
	bool c1 = continues && c < 0xa0 && (unsigned char)at[-1] == 0xc2;

	return c < 0x20 || c == 0x7f || c1 || (continues && (unsigned char)at[-1] < 0x80) ? '?' : *at;
}

/* In place: no escape is shorter than what it stands for. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *at = text; *at; at++) {
		if (*at == '\\' && at[1]) {
			at++;
			*to++ = *at == 'n' || *at == 't' ? ' ' : printable(at);
		} else {
			*to++ = printable(at);
		}
	}
	*to = '\0';
}

static struct record split(char *line)
{
	struct record record = { .kind = strsep(&line, "\t") };

	while (line && record.count < MOST_FIELDS) {
		char *value = strsep(&line, "\t"), *key = strsep(&value, "=");

		if (!value)
			continue;
		unescape(value);
		record.keys[record.count] = key;
		record.values[record.count++] = value;
	}
	return record;
}

static const char *text_of(const struct record *record, const char *key)
{
	for (size_t i = 0; i < record->count; i++)
		if (strcmp(record->keys[i], key) == 0)
			return record->values[i];
	return "";
}

static uint64_t number_of(const struct record *record, const char *key)
{
	return strtoull(text_of(record, key), NULL, 10);
}

/* --- records -------------------------------------------------------------------------------------- */

static void take_process(struct top_snapshot *to, const struct record *record)
{
	to->program = text_of(record, "program");
	to->driver = text_of(record, "driver");
	to->pid = number_of(record, "pid");
	to->now = number_of(record, "now_us");
	to->monotonic = number_of(record, "monotonic_ns");
}

static void take_pool(struct top_snapshot *to, const struct record *record)
{
	to->size = number_of(record, "size");
	to->overflow = number_of(record, "overflow");
	to->idle = number_of(record, "idle");
	to->used = number_of(record, "used");
	to->connecting = number_of(record, "connecting");
	to->waiting = number_of(record, "waiting");
	to->suspended = number_of(record, "suspended");
	to->acquired = number_of(record, "acquired");
	to->timeouts = number_of(record, "timeouts");
	to->created = number_of(record, "created");
	to->failures = number_of(record, "connect_failures");
	to->leaks = number_of(record, "leaks");
}

static void take_replica(struct top_snapshot *to, const struct record *record)
{
	if (to->replica_count < TOP_REPLICAS)
		to->replicas[to->replica_count++] = (struct top_replica) {
			.index = number_of(record, "index"),
			.in_use = number_of(record, "in_use"),
			.behind = number_of(record, "behind_ns"),
			.set_aside = number_of(record, "set_aside"),
			.size = number_of(record, "size"),
			.used = number_of(record, "used"),
			.waiting = number_of(record, "waiting"),
		};
}

static void take_histogram(struct top_snapshot *to, const struct record *record)
{
	static const char *const names[] = { "acquire", "connect", "hold", "query" };
	struct top_histogram *histogram = NULL;

	for (size_t i = 0; i < TOP_HISTOGRAMS; i++)
		if (strcmp(text_of(record, "name"), names[i]) == 0)
			histogram = &to->histograms[i];
	if (!histogram)
		return;
	histogram->count = number_of(record, "count");
	histogram->p50 = number_of(record, "p50_ns");
	histogram->p90 = number_of(record, "p90_ns");
	histogram->p99 = number_of(record, "p99_ns");
	histogram->max = number_of(record, "max_ns");
	const char *at = text_of(record, "buckets");
	for (size_t i = 0; i < TOP_BUCKETS && *at; i++) {
		char *end;

		histogram->buckets[i] = strtoull(at, &end, 10);
		at = *end == ',' ? end + 1 : "";
	}
}

static void take_holder(struct top_snapshot *to, const struct record *record)
{
	if (to->holder_count < TOP_HOLDERS)
		to->holders[to->holder_count++] = (struct top_holder) {
			.session = text_of(record, "session"),
			.site = text_of(record, "site"),
			.held = number_of(record, "held_ns"),
		};
}

static void take_known(struct top_snapshot *to, const struct record *record)
{
	to->known = (size_t)number_of(record, "known");
}

static void take_statement(struct top_snapshot *to, const struct record *record)
{
	if (to->statement_count < TOP_STATEMENTS)
		to->statements[to->statement_count++] = (struct top_statement) {
			.shape = text_of(record, "shape"),
			.site = text_of(record, "site"),
			.sql = text_of(record, "sql"),
			.calls = number_of(record, "calls"),
			.rows = number_of(record, "rows"),
			.errors = number_of(record, "errors"),
			.total = number_of(record, "total_ns"),
			.worst = number_of(record, "worst_ns"),
			.hits = number_of(record, "hits"),
			.misses = number_of(record, "misses"),
			.repeated = number_of(record, "repeated"),
		};
}

static void take_notice(struct top_snapshot *to, const struct record *record)
{
	if (to->notice_count < TOP_NOTICES)
		to->notices[to->notice_count++] = (struct top_notice) {
			.kind = text_of(record, "kind"),
			.site = text_of(record, "site"),
			.sql = text_of(record, "sql"),
			.hint = text_of(record, "hint"),
			.status = text_of(record, "status"),
			.number = number_of(record, "number"),
			.when = number_of(record, "when_us"),
			.took = number_of(record, "took_ns"),
			.rows = number_of(record, "rows"),
			.count = number_of(record, "count"),
			.sessions = number_of(record, "sessions"),
		};
}

static const struct {
	const char *kind;
	void (*take)(struct top_snapshot *to, const struct record *record);
} kinds[] = {
	{ "process", take_process },     { "pool", take_pool },     { "replica", take_replica },
	{ "histogram", take_histogram }, { "holder", take_holder }, { "statements", take_known },
	{ "statement", take_statement }, { "notice", take_notice },
};

bool top_parse(struct top_snapshot *snapshot, char *text)
{
	bool ours = strncmp(text, "trivet\tprotocol=1\t", 18) == 0;
	char *rest = text, *line;

	memset(snapshot, 0, sizeof(*snapshot));
	snapshot->text = text;
	snapshot->program = snapshot->driver = "";
	while (ours && (line = strsep(&rest, "\n"))) {
		struct record record = split(line);

		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (strcmp(record.kind, kinds[i].kind) == 0)
				kinds[i].take(snapshot, &record);
	}
	return ours;
}

void top_release(struct top_snapshot *snapshot)
{
	free(snapshot->text);
	memset(snapshot, 0, sizeof(*snapshot));
}
