#include "bench.hpp"

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

namespace bench
{

const char *const item_columns = "a, b, c, name, note, flag, at";

std::string upsert_end(const std::string &engine)
{
	bool mariadb = engine == "mariadb";
	std::string end = mariadb ? " ON DUPLICATE KEY UPDATE " : " ON CONFLICT (id) DO UPDATE SET ";
	const auto &names = Table<Item>::columns();

	for (size_t i = 1; i < names.size(); i++) {
		end += i > 1 ? ", " : "";
		end += names[i] + (mariadb ? " = VALUES(" + names[i] + ")" : " = excluded." + names[i]);
	}
	return end;
}

// --- the data --------------------------------------------------------------------------------------------------------

static int64_t key(size_t r)
{
	return (int64_t)(r * 7919 % 10000 + 1);
}

static int64_t low(size_t r)
{
	return (int64_t)(r % 100 + 1);
}

static Item make_item(size_t i)
{
	Item item;

	item.id = (int64_t)i;
	item.a = (int32_t)(i / 100);
	item.b = (int64_t)(i * 7919 % 1000003);
	item.c = (double)(i % 1000) / 2;
	item.name = "item " + std::to_string(i);
	if (i % 3)
		item.note = "note " + std::to_string(i % 1000);
	item.flag = i % 2 == 1;
	item.at.us = (int64_t)(UINT64_C(1600000000000000) + i * 1000001);
	return item;
}

static std::vector<Item> make_items(size_t first, size_t count)
{
	std::vector<Item> items;

	for (size_t i = 0; i < count; i++)
		items.push_back(make_item(first + i));
	return items;
}

// --- the checksum --------------------------------------------------------------------------------------------------------

using U = uint64_t;
static const U row_weight = 1000003;

static U text(const std::string &value)
{
	return value.size() + 101u * (unsigned char)value.front() + 103u * (unsigned char)value.back();
}

static U text(const MaybeText &value)
{
	return value ? text(*value) : 1;
}

static U value(const Item &row)
{
	return (U)row.id + 3 * (U)row.a + 5 * (U)row.b + (U)(14 * row.c) + 11 * text(row.name) + 13 * text(row.note) +
	       17 * (U)row.flag + 19 * (U)row.at.us;
}

static U value(const Person &row)
{
	return (U)row.id + 3 * text(row.name) + 5 * text(row.email) + 7 * (U)row.age + 11 * (U)row.created.us;
}

static U value(const Post &row)
{
	return (U)row.id + 3 * (U)row.person_id + 5 * text(row.title) + 7 * text(row.body) + 11 * (U)row.score +
	       13 * (U)row.created.us;
}

static U value(const Comment &row)
{
	return (U)row.id + 3 * (U)row.post_id + 5 * text(row.body) + 7 * (U)row.score;
}

static U value(const Tag *row)
{
	return (U)row->id + 3 * text(row->name);
}

static U value(const Badge &row)
{
	return (U)row.id + 3 * (U)row.person_id + 5 * text(row.name) + 7 * (U)row.level;
}

static U value(const Visit &row)
{
	return (U)row.id + 3 * (U)row.person_id + 5 * text(row.place) + 7 * (U)row.at.us;
}

template <class Rows> static U sum(const Rows &rows)
{
	U total = 0;

	for (const auto &row : rows)
		total += value(row);
	return total;
}

static U with_comments(const std::vector<Post> &posts)
{
	U total = 0;

	for (const Post &post : posts)
		total += value(post) + (U)post.id * (sum(post.comments) + sum(post.tags));
	return total;
}

static U with_posts(const std::vector<Person> &persons)
{
	U total = 0;

	for (const Person &person : persons)
		total += value(person) + (U)person.id * with_comments(person.posts);
	return total;
}

static U with_siblings(const std::vector<Person> &persons)
{
	U total = 0;

	for (const Person &person : persons)
		total += value(person) +
		         (U)person.id * (sum(person.posts) + 2 * sum(person.badges) + 3 * sum(person.visits));
	return total;
}

static U with_person(const std::vector<Post> &posts)
{
	U total = 0;

	for (const Post &post : posts)
		total += value(post) + (U)post.id * value(*post.person);
	return total;
}

static U with_children(const std::vector<Node *> &nodes)
{
	U total = 0;

	for (const Node *node : nodes)
		total += (U)node->id + 3 * (U)node->parent_id.value_or(0) + 5 * text(node->name) + 7 * (U)node->weight +
		         (U)node->id * with_children(node->children);
	return total;
}

// --- statements -------------------------------------------------------------------------------------------------------------

template <class Row> static std::string columns_of(Side &side)
{
	std::string list;

	for (const auto &name : Table<Row>::columns())
		list += (list.empty() ? "" : ", ") + side.column(Table<Row>::name, name);
	return list;
}

template <class Row> static std::string select(Side &side, const std::string &rest)
{
	return "SELECT " + columns_of<Row>(side) + " FROM " + Table<Row>::name + " " + rest;
}

template <class Rows> static Numbers keys_of(const Rows &rows)
{
	Numbers keys;

	keys.reserve(rows.size());
	for (const auto &row : rows)
		keys.push_back(row.id);
	return keys;
}

// "(?,?,?)": the text depends on the count alone, so what was prepared serves again.
static std::string marks(const Numbers &keys)
{
	std::string list(2 * keys.size() + 1, ',');

	for (size_t i = 1; i < list.size(); i += 2)
		list[i] = '?';
	list.front() = '(';
	list.back() = ')';
	return list;
}

template <class Row> static std::string select_among(Side &side, const std::string &column, const Numbers &keys)
{
	return select<Row>(side, "WHERE " + column + " IN " + marks(keys));
}

// --- the loads ----------------------------------------------------------------------------------------------------------------

static Item get(Side &side, int64_t id)
{
	static const std::string sql = select<Item>(side, "WHERE id = ?");
	std::vector<Item> rows = side.items(sql, { id });

	if (rows.size() != 1)
		throw std::runtime_error("no such item");
	return std::move(rows[0]);
}

static std::vector<Item> find(Side &side, int64_t lo, size_t size)
{
	static const std::string sql = select<Item>(side, "WHERE id >= ? AND id < ?");
	return side.items(sql, { lo, lo + (int64_t)size });
}

static std::vector<Item> get_many(Side &side, size_t first, size_t size)
{
	Numbers keys(size);

	for (size_t j = 0; j < size; j++)
		keys[j] = key(first + j);
	return side.items(select_among<Item>(side, "id", keys), keys);
}

static std::vector<Item> filter(Side &side, size_t r, size_t size)
{
	static const std::string sql = select<Item>(side, std::string("WHERE a = ? AND flag = ") +
	                                                          (side.engine == "postgresql" ? "true" : "1") +
	                                                          " AND c >= 10 ORDER BY b DESC, id LIMIT ?");
	return side.items(sql, { (int64_t)(r % 100 + 10), (int64_t)size });
}

static std::vector<Post> join(Side &side, int64_t lo, size_t size)
{
	static const std::string sql = "SELECT " + columns_of<Post>(side) + ", " + columns_of<Person>(side) +
	                               " FROM post LEFT JOIN person ON person.id = post.person_id" +
	                               " WHERE post.id >= ? AND post.id < ?";
	std::vector<Post> posts;

	side.each_joined(sql, { lo, lo + (int64_t)size }, [&](PostAndPerson &row) {
		row.post.person = std::make_shared<Person>(std::move(row.person));
		posts.push_back(std::move(row.post));
	});
	return posts;
}

template <class Parent> static std::unordered_map<int64_t, Parent *> by_id(std::vector<Parent> &rows)
{
	std::unordered_map<int64_t, Parent *> found;

	found.reserve(rows.size());
	for (auto &row : rows)
		found.emplace(row.id, &row);
	return found;
}

template <class Parent, class Child>
static void give(std::vector<Parent> &parents, std::vector<Child> children, int64_t Child::*key,
                 std::vector<Child> Parent::*member)
{
	auto found = by_id(parents);

	for (auto &child : children)
		(found[child.*key]->*member).push_back(std::move(child));
}

static std::vector<Person> only_persons(Side &side, size_t count)
{
	static const std::string sql = select<Person>(side, "WHERE id <= ?");
	return side.persons(sql, { (int64_t)count });
}

static std::vector<Person> children(Side &side, size_t count)
{
	std::vector<Person> persons = only_persons(side, count);

	Numbers keys = keys_of(persons);

	give(persons, side.posts(select_among<Post>(side, "person_id", keys), keys), &Post::person_id, &Person::posts);
	return persons;
}

static std::vector<Person> children_joined(Side &side, size_t count)
{
	static const std::string sql = "SELECT " + columns_of<Post>(side) + ", " + columns_of<Person>(side) +
	                               " FROM person JOIN post ON post.person_id = person.id WHERE person.id <= ?" +
	                               " ORDER BY person.id";
	std::vector<Person> persons;

	side.each_joined(sql, { (int64_t)count }, [&](PostAndPerson &row) {
		if (persons.empty() || persons.back().id != row.person.id)
			persons.push_back(std::move(row.person));
		persons.back().posts.push_back(std::move(row.post));
	});
	return persons;
}

static std::vector<Person> children_lazy(Side &side, size_t count)
{
	static const std::string sql = select<Post>(side, "WHERE person_id = ?");
	std::vector<Person> persons = only_persons(side, count);

	for (Person &person : persons)
		person.posts = side.posts(sql, { person.id });
	return persons;
}

static std::vector<Person> levels(Side &side, size_t count)
{
	std::vector<Person> persons = only_persons(side, count);
	Numbers keys = keys_of(persons);
	std::vector<Post> posts = side.posts(select_among<Post>(side, "person_id", keys), keys);

	keys = keys_of(posts);
	give(posts, side.comments(select_among<Comment>(side, "post_id", keys), keys), &Comment::post_id,
	     &Post::comments);
	give(persons, std::move(posts), &Post::person_id, &Person::posts);
	return persons;
}

static Tagged many_to_many(Side &side, size_t count)
{
	static const std::string sql = select<Post>(side, "WHERE id <= ?");
	Tagged found;

	found.posts = side.posts(sql, { (int64_t)count });
	Numbers keys = keys_of(found.posts);
	std::vector<Link> links = side.links(select_among<Link>(side, "post_id", keys), keys);
	std::unordered_map<int64_t, const Tag *> tags;
	for (const Link &link : links)
		tags.emplace(link.tag_id, nullptr);
	keys.clear();
	for (const auto &tag : tags)
		keys.push_back(tag.first);
	found.tags = side.tags(select_among<Tag>(side, "id", keys), keys);
	for (const Tag &tag : found.tags)
		tags[tag.id] = &tag;
	auto posts = by_id(found.posts);
	for (const Link &link : links)
		posts[link.post_id]->tags.push_back(tags[link.tag_id]);
	return found;
}

static std::vector<Person> siblings(Side &side, size_t count)
{
	std::vector<Person> persons = only_persons(side, count);
	Numbers keys = keys_of(persons);

	give(persons, side.posts(select_among<Post>(side, "person_id", keys), keys), &Post::person_id, &Person::posts);
	give(persons, side.badges(select_among<Badge>(side, "person_id", keys), keys), &Badge::person_id,
	     &Person::badges);
	give(persons, side.visits(select_among<Visit>(side, "person_id", keys), keys), &Visit::person_id,
	     &Person::visits);
	return persons;
}

// The nodes by their ids; those whose parent is among them become its children, the others are the roots.
static Forest connected(Forest forest)
{
	std::unordered_map<int64_t, Node *> found;

	found.reserve(forest.nodes.size());
	for (Node &node : forest.nodes)
		found.emplace(node.id, &node);
	for (Node &node : forest.nodes) {
		auto parent = node.parent_id ? found.find(*node.parent_id) : found.end();
		(parent == found.end() ? forest.roots : parent->second->children).push_back(&node);
	}
	return forest;
}

static Forest tree(Side &side, size_t)
{
	static const std::string sql =
		"WITH RECURSIVE below (id) AS (SELECT id FROM node WHERE id = 1"
		" UNION ALL SELECT node.id FROM node JOIN below ON node.parent_id = below.id) SELECT " +
		columns_of<Node>(side) + " FROM node JOIN below ON node.id = below.id";
	Forest forest;

	for (Node &node : side.nodes(sql, {}))
		forest.nodes.push_back(std::move(node));
	return connected(std::move(forest));
}

static Forest nest(Side &side, size_t depth)
{
	Forest forest;
	std::vector<Node> level = side.nodes(select<Node>(side, "WHERE id BETWEEN 2 AND 5"), {});

	for (size_t i = 0; i < depth && !level.empty(); i++) {
		Numbers keys = keys_of(level);
		for (Node &node : level)
			forest.nodes.push_back(std::move(node));
		level = side.nodes(select_among<Node>(side, "parent_id", keys), keys);
	}
	for (Node &node : level)
		forest.nodes.push_back(std::move(node));
	return connected(std::move(forest));
}

// --- what lies outside of the clock --------------------------------------------------------------------------------------------

static void checkpoint(Side &side)
{
	if (side.engine == "sqlite")
		side.number("PRAGMA wal_checkpoint(TRUNCATE)");
}

static void empty(Side &side, const std::string &table)
{
	side.execute((side.engine == "sqlite" ? "DELETE FROM " : "TRUNCATE TABLE ") + table);
	checkpoint(side);
}

static void fill(Side &side, const std::string &table, size_t count)
{
	side.execute("INSERT INTO " + table + " SELECT * FROM item WHERE id <= " + std::to_string(count));
	checkpoint(side);
}

static U written(Side &side, const std::string &table)
{
	std::string type = side.engine == "mariadb" ? "SIGNED" : side.engine == "postgresql" ? "bigint" : "INTEGER";
	return (U)side.number("SELECT CAST(COALESCE(SUM(1 + 3*a + 5*b + 14*c + 11*LENGTH(name) +"
	                      " 13*COALESCE(LENGTH(note), 1) + CASE WHEN flag THEN 17 ELSE 0 END), 0) AS " +
	                      type + ") AS w FROM " + table);
}

// --- the workloads -----------------------------------------------------------------------------------------------------------------

static void run_get(Side &side, Run &run)
{
	std::vector<Item> rows;

	rows.reserve(run.times);
	run.start();
	for (size_t r = 0; r < run.times; r++)
		rows.push_back(get(side, key(r)));
	run.stop();
	run.checksum = sum(rows);
}

static void run_get_tx(Side &side, Run &run)
{
	std::vector<Item> rows;

	rows.reserve(run.times);
	run.start();
	side.begin();
	for (size_t r = 0; r < run.times; r++)
		rows.push_back(get(side, key(r)));
	side.commit();
	run.stop();
	run.checksum = sum(rows);
}

static size_t count_of(const Tagged &tagged)
{
	return tagged.posts.size();
}
static size_t count_of(const Forest &forest)
{
	return forest.roots.size();
}
template <class Row> static size_t count_of(const std::vector<Row> &rows)
{
	return rows.size();
}

// load(side, r, size) makes the rows of one repetition, checksum(rows) is taken of the last.
template <class Load, class Sum> static auto repeated(Load load, Sum checksum)
{
	return [=](Side &side, Run &run) {
		decltype(load(side, 0, 0)) rows;
		run.start();
		for (size_t r = 0; r < run.times; r++) {
			rows = load(side, r, run.size);
			run.checksum += row_weight * count_of(rows);
		}
		run.stop();
		run.checksum += checksum(rows);
	};
}

static U by_position(const std::vector<Item> &rows)
{
	U total = 0;

	for (size_t i = 0; i < rows.size(); i++)
		total += value(rows[i]) * (i + 1);
	return total;
}

static void run_stream(Side &side, Run &run)
{
	static const std::string sql = select<Item>(side, "WHERE id <= ?");

	if (!side.streams())
		throw Missing();
	run.start();
	for (size_t r = 0; r < run.times; r++)
		side.each_item(sql, { (int64_t)run.size },
		               [&](Item &item) { run.checksum += (U)item.id + item.name.size(); });
	run.stop();
}

static void run_insert(Side &side, Run &run)
{
	std::vector<std::vector<Item>> batches;

	empty(side, "entry");
	for (size_t r = 0; r < run.times; r++)
		batches.push_back(make_items(r * run.size + 1, run.size));
	run.start();
	side.begin();
	for (const auto &batch : batches)
		side.insert(batch);
	side.commit();
	run.stop();
	run.checksum = written(side, "entry");
}

static void run_transaction(Side &side, Run &run)
{
	std::vector<std::vector<Item>> batches;

	empty(side, "entry");
	for (size_t r = 0; r < run.times; r++)
		batches.push_back(make_items(r + 1, 1));
	run.start();
	for (const auto &batch : batches) {
		side.begin();
		side.insert(batch);
		side.commit();
	}
	run.stop();
	run.checksum = written(side, "entry");
}

static void run_update(Side &side, Run &run)
{
	std::vector<Item> rows(run.size);

	for (size_t i = 0; i < run.size; i++) {
		rows[i].id = (int64_t)i + 1;
		rows[i].a = (int32_t)(2 * (i + 1));
		rows[i].c = (double)(i + 1) / 2;
		rows[i].name = "changed " + std::to_string(i + 1);
	}
	for (size_t r = 0; r < run.times; r++) {
		empty(side, "entry");
		fill(side, "entry", run.size);
		run.start();
		side.begin();
		side.update(rows);
		side.commit();
		run.stop();
	}
	run.checksum = written(side, "entry");
}

static void run_upsert(Side &side, Run &run)
{
	std::vector<Item> rows = make_items(1, run.size);

	for (Item &row : rows)
		row.a = (int32_t)row.id;
	for (size_t r = 0; r < run.times; r++) {
		empty(side, "slot");
		fill(side, "slot", run.size / 2);
		run.start();
		side.begin();
		side.upsert(rows);
		side.commit();
		run.stop();
	}
	run.checksum = written(side, "slot");
}

// Runs work(t) in SIZE threads; the first exception is thrown on.
static void in_threads(Run &run, const std::function<void(size_t)> &work)
{
	std::vector<std::thread> threads;
	std::exception_ptr failure;
	std::mutex lock;

	run.start();
	for (size_t t = 0; t < run.size; t++)
		threads.emplace_back([&, t] {
			try {
				work(t);
			} catch (...) {
				std::lock_guard<std::mutex> guard(lock);
				failure = std::current_exception();
			}
		});
	for (auto &thread : threads)
		thread.join();
	run.stop();
	if (failure)
		std::rethrow_exception(failure);
}

static void run_threads(Side &side, Run &run)
{
	std::vector<Item> rows = make_items(1, run.size * run.times);
	std::atomic<size_t> count { 0 };

	get(side, 1); // the texts of the statements are made by the first
	find(side, 1, 10);
	only_persons(side, 1);
	empty(side, "entry");
	in_threads(run, [&](size_t t) {
		for (size_t turn = t * run.times; turn < (t + 1) * run.times; turn++) {
			for (size_t n = 0; n < 8; n++)
				side.leased([&](Side &lease) { get(lease, key(turn * 8 + n)), count++; });
			for (size_t n = 0; n < 2; n++)
				side.leased([&](Side &lease) { count += find(lease, low(turn + n), 10).size(); });
			side.leased([&](Side &lease) { count += children(lease, 10).size(); });
			side.leased([&](Side &lease) { lease.insert({ rows[turn] }); });
		}
	});
	run.checksum = count + written(side, "entry");
}

static void run_pool(Side &side, Run &run)
{
	side.acquire_and_release();
	in_threads(run, [&](size_t) {
		for (size_t r = 0; r < run.times; r++)
			side.acquire_and_release();
	});
	run.checksum = run.size * run.times;
}

static void run_open(Side &side, Run &run)
{
	std::vector<Item> rows;

	run.start();
	for (size_t r = 0; r < run.times; r++)
		rows.push_back(get(*side.another(), 1));
	run.stop();
	run.checksum = sum(rows);
}

static const std::map<std::string, std::function<void(Side &, Run &)>> workloads = {
	{ "get", run_get },
	{ "get_tx", run_get_tx },
	{ "get_many",
	  repeated([](Side &s, size_t r, size_t n) { return get_many(s, r * n, n); }, sum<std::vector<Item>>) },
	{ "find", repeated([](Side &s, size_t r, size_t n) { return find(s, low(r), n); }, sum<std::vector<Item>>) },
	{ "filter", repeated([](Side &s, size_t r, size_t n) { return filter(s, r, n); }, by_position) },
	{ "join", repeated([](Side &s, size_t r, size_t n) { return join(s, low(r), n); }, with_person) },
	{ "children", repeated([](Side &s, size_t, size_t n) { return children(s, n); }, with_posts) },
	{ "children_joined", repeated([](Side &s, size_t, size_t n) { return children_joined(s, n); }, with_posts) },
	{ "children_lazy", repeated([](Side &s, size_t, size_t n) { return children_lazy(s, n); }, with_posts) },
	{ "levels", repeated([](Side &s, size_t, size_t n) { return levels(s, n); }, with_posts) },
	{ "many_to_many", repeated([](Side &s, size_t, size_t n) { return many_to_many(s, n); },
	                           [](const Tagged &found) { return with_comments(found.posts); }) },
	{ "siblings", repeated([](Side &s, size_t, size_t n) { return siblings(s, n); }, with_siblings) },
	{ "tree", repeated([](Side &s, size_t, size_t n) { return tree(s, n); },
	                   [](const Forest &found) { return with_children(found.roots); }) },
	{ "nest", repeated([](Side &s, size_t, size_t n) { return nest(s, n); },
	                   [](const Forest &found) { return with_children(found.roots); }) },
	{ "stream", run_stream },
	{ "insert", run_insert },
	{ "transaction", run_transaction },
	{ "update", run_update },
	{ "upsert", run_upsert },
	{ "threads", run_threads },
	{ "pool", run_pool },
	{ "open", run_open },
};

bool Run::workload(Side &side, const std::string &name)
{
	auto workload = workloads.find(name);

	if (workload == workloads.end())
		return false;
	workload->second(side, *this);
	return true;
}

} // namespace bench
