#include "sqlite_best.h"

/* --- rows from columns ------------------------------------------------------------------------------------ */

static const char *column_text(struct arena *arena, sqlite3_stmt *row, int column)
{
	const unsigned char *text = sqlite3_column_text(row, column);

	return text ? arena_text(arena, text, (size_t)sqlite3_column_bytes(row, column)) : NULL;
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
	read_item(&connection->arena, row, rows_add(&connection->items, sizeof(struct item)));
}

static void next_person(struct connection *connection, sqlite3_stmt *row)
{
	read_person(&connection->arena, row, 0, rows_add(&connection->persons, sizeof(struct person)));
}

static void next_post(struct connection *connection, sqlite3_stmt *row)
{
	read_post(&connection->arena, row, rows_add(&connection->posts, sizeof(struct post)));
}

static void next_comment(struct connection *connection, sqlite3_stmt *row)
{
	struct comment *comment = rows_add(&connection->comments, sizeof(struct comment));

	comment->id = sqlite3_column_int64(row, 0);
	comment->post_id = sqlite3_column_int64(row, 1);
	comment->body = column_text(&connection->arena, row, 2);
	comment->score = sqlite3_column_int(row, 3);
}

static void next_link(struct connection *connection, sqlite3_stmt *row)
{
	struct post_tag *link = rows_add(&connection->links, sizeof(struct post_tag));

	link->post_id = sqlite3_column_int64(row, 0);
	link->tag_id = sqlite3_column_int64(row, 1);
}

static void next_tag(struct connection *connection, sqlite3_stmt *row)
{
	struct tag *tag = rows_add(&connection->tags, sizeof(struct tag));

	tag->id = sqlite3_column_int64(row, 0);
	tag->name = column_text(&connection->arena, row, 1);
}

static void next_badge(struct connection *connection, sqlite3_stmt *row)
{
	struct badge *badge = rows_add(&connection->badges, sizeof(struct badge));

	badge->id = sqlite3_column_int64(row, 0);
	badge->person_id = sqlite3_column_int64(row, 1);
	badge->name = column_text(&connection->arena, row, 2);
	badge->level = (int16_t)sqlite3_column_int(row, 3);
}

static void next_visit(struct connection *connection, sqlite3_stmt *row)
{
	struct visit *visit = rows_add(&connection->visits, sizeof(struct visit));

	visit->id = sqlite3_column_int64(row, 0);
	visit->person_id = sqlite3_column_int64(row, 1);
	visit->place = column_text(&connection->arena, row, 2);
	visit->at = sqlite3_column_int64(row, 3);
}

static void next_node(struct connection *connection, sqlite3_stmt *row)
{
	struct node *node = rows_add(&connection->nodes, sizeof(struct node));

	*node = (struct node) {
		.id = sqlite3_column_int64(row, 0),
		.parent_id = sqlite3_column_int64(row, 1),
		.has_parent_id = sqlite3_column_type(row, 1) != SQLITE_NULL,
		.name = column_text(&connection->arena, row, 2),
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

static void begin_load(struct connection *connection)
{
	arena_reset(&connection->arena);
	connection->items.count = connection->persons.count = connection->posts.count = 0;
	connection->comments.count = connection->links.count = connection->tags.count = 0;
	connection->badges.count = connection->visits.count = connection->nodes.count = connection->keys.count = 0;
}

#define GROUP(connection, parents, parent, member, children, child, key)                                               \
	group(&(connection)->arena, &(connection)->ids, &(connection)->parents, sizeof(struct parent),                 \
	      offsetof(struct parent, member), &(connection)->children, sizeof(struct child),                          \
	      offsetof(struct child, key))

/* --- items ------------------------------------------------------------------------------------------------------ */

int get_item(struct connection *connection, int64_t id, struct item *item)
{
	sqlite3_stmt *row = statement(connection, GET_ITEM);

	sqlite3_bind_int64(row, 1, id);
	int native = sqlite3_step(row);
	if (native == SQLITE_ROW)
		read_item(&connection->arena, row, item);
	sqlite3_reset(row);
	return native == SQLITE_ROW ? 0 : bench_fail("item %lld: %s", (long long)id, sqlite3_errmsg(connection->db));
}

static int get_items(struct connection *connection, size_t times)
{
	int result = 0;

	for (size_t r = 0; r < times && result >= 0; r++)
		result = get_item(connection, bench_key(r), rows_add(&connection->items, sizeof(struct item)));
	return result;
}

int run_get(struct bench_run *run)
{
	struct connection *connection = &main_connection;

	begin_load(connection);
	bench_start(run);
	int result = get_items(connection, run->times);
	bench_stop(run);
	run->checksum = sum_items(&connection->items);
	return result;
}

int run_get_tx(struct bench_run *run)
{
	struct connection *connection = &main_connection;

	begin_load(connection);
	bench_start(run);
	int result = execute(connection, BEGIN_READ);
	if (result >= 0)
		result = get_items(connection, run->times);
	if (result >= 0)
		result = execute(connection, COMMIT);
	bench_stop(run);
	run->checksum = sum_items(&connection->items);
	return result;
}

/* Adds up the rows of each repetition; `load` leaves them in `rows`. */
#define REPEAT(run, rows, load)                                                                                        \
	do {                                                                                                           \
		int result_ = 0;                                                                                       \
		bench_start(run);                                                                                      \
		for (size_t r = 0; r < (run)->times && result_ >= 0; r++) {                                            \
			begin_load(&main_connection);                                                                  \
			result_ = (load);                                                                              \
			(run)->checksum += BENCH_ROW * (rows)->count;                                                  \
		}                                                                                                      \
		bench_stop(run);                                                                                       \
		if (result_ < 0)                                                                                       \
			return result_;                                                                                \
	} while (0)

static int get_many(struct connection *connection, size_t r, size_t size)
{
	for (size_t j = 0; j < size; j++)
		*(int64_t *)rows_add(&connection->keys, sizeof(int64_t)) = bench_key(r * size + j);
	return read_listed(connection, ITEMS_BY_ID, &connection->keys, sizeof(int64_t), next_item);
}

int run_get_many(struct bench_run *run)
{
	REPEAT(run, &main_connection.items, get_many(&main_connection, r, run->size));
	run->checksum += sum_items(&main_connection.items);
	return 0;
}

int find_items(struct connection *connection, int64_t low, size_t size)
{
	begin_load(connection);
	return read_range(connection, FIND_ITEMS, low, low + (int64_t)size, next_item);
}

int run_find(struct bench_run *run)
{
	REPEAT(run, &main_connection.items, find_items(&main_connection, bench_low(r), run->size));
	run->checksum += sum_items(&main_connection.items);
	return 0;
}

/* What the rows of one find hold afterwards, without what was set aside for more. */
int run_memory(struct bench_run *run)
{
	if (find_items(&main_connection, bench_low(0), run->size) < 0)
		return bench_failed;
	run->wall = 1000 * (arena_used(&main_connection.arena) + main_connection.items.count * sizeof(struct item));
	run->checksum = sum_items(&main_connection.items);
	return 0;
}

int run_filter(struct bench_run *run)
{
	REPEAT(run, &main_connection.items,
	       read_range(&main_connection, FILTER_ITEMS, (int64_t)(r % 100 + 10), (int64_t)run->size, next_item));
	const struct item *items = (const struct item *)(const void *)main_connection.items.items;
	for (size_t i = 0; i < main_connection.items.count; i++)
		run->checksum += BENCH_ITEM(&items[i]) * (i + 1);
	return 0;
}

int run_stream(struct bench_run *run)
{
	struct connection *connection = &main_connection;
	sqlite3_stmt *rows = statement(connection, STREAM_ITEMS);
	struct item item;
	int native = SQLITE_DONE;

	sqlite3_bind_int64(rows, 1, (int64_t)run->size);
	bench_start(run);
	for (size_t r = 0; r < run->times; r++) {
		while ((native = sqlite3_step(rows)) == SQLITE_ROW) {
			arena_reset(&connection->arena);
			read_item(&connection->arena, rows, &item);
			run->checksum += BENCH_U(item.id) + strlen(item.name);
		}
		sqlite3_reset(rows);
	}
	bench_stop(run);
	return native == SQLITE_DONE ? 0 : connection_failed(connection);
}

/* --- joins ------------------------------------------------------------------------------------------------------ */

static void next_post_with_person(struct connection *connection, sqlite3_stmt *row)
{
	struct post *post = rows_add(&connection->posts, sizeof(struct post));
	struct person *person = arena_get_aligned(&connection->arena, sizeof(struct person));

	read_post(&connection->arena, row, post);
	read_person(&connection->arena, row, 6, person);
	post->person = person;
}

int run_join(struct bench_run *run)
{
	REPEAT(run, &main_connection.posts,
	       read_range(&main_connection, JOIN_POSTS, bench_low(r), bench_low(r) + (int64_t)run->size,
	                  next_post_with_person));
	run->checksum += sum_joined(&main_connection.posts);
	return 0;
}

/* A person's rows come together; the columns of the person are read from the first of them. */
static void next_person_with_post(struct connection *connection, sqlite3_stmt *row)
{
	struct person *persons = (struct person *)(void *)connection->persons.items;
	size_t count = connection->persons.count;

	if (!count || persons[count - 1].id != sqlite3_column_int64(row, 6))
		read_person(&connection->arena, row, 6, rows_add(&connection->persons, sizeof(struct person)));
	if (sqlite3_column_type(row, 0) != SQLITE_NULL)
		next_post(connection, row);
}

static int join_persons(struct connection *connection, int64_t last)
{
	if (read_range(connection, JOIN_PERSONS, last, 0, next_person_with_post) < 0)
		return bench_failed;
	GROUP(connection, persons, person, posts, posts, post, person_id);
	return 0;
}

int run_children_joined(struct bench_run *run)
{
	REPEAT(run, &main_connection.persons, join_persons(&main_connection, (int64_t)run->size));
	run->checksum += sum_persons(&main_connection.persons);
	return 0;
}

/* --- children ------------------------------------------------------------------------------------------------ */

int find_children(struct connection *connection, int64_t last)
{
	begin_load(connection);
	int result = read_range(connection, FIND_PERSONS, last, 0, next_person);
	if (result >= 0)
		result = read_listed(connection, POSTS_BY_PERSON, &connection->persons, sizeof(struct person),
		                     next_post);
	if (result >= 0)
		GROUP(connection, persons, person, posts, posts, post, person_id);
	return result;
}

int run_children(struct bench_run *run)
{
	REPEAT(run, &main_connection.persons, find_children(&main_connection, (int64_t)run->size));
	run->checksum += sum_persons(&main_connection.persons);
	return 0;
}

static int find_levels(struct connection *connection, int64_t last)
{
	int result = execute(connection, BEGIN_READ);
	if (result >= 0)
		result = find_children(connection, last);
	if (result >= 0)
		result = read_listed(connection, COMMENTS_BY_POST, &connection->posts, sizeof(struct post),
		                     next_comment);
	if (result >= 0)
		GROUP(connection, posts, post, comments, comments, comment, post_id);
	return result < 0 ? result : execute(connection, COMMIT);
}

int run_levels(struct bench_run *run)
{
	REPEAT(run, &main_connection.persons, find_levels(&main_connection, (int64_t)run->size));
	run->checksum += sum_persons(&main_connection.persons);
	return 0;
}

/* The distinct tags of the links, as keys. */
static void tags_of_links(struct connection *connection)
{
	const struct post_tag *links = (const struct post_tag *)(const void *)connection->links.items;
	uint64_t seen[4096 / 64] = { 0 };

	for (size_t i = 0; i < connection->links.count; i++) {
		size_t id = (size_t)links[i].tag_id & 4095u;
		if (seen[id / 64] & UINT64_C(1) << id % 64)
			continue;
		seen[id / 64] |= UINT64_C(1) << id % 64;
		*(int64_t *)rows_add(&connection->keys, sizeof(int64_t)) = links[i].tag_id;
	}
}

static int find_tagged(struct connection *connection, int64_t last)
{
	int result = execute(connection, BEGIN_READ);
	if (result >= 0)
		result = read_range(connection, FIND_POSTS, last, 0, next_post);
	if (result >= 0)
		result = read_listed(connection, LINKS_BY_POST, &connection->posts, sizeof(struct post), next_link);
	tags_of_links(connection);
	if (result >= 0)
		result = read_listed(connection, TAGS_BY_ID, &connection->keys, sizeof(int64_t), next_tag);
	if (result < 0)
		return result;
	ids_fill(&connection->other_ids, &connection->tags, sizeof(struct tag));
	group_links(&connection->arena, &connection->ids, &connection->other_ids, &connection->posts,
	            &connection->links);
	return execute(connection, COMMIT);
}

int run_many_to_many(struct bench_run *run)
{
	REPEAT(run, &main_connection.posts, find_tagged(&main_connection, (int64_t)run->size));
	run->checksum += sum_tagged(&main_connection.posts);
	return 0;
}

static int find_siblings(struct connection *connection, int64_t last)
{
	int result = execute(connection, BEGIN_READ);
	if (result >= 0)
		result = find_children(connection, last);
	if (result >= 0)
		result = read_listed(connection, BADGES_BY_PERSON, &connection->persons, sizeof(struct person),
		                     next_badge);
	if (result >= 0)
		result = read_listed(connection, VISITS_BY_PERSON, &connection->persons, sizeof(struct person),
		                     next_visit);
	if (result < 0)
		return result;
	GROUP(connection, persons, person, badges, badges, badge, person_id);
	GROUP(connection, persons, person, visits, visits, visit, person_id);
	return execute(connection, COMMIT);
}

int run_siblings(struct bench_run *run)
{
	REPEAT(run, &main_connection.persons, find_siblings(&main_connection, (int64_t)run->size));
	run->checksum += sum_siblings(&main_connection.persons);
	return 0;
}

/* --- trees ----------------------------------------------------------------------------------------------------- */

/* All nodes but the first `roots` have their parent among them. */
static void hang(struct connection *connection, size_t roots)
{
	struct rows children = { connection->nodes.items + roots * sizeof(struct node), connection->nodes.count - roots,
		                 0 };

	group(&connection->arena, &connection->ids, &connection->nodes, sizeof(struct node),
	      offsetof(struct node, children), &children, sizeof(struct node), offsetof(struct node, parent_id));
}

static int find_tree(struct connection *connection)
{
	int result = read_range(connection, FIND_TREE, 1, 0, next_node);
	if (result >= 0)
		hang(connection, 1);
	return result;
}

int run_tree(struct bench_run *run)
{
	REPEAT(run, &main_connection.nodes, find_tree(&main_connection));
	run->checksum =
		BENCH_ROW * run->times + sum_node((const struct node *)(const void *)main_connection.nodes.items);
	return 0;
}

/* The nodes 2 to 5 are the children of node 1. */
static int find_nest(struct connection *connection, size_t depth)
{
	int64_t one = 1;
	struct rows keys = { (char *)&one, 1, 1 };
	int result = execute(connection, BEGIN_READ);
	size_t level = 0;

	if (result >= 0)
		result = read_listed(connection, NODES_BY_PARENT, &keys, sizeof(one), next_node);
	size_t roots = connection->nodes.count;
	for (size_t i = 0; i < depth && result >= 0; i++) {
		size_t next = connection->nodes.count;
		struct rows parents = { connection->nodes.items + level * sizeof(struct node), next - level, 0 };
		/* What is read may move the rows; the keys are bound before. */
		result = read_listed(connection, NODES_BY_PARENT, &parents, sizeof(struct node), next_node);
		level = next;
	}
	if (result < 0)
		return result;
	hang(connection, roots);
	return execute(connection, COMMIT);
}

int run_nest(struct bench_run *run)
{
	const struct rows *nodes = &main_connection.nodes;

	REPEAT(run, nodes, find_nest(&main_connection, run->size));
	run->checksum = BENCH_ROW * run->times * 4;
	for (size_t i = 0; i < 4; i++)
		run->checksum += sum_node((const struct node *)(const void *)nodes->items + i);
	return 0;
}
