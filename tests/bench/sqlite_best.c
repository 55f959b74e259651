#include "sqlite_best.h"

#include <stdio.h>
#include <stdlib.h>

const char *const raw_engine = "sqlite";

const char *raw_version(void)
{
	return "SQLite " SQLITE_VERSION;
}

/* --- statements ------------------------------------------------------------------------------------- */

static const char *const texts[STATEMENTS] = {
	[BEGIN_READ] = "BEGIN",
	[BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[GET_ITEM] = "SELECT " ITEM_COLUMNS " FROM item WHERE id = ?",
	[FIND_ITEMS] = "SELECT " ITEM_COLUMNS " FROM item WHERE id >= ? AND id < ?",
	[FILTER_ITEMS] = "SELECT " ITEM_COLUMNS " FROM item WHERE a = ? AND flag = 1 AND c >= 10"
			 " ORDER BY b DESC, id LIMIT ?",
	[STREAM_ITEMS] = "SELECT " ITEM_COLUMNS " FROM item WHERE id <= ?",
	[FIND_PERSONS] = "SELECT " PERSON_COLUMNS " FROM person WHERE id <= ?",
	[FIND_POSTS] = "SELECT " POST_COLUMNS " FROM post WHERE id <= ?",
	[JOIN_POSTS] = "SELECT t.id, t.person_id, t.title, t.body, t.score, t.created,"
		       " p.id, p.name, p.email, p.age, p.created"
		       " FROM post t LEFT JOIN person p ON p.id = t.person_id WHERE t.id >= ? AND t.id < ?",
	[JOIN_PERSONS] = "SELECT t.id, t.person_id, t.title, t.body, t.score, t.created,"
			 " p.id, p.name, p.email, p.age, p.created"
			 " FROM person p LEFT JOIN post t ON t.person_id = p.id WHERE p.id <= ? ORDER BY p.id",
	[FIND_NODE] = "SELECT " NODE_COLUMNS " FROM node WHERE id = ?",
	[FIND_NODES] = "SELECT " NODE_COLUMNS " FROM node WHERE id >= ? AND id < ?",
	[UPDATE_ENTRY] = "UPDATE entry SET a = ?, c = ?, name = ? WHERE id = ?",
};

static const struct {
	const char *head, *each, *tail;
} lists[LISTED] = {
	[ITEMS_BY_ID] = { "SELECT " ITEM_COLUMNS " FROM item WHERE id IN (", "?", ")" },
	[POSTS_BY_PERSON] = { "SELECT " POST_COLUMNS " FROM post WHERE person_id IN (", "?", ")" },
	[COMMENTS_BY_POST] = { "SELECT " COMMENT_COLUMNS " FROM comment WHERE post_id IN (", "?", ")" },
	[LINKS_BY_POST] = { "SELECT post_id, tag_id FROM post_tag WHERE post_id IN (", "?", ")" },
	[TAGS_BY_ID] = { "SELECT id, name FROM tag WHERE id IN (", "?", ")" },
	[BADGES_BY_PERSON] = { "SELECT id, person_id, name, level FROM badge WHERE person_id IN (", "?", ")" },
	[VISITS_BY_PERSON] = { "SELECT id, person_id, place, at FROM visit WHERE person_id IN (", "?", ")" },
	[NODES_BY_PARENT] = { "SELECT " NODE_COLUMNS " FROM node WHERE parent_id IN (", "?", ")" },
	[INSERT_ENTRIES] = { "INSERT INTO entry (a, b, c, name, note, flag, at) VALUES ", "(?,?,?,?,?,?,?)", "" },
	[UPSERT_SLOTS] = { "INSERT INTO slot (id, a, b, c, name, note, flag, at) VALUES ", "(?,?,?,?,?,?,?,?)",
	                   " ON CONFLICT (id) DO UPDATE SET a = excluded.a, b = excluded.b, c = excluded.c,"
	                   " name = excluded.name, note = excluded.note, flag = excluded.flag, at = excluded.at" },
};

int connection_failed(struct connection *connection)
{
	return bench_fail("%s", sqlite3_errmsg(connection->db));
}

static sqlite3_stmt *prepare_list(struct connection *connection, enum listed which, size_t count)
{
	size_t each = strlen(lists[which].each) + 1;
	char *text = bench_allocate(strlen(lists[which].head) + strlen(lists[which].tail) + count * each + 1),
	     *end = text;
	sqlite3_stmt *statement = NULL;

	end = stpcpy(end, lists[which].head);
	for (size_t i = 0; i < count; i++) {
		if (i)
			*end++ = ',';
		end = stpcpy(end, lists[which].each);
	}
	strcpy(end, lists[which].tail);
	sqlite3_prepare_v3(connection->db, text, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
	free(text);
	return statement;
}

sqlite3_stmt *listed(struct connection *connection, enum listed which, size_t count)
{
	struct listed_statement *entries = connection->listed[which];

	for (size_t i = 0; i < BENCH_COUNT(connection->listed[which]); i++) {
		if (entries[i].count == count)
			return entries[i].statement;
		if (entries[i].statement)
			continue;
		entries[i] = (struct listed_statement) { count, prepare_list(connection, which, count) };
		return entries[i].statement;
	}
	return NULL;
}

sqlite3_stmt *statement_prepare(struct connection *connection, enum statement which)
{
	sqlite3_prepare_v3(connection->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, &connection->statements[which],
	                   NULL);
	return connection->statements[which];
}

int execute(struct connection *connection, enum statement which)
{
	sqlite3_stmt *prepared = statement(connection, which);
	int native = sqlite3_step(prepared);

	sqlite3_reset(prepared);
	return native == SQLITE_DONE ? 0 : connection_failed(connection);
}

/* --- connections --------------------------------------------------------------------------------------- */

static int prepare_connection(struct connection *connection, const char *path)
{
	if (sqlite3_open_v2(path, &connection->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return connection_failed(connection);
	sqlite3_busy_timeout(connection->db, 30000);
	if (sqlite3_exec(connection->db,
	                 "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL", NULL, NULL,
	                 NULL) != SQLITE_OK)
		return connection_failed(connection);
	return 0;
}

struct connection *connection_open(const char *url)
{
	struct connection *connection = bench_allocate(sizeof(*connection));

	*connection = (struct connection) { .db = NULL };
	if (prepare_connection(connection, url + strlen("sqlite:")) >= 0)
		return connection;
	connection_close(connection);
	return NULL;
}

void connection_close(struct connection *connection)
{
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(connection->statements[i]);
	for (size_t i = 0; i < LISTED; i++)
		for (size_t k = 0; k < BENCH_COUNT(connection->listed[i]); k++)
			sqlite3_finalize(connection->listed[i][k].statement);
	sqlite3_close(connection->db);
	load_release(&connection->load);
	free(connection);
}

void begin_load(struct connection *connection)
{
	load_empty(&connection->load);
}

int begin_read(struct connection *connection)
{
	return execute(connection, BEGIN_READ);
}

int begin_write(struct connection *connection)
{
	return execute(connection, BEGIN_WRITE);
}

int commit(struct connection *connection)
{
	return execute(connection, COMMIT);
}
