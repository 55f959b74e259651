#include "sqlite_best.h"

/* --- rows from columns ------------------------------------------------------------------------------------ */

static const char *column_text(struct arena *arena, sqlite3_stmt *row, int column)
{
	/* One look-up for both; the connection has no mutex that would have to be held. */
	sqlite3_value *value = sqlite3_column_value(row, column);
	const unsigned char *text = sqlite3_value_text(value);

	return text ? arena_text(arena, text, (size_t)sqlite3_value_bytes(value)) : NULL;
}

static void read_item(struct arena *arena, sqlite3_stmt *row, struct item *item)
{
	item->id = sqlite3_column_int64(row, 0);
	item->a = sqlite3_column_int(row, 1);
	item->b = sqlite3_column_int64(row, 2);
	item->c = sqlite3_column_double(row, 3);
	item->name = column_text(arena, row, 4);
	item->note = column_text(arena, row, 5);
	item->flag = sqlite3_column_int(row, 6) != 0;
	item->at = sqlite3_column_int64(row, 7);
}

static void read_person(struct arena *arena, sqlite3_stmt *row, int from, struct person *person)
{
	*person = (struct person) {
		.id = sqlite3_column_int64(row, from),
		.name = column_text(arena, row, from + 1),
		.email = column_text(arena, row, from + 2),
		.age = (int16_t)sqlite3_column_int(row, from + 3),
		.created = sqlite3_column_int64(row, from + 4),
	};
}

static void read_post(struct arena *arena, sqlite3_stmt *row, struct post *post)
{
	*post = (struct post) {
		.id = sqlite3_column_int64(row, 0),
		.person_id = sqlite3_column_int64(row, 1),
		.title = column_text(arena, row, 2),
		.body = column_text(arena, row, 3),
		.score = sqlite3_column_int(row, 4),
		.created = sqlite3_column_int64(row, 5),
	};
}

static void next_item(struct connection *connection, sqlite3_stmt *row)
{
	read_item(&connection->load.arena, row, rows_add(&connection->load.items, sizeof(struct item)));
}

static void next_person(struct connection *connection, sqlite3_stmt *row)
{
	read_person(&connection->load.arena, row, 0, rows_add(&connection->load.persons, sizeof(struct person)));
}

static void next_post(struct connection *connection, sqlite3_stmt *row)
{
	read_post(&connection->load.arena, row, rows_add(&connection->load.posts, sizeof(struct post)));
}

static void next_comment(struct connection *connection, sqlite3_stmt *row)
{
	struct comment *comment = rows_add(&connection->load.comments, sizeof(struct comment));

	comment->id = sqlite3_column_int64(row, 0);
	comment->post_id = sqlite3_column_int64(row, 1);
	comment->body = column_text(&connection->load.arena, row, 2);
	comment->score = sqlite3_column_int(row, 3);
}

static void next_link(struct connection *connection, sqlite3_stmt *row)
{
	struct post_tag *link = rows_add(&connection->load.links, sizeof(struct post_tag));

	link->post_id = sqlite3_column_int64(row, 0);
	link->tag_id = sqlite3_column_int64(row, 1);
}

static void next_tag(struct connection *connection, sqlite3_stmt *row)
{
	struct tag *tag = rows_add(&connection->load.tags, sizeof(struct tag));

	tag->id = sqlite3_column_int64(row, 0);
	tag->name = column_text(&connection->load.arena, row, 1);
}

static void next_badge(struct connection *connection, sqlite3_stmt *row)
{
	struct badge *badge = rows_add(&connection->load.badges, sizeof(struct badge));

	badge->id = sqlite3_column_int64(row, 0);
	badge->person_id = sqlite3_column_int64(row, 1);
	badge->name = column_text(&connection->load.arena, row, 2);
	badge->level = (int16_t)sqlite3_column_int(row, 3);
}

static void next_visit(struct connection *connection, sqlite3_stmt *row)
{
	struct visit *visit = rows_add(&connection->load.visits, sizeof(struct visit));

	visit->id = sqlite3_column_int64(row, 0);
	visit->person_id = sqlite3_column_int64(row, 1);
	visit->place = column_text(&connection->load.arena, row, 2);
	visit->at = sqlite3_column_int64(row, 3);
}

static void next_node(struct connection *connection, sqlite3_stmt *row)
{
	struct node *node = rows_add(&connection->load.nodes, sizeof(struct node));

	*node = (struct node) {
		.id = sqlite3_column_int64(row, 0),
		.parent_id = sqlite3_column_int64(row, 1),
		.has_parent_id = sqlite3_column_type(row, 1) != SQLITE_NULL,
		.name = column_text(&connection->load.arena, row, 2),
		.weight = sqlite3_column_int(row, 3),
	};
}

/* --- statements --------------------------------------------------------------------------------------------- */

typedef void (*read_next)(struct connection *connection, sqlite3_stmt *row);

/* Inline, so that each caller has a loop with its own reader in it. */
static inline __attribute__((always_inline)) int read_all(struct connection *connection, sqlite3_stmt *rows,
                                                          read_next next)
{
	int native;

	while ((native = sqlite3_step(rows)) == SQLITE_ROW)
		next(connection, rows);
	sqlite3_reset(rows);
	return native == SQLITE_DONE ? 0 : connection_failed(connection);
}

static inline __attribute__((always_inline)) int read_range(struct connection *connection, enum statement which,
                                                            int64_t low, int64_t high, read_next next)
{
	sqlite3_stmt *rows = statement(connection, which);

	sqlite3_bind_int64(rows, 1, low);
	if (high)
		sqlite3_bind_int64(rows, 2, high);
	return read_all(connection, rows, next);
}

/* Rows by the ids of others: those lie first in structs of `size` bytes. */
static inline __attribute__((always_inline)) int read_listed(struct connection *connection, enum listed which,
                                                             const struct rows *keys, size_t size, read_next next)
{
	sqlite3_stmt *rows = listed(connection, which, keys->count);

	for (size_t i = 0; i < keys->count; i++)
		sqlite3_bind_int64(rows, (int)i + 1, *(const int64_t *)(const void *)(keys->items + i * size));
	return read_all(connection, rows, next);
}

/* --- items ------------------------------------------------------------------------------------------------------ */

int get_item(struct connection *connection, int64_t id, struct item *item)
{
	sqlite3_stmt *row = statement(connection, GET_ITEM);

	sqlite3_bind_int64(row, 1, id);
	int native = sqlite3_step(row);
	if (native == SQLITE_ROW)
		read_item(&connection->load.arena, row, item);
	sqlite3_reset(row);
	return native == SQLITE_ROW ? 0 : bench_fail("item %lld: %s", (long long)id, sqlite3_errmsg(connection->db));
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
	return read_range(connection, FILTER_ITEMS, a, limit, next_item);
}

int stream_items(struct connection *connection, int64_t last, uint64_t *sum)
{
	sqlite3_stmt *rows = statement(connection, STREAM_ITEMS);
	struct item item;
	int native;

	sqlite3_bind_int64(rows, 1, last);
	while ((native = sqlite3_step(rows)) == SQLITE_ROW) {
		arena_reset(&connection->load.arena);
		read_item(&connection->load.arena, rows, &item);
		*sum += BENCH_U(item.id) + strlen(item.name);
	}
	sqlite3_reset(rows);
	return native == SQLITE_DONE ? 0 : connection_failed(connection);
}

/* --- joins ------------------------------------------------------------------------------------------------------ */

static void next_post_with_person(struct connection *connection, sqlite3_stmt *row)
{
	struct post *post = rows_add(&connection->load.posts, sizeof(struct post));
	struct person *person = arena_get_aligned(&connection->load.arena, sizeof(struct person));

	read_post(&connection->load.arena, row, post);
	read_person(&connection->load.arena, row, 6, person);
	post->person = person;
}

int join_posts(struct connection *connection, int64_t low, int64_t high)
{
	return read_range(connection, JOIN_POSTS, low, high, next_post_with_person);
}

/* A person's rows come together; the columns of the person are read from the first of them. */
static void next_person_with_post(struct connection *connection, sqlite3_stmt *row)
{
	struct person *persons = (struct person *)(void *)connection->load.persons.items;
	size_t count = connection->load.persons.count;

	if (!count || persons[count - 1].id != sqlite3_column_int64(row, 6))
		read_person(&connection->load.arena, row, 6,
		            rows_add(&connection->load.persons, sizeof(struct person)));
	if (sqlite3_column_type(row, 0) != SQLITE_NULL)
		next_post(connection, row);
}

int join_persons(struct connection *connection, int64_t last)
{
	if (read_range(connection, JOIN_PERSONS, last, 0, next_person_with_post) < 0)
		return bench_failed;
	GROUP(&connection->load, persons, person, posts, posts, post, person_id);
	return 0;
}

/* --- children ------------------------------------------------------------------------------------------------ */

int find_children(struct connection *connection, int64_t last)
{
	int result = read_range(connection, FIND_PERSONS, last, 0, next_person);
	if (result >= 0)
		result = read_listed(connection, POSTS_BY_PERSON, &connection->load.persons, sizeof(struct person),
		                     next_post);
	if (result >= 0)
		GROUP(&connection->load, persons, person, posts, posts, post, person_id);
	return result;
}

int find_levels(struct connection *connection, int64_t last)
{
	int result = execute(connection, BEGIN_READ);
	if (result >= 0)
		result = find_children(connection, last);
	if (result >= 0)
		result = read_listed(connection, COMMENTS_BY_POST, &connection->load.posts, sizeof(struct post),
		                     next_comment);
	if (result >= 0)
		GROUP(&connection->load, posts, post, comments, comments, comment, post_id);
	return result < 0 ? result : execute(connection, COMMIT);
}

int find_tagged(struct connection *connection, int64_t last)
{
	int result = execute(connection, BEGIN_READ);
	if (result >= 0)
		result = read_range(connection, FIND_POSTS, last, 0, next_post);
	if (result >= 0)
		result =
			read_listed(connection, LINKS_BY_POST, &connection->load.posts, sizeof(struct post), next_link);
	load_tag_keys(&connection->load);
	if (result >= 0)
		result = read_listed(connection, TAGS_BY_ID, &connection->load.keys, sizeof(int64_t), next_tag);
	if (result < 0)
		return result;
	ids_fill(&connection->load.other_ids, &connection->load.tags, sizeof(struct tag));
	group_links(&connection->load.arena, &connection->load.ids, &connection->load.other_ids,
	            &connection->load.posts, &connection->load.links);
	return execute(connection, COMMIT);
}

int find_siblings(struct connection *connection, int64_t last)
{
	int result = execute(connection, BEGIN_READ);
	if (result >= 0)
		result = find_children(connection, last);
	if (result >= 0)
		result = read_listed(connection, BADGES_BY_PERSON, &connection->load.persons, sizeof(struct person),
		                     next_badge);
	if (result >= 0)
		result = read_listed(connection, VISITS_BY_PERSON, &connection->load.persons, sizeof(struct person),
		                     next_visit);
	if (result < 0)
		return result;
	GROUP(&connection->load, persons, person, badges, badges, badge, person_id);
	GROUP(&connection->load, persons, person, visits, visits, visit, person_id);
	return execute(connection, COMMIT);
}

/* --- trees ----------------------------------------------------------------------------------------------------- */

/* Children of the rows from `level` on, and theirs, `depth` times or until there are none. */
static int add_levels(struct connection *connection, size_t level, size_t depth)
{
	struct rows *nodes = &connection->load.nodes;
	int result = 0;

	for (size_t i = 0; i < depth && level < nodes->count && result >= 0; i++) {
		size_t next = nodes->count;
		/* What is read may move the rows; the keys are bound before. */
		struct rows parents = { nodes->items + level * sizeof(struct node), next - level, 0 };
		result = read_listed(connection, NODES_BY_PARENT, &parents, sizeof(struct node), next_node);
		level = next;
	}
	return result;
}

/* Level by level: a recursive statement takes 1.2 to 1.4 times as long. */
int find_tree(struct connection *connection)
{
	int result = execute(connection, BEGIN_READ);

	if (result >= 0)
		result = read_range(connection, FIND_NODE, 1, 0, next_node);
	if (result >= 0)
		result = add_levels(connection, 0, SIZE_MAX);
	if (result < 0)
		return result;
	load_hang(&connection->load, 1);
	return execute(connection, COMMIT);
}

int find_nest(struct connection *connection, size_t depth)
{
	int result = execute(connection, BEGIN_READ);

	if (result >= 0)
		result = read_range(connection, FIND_NODES, 2, 6, next_node);
	if (result >= 0)
		result = add_levels(connection, 0, depth);
	if (result < 0)
		return result;
	load_hang(&connection->load, 4);
	return execute(connection, COMMIT);
}
