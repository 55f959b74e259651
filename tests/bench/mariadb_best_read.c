#include "mariadb_best.h"

#include <stdio.h>
#include <stdlib.h>

/* --- values from the packet: they are little-endian, as this machine is ------------------------------------- */

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the packet's numbers are taken as they are");

static inline void take(void *to, unsigned char **row, size_t size)
{
	memcpy(to, *row, size);
	*row += size;
}

static inline int64_t take_int64(unsigned char **row)
{
	int64_t value;

	take(&value, row, sizeof(value));
	return value;
}

/* A length below 251 is one byte, one below 65,536 is 252 and two bytes; nothing here is longer. */
static inline size_t take_length(unsigned char **row)
{
	size_t length = *(*row)++;

	if (length == 252) {
		length = (size_t)((*row)[0] | (*row)[1] << 8);
		*row += 2;
	}
	return length;
}

static inline const char *take_text(struct arena *arena, unsigned char **row)
{
	if (!row)
		return NULL;
	size_t length = take_length(row);
	const char *text = arena_text(arena, *row, length);
	*row += length;
	return text;
}

static int64_t days_since_1970(int64_t year, int64_t month, int64_t day)
{
	/* The year begins in March, so that the odd day is at its end. */
	year -= month <= 2;
	int64_t era = year / 400, of_era = year - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t take_time(unsigned char **row)
{
	size_t length = *(*row)++;
	const unsigned char *at = *row;
	uint32_t micros = 0;
	int64_t seconds = 0;

	*row += length;
	if (length >= 11)
		memcpy(&micros, at + 7, sizeof(micros));
	if (length >= 7)
		seconds = at[4] * 3600 + at[5] * 60 + at[6];
	return (days_since_1970(at[0] | at[1] << 8, at[2], at[3]) * 86400 + seconds) * 1000000 + micros;
}

/* --- rows, column by column --------------------------------------------------------------------------------------- */

static inline __attribute__((always_inline)) void item_column(struct arena *arena, struct item *item, unsigned column,
                                                              unsigned char **row)
{
	switch (column) {
	case 0:
		item->id = take_int64(row);
		break;
	case 1:
		take(&item->a, row, 4);
		break;
	case 2:
		item->b = take_int64(row);
		break;
	case 3:
		take(&item->c, row, 8);
		break;
	case 4:
		item->name = take_text(arena, row);
		break;
	case 5:
		item->note = take_text(arena, row);
		break;
	case 6:
		item->flag = *(*row)++ != 0;
		break;
	case 7:
		item->at = take_time(row);
		break;
	}
}

/* Into the item that the caller named. */
static void this_item(void *data, unsigned column, unsigned char **row)
{
	struct connection *connection = data;

	item_column(&connection->load.arena, connection->row, column, row);
}

static void next_item(void *data, unsigned column, unsigned char **row)
{
	struct connection *connection = data;

	if (column == 0)
		connection->row = rows_add(&connection->load.items, sizeof(struct item));
	item_column(&connection->load.arena, connection->row, column, row);
}

static void streamed_item(void *data, unsigned column, unsigned char **row)
{
	struct connection *connection = data;
	const struct item *item = connection->row;

	if (column == 0)
		arena_reset(&connection->load.arena);
	item_column(&connection->load.arena, connection->row, column, row);
	if (column == 7)
		*connection->sum += BENCH_U(item->id) + strlen(item->name);
}

static inline __attribute__((always_inline)) void person_column(struct arena *arena, struct person *person,
                                                                unsigned column, unsigned char **row)
{
	switch (column) {
	case 0:
		*person = (struct person) { .id = take_int64(row) };
		break;
	case 1:
		person->name = take_text(arena, row);
		break;
	case 2:
		person->email = take_text(arena, row);
		break;
	case 3:
		take(&person->age, row, 2);
		break;
	case 4:
		person->created = take_time(row);
		break;
	}
}

static void next_person(void *data, unsigned column, unsigned char **row)
{
	struct connection *connection = data;

	if (column == 0)
		connection->row = rows_add(&connection->load.persons, sizeof(struct person));
	person_column(&connection->load.arena, connection->row, column, row);
}

static inline __attribute__((always_inline)) void post_column(struct arena *arena, struct post *post, unsigned column,
                                                              unsigned char **row)
{
	switch (column) {
	case 0:
		*post = (struct post) { .id = take_int64(row) };
		break;
	case 1:
		post->person_id = take_int64(row);
		break;
	case 2:
		post->title = take_text(arena, row);
		break;
	case 3:
		post->body = take_text(arena, row);
		break;
	case 4:
		take(&post->score, row, 4);
		break;
	case 5:
		post->created = take_time(row);
		break;
	}
}

static void next_post(void *data, unsigned column, unsigned char **row)
{
	struct connection *connection = data;

	if (column == 0)
		connection->row = rows_add(&connection->load.posts, sizeof(struct post));
	post_column(&connection->load.arena, connection->row, column, row);
}

static void next_comment(void *data, unsigned column, unsigned char **row)
{
	struct connection *connection = data;

	if (column == 0)
		connection->row = rows_add(&connection->load.comments, sizeof(struct comment));
	struct comment *comment = connection->row;
	if (column == 0)
		comment->id = take_int64(row);
	else if (column == 1)
		comment->post_id = take_int64(row);
	else if (column == 2)
		comment->body = take_text(&connection->load.arena, row);
	else
		take(&comment->score, row, 4);
}

static void next_link(void *data, unsigned column, unsigned char **row)
{
	struct connection *connection = data;

	if (column == 0)
		connection->row = rows_add(&connection->load.links, sizeof(struct post_tag));
	struct post_tag *link = connection->row;
	if (column == 0)
		link->post_id = take_int64(row);
	else
		link->tag_id = take_int64(row);
}

static void next_tag(void *data, unsigned column, unsigned char **row)
{
	struct connection *connection = data;

	if (column == 0)
		connection->row = rows_add(&connection->load.tags, sizeof(struct tag));
	struct tag *tag = connection->row;
	if (column == 0)
		tag->id = take_int64(row);
	else
		tag->name = take_text(&connection->load.arena, row);
}

static void next_badge(void *data, unsigned column, unsigned char **row)
{
	struct connection *connection = data;

	if (column == 0)
		connection->row = rows_add(&connection->load.badges, sizeof(struct badge));
	struct badge *badge = connection->row;
	if (column == 0)
		badge->id = take_int64(row);
	else if (column == 1)
		badge->person_id = take_int64(row);
	else if (column == 2)
		badge->name = take_text(&connection->load.arena, row);
	else
		take(&badge->level, row, 2);
}

static void next_visit(void *data, unsigned column, unsigned char **row)
{
	struct connection *connection = data;

	if (column == 0)
		connection->row = rows_add(&connection->load.visits, sizeof(struct visit));
	struct visit *visit = connection->row;
	if (column == 0)
		visit->id = take_int64(row);
	else if (column == 1)
		visit->person_id = take_int64(row);
	else if (column == 2)
		visit->place = take_text(&connection->load.arena, row);
	else
		visit->at = take_time(row);
}

static void next_node(void *data, unsigned column, unsigned char **row)
{
	struct connection *connection = data;

	if (column == 0)
		connection->row = rows_add(&connection->load.nodes, sizeof(struct node));
	struct node *node = connection->row;
	if (column == 0)
		*node = (struct node) { .id = take_int64(row) };
	else if (column == 1)
		node->parent_id = row ? take_int64(row) : 0;
	else if (column == 2)
		node->name = take_text(&connection->load.arena, row);
	else
		take(&node->weight, row, 4);
	if (column == 1)
		node->has_parent_id = row != NULL;
}

static void next_post_with_person(void *data, unsigned column, unsigned char **row)
{
	struct connection *connection = data;
	struct post *post = connection->row;

	if (column < 6) {
		next_post(data, column, row);
		return;
	}
	if (column == 6)
		post->person = arena_get_aligned(&connection->load.arena, sizeof(struct person));
	person_column(&connection->load.arena, post->person, column - 6, row);
}

static void skip_person_column(unsigned column, unsigned char **row)
{
	if (row)
		*row += column == 3 ? 2 : take_length(row);
}

/* A person's rows come together; the columns of the person are read from the first of them. */
static void next_person_with_post(void *data, unsigned column, unsigned char **row)
{
	struct connection *connection = data;
	struct rows *persons = &connection->load.persons;

	if (column < 6) {
		if (row)
			next_post(data, column, row);
		return;
	}
	if (column == 6) {
		const struct person *last = (const struct person *)(void *)persons->items + persons->count;
		int64_t id = take_int64(row);
		*row -= sizeof(id);
		bool same = persons->count && last[-1].id == id;
		connection->person = same ? NULL : rows_add(persons, sizeof(struct person));
	}
	if (connection->person)
		person_column(&connection->load.arena, connection->person, column - 6, row);
	else if (column == 6)
		*row += sizeof(int64_t);
	else
		skip_person_column(column - 6, row);
}

/* --- statements -------------------------------------------------------------------------------------------------- */

#define PERSON "id, name, email, age, created"
#define POST "id, person_id, title, body, score, created"
#define NODE "id, parent_id, name, weight"
#define POST_AND_PERSON                                                                                                \
	"t.id, t.person_id, t.title, t.body, t.score, t.created, p.id, p.name, p.email, p.age, p.created"

static const struct {
	const char *text;
	take_column take;
} plain[STATEMENTS] = {
	[GET_ITEM] = { "SELECT " ITEM_COLUMNS " FROM item WHERE id = ?", this_item },
	[FIND_ITEMS] = { "SELECT " ITEM_COLUMNS " FROM item WHERE id >= ? AND id < ?", next_item },
	[FILTER_ITEMS] = { "SELECT " ITEM_COLUMNS " FROM item WHERE a = ? AND flag = 1 AND c >= 10"
	                   " ORDER BY b DESC, id LIMIT ?",
	                   next_item },
	[STREAM_ITEMS] = { "SELECT " ITEM_COLUMNS " FROM item WHERE id <= ?", streamed_item },
	[FIND_PERSONS] = { "SELECT " PERSON " FROM person WHERE id <= ?", next_person },
	[FIND_POSTS] = { "SELECT " POST " FROM post WHERE id <= ?", next_post },
	[JOIN_POSTS] = { "SELECT " POST_AND_PERSON " FROM post t LEFT JOIN person p ON p.id = t.person_id"
	                 " WHERE t.id >= ? AND t.id < ?",
	                 next_post_with_person },
	[JOIN_PERSONS] = { "SELECT " POST_AND_PERSON " FROM person p LEFT JOIN post t ON t.person_id = p.id"
	                   " WHERE p.id <= ? ORDER BY p.id",
	                   next_person_with_post },
	[FIND_NODE] = { "SELECT " NODE " FROM node WHERE id = ?", next_node },
	[FIND_NODES] = { "SELECT " NODE " FROM node WHERE id >= ? AND id < ?", next_node },
};

static const struct {
	const char *head;
	take_column take;
} lists[LISTED] = {
	[ITEMS_BY_ID] = { "SELECT " ITEM_COLUMNS " FROM item WHERE id", next_item },
	[POSTS_BY_PERSON] = { "SELECT " POST " FROM post WHERE person_id", next_post },
	[COMMENTS_BY_POST] = { "SELECT id, post_id, body, score FROM comment WHERE post_id", next_comment },
	[LINKS_BY_POST] = { "SELECT post_id, tag_id FROM post_tag WHERE post_id", next_link },
	[TAGS_BY_ID] = { "SELECT id, name FROM tag WHERE id", next_tag },
	[BADGES_BY_PERSON] = { "SELECT id, person_id, name, level FROM badge WHERE person_id", next_badge },
	[VISITS_BY_PERSON] = { "SELECT id, person_id, place, at FROM visit WHERE person_id", next_visit },
	[NODES_BY_PARENT] = { "SELECT " NODE " FROM node WHERE parent_id", next_node },
};

/* Binds `count` numbers for good: who executes it only changes them. */
static bool bind_numbers(MYSQL_STMT *handle, int64_t *values, size_t count)
{
	MYSQL_BIND *binds = calloc(count, sizeof(*binds));
	bool fine = binds != NULL;

	for (size_t i = 0; fine && i < count; i++)
		binds[i] = (MYSQL_BIND) { .buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &values[i] };
	fine = fine && mysql_stmt_bind_param(handle, binds) == 0;
	free(binds);
	return fine;
}

static int read_plain(struct connection *connection, enum statement which, int64_t first, int64_t second)
{
	MYSQL_STMT *handle = connection->statements[which];
	int64_t *numbers = connection->numbers[which];

	if (!handle) {
		handle = connection->statements[which] = prepare(connection, plain[which].text, plain[which].take);
		if (!handle || !bind_numbers(handle, numbers, mysql_stmt_param_count(handle)))
			return bench_failed;
	}
	numbers[0] = first;
	numbers[1] = second;
	return read_rows(handle);
}

static bool open_listed(struct connection *connection, enum listed which, struct listed_statement *statement,
                        size_t count)
{
	char *text = bench_allocate(strlen(lists[which].head) + count * 2 + 16);
	char *end = text + sprintf(text, "%s IN (?", lists[which].head);

	for (size_t i = 1; i < count; i++)
		end = stpcpy(end, ",?");
	strcpy(end, ")");
	statement->count = count;
	statement->handle = prepare(connection, text, lists[which].take);
	statement->values = bench_allocate(count * sizeof(int64_t));
	free(text);
	return statement->handle && bind_numbers(statement->handle, statement->values, count);
}

/* Rows by the ids of others: those lie first in structs of `size` bytes. */
static int read_listed(struct connection *connection, enum listed which, const struct rows *keys, size_t size)
{
	struct listed_statement *statement = connection->listed[which];

	while (statement->handle && statement->count != keys->count)
		statement++;
	if (statement == connection->listed[which] + BENCH_COUNT(connection->listed[which]))
		return bench_fail("too many lengths of lists");
	if (!statement->handle && !open_listed(connection, which, statement, keys->count))
		return bench_failed;
	for (size_t i = 0; i < keys->count; i++)
		statement->values[i] = *(const int64_t *)(const void *)(keys->items + i * size);
	return read_rows(statement->handle);
}

/* --- items ------------------------------------------------------------------------------------------------------ */

int get_item(struct connection *connection, int64_t id, struct item *item)
{
	connection->row = item;
	item->id = 0;
	int result = read_plain(connection, GET_ITEM, id, 0);
	return result < 0 || item->id ? result : bench_fail("there is no item %lld", (long long)id);
}

int get_items(struct connection *connection)
{
	return read_listed(connection, ITEMS_BY_ID, &connection->load.keys, sizeof(int64_t));
}

int find_items(struct connection *connection, int64_t low, int64_t high)
{
	return read_plain(connection, FIND_ITEMS, low, high);
}

int filter_items(struct connection *connection, int32_t a, int64_t limit)
{
	return read_plain(connection, FILTER_ITEMS, a, limit);
}

int stream_items(struct connection *connection, int64_t last, uint64_t *sum)
{
	struct item item;

	connection->row = &item;
	connection->sum = sum;
	return read_plain(connection, STREAM_ITEMS, last, 0);
}

int join_posts(struct connection *connection, int64_t low, int64_t high)
{
	return read_plain(connection, JOIN_POSTS, low, high);
}

int join_persons(struct connection *connection, int64_t last)
{
	int result = read_plain(connection, JOIN_PERSONS, last, 0);

	if (result >= 0)
		GROUP(&connection->load, persons, person, posts, posts, post, person_id);
	return result;
}

/* --- children ------------------------------------------------------------------------------------------------ */

int find_children(struct connection *connection, int64_t last)
{
	struct load *load = &connection->load;
	int result = read_plain(connection, FIND_PERSONS, last, 0);

	if (result >= 0)
		result = read_listed(connection, POSTS_BY_PERSON, &load->persons, sizeof(struct person));
	if (result >= 0)
		GROUP(load, persons, person, posts, posts, post, person_id);
	return result;
}

int find_levels(struct connection *connection, int64_t last)
{
	struct load *load = &connection->load;
	int result = find_children(connection, last);

	if (result >= 0)
		result = read_listed(connection, COMMENTS_BY_POST, &load->posts, sizeof(struct post));
	if (result >= 0)
		GROUP(load, posts, post, comments, comments, comment, post_id);
	return result;
}

int find_tagged(struct connection *connection, int64_t last)
{
	struct load *load = &connection->load;
	int result = read_plain(connection, FIND_POSTS, last, 0);

	if (result >= 0)
		result = read_listed(connection, LINKS_BY_POST, &load->posts, sizeof(struct post));
	load_tag_keys(load);
	if (result >= 0)
		result = read_listed(connection, TAGS_BY_ID, &load->keys, sizeof(int64_t));
	if (result < 0)
		return result;
	ids_fill(&load->other_ids, &load->tags, sizeof(struct tag));
	group_links(&load->arena, &load->ids, &load->other_ids, &load->posts, &load->links);
	return 0;
}

int find_siblings(struct connection *connection, int64_t last)
{
	struct load *load = &connection->load;
	int result = find_children(connection, last);

	if (result >= 0)
		result = read_listed(connection, BADGES_BY_PERSON, &load->persons, sizeof(struct person));
	if (result >= 0)
		result = read_listed(connection, VISITS_BY_PERSON, &load->persons, sizeof(struct person));
	if (result < 0)
		return result;
	GROUP(load, persons, person, badges, badges, badge, person_id);
	GROUP(load, persons, person, visits, visits, visit, person_id);
	return 0;
}

/* --- trees ----------------------------------------------------------------------------------------------------- */

/* Children of the rows from `level` on, and theirs, `depth` times or until there are none. */
static int add_levels(struct connection *connection, size_t level, size_t depth)
{
	struct rows *nodes = &connection->load.nodes;
	int result = 0;

	for (size_t i = 0; i < depth && level < nodes->count && result >= 0; i++) {
		size_t next = nodes->count;
		struct rows parents = { nodes->items + level * sizeof(struct node), next - level, 0 };
		result = read_listed(connection, NODES_BY_PARENT, &parents, sizeof(struct node));
		level = next;
	}
	return result;
}

int find_tree(struct connection *connection)
{
	int result = read_plain(connection, FIND_NODE, 1, 0);

	if (result >= 0)
		result = add_levels(connection, 0, SIZE_MAX);
	if (result >= 0)
		load_hang(&connection->load, 1);
	return result;
}

int find_nest(struct connection *connection, size_t depth)
{
	int result = read_plain(connection, FIND_NODES, 2, 6);

	if (result >= 0)
		result = add_levels(connection, 0, depth);
	if (result >= 0)
		load_hang(&connection->load, 4);
	return result;
}
