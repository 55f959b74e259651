// What the peers in C++ share: the rows, the protocol, the clock, the checksums, and, as none of
// these libraries loads relations, the grouping of children under their parents.
//
// A peer derives from Side and overrides what its library can do; the rest is answered `none`.
#ifndef TRIVET_BENCH_PEERS_BENCH_HPP
#define TRIVET_BENCH_PEERS_BENCH_HPP

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace bench
{

using Text = std::string;
using MaybeText = std::optional<std::string>;

// Microseconds since 1970, UTC.
struct Moment {
	int64_t us = 0;
};

struct Item {
	int64_t id = 0;
	int32_t a = 0;
	int64_t b = 0;
	double c = 0;
	Text name;
	MaybeText note;
	bool flag = false;
	Moment at;
};

struct Comment {
	int64_t id = 0, post_id = 0;
	Text body;
	int32_t score = 0;
};

struct Tag {
	int64_t id = 0;
	Text name;
};

struct Link {
	int64_t post_id = 0, tag_id = 0;
};

struct Badge {
	int64_t id = 0, person_id = 0;
	Text name;
	int16_t level = 0;
};

struct Visit {
	int64_t id = 0, person_id = 0;
	Text place;
	Moment at;
};

struct Person;

struct Post {
	int64_t id = 0, person_id = 0;
	Text title, body;
	int32_t score = 0;
	Moment created;
	std::vector<Comment> comments;
	std::vector<const Tag *> tags;
	std::shared_ptr<Person> person;
};

struct Person {
	int64_t id = 0;
	Text name;
	MaybeText email;
	int16_t age = 0;
	Moment created;
	std::vector<Post> posts;
	std::vector<Badge> badges;
	std::vector<Visit> visits;
};

struct Node {
	int64_t id = 0;
	std::optional<int64_t> parent_id;
	Text name;
	int32_t weight = 0;
	std::vector<Node *> children;
};

struct Tagged {
	std::vector<Post> posts;
	std::vector<Tag> tags; // each once
};

struct Forest {
	std::deque<Node> nodes;
	std::vector<Node *> roots;
};

// --- tables: their columns, and each column of a row in turn ------------------------------------------------

template <class Row> struct Table;

#define BENCH_TABLE(Row, name_, list_, ...)                                                                            \
	template <> struct Table<Row> {                                                                                \
		static constexpr const char *name = name_;                                                             \
		static const std::vector<std::string> &columns()                                                       \
		{                                                                                                      \
			static const std::vector<std::string> names = list_;                                           \
			return names;                                                                                  \
		}                                                                                                      \
		template <class Do> static void each(Row &row, Do &&with)                                              \
		{                                                                                                      \
			each_of(with, __VA_ARGS__);                                                                    \
		}                                                                                                      \
	}

template <class Do, class... Fields> void each_of(Do &&with, Fields &...fields)
{
	(with(fields), ...);
}

#define BENCH_LIST(...)                                                                                                \
	{                                                                                                              \
		__VA_ARGS__                                                                                            \
	}
BENCH_TABLE(Item, "item", BENCH_LIST("id", "a", "b", "c", "name", "note", "flag", "at"), row.id, row.a, row.b, row.c,
            row.name, row.note, row.flag, row.at);
BENCH_TABLE(Person, "person", BENCH_LIST("id", "name", "email", "age", "created"), row.id, row.name, row.email, row.age,
            row.created);
BENCH_TABLE(Post, "post", BENCH_LIST("id", "person_id", "title", "body", "score", "created"), row.id, row.person_id,
            row.title, row.body, row.score, row.created);
BENCH_TABLE(Comment, "comment", BENCH_LIST("id", "post_id", "body", "score"), row.id, row.post_id, row.body, row.score);
BENCH_TABLE(Tag, "tag", BENCH_LIST("id", "name"), row.id, row.name);
BENCH_TABLE(Link, "post_tag", BENCH_LIST("post_id", "tag_id"), row.post_id, row.tag_id);
BENCH_TABLE(Badge, "badge", BENCH_LIST("id", "person_id", "name", "level"), row.id, row.person_id, row.name, row.level);
BENCH_TABLE(Visit, "visit", BENCH_LIST("id", "person_id", "place", "at"), row.id, row.person_id, row.place, row.at);
BENCH_TABLE(Node, "node", BENCH_LIST("id", "parent_id", "name", "weight"), row.id, row.parent_id, row.name, row.weight);

// A post beside its person, and a person beside one of its posts, as a join gives them.
struct PostAndPerson {
	Post post;
	Person person;
};

template <> struct Table<PostAndPerson> {
	template <class Do> static void each(PostAndPerson &row, Do &&with)
	{
		Table<Post>::each(row.post, with);
		Table<Person>::each(row.person, with);
	}
};

// --- values --------------------------------------------------------------------------------------------------

// "2020-09-13 12:26:41.000001", with or without the fraction and a zone of "+00"
int64_t parse_moment(const char *text);
// The same, with six digits
std::string format_moment(int64_t us);

struct Url {
	std::string engine, file, user, password, host, port, folder, socket, database;
};

// --- a side ----------------------------------------------------------------------------------------------------

struct Missing : std::runtime_error {
	explicit Missing(const std::string &why = "") : std::runtime_error(why)
	{
	}
};

using Numbers = std::vector<int64_t>;

class Side
{
      public:
	virtual ~Side() = default;
	virtual std::string version() = 0;

	// `?` in `sql` stands for the numbers, one after the other.
	virtual void execute(const std::string &sql) = 0;
	virtual int64_t number(const std::string &sql) = 0;
	virtual void each_item(const std::string &sql, const Numbers &, const std::function<void(Item &)> &) = 0;
	virtual void each_joined(const std::string &sql, const Numbers &,
	                         const std::function<void(PostAndPerson &)> &) = 0;
	virtual std::vector<Item> items(const std::string &sql, const Numbers &) = 0;
	virtual std::vector<Person> persons(const std::string &sql, const Numbers &) = 0;
	virtual std::vector<Post> posts(const std::string &sql, const Numbers &) = 0;
	virtual std::vector<Comment> comments(const std::string &sql, const Numbers &) = 0;
	virtual std::vector<Tag> tags(const std::string &sql, const Numbers &) = 0;
	virtual std::vector<Link> links(const std::string &sql, const Numbers &) = 0;
	virtual std::vector<Badge> badges(const std::string &sql, const Numbers &) = 0;
	virtual std::vector<Visit> visits(const std::string &sql, const Numbers &) = 0;
	virtual std::vector<Node> nodes(const std::string &sql, const Numbers &) = 0;

	virtual void begin() = 0;
	virtual void commit() = 0;
	virtual void insert(const std::vector<Item> &rows) = 0;
	virtual void update(const std::vector<Item> &rows) = 0;
	virtual void upsert(const std::vector<Item> &rows) = 0;

	// Another one with a connection of its own.
	virtual std::unique_ptr<Side> another() = 0;
	// Runs `work` with a connection of a pool of 4.
	virtual void leased(const std::function<void(Side &)> &)
	{
		throw Missing();
	}
	// Takes one of a pool of 8 and gives it back.
	virtual void acquire_and_release()
	{
		throw Missing();
	}
	// Whether each_item needs no memory for all rows at once.
	virtual bool streams() const = 0;

	// How a select names the column.
	virtual std::string column(const std::string &table, const std::string &name)
	{
		return table + "." + name;
	}
	std::string engine;
};

// The same methods over `load`, which a peer has as a template: load<Row>(sql, numbers, do with each row)
#define BENCH_LOADS(Row, plural)                                                                                       \
	std::vector<bench::Row> plural(const std::string &sql, const bench::Numbers &numbers) override                 \
	{                                                                                                              \
		std::vector<bench::Row> rows;                                                                          \
		load<bench::Row>(sql, numbers, [&](bench::Row &row) { rows.push_back(std::move(row)); });              \
		return rows;                                                                                           \
	}
#define BENCH_ALL_LOADS                                                                                                \
	BENCH_LOADS(Item, items)                                                                                       \
	BENCH_LOADS(Person, persons)                                                                                   \
	BENCH_LOADS(Post, posts)                                                                                       \
	BENCH_LOADS(Comment, comments)                                                                                 \
	BENCH_LOADS(Tag, tags)                                                                                         \
	BENCH_LOADS(Link, links)                                                                                       \
	BENCH_LOADS(Badge, badges)                                                                                     \
	BENCH_LOADS(Visit, visits)                                                                                     \
	BENCH_LOADS(Node, nodes)                                                                                       \
	void each_item(const std::string &sql, const bench::Numbers &numbers,                                          \
	               const std::function<void(bench::Item &)> &with) override                                        \
	{                                                                                                              \
		load<bench::Item>(sql, numbers, with);                                                                 \
	}                                                                                                              \
	void each_joined(const std::string &sql, const bench::Numbers &numbers,                                        \
	                 const std::function<void(bench::PostAndPerson &)> &with) override                             \
	{                                                                                                              \
		load<bench::PostAndPerson>(sql, numbers, with);                                                        \
	}

// "INSERT INTO table (columns) VALUES (marks)" without id for entry; `upsert` is the end of the other
extern const char *const item_columns; // a to at
std::string upsert_end(const std::string &engine);

// One line of the protocol: the work, and the times in nanoseconds.
struct Run {
	size_t size = 0, times = 0;
	uint64_t checksum = 0;
	int64_t wall = 0, cpu = 0;

	void start();
	void stop();
	// Whether there is such a workload.
	bool workload(Side &side, const std::string &name);
};

// Reads the arguments, opens the side by `make` and answers until the input ends.
int main(const char *name, int count, char **arguments, const std::function<std::unique_ptr<Side>(const Url &)> &make);

} // namespace bench

#endif
