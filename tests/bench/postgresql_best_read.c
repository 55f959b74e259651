#include "postgresql_best.h"

#include <stdio.h>

/* --- rows from columns ------------------------------------------------------------------------------------ */

static int64_t column_int64(const PGresult *rows, int row, int column)
{
	return (int64_t)take64(PQgetvalue(rows, row, column));
}

static int32_t column_int32(const PGresult *rows, int row, int column)
{
	return (int32_t)take32(PQgetvalue(rows, row, column));
}

static int16_t column_int16(const PGresult *rows, int row, int column)
{
	return (int16_t)take16(PQgetvalue(rows, row, column));
}

static double column_double(const PGresult *rows, int row, int column)
{
	uint64_t bits = take64(PQgetvalue(rows, row, column));
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static int64_t column_time(const PGresult *rows, int row, int column)
{
	return column_int64(rows, row, column) + SINCE_2000;
}

static const char *column_text(struct arena *arena, const PGresult *rows, int row, int column)
{
	return arena_text(arena, PQgetvalue(rows, row, column), (size_t)PQgetlength(rows, row, column));
}

static const char *column_optional(struct arena *arena, const PGresult *rows, int row, int column)
{
	return PQgetisnull(rows, row, column) ? NULL : column_text(arena, rows, row, column);
}

static void read_item(struct arena *arena, const PGresult *rows, int row, struct item *item)
{
	item->id = column_int64(rows, row, 0);
	item->a = column_int32(rows, row, 1);
	item->b = column_int64(rows, row, 2);
	item->c = column_double(rows, row, 3);
	item->name = column_text(arena, rows, row, 4);
	item->note = column_optional(arena, rows, row, 5);
	item->flag = PQgetvalue(rows, row, 6)[0] != 0;
	item->at = column_time(rows, row, 7);
}

static void read_person(struct arena *arena, const PGresult *rows, int row, int from, struct person *person)
{
	*person = (struct person) {
		.id = column_int64(rows, row, from),
		.name = column_text(arena, rows, row, from + 1),
		.email = column_optional(arena, rows, row, from + 2),
		.age = column_int16(rows, row, from + 3),
		.created = column_time(rows, row, from + 4),
	};
}

static void read_post(struct arena *arena, const PGresult *rows, int row, struct post *post)
{
	*post = (struct post) {
		.id = column_int64(rows, row, 0),
		.person_id = column_int64(rows, row, 1),
		.title = column_text(arena, rows, row, 2),
		.body = column_text(arena, rows, row, 3),
		.score = column_int32(rows, row, 4),
		.created = column_time(rows, row, 5),
	};
}

static void next_item(struct load *load, const PGresult *rows, int row)
{
	read_item(&load->arena, rows, row, rows_add(&load->items, sizeof(struct item)));
}

static void next_person(struct load *load, const PGresult *rows, int row)
{
	read_person(&load->arena, rows, row, 0, rows_add(&load->persons, sizeof(struct person)));
}

static void next_post(struct load *load, const PGresult *rows, int row)
{
	read_post(&load->arena, rows, row, rows_add(&load->posts, sizeof(struct post)));
}

static void next_comment(struct load *load, const PGresult *rows, int row)
{
	struct comment *comment = rows_add(&load->comments, sizeof(struct comment));

	comment->id = column_int64(rows, row, 0);
	comment->post_id = column_int64(rows, row, 1);
	comment->body = column_text(&load->arena, rows, row, 2);
	comment->score = column_int32(rows, row, 3);
}

static void next_link(struct load *load, const PGresult *rows, int row)
{
	struct post_tag *link = rows_add(&load->links, sizeof(struct post_tag));

	link->post_id = column_int64(rows, row, 0);
	link->tag_id = column_int64(rows, row, 1);
}

static void next_tag(struct load *load, const PGresult *rows, int row)
{
	struct tag *tag = rows_add(&load->tags, sizeof(struct tag));

	tag->id = column_int64(rows, row, 0);
	tag->name = column_text(&load->arena, rows, row, 1);
}

static void next_badge(struct load *load, const PGresult *rows, int row)
{
	struct badge *badge = rows_add(&load->badges, sizeof(struct badge));

	badge->id = column_int64(rows, row, 0);
	badge->person_id = column_int64(rows, row, 1);
	badge->name = column_text(&load->arena, rows, row, 2);
	badge->level = column_int16(rows, row, 3);
}

static void next_visit(struct load *load, const PGresult *rows, int row)
{
	struct visit *visit = rows_add(&load->visits, sizeof(struct visit));

	visit->id = column_int64(rows, row, 0);
	visit->person_id = column_int64(rows, row, 1);
	visit->place = column_text(&load->arena, rows, row, 2);
	visit->at = column_time(rows, row, 3);
}

static void next_node(struct load *load, const PGresult *rows, int row)
{
	struct node *node = rows_add(&load->nodes, sizeof(struct node));
	bool has_parent = !PQgetisnull(rows, row, 1);

	*node = (struct node) {
		.id = column_int64(rows, row, 0),
		.parent_id = has_parent ? column_int64(rows, row, 1) : 0,
		.has_parent_id = has_parent,
		.name = column_text(&load->arena, rows, row, 2),
		.weight = column_int32(rows, row, 3),
	};
}

/* --- statements --------------------------------------------------------------------------------------------- */

typedef void (*read_next)(struct load *load, const PGresult *rows, int row);

/*
 * All rows at once: one by one (PQsetSingleRowMode) takes 1.7 times the client's time, which
 * on two processors outweighs that it is spent while the server still works.
 *
 * Inline, so that each caller has a loop with its own reader in it.
 */
static inline __attribute__((always_inline)) int read_all(struct connection *connection, PGresult *rows, read_next next)
{
	if (!rows)
		return bench_failed;
	int count = PQntuples(rows);
	for (int i = 0; i < count; i++)
		next(&connection->load, rows, i);
	PQclear(rows);
	return 0;
}

static inline __attribute__((always_inline)) int read_range(struct connection *connection, enum statement which,
                                                            int64_t low, int64_t high, read_next next)
{
	struct parameters parameters = { .count = 0 };

	add_int64(&parameters, low);
	if (high)
		add_int64(&parameters, high);
	return read_all(connection, run_prepared(connection, which, &parameters, PGRES_TUPLES_OK), next);
}

/* The ids that lie first in structs of `size` bytes, as one array. */
static struct parameters ids_of(struct connection *connection, const struct rows *keys, size_t size)
{
	struct buffer *buffer = &connection->buffer;

	buffer->size = 0;
	buffer_need(buffer, 20 + keys->count * 12);
	put_array(buffer, OID_INT8, keys->count);
	for (size_t i = 0; i < keys->count; i++) {
		put32(buffer, 8);
		put64(buffer, *(const uint64_t *)(const void *)(keys->items + i * size));
	}
	return (struct parameters) { .count = 1, .values = { buffer->data }, .lengths = { (int)buffer->size } };
}

static inline __attribute__((always_inline)) int read_listed(struct connection *connection, enum statement which,
                                                             const struct rows *keys, size_t size, read_next next)
{
	struct parameters parameters = ids_of(connection, keys, size);

	return read_all(connection, run_prepared(connection, which, &parameters, PGRES_TUPLES_OK), next);
}

/* --- items ------------------------------------------------------------------------------------------------------ */

int get_item(struct connection *connection, int64_t id, struct item *item)
{
	struct parameters parameters = { .count = 0 };

	add_int64(&parameters, id);
	PGresult *rows = run_prepared(connection, GET_ITEM, &parameters, PGRES_TUPLES_OK);
	if (!rows)
		return bench_failed;
	bool found = PQntuples(rows) == 1;
	if (found)
		read_item(&connection->load.arena, rows, 0, item);
	PQclear(rows);
	return found ? 0 : bench_fail("there is no item %lld", (long long)id);
}

int get_items(struct connection *connection)
{
	return read_listed(connection, ITEMS_BY_ID, &connection->load.keys, sizeof(int64_t), next_item);
}

int find_items(struct connection *connection, int64_t low, int64_t high)
{
	return read_range(connection, FIND_ITEMS, low, high, next_item);
}

int filter_items(struct connection *connection, int32_t a, int64_t limit)
{
	struct parameters parameters = { .count = 0 };

	add_int32(&parameters, a);
	add_int64(&parameters, limit);
	return read_all(connection, run_prepared(connection, FILTER_ITEMS, &parameters, PGRES_TUPLES_OK), next_item);
}

static const char *piece(const char **bytes, int32_t *length)
{
	const char *data = *bytes + 4;

	*length = (int32_t)take32(*bytes);
	*bytes = *length > 0 ? data + *length : data;
	return data;
}

static const char *piece_text(struct arena *arena, const char **bytes)
{
	int32_t length;
	const char *data = piece(bytes, &length);

	return length < 0 ? NULL : arena_text(arena, data, (size_t)length);
}

static uint64_t piece_number(const char **bytes)
{
	int32_t length;
	const char *data = piece(bytes, &length);

	return length == 8 ? take64(data) : length == 4 ? take32(data) : (uint64_t)data[0];
}

/* A row of COPY: the number of its values, and each with its length before it. */
static void read_copied(struct arena *arena, const char *bytes, struct item *item)
{
	bytes += 2;
	item->id = (int64_t)piece_number(&bytes);
	item->a = (int32_t)piece_number(&bytes);
	item->b = (int64_t)piece_number(&bytes);
	uint64_t bits = piece_number(&bytes);
	memcpy(&item->c, &bits, sizeof(bits));
	item->name = piece_text(arena, &bytes);
	item->note = piece_text(arena, &bytes);
	item->flag = piece_number(&bytes) != 0;
	item->at = (int64_t)piece_number(&bytes) + SINCE_2000;
}

/* By COPY: it makes no PGresult for each row, as single-row mode does. */
int stream_items(struct connection *connection, int64_t last, uint64_t *sum)
{
	struct item item;
	char sql[120], *bytes;
	size_t head = 19; /* before the first row */
	int size;

	snprintf(sql, sizeof(sql),
	         "COPY (SELECT " ITEM_COLUMNS " FROM item WHERE id <= %lld) TO STDOUT (FORMAT binary)",
	         (long long)last);
	PQclear(PQexec(connection->pg, sql));
	while ((size = PQgetCopyData(connection->pg, &bytes, 0)) > 0) {
		arena_reset(&connection->load.arena);
		if ((size_t)size >= head + 4) {
			read_copied(&connection->load.arena, bytes + head, &item);
			*sum += BENCH_U(item.id) + strlen(item.name);
		}
		head = 0;
		PQfreemem(bytes);
	}
	PGresult *result = receive(connection, PGRES_COMMAND_OK);
	PQclear(result);
	return result ? finish(connection) : bench_failed;
}

/* --- joins ------------------------------------------------------------------------------------------------------ */

static void next_post_with_person(struct load *load, const PGresult *rows, int row)
{
	struct post *post = rows_add(&load->posts, sizeof(struct post));

	read_post(&load->arena, rows, row, post);
	post->person = arena_get_aligned(&load->arena, sizeof(struct person));
	read_person(&load->arena, rows, row, 6, post->person);
}

int join_posts(struct connection *connection, int64_t low, int64_t high)
{
	return read_range(connection, JOIN_POSTS, low, high, next_post_with_person);
}

/* A person's rows come together; the columns of the person are read from the first of them. */
static void next_person_with_post(struct load *load, const PGresult *rows, int row)
{
	const struct person *persons = (const struct person *)(const void *)load->persons.items;
	size_t count = load->persons.count;

	if (!count || persons[count - 1].id != column_int64(rows, row, 6))
		read_person(&load->arena, rows, row, 6, rows_add(&load->persons, sizeof(struct person)));
	if (!PQgetisnull(rows, row, 0))
		next_post(load, rows, row);
}

int join_persons(struct connection *connection, int64_t last)
{
	struct parameters parameters = { .count = 0 };

	add_int64(&parameters, last);
	int result = read_all(connection, run_prepared(connection, JOIN_PERSONS, &parameters, PGRES_TUPLES_OK),
	                      next_person_with_post);
	if (result >= 0)
		GROUP(&connection->load, persons, person, posts, posts, post, person_id);
	return result;
}

/* --- children ------------------------------------------------------------------------------------------------ */

int find_children(struct connection *connection, int64_t last)
{
	struct load *load = &connection->load;
	int result = read_range(connection, FIND_PERSONS, last, 0, next_person);

	if (result >= 0)
		result = read_listed(connection, POSTS_BY_PERSON, &load->persons, sizeof(struct person), next_post);
	if (result >= 0)
		GROUP(load, persons, person, posts, posts, post, person_id);
	return result;
}

int find_levels(struct connection *connection, int64_t last)
{
	struct load *load = &connection->load;
	int result = find_children(connection, last);

	if (result >= 0)
		result = read_listed(connection, COMMENTS_BY_POST, &load->posts, sizeof(struct post), next_comment);
	if (result >= 0)
		GROUP(load, posts, post, comments, comments, comment, post_id);
	return result;
}

int find_tagged(struct connection *connection, int64_t last)
{
	struct load *load = &connection->load;
	int result = read_range(connection, FIND_POSTS, last, 0, next_post);

	if (result >= 0)
		result = read_listed(connection, LINKS_BY_POST, &load->posts, sizeof(struct post), next_link);
	load_tag_keys(load);
	if (result >= 0)
		result = read_listed(connection, TAGS_BY_ID, &load->keys, sizeof(int64_t), next_tag);
	if (result < 0)
		return result;
	ids_fill(&load->other_ids, &load->tags, sizeof(struct tag));
	group_links(&load->arena, &load->ids, &load->other_ids, &load->posts, &load->links);
	return 0;
}

/* In a pipeline: the next command's rows, and the end of its results. */
static inline __attribute__((always_inline)) int read_piped(struct connection *connection, read_next next)
{
	int result = read_all(connection, receive(connection, PGRES_TUPLES_OK), next);

	PQclear(PQgetResult(connection->pg));
	return result;
}

static int ask_siblings(struct connection *connection)
{
	static const enum statement which[] = { POSTS_BY_PERSON, BADGES_BY_PERSON, VISITS_BY_PERSON };
	struct parameters parameters = ids_of(connection, &connection->load.persons, sizeof(struct person));
	int result = 0;

	for (size_t i = 0; i < BENCH_COUNT(which) && result >= 0; i++)
		result = need(connection, which[i]);
	PQenterPipelineMode(connection->pg);
	for (size_t i = 0; i < BENCH_COUNT(which) && result >= 0; i++)
		result = send_prepared(connection, which[i], &parameters);
	PQpipelineSync(connection->pg);
	return result;
}

int find_siblings(struct connection *connection, int64_t last)
{
	struct load *load = &connection->load;
	int result = read_range(connection, FIND_PERSONS, last, 0, next_person);

	if (result >= 0)
		result = ask_siblings(connection);
	if (result >= 0)
		result = read_piped(connection, next_post);
	if (result >= 0)
		result = read_piped(connection, next_badge);
	if (result >= 0)
		result = read_piped(connection, next_visit);
	if (result < 0)
		return result;
	PQclear(receive(connection, PGRES_PIPELINE_SYNC));
	PQexitPipelineMode(connection->pg);
	GROUP(load, persons, person, posts, posts, post, person_id);
	GROUP(load, persons, person, badges, badges, badge, person_id);
	GROUP(load, persons, person, visits, visits, visit, person_id);
	return 0;
}

/* --- trees ----------------------------------------------------------------------------------------------------- */

int find_tree(struct connection *connection)
{
	struct parameters parameters = { .count = 0 };

	add_int64(&parameters, 1);
	int result = read_all(connection, run_prepared(connection, FIND_TREE, &parameters, PGRES_TUPLES_OK), next_node);
	if (result >= 0)
		load_hang(&connection->load, 1);
	return result;
}

int find_nest(struct connection *connection, size_t depth)
{
	struct rows *nodes = &connection->load.nodes;
	int result = read_range(connection, FIND_NODES, 2, 6, next_node);
	size_t level = 0;

	for (size_t i = 0; i < depth && result >= 0; i++) {
		size_t next = nodes->count;
		struct rows parents = { nodes->items + level * sizeof(struct node), next - level, 0 };
		result = read_listed(connection, NODES_BY_PARENT, &parents, sizeof(struct node), next_node);
		level = next;
	}
	if (result >= 0)
		load_hang(&connection->load, 4);
	return result;
}
