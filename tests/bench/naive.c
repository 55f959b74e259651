#include "naive.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* --- connections and memory ---------------------------------------------------------------------------------------- */

struct connection *connection_open(const char *url)
{
	struct connection *connection = bench_allocate(sizeof(*connection));

	*connection = (struct connection) { .handle = handle_open(url) };
	if (connection->handle)
		return connection;
	free(connection);
	return NULL;
}

void begin_load(struct connection *connection)
{
	char **strings = (char **)(void *)connection->strings.items;

	for (size_t i = 0; i < connection->strings.count; i++)
		free(strings[i]);
	connection->strings.count = 0;
	load_empty(&connection->load);
}

void connection_close(struct connection *connection)
{
	begin_load(connection);
	load_release(&connection->load);
	free(connection->strings.items);
	handle_close(connection->handle);
	free(connection);
}

static void *keep(struct connection *connection, void *memory)
{
	*(void **)rows_add(&connection->strings, sizeof(void *)) = memory;
	return memory;
}

static const char *text_of(struct connection *connection, const char *value)
{
	return value ? keep(connection, strdup(value)) : NULL;
}

/* --- queries ---------------------------------------------------------------------------------------------------------- */

static __attribute__((format(printf, 3, 4))) int ask(struct connection *connection, take_row take, const char *format,
                                                     ...)
{
	char sql[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sql, sizeof(sql), format, arguments);
	va_end(arguments);
	return query(connection, sql, take);
}

int begin_read(struct connection *connection)
{
	return query(connection, "BEGIN", NULL);
}

int begin_write(struct connection *connection)
{
	return query(connection, "BEGIN", NULL);
}

int commit(struct connection *connection)
{
	return query(connection, "COMMIT", NULL);
}

/* --- rows ----------------------------------------------------------------------------------------------------------- */

static int64_t time_of(const char *value)
{
	struct tm civil = { .tm_isdst = 0 };
	char fraction[7] = "";

	if (times_are_numbers)
		return atoll(value);
	sscanf(value, "%d-%d-%d %d:%d:%d.%6[0-9]", &civil.tm_year, &civil.tm_mon, &civil.tm_mday, &civil.tm_hour,
	       &civil.tm_min, &civil.tm_sec, fraction);
	civil.tm_year -= 1900;
	civil.tm_mon -= 1;
	while (strlen(fraction) < 6)
		strcat(fraction, "0");
	return (int64_t)timegm(&civil) * 1000000 + atoll(fraction);
}

static bool flag_of(const char *value)
{
	return value[0] == 't' || value[0] == '1';
}

static void read_item(struct connection *connection, char **values, struct item *item)
{
	item->id = atoll(values[0]);
	item->a = atoi(values[1]);
	item->b = atoll(values[2]);
	item->c = atof(values[3]);
	item->name = text_of(connection, values[4]);
	item->note = text_of(connection, values[5]);
	item->flag = flag_of(values[6]);
	item->at = time_of(values[7]);
}

static void next_item(struct connection *connection, char **values)
{
	read_item(connection, values, rows_add(&connection->load.items, sizeof(struct item)));
}

static void read_person(struct connection *connection, char **values, struct person *person)
{
	*person = (struct person) {
		.id = atoll(values[0]),
		.name = text_of(connection, values[1]),
		.email = text_of(connection, values[2]),
		.age = (int16_t)atoi(values[3]),
		.created = time_of(values[4]),
	};
}

static void next_person(struct connection *connection, char **values)
{
	read_person(connection, values, rows_add(&connection->load.persons, sizeof(struct person)));
}

static void next_post(struct connection *connection, char **values)
{
	struct post *post = rows_add(&connection->load.posts, sizeof(*post));

	*post = (struct post) {
		.id = atoll(values[0]),
		.person_id = atoll(values[1]),
		.title = text_of(connection, values[2]),
		.body = text_of(connection, values[3]),
		.score = atoi(values[4]),
		.created = time_of(values[5]),
	};
}

static void next_comment(struct connection *connection, char **values)
{
	struct comment *comment = rows_add(&connection->load.comments, sizeof(*comment));

	comment->id = atoll(values[0]);
	comment->post_id = atoll(values[1]);
	comment->body = text_of(connection, values[2]);
	comment->score = atoi(values[3]);
}

static void next_tag(struct connection *connection, char **values)
{
	struct tag *tag = rows_add(&connection->load.tags, sizeof(*tag));

	tag->id = atoll(values[0]);
	tag->name = text_of(connection, values[1]);
}

static void next_badge(struct connection *connection, char **values)
{
	struct badge *badge = rows_add(&connection->load.badges, sizeof(*badge));

	badge->id = atoll(values[0]);
	badge->person_id = atoll(values[1]);
	badge->name = text_of(connection, values[2]);
	badge->level = (int16_t)atoi(values[3]);
}

static void next_visit(struct connection *connection, char **values)
{
	struct visit *visit = rows_add(&connection->load.visits, sizeof(*visit));

	visit->id = atoll(values[0]);
	visit->person_id = atoll(values[1]);
	visit->place = text_of(connection, values[2]);
	visit->at = time_of(values[3]);
}

static void next_node(struct connection *connection, char **values)
{
	struct node *node = rows_add(&connection->load.nodes, sizeof(*node));

	*node = (struct node) {
		.id = atoll(values[0]),
		.parent_id = values[1] ? atoll(values[1]) : 0,
		.has_parent_id = values[1] != NULL,
		.name = text_of(connection, values[2]),
		.weight = atoi(values[3]),
	};
}

/* --- items --------------------------------------------------------------------------------------------------------- */

#define ITEM "SELECT id, a, b, c, name, note, flag, at FROM item "
#define PERSON "SELECT id, name, email, age, created FROM person "
#define POST "SELECT id, person_id, title, body, score, created FROM post "
#define NODE "SELECT id, parent_id, name, weight FROM node "

int get_item(struct connection *connection, int64_t id, struct item *item)
{
	struct rows *items = &connection->load.items, before = *items;

	/* Into a list of its own, and from there to the caller. */
	*items = (struct rows) { .items = NULL };
	int result = ask(connection, next_item, ITEM "WHERE id = %lld", (long long)id);
	if (result >= 0 && items->count == 1)
		memcpy(item, items->items, sizeof(*item));
	free(items->items);
	*items = before;
	return result;
}

/* One after the other. */
int get_items(struct connection *connection)
{
	const int64_t *keys = (const int64_t *)(const void *)connection->load.keys.items;
	int result = 0;

	for (size_t i = 0; i < connection->load.keys.count && result >= 0; i++)
		result = ask(connection, next_item, ITEM "WHERE id = %lld", (long long)keys[i]);
	return result;
}

int find_items(struct connection *connection, int64_t low, int64_t high)
{
	return ask(connection, next_item, ITEM "WHERE id >= %lld AND id < %lld", (long long)low, (long long)high);
}

int filter_items(struct connection *connection, int32_t a, int64_t limit)
{
	return ask(connection, next_item,
	           ITEM "WHERE a = %d AND flag = true AND c >= 10 ORDER BY b DESC, id LIMIT %lld", a, (long long)limit);
}

static _Thread_local uint64_t *streamed;

static void stream_item(struct connection *connection, char **values)
{
	struct item item;

	read_item(connection, values, &item);
	*streamed += BENCH_U(item.id) + strlen(item.name);
	while (connection->strings.count)
		free(((char **)(void *)connection->strings.items)[--connection->strings.count]);
}

int stream_items(struct connection *connection, int64_t last, uint64_t *sum)
{
	streamed = sum;
	return ask(connection, stream_item, ITEM "WHERE id <= %lld", (long long)last);
}

/* --- joins ------------------------------------------------------------------------------------------------------------ */

static void next_post_with_person(struct connection *connection, char **values)
{
	struct person *person = keep(connection, bench_allocate(sizeof(*person)));

	next_post(connection, values);
	read_person(connection, values + 6, person);
	((struct post *)(void *)connection->load.posts.items)[connection->load.posts.count - 1].person = person;
}

int join_posts(struct connection *connection, int64_t low, int64_t high)
{
	return ask(
		connection, next_post_with_person,
		"SELECT t.id, t.person_id, t.title, t.body, t.score, t.created, p.id, p.name, p.email, p.age, p.created"
		" FROM post t LEFT JOIN person p ON p.id = t.person_id WHERE t.id >= %lld AND t.id < %lld",
		(long long)low, (long long)high);
}

static void next_person_with_post(struct connection *connection, char **values)
{
	const struct person *persons = (const struct person *)(const void *)connection->load.persons.items;
	size_t count = connection->load.persons.count;

	if (!count || persons[count - 1].id != atoll(values[6]))
		next_person(connection, values + 6);
	if (values[0])
		next_post(connection, values);
}

int join_persons(struct connection *connection, int64_t last)
{
	int result =
		ask(connection, next_person_with_post,
	            "SELECT t.id, t.person_id, t.title, t.body, t.score, t.created, p.id, p.name, p.email, p.age,"
	            " p.created FROM person p LEFT JOIN post t ON t.person_id = p.id WHERE p.id <= %lld ORDER BY p.id",
	            (long long)last);

	if (result >= 0)
		GROUP(&connection->load, persons, person, posts, posts, post, person_id);
	return result;
}

/* --- children: a query for each parent ------------------------------------------------------------------------------- */

static int64_t id_of(const struct rows *rows, size_t size, size_t i)
{
	return *(const int64_t *)(const void *)(rows->items + i * size);
}

int find_children(struct connection *connection, int64_t last)
{
	struct load *load = &connection->load;
	int result = ask(connection, next_person, PERSON "WHERE id <= %lld", (long long)last);

	for (size_t i = 0; i < load->persons.count && result >= 0; i++)
		result = ask(connection, next_post, POST "WHERE person_id = %lld",
		             (long long)id_of(&load->persons, sizeof(struct person), i));
	if (result >= 0)
		GROUP(load, persons, person, posts, posts, post, person_id);
	return result;
}

int find_levels(struct connection *connection, int64_t last)
{
	struct load *load = &connection->load;
	int result = find_children(connection, last);

	for (size_t i = 0; i < load->posts.count && result >= 0; i++)
		result = ask(connection, next_comment,
		             "SELECT id, post_id, body, score FROM comment WHERE post_id = %lld",
		             (long long)id_of(&load->posts, sizeof(struct post), i));
	if (result >= 0)
		GROUP(load, posts, post, comments, comments, comment, post_id);
	return result;
}

/* The tags since `first` are this post's: copies of its own. */
static void own_tags(struct connection *connection, struct post *post)
{
	struct rows *tags = &connection->load.tags;
	struct tag *copies = keep(connection, bench_allocate((tags->count + 1) * sizeof(struct tag)));

	memcpy(copies, tags->items, tags->count * sizeof(struct tag));
	post->tags.count = tags->count;
	post->tags.items = keep(connection, bench_allocate((tags->count + 1) * sizeof(void *)));
	for (size_t i = 0; i < tags->count; i++)
		post->tags.items[i] = &copies[i];
	tags->count = 0;
}

int find_tagged(struct connection *connection, int64_t last)
{
	struct rows *posts = &connection->load.posts;
	int result = ask(connection, next_post, POST "WHERE id <= %lld", (long long)last);

	for (size_t i = 0; i < posts->count && result >= 0; i++) {
		struct post *post = (struct post *)(void *)posts->items + i;
		result = ask(connection, next_tag,
		             "SELECT t.id, t.name FROM tag t JOIN post_tag l ON l.tag_id = t.id WHERE l.post_id = %lld",
		             (long long)post->id);
		own_tags(connection, post);
	}
	return result;
}

int find_siblings(struct connection *connection, int64_t last)
{
	struct load *load = &connection->load;
	int result = find_children(connection, last);

	for (size_t i = 0; i < load->persons.count && result >= 0; i++) {
		long long id = id_of(&load->persons, sizeof(struct person), i);
		result = ask(connection, next_badge,
		             "SELECT id, person_id, name, level FROM badge WHERE person_id = %lld", id);
		if (result >= 0)
			result = ask(connection, next_visit,
			             "SELECT id, person_id, place, at FROM visit WHERE person_id = %lld", id);
	}
	if (result < 0)
		return result;
	GROUP(load, persons, person, badges, badges, badge, person_id);
	GROUP(load, persons, person, visits, visits, visit, person_id);
	return 0;
}

/* The children of each node from `level` on, `depth` levels or until there are none. */
static int add_levels(struct connection *connection, size_t depth)
{
	struct rows *nodes = &connection->load.nodes;
	size_t level = 0;
	int result = 0;

	for (size_t i = 0; i < depth && level < nodes->count && result >= 0; i++)
		for (size_t next = nodes->count; level < next && result >= 0; level++)
			result = ask(connection, next_node, NODE "WHERE parent_id = %lld",
			             (long long)id_of(nodes, sizeof(struct node), level));
	return result;
}

int find_tree(struct connection *connection)
{
	int result = ask(connection, next_node, NODE "WHERE id = 1");

	if (result >= 0)
		result = add_levels(connection, SIZE_MAX);
	if (result >= 0)
		load_hang(&connection->load, 1);
	return result;
}

int find_nest(struct connection *connection, size_t depth)
{
	int result = ask(connection, next_node, NODE "WHERE id >= 2 AND id <= 5");

	if (result >= 0)
		result = add_levels(connection, depth);
	if (result >= 0)
		load_hang(&connection->load, 4);
	return result;
}

/* --- writes: a statement for each row ---------------------------------------------------------------------------------- */

/* In quotes; the texts here have none inside. */
static const char *quoted(char *to, size_t size, const char *text)
{
	if (text)
		snprintf(to, size, "'%s'", text);
	return text ? to : "NULL";
}

static const char *time_text(char *to, size_t size, int64_t value)
{
	time_t seconds = (time_t)(value / 1000000);
	struct tm civil;
	char day[32];

	if (times_are_numbers) {
		snprintf(to, size, "%lld", (long long)value);
		return to;
	}
	gmtime_r(&seconds, &civil);
	strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", &civil);
	snprintf(to, size, "'%s.%06lld'", day, (long long)(value % 1000000));
	return to;
}

static void put_values(char *to, size_t size, const struct item *row)
{
	char name[128], note[128], at[64];

	snprintf(to, size, "%d, %lld, %.17g, %s, %s, %s, %s", row->a, (long long)row->b, row->c,
	         quoted(name, sizeof(name), row->name), quoted(note, sizeof(note), row->note),
	         row->flag ? "true" : "false", time_text(at, sizeof(at), row->at));
}

int insert_entries(struct connection *connection, struct item *rows, size_t count)
{
	char values[512], sql[700];
	int result = 0;

	for (size_t i = 0; i < count && result >= 0; i++) {
		put_values(values, sizeof(values), &rows[i]);
		snprintf(sql, sizeof(sql), "INSERT INTO entry (a, b, c, name, note, flag, at) VALUES (%s)", values);
		result = insert_row(connection, sql, &rows[i].id);
	}
	return result;
}

int insert_transaction(struct connection *connection, struct item *row)
{
	int result = begin_write(connection);

	if (result >= 0)
		result = insert_entries(connection, row, 1);
	return result < 0 ? result : commit(connection);
}

int update_entries(struct connection *connection, const struct item *rows, size_t count)
{
	char name[128];
	int result = 0;

	for (size_t i = 0; i < count && result >= 0; i++)
		result = ask(connection, NULL, "UPDATE entry SET a = %d, c = %.17g, name = %s WHERE id = %lld",
		             rows[i].a, rows[i].c, quoted(name, sizeof(name), rows[i].name), (long long)rows[i].id);
	return result;
}

static _Thread_local bool found;

static void note_found(struct connection *connection, char **values)
{
	(void)connection;
	(void)values;
	found = true;
}

/* Asks whether the row is there, and then updates or inserts. */
int upsert_slots(struct connection *connection, const struct item *rows, size_t count)
{
	char values[512], name[128], note[128], at[64];
	int result = 0;

	for (size_t i = 0; i < count && result >= 0; i++) {
		const struct item *row = &rows[i];
		found = false;
		result = ask(connection, note_found, "SELECT id FROM slot WHERE id = %lld", (long long)row->id);
		if (result < 0)
			return result;
		put_values(values, sizeof(values), row);
		if (!found)
			result = ask(connection, NULL,
			             "INSERT INTO slot (id, a, b, c, name, note, flag, at) VALUES (%lld, %s)",
			             (long long)row->id, values);
		else
			result = ask(
				connection, NULL,
				"UPDATE slot SET a = %d, b = %lld, c = %.17g, name = %s, note = %s, flag = %s, at = %s"
				" WHERE id = %lld",
				row->a, (long long)row->b, row->c, quoted(name, sizeof(name), row->name),
				quoted(note, sizeof(note), row->note), row->flag ? "true" : "false",
				time_text(at, sizeof(at), row->at), (long long)row->id);
	}
	return result;
}

/* --- outside of the clock -------------------------------------------------------------------------------------------------- */

int fill(struct connection *connection, const char *table, size_t last)
{
	if (empty(connection, table) < 0)
		return bench_failed;
	int result = ask(connection, NULL, "INSERT INTO %s SELECT * FROM item WHERE id <= %zu", table, last);
	return result < 0 ? result : settle(connection);
}

static _Thread_local double sum;

static void take_sum(struct connection *connection, char **values)
{
	(void)connection;
	sum = values[0] ? atof(values[0]) : 0;
}

int written(struct connection *connection, const char *sql, uint64_t *checksum)
{
	sum = 0;
	int result = query(connection, sql, take_sum);
	*checksum += (uint64_t)sum;
	return result;
}
