// libdbi: statements as text, the whole result on the client, columns by their index. It has no
// parameters, no prepared statements, no bulk writes, no pool; rows are written by VALUES of many
// rows, whose texts its own quoting escapes.
#include "bench.hpp"

#include <dbi/dbi.h>

namespace
{

using bench::MaybeText;
using bench::Moment;

const size_t rows_at_once = 500;

dbi_inst instance()
{
	static dbi_inst made = nullptr;
	if (!made)
		dbi_initialize_r(nullptr, &made);
	return made;
}

[[noreturn]] void fail(dbi_conn connection)
{
	const char *text = nullptr;
	dbi_conn_error(connection, &text);
	throw std::runtime_error(text ? text : "failed");
}

void connect_sqlite(dbi_conn connection, const bench::Url &url)
{
	size_t slash = url.file.rfind('/');
	dbi_conn_set_option(connection, "sqlite3_dbdir", url.file.substr(0, slash + 1).c_str());
	dbi_conn_set_option(connection, "dbname", url.file.substr(slash + 1).c_str());
}

void connect_server(dbi_conn connection, const bench::Url &url)
{
	const std::string &host = url.folder.empty() ? url.host : url.folder;

	if (!host.empty())
		dbi_conn_set_option(connection, "host", host.c_str());
	if (!url.port.empty())
		dbi_conn_set_option_numeric(connection, "port", std::stoi(url.port));
	if (!url.socket.empty())
		dbi_conn_set_option(connection, "mysql_unix_socket", url.socket.c_str());
	dbi_conn_set_option(connection, "username", url.user.c_str());
	dbi_conn_set_option(connection, "password", url.password.c_str());
	dbi_conn_set_option(connection, "dbname", url.database.c_str());
	if (url.engine == "mariadb")
		dbi_conn_set_option(connection, "encoding", "utf8mb4");
}

class LibDbi final : public bench::Side
{
      public:
	explicit LibDbi(const bench::Url &place) : url(place)
	{
		static const std::map<std::string, const char *> drivers = {
			{ "sqlite", "sqlite3" },
			{ "postgresql", "pgsql" },
			{ "mariadb", "mysql" },
		};
		engine = url.engine;
		connection = dbi_conn_new_r(drivers.at(engine), instance());
		if (!connection)
			throw bench::Missing(std::string("needs libdbd-") + drivers.at(engine));
		if (engine == "sqlite")
			connect_sqlite(connection, url);
		else
			connect_server(connection, url);
		if (dbi_conn_connect(connection) < 0)
			fail(connection);
		if (engine == "sqlite") {
			execute("PRAGMA foreign_keys = ON");
			execute("PRAGMA synchronous = FULL");
		}
		if (engine == "postgresql")
			execute("SET TIME ZONE 'UTC'");
	}

	~LibDbi() override
	{
		dbi_conn_close(connection);
	}

	std::string version() override
	{
		std::string text = dbi_version();
		return text.substr(text.find_first_of("0123456789"));
	}

	BENCH_ALL_LOADS

	void execute(const std::string &sql) override
	{
		dbi_result_free(query(sql));
	}

	int64_t number(const std::string &sql) override
	{
		// Of SQLite's expressions it guesses the type, and takes sums for 32 bits.
		if (engine == "sqlite" && sql.rfind("SELECT", 0) == 0) {
			execute("CREATE TEMP TABLE IF NOT EXISTS answer (value TEXT)");
			execute("DELETE FROM answer");
			execute("INSERT INTO answer " + sql);
			return number_of("SELECT value FROM answer");
		}
		return number_of(sql);
	}

	int64_t number_of(const std::string &sql)
	{
		dbi_result result = query(sql);
		int64_t value = dbi_result_next_row(result) ? dbi_result_get_as_longlong_idx(result, 1) : 0;
		dbi_result_free(result);
		return value;
	}

	// The types that the drivers do not have, or cut: 64 bits of an SQLite INTEGER, bool, microseconds.
	std::string column(const std::string &table, const std::string &name) override
	{
		std::string full = table + "." + name;

		if (name == "at" || name == "created")
			return "CAST(" + full + (engine == "mariadb" ? " AS char)" : " AS text)");
		return name == "flag" && engine == "postgresql" ? "CAST(" + full + " AS int)" : full;
	}

	void begin() override
	{
		if (dbi_conn_transaction_begin(connection) != 0)
			fail(connection);
	}

	void commit() override
	{
		if (dbi_conn_transaction_commit(connection) != 0)
			fail(connection);
	}

	void insert(const std::vector<bench::Item> &rows) override
	{
		write(std::string("INSERT INTO entry (") + bench::item_columns + ") VALUES ", rows, false, "");
	}

	void update(const std::vector<bench::Item> &rows) override
	{
		for (const bench::Item &row : rows) {
			dbi_result result = dbi_conn_queryf(
				connection, "UPDATE entry SET a = %d, c = %.17g, name = %s WHERE id = %lld", row.a,
				row.c, quoted(row.name).c_str(), (long long)row.id);
			if (!result)
				fail(connection);
			dbi_result_free(result);
		}
	}

	void upsert(const std::vector<bench::Item> &rows) override
	{
		write(std::string("INSERT INTO slot (id, ") + bench::item_columns + ") VALUES ", rows, true,
		      bench::upsert_end(engine));
	}

	std::unique_ptr<bench::Side> another() override
	{
		return std::make_unique<LibDbi>(url);
	}

	bool streams() const override
	{
		return false;
	}

      private:
	dbi_result query(const std::string &sql)
	{
		dbi_result result = dbi_conn_query(connection, sql.c_str());
		if (!result)
			fail(connection);
		return result;
	}

	template <class Row, class Do> void load(const std::string &sql, const bench::Numbers &numbers, Do &&with)
	{
		std::string text;
		size_t next = 0;

		for (char c : sql) {
			if (c == '?')
				text += std::to_string(numbers[next++]);
			else
				text += c;
		}
		dbi_result result = query(text);
		while (dbi_result_next_row(result)) {
			Row row;
			unsigned at = 1;
			bench::Table<Row>::each(row, [&](auto &field) { read(result, at++, field); });
			with(row);
		}
		dbi_result_free(result);
	}

	template <class Integer> static void read(dbi_result result, unsigned at, Integer &value)
	{
		value = (Integer)dbi_result_get_as_longlong_idx(result, at);
	}

	static void read(dbi_result result, unsigned at, bool &value)
	{
		value = dbi_result_get_as_longlong_idx(result, at) != 0;
	}

	static void read(dbi_result result, unsigned at, double &value)
	{
		value = dbi_result_get_double_idx(result, at);
	}

	static void read(dbi_result result, unsigned at, std::string &value)
	{
		value.assign(dbi_result_get_string_idx(result, at), dbi_result_get_field_length_idx(result, at));
	}

	static void read(dbi_result result, unsigned at, MaybeText &value)
	{
		if (!dbi_result_field_is_null_idx(result, at))
			read(result, at, value.emplace());
	}

	static void read(dbi_result result, unsigned at, std::optional<int64_t> &value)
	{
		if (!dbi_result_field_is_null_idx(result, at))
			value = dbi_result_get_as_longlong_idx(result, at);
	}

	void read(dbi_result result, unsigned at, Moment &value) const
	{
		const char *text = dbi_result_get_string_idx(result, at);
		value.us = engine == "sqlite" ? atoll(text) : bench::parse_moment(text);
	}

	std::string quoted(const std::string &text)
	{
		char *copy = nullptr;
		if (dbi_conn_quote_string_copy(connection, text.c_str(), &copy) == 0)
			fail(connection);
		std::string result(copy);
		free(copy);
		return result;
	}

	std::string values(const bench::Item &row, bool with_id)
	{
		char numbers[128];

		snprintf(numbers, sizeof(numbers), "%d,%lld,%.17g,", row.a, (long long)row.b, row.c);
		std::string text = with_id ? "(" + std::to_string(row.id) + "," : "(";
		text += numbers + quoted(row.name) + "," + (row.note ? quoted(*row.note) : "NULL") + ",";
		if (engine == "sqlite")
			return text + (row.flag ? "1," : "0,") + std::to_string(row.at.us) + ")";
		text += row.flag ? "true,'" : "false,'";
		return text + bench::format_moment(row.at.us) + "')";
	}

	void write(const std::string &start, const std::vector<bench::Item> &rows, bool with_id, const std::string &end)
	{
		for (size_t done = 0; done < rows.size();) {
			std::string sql = start;
			for (size_t last = std::min(rows.size(), done + rows_at_once), i = done; i < last; i++, done++)
				sql += (i > 0 && sql.size() > start.size() ? "," : "") + values(rows[i], with_id);
			execute(sql + end);
		}
	}

	bench::Url url;
	dbi_conn connection;
};

} // namespace

int main(int count, char **arguments)
{
	return bench::main("libdbi", count, arguments,
	                   [](const bench::Url &url) { return std::make_unique<LibDbi>(url); });
}
