// libzdb: prepared statements that are kept while their connection is, columns by their index, and its
// pool of connections. It has no bulk writes: a prepared statement is executed for each row.
#include "bench.hpp"

#include <algorithm>
#include <mutex>
#include <thread>

#include <zdb.h>

namespace
{

using bench::MaybeText;
using bench::Moment;

// libzdb jumps out of what fails; what is called in `work` has nothing to destroy.
template <class Work> void guarded(Work &&work)
{
	static thread_local char message[256];
	volatile bool failed = false;

	TRY
	{
		work();
	}
	ELSE
	{
		snprintf(message, sizeof(message), "%s", Exception_frame.message);
		failed = true;
	}
	END_TRY;
	if (failed)
		throw std::runtime_error(message);
}

std::string escaped(const std::string &text)
{
	char *copy = URL_escape(text.c_str());
	std::string result(copy);
	free(copy);
	return result;
}

std::string pool_url(const bench::Url &url)
{
	if (url.engine == "sqlite")
		return "sqlite://" + url.file + "?synchronous=full&foreign_keys=on";
	std::string text = (url.engine == "mariadb" ? "mysql://" : "postgresql://");
	text += (url.host.empty() ? "localhost" : url.host) + (url.port.empty() ? "" : ":" + url.port) + "/" +
	        url.database;
	text += "?user=" + escaped(url.user) + "&password=" + escaped(url.password);
	if (!url.socket.empty() || !url.folder.empty())
		text += "&unix-socket=" + escaped(url.socket + url.folder);
	return text + (url.engine == "mariadb" ? "&charset=utf8mb4" : "");
}

class Pool
{
      public:
	Pool(const bench::Url &place, int size) : url(URL_new(pool_url(place).c_str()))
	{
		pool = ConnectionPool_new(url);
		ConnectionPool_setInitialConnections(pool, size);
		ConnectionPool_setMaxConnections(pool, size);
		guarded([&] { ConnectionPool_start(pool); });
	}

	~Pool()
	{
		ConnectionPool_stop(pool);
		ConnectionPool_free(&pool);
		URL_free(&url);
	}

	// libzdb's getConnection returns nothing when all are taken; those who wait have to do it themselves.
	Connection_T get()
	{
		for (;;) {
			Connection_T connection = nullptr;
			guarded([&] { connection = ConnectionPool_getConnection(pool); });
			if (connection)
				return connection;
			std::this_thread::yield();
		}
	}

	URL_T url;
	ConnectionPool_T pool = nullptr;
};

class LibZdb final : public bench::Side
{
      public:
	explicit LibZdb(const bench::Url &place) : url(place), own(std::make_unique<Pool>(place, 1))
	{
		engine = place.engine;
		connection = own->get();
		if (engine == "postgresql")
			execute("SET TIME ZONE 'UTC'");
	}

	LibZdb(const bench::Url &place, Connection_T its) : url(place), connection(its)
	{
		engine = place.engine;
	}

	~LibZdb() override
	{
		kept.clear();
		Connection_close(connection);
	}

	std::string version() override
	{
		std::string text = ConnectionPool_version(); // libzdb/3.1 Copyright ...
		size_t start = text.find('/') + 1;
		return text.substr(start, text.find(' ') - start);
	}

	BENCH_ALL_LOADS

	void execute(const std::string &sql) override
	{
		guarded([&] { Connection_execute(connection, "%s", sql.c_str()); });
	}

	int64_t number(const std::string &sql) override
	{
		long long value = 0;
		guarded([&] {
			ResultSet_T result = Connection_executeQuery(connection, "%s", sql.c_str());
			while (ResultSet_next(result)) // to the end, or SQLite's statement stays open
				value = ResultSet_getLLong(result, 1);
		});
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
		guarded([&] { Connection_beginTransaction(connection); });
	}

	void commit() override
	{
		guarded([&] { Connection_commit(connection); });
	}

	void insert(const std::vector<bench::Item> &rows) override
	{
		write(std::string("INSERT INTO entry (") + bench::item_columns + ") VALUES (?, ?, ?, ?, ?, ?, ?)", rows,
		      false);
	}

	void update(const std::vector<bench::Item> &rows) override
	{
		PreparedStatement_T st = prepared("UPDATE entry SET a = ?, c = ?, name = ? WHERE id = ?");
		guarded([&] {
			for (const bench::Item &row : rows) {
				PreparedStatement_setInt(st, 1, row.a);
				PreparedStatement_setDouble(st, 2, row.c);
				PreparedStatement_setString(st, 3, row.name.c_str());
				PreparedStatement_setLLong(st, 4, row.id);
				PreparedStatement_execute(st);
			}
		});
	}

	void upsert(const std::vector<bench::Item> &rows) override
	{
		write(std::string("INSERT INTO slot (id, ") + bench::item_columns +
		              ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)" + bench::upsert_end(engine),
		      rows, true);
	}

	std::unique_ptr<bench::Side> another() override
	{
		return std::make_unique<LibZdb>(url);
	}

	void leased(const std::function<void(bench::Side &)> &work) override
	{
		LibZdb lease(url, pool_of(4).get());
		work(lease);
	}

	void acquire_and_release() override
	{
		Connection_close(pool_of(8).get());
	}

	bool streams() const override
	{
		return engine != "postgresql";
	}

      private:
	PreparedStatement_T prepared(const std::string &sql)
	{
		PreparedStatement_T &place = kept[sql];
		if (!place)
			guarded([&] { place = Connection_prepareStatement(connection, "%s", sql.c_str()); });
		return place;
	}

	static std::string array_of(const bench::Numbers &numbers)
	{
		std::string text;

		for (int64_t number : numbers)
			text += (text.empty() ? "{" : ",") + std::to_string(number);
		return text + "}";
	}

	template <class Row, class Do> void load(const std::string &sql, const bench::Numbers &numbers, Do &&with)
	{
		// It takes 99 parameters on PostgreSQL, so a list of keys is one: an array.
		size_t list = engine == "postgresql" && numbers.size() > 2 ? sql.find(" IN (?") : std::string::npos;
		bool array = list != std::string::npos;
		PreparedStatement_T st = prepared(array ? sql.substr(0, list) + " = ANY(CAST(? AS bigint[]))" : sql);
		std::string keys = array ? array_of(numbers) : "";
		guarded([&] {
			if (array)
				PreparedStatement_setString(st, 1, keys.c_str());
			for (size_t i = 0; i < numbers.size() && !array; i++)
				PreparedStatement_setLLong(st, (int)i + 1, numbers[i]);
			ResultSet_T result = PreparedStatement_executeQuery(st);
			while (ResultSet_next(result)) {
				Row row;
				int at = 1;
				bench::Table<Row>::each(row, [&](auto &field) { read(result, at++, field); });
				with(row);
			}
		});
	}

	template <class Integer> static void read(ResultSet_T result, int at, Integer &value)
	{
		value = (Integer)ResultSet_getLLong(result, at);
	}

	static void read(ResultSet_T result, int at, bool &value)
	{
		value = ResultSet_getInt(result, at) != 0;
	}
	static void read(ResultSet_T result, int at, double &value)
	{
		value = ResultSet_getDouble(result, at);
	}
	static void read(ResultSet_T result, int at, std::string &value)
	{
		value = ResultSet_getString(result, at);
	}

	static void read(ResultSet_T result, int at, MaybeText &value)
	{
		const char *text = ResultSet_getString(result, at);
		if (text)
			value = text;
	}

	static void read(ResultSet_T result, int at, std::optional<int64_t> &value)
	{
		if (!ResultSet_isnull(result, at))
			value = ResultSet_getLLong(result, at);
	}

	void read(ResultSet_T result, int at, Moment &value) const
	{
		value.us = engine == "sqlite" ? ResultSet_getLLong(result, at)
		                              : bench::parse_moment(ResultSet_getString(result, at));
	}

	void write(const std::string &sql, const std::vector<bench::Item> &rows, bool with_id)
	{
		PreparedStatement_T st = prepared(sql);
		std::string at;
		guarded([&] {
			for (const bench::Item &row : rows) {
				int mark = 1;
				if (with_id)
					PreparedStatement_setLLong(st, mark++, row.id);
				PreparedStatement_setInt(st, mark++, row.a);
				PreparedStatement_setLLong(st, mark++, row.b);
				PreparedStatement_setDouble(st, mark++, row.c);
				PreparedStatement_setString(st, mark++, row.name.c_str());
				PreparedStatement_setString(st, mark++, row.note ? row.note->c_str() : nullptr);
				PreparedStatement_setInt(st, mark++, row.flag);
				if (engine == "sqlite") {
					PreparedStatement_setLLong(st, mark, row.at.us);
				} else {
					at = bench::format_moment(row.at.us);
					PreparedStatement_setString(st, mark, at.c_str());
				}
				PreparedStatement_execute(st);
			}
		});
	}

	Pool &pool_of(int size)
	{
		std::lock_guard<std::mutex> guard(lock);
		auto &pool = pools[size];
		if (!pool)
			pool = std::make_unique<Pool>(url, size);
		return *pool;
	}

	bench::Url url;
	std::unique_ptr<Pool> own;
	Connection_T connection;
	std::map<std::string, PreparedStatement_T> kept;
	std::mutex lock;
	std::map<int, std::unique_ptr<Pool>> pools;
};

} // namespace

int main(int count, char **arguments)
{
	return bench::main("libzdb", count, arguments,
	                   [](const bench::Url &url) { return std::make_unique<LibZdb>(url); });
}
