// SOCI: prepared statements that are kept, with bound variables (into, use), fetched row by row; writes
// by its bulk operations, which bind vectors. It has no relations and no lists of keys as parameters.
#include "bench.hpp"

#include <mutex>

#include <soci/mysql/soci-mysql.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <soci/version.h>

namespace
{

using bench::MaybeText;
using bench::Moment;

// What a column is read into; SOCI has no bool, no int16_t and, of timestamps, no microseconds.
struct Cell {
	long long integer = 0;
	double real = 0;
	std::string text;
	soci::indicator state = soci::i_ok;
};

void bind(soci::statement &st, Cell &cell, int64_t &)
{
	st.exchange(soci::into(cell.integer, cell.state));
}
void bind(soci::statement &st, Cell &cell, int32_t &)
{
	st.exchange(soci::into(cell.integer, cell.state));
}
void bind(soci::statement &st, Cell &cell, int16_t &)
{
	st.exchange(soci::into(cell.integer, cell.state));
}
void bind(soci::statement &st, Cell &cell, bool &)
{
	st.exchange(soci::into(cell.integer, cell.state));
}
void bind(soci::statement &st, Cell &cell, double &)
{
	st.exchange(soci::into(cell.real, cell.state));
}
void bind(soci::statement &st, Cell &cell, std::string &)
{
	st.exchange(soci::into(cell.text, cell.state));
}
void bind(soci::statement &st, Cell &cell, MaybeText &)
{
	st.exchange(soci::into(cell.text, cell.state));
}
void bind(soci::statement &st, Cell &cell, std::optional<int64_t> &)
{
	st.exchange(soci::into(cell.integer, cell.state));
}

void take(Cell &cell, int64_t &value)
{
	value = cell.integer;
}
void take(Cell &cell, int32_t &value)
{
	value = (int32_t)cell.integer;
}
void take(Cell &cell, int16_t &value)
{
	value = (int16_t)cell.integer;
}
void take(Cell &cell, bool &value)
{
	value = cell.integer != 0;
}
void take(Cell &cell, double &value)
{
	value = cell.real;
}
void take(Cell &cell, std::string &value)
{
	value = std::move(cell.text);
}
void take(Cell &cell, MaybeText &value)
{
	if (cell.state == soci::i_null)
		value.reset();
	else
		value = std::move(cell.text);
}
void take(Cell &cell, std::optional<int64_t> &value)
{
	if (cell.state == soci::i_null)
		value.reset();
	else
		value = cell.integer;
}

// A prepared select with the variables that are bound to it.
struct Prepared {
	soci::statement statement;
	Cell cells[16];
	std::vector<long long> numbers;

	Prepared(soci::session &session, size_t count) : statement(session), numbers(count)
	{
	}
};

// The columns of the items that are written, each a vector, as bulk operations take them.
struct Columns {
	std::vector<long long> id, b;
	std::vector<int> a, flag;
	std::vector<double> c;
	std::vector<std::string> name, note, at;
	std::vector<long long> at_us;
	std::vector<soci::indicator> has_note;
};

soci::connection_parameters parameters(const bench::Url &url)
{
	std::string text;
	auto add = [&](const char *key, const std::string &value) {
		if (!value.empty())
			text += std::string(text.empty() ? "" : " ") + key + "='" + value + "'";
	};

	if (url.engine == "sqlite")
		return { soci::sqlite3, "db=" + url.file + " synchronous=full" };
	add(url.engine == "mariadb" ? "db" : "dbname", url.database);
	add("user", url.user);
	add("password", url.password);
	add("host", url.folder.empty() ? url.host : url.folder);
	add("port", url.port);
	if (url.engine == "mariadb") {
		add("unix_socket", url.socket);
		add("charset", "utf8mb4");
		return { soci::mysql, text };
	}
	return { soci::postgresql, text };
}

void prepare_session(soci::session &session, const std::string &engine)
{
	if (engine == "sqlite")
		session << "PRAGMA foreign_keys = ON";
	if (engine == "postgresql")
		session << "SET TIME ZONE 'UTC'";
}

class Soci final : public bench::Side
{
      public:
	Soci(const bench::Url &place, soci::session &its) : url(place), session(its)
	{
		engine = place.engine;
	}

	explicit Soci(const bench::Url &place)
	    : url(place), owned(std::make_unique<soci::session>(parameters(place))), session(*owned)
	{
		engine = place.engine;
		prepare_session(session, engine);
	}

	~Soci() override
	{
		kept.clear(); // before the connection
		insertion.reset();
		pool.reset();
	}

	std::string version() override
	{
		int number = SOCI_VERSION;
		return std::to_string(number / 100000) + "." + std::to_string(number / 100 % 1000) + "." +
		       std::to_string(number % 100);
	}

	BENCH_ALL_LOADS

	void execute(const std::string &sql) override
	{
		session << sql;
	}

	int64_t number(const std::string &sql) override
	{
		long long value = 0;
		session << sql, soci::into(value);
		return value;
	}

	std::string column(const std::string &table, const std::string &name) override
	{
		if (name == "flag" && engine == "postgresql")
			return "CAST(flag AS int)";
		return table + "." + name;
	}

	void begin() override
	{
		session.begin();
	}
	void commit() override
	{
		session.commit();
	}

	void insert(const std::vector<bench::Item> &rows) override
	{
		if (rows.size() == 1)
			return insert_one(rows[0]);
		fill(rows);
		soci::statement st(session);
		bind_columns(st, false);
		finish(st, insert_sql());
		st.execute(true);
	}

	void update(const std::vector<bench::Item> &rows) override
	{
		fill(rows);
		session << "UPDATE entry SET a = :a, c = :c, name = :name WHERE id = :id", soci::use(columns.a),
			soci::use(columns.c), soci::use(columns.name), soci::use(columns.id);
	}

	void upsert(const std::vector<bench::Item> &rows) override
	{
		fill(rows);
		soci::statement st(session);
		bind_columns(st, true);
		finish(st, std::string("INSERT INTO slot (id, ") + bench::item_columns +
		                   ") VALUES (:id, :a, :b, :c, :name, :note, " + flag_mark() + ", :at)" +
		                   bench::upsert_end(engine));
		st.execute(true);
	}

	std::unique_ptr<bench::Side> another() override
	{
		return std::make_unique<Soci>(url);
	}

	void leased(const std::function<void(bench::Side &)> &work) override
	{
		open_pool(4);
		soci::session lease(*pool);
		// Prepared statements belong to a connection; SOCI's pool does not keep them with it.
		Soci side(url, lease);
		work(side);
	}

	void acquire_and_release() override
	{
		open_pool(8);
		soci::session lease(*pool);
	}

	bool streams() const override
	{
		return url.engine == "sqlite";
	} // the others' results are loaded at once

      private:
	template <class Row> Prepared &prepared(const std::string &sql, size_t numbers)
	{
		auto &place = kept[sql];
		if (place)
			return *place;
		auto made = std::make_unique<Prepared>(session, numbers);
		Row row;
		size_t at = 0;
		bench::Table<Row>::each(row, [&](auto &field) { define(*made, at++, field); });
		std::string marked;
		size_t mark = 0;
		for (char c : sql) {
			if (c == '?')
				marked += ":n" + std::to_string(mark++);
			else
				marked += c;
		}
		for (size_t i = 0; i < numbers; i++)
			made->statement.exchange(soci::use(made->numbers[i]));
		finish(made->statement, marked);
		place = std::move(made);
		return *place;
	}

	template <class Field> void define(Prepared &made, size_t at, Field &field)
	{
		bind(made.statement, made.cells[at], field);
	}

	void define(Prepared &made, size_t at, Moment &)
	{
		Cell &cell = made.cells[at];
		if (engine == "sqlite")
			made.statement.exchange(soci::into(cell.integer, cell.state));
		else
			made.statement.exchange(soci::into(cell.text, cell.state));
	}

	template <class Field> void read(Cell &cell, Field &field)
	{
		take(cell, field);
	}

	void read(Cell &cell, Moment &moment)
	{
		moment.us = engine == "sqlite" ? cell.integer : bench::parse_moment(cell.text.c_str());
	}

	template <class Row, class Do> void load(const std::string &sql, const bench::Numbers &numbers, Do &&with)
	{
		Prepared &made = prepared<Row>(sql, numbers.size());

		for (size_t i = 0; i < numbers.size(); i++)
			made.numbers[i] = numbers[i];
		made.statement.execute();
		while (made.statement.fetch()) {
			Row row;
			size_t at = 0;
			bench::Table<Row>::each(row, [&](auto &field) { read(made.cells[at++], field); });
			with(row);
		}
	}

	std::string flag_mark() const
	{
		return engine == "postgresql" ? "CAST(CAST(:flag AS int) AS boolean)" : ":flag";
	}

	std::string insert_sql() const
	{
		return std::string("INSERT INTO entry (") + bench::item_columns +
		       ") VALUES (:a, :b, :c, :name, :note, " + flag_mark() + ", :at)";
	}

	static void finish(soci::statement &st, const std::string &sql)
	{
		st.alloc();
		st.prepare(sql);
		st.define_and_bind();
	}

	// One row by a statement that is kept; one that bulk data was bound to cannot take other data.
	void insert_one(const bench::Item &row)
	{
		if (!insertion) {
			insertion = std::make_unique<soci::statement>(session);
			insertion->exchange(soci::use(single[0].integer));
			insertion->exchange(soci::use(single[1].integer));
			insertion->exchange(soci::use(single[2].real));
			insertion->exchange(soci::use(single[3].text));
			insertion->exchange(soci::use(single[4].text, single[4].state));
			insertion->exchange(soci::use(single[5].integer));
			if (engine == "sqlite")
				insertion->exchange(soci::use(single[6].integer));
			else
				insertion->exchange(soci::use(single[6].text));
			finish(*insertion, insert_sql());
		}
		single[0].integer = row.a;
		single[1].integer = row.b;
		single[2].real = row.c;
		single[3].text = row.name;
		single[4].state = row.note ? soci::i_ok : soci::i_null;
		single[4].text = row.note.value_or("");
		single[5].integer = row.flag;
		single[6].integer = row.at.us;
		if (engine != "sqlite")
			single[6].text = bench::format_moment(row.at.us);
		insertion->execute(true);
	}

	void fill(const std::vector<bench::Item> &rows)
	{
		size_t count = rows.size();
		columns.id.resize(count), columns.b.resize(count), columns.a.resize(count), columns.flag.resize(count);
		columns.c.resize(count), columns.name.resize(count), columns.note.resize(count),
			columns.at.resize(count);
		columns.at_us.resize(count), columns.has_note.resize(count);
		for (size_t i = 0; i < count; i++) {
			const bench::Item &row = rows[i];
			columns.id[i] = row.id;
			columns.a[i] = row.a;
			columns.b[i] = row.b;
			columns.c[i] = row.c;
			columns.name[i] = row.name;
			columns.has_note[i] = row.note ? soci::i_ok : soci::i_null;
			columns.note[i] = row.note.value_or("");
			columns.flag[i] = row.flag;
			if (engine == "sqlite")
				columns.at_us[i] = row.at.us;
			else
				columns.at[i] = bench::format_moment(row.at.us);
		}
	}

	void bind_columns(soci::statement &st, bool with_id)
	{
		if (with_id)
			st.exchange(soci::use(columns.id));
		st.exchange(soci::use(columns.a));
		st.exchange(soci::use(columns.b));
		st.exchange(soci::use(columns.c));
		st.exchange(soci::use(columns.name));
		st.exchange(soci::use(columns.note, columns.has_note));
		st.exchange(soci::use(columns.flag));
		if (engine == "sqlite")
			st.exchange(soci::use(columns.at_us));
		else
			st.exchange(soci::use(columns.at));
	}

	void open_pool(size_t size)
	{
		std::lock_guard<std::mutex> guard(lock);
		if (pool && pool_size == size)
			return;
		pool = std::make_unique<soci::connection_pool>(size);
		for (size_t i = 0; i < size; i++) {
			pool->at(i).open(parameters(url));
			prepare_session(pool->at(i), engine);
			if (engine == "sqlite")
				pool->at(i) << "PRAGMA busy_timeout = 10000";
		}
		pool_size = size;
	}

	bench::Url url;
	std::unique_ptr<soci::session> owned;
	soci::session &session;
	std::map<std::string, std::unique_ptr<Prepared>> kept;
	std::unique_ptr<soci::statement> insertion;
	Cell single[7]; // what is bound to it
	Columns columns;
	std::mutex lock;
	std::unique_ptr<soci::connection_pool> pool;
	size_t pool_size = 0;
};

} // namespace

int main(int count, char **arguments)
{
	return bench::main("SOCI", count, arguments, [](const bench::Url &url) { return std::make_unique<Soci>(url); });
}
