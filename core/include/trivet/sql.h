/**
 * @file sql.h
 * The door to raw SQL: typed parameters in, structs out. `?` stands for a parameter on
 * every engine. Statements are prepared and cached as the generated ones are.
 *
 *     struct task_list found;
 *     int r = task_sql(s, &found, "SELECT * FROM task WHERE title = ?",
 *                      (struct trv_value[]){ trv_text("Write") }, 1);
 *
 *     struct total { int64_t person; double hours; } *rows;
 *     static const struct trv_field fields[] = {
 *             TRV_FIELD(struct total, person, TRV_INT64),
 *             TRV_FIELD(struct total, hours, TRV_FLOAT64),
 *     };
 *     struct trv_list totals;
 *     r = trv_sql(s, &totals, sizeof(struct total), fields, TRV_COUNT_OF(fields), "SELECT ...", NULL, 0);
 *
 * Result columns are found by name, whatever their order; a column that the struct
 * lacks or a field that the result lacks is TRV_ERR_MISMATCH and names it.
 */
#ifndef TRIVET_SQL_H
#define TRIVET_SQL_H

#include <trivet/query.h>
#include <trivet/session.h>

TRV_BEGIN_DECLS

/** One member of the caller's own struct. */
struct trv_field {
	const char *name; /* of the result's column */
	enum trv_type type;
	uint32_t offset;
	uint32_t has_offset; /* of a bool that says that it is not null; 0: null gives zero or NULL */
	uint16_t scale; /* decimal: digits behind the point; others 0 */
};

#define TRV_FIELD(struct_type, member, trv_type)                                                                       \
	{                                                                                                              \
#member, trv_type, (uint32_t)offsetof(struct_type, member), 0, 0                                       \
	}

#define TRV_FIELD_NULLABLE(struct_type, member, trv_type)                                                              \
	{                                                                                                              \
#member, trv_type, (uint32_t)offsetof(struct_type, member),                                            \
			(uint32_t)offsetof(struct_type, has_##member), 0                                               \
	}

/** Runs a query and decodes its rows into structs of `row_size` bytes in the session's arena. */
TRV_API TRV_MUST_CHECK int trv_sql(struct trv_session *session, struct trv_list *rows, size_t row_size,
                                   const struct trv_field *fields, size_t field_count, const char *sql,
                                   const struct trv_value *values, size_t count);

/** Runs a statement that returns no rows. `affected` may be NULL. */
TRV_API TRV_MUST_CHECK int trv_exec(struct trv_session *session, uint64_t *affected, const char *sql,
                                    const struct trv_value *values, size_t count);

/** One value of one row, of the type given. TRV_ERR_NOT_FOUND without a row, TRV_ERR_TOO_MANY with several. */
TRV_API TRV_MUST_CHECK int trv_sql_value(struct trv_session *session, struct trv_value *value, enum trv_type type,
                                         const char *sql, const struct trv_value *values, size_t count);

/**
 * The native handle (sqlite3 *, PGconn *, MYSQL *) of the session's connection, which
 * the session keeps from now on until it closes or its transaction ends. NULL on failure.
 */
TRV_API void *trv_native(struct trv_session *session);

/** `text` with %, _ and \ escaped for TRV_LIKE, in the session's arena. NULL when out of memory. */
TRV_API const char *trv_like_escape(struct trv_session *session, const char *text);

TRV_END_DECLS

#endif
