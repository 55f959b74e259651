/**
 * @file model.h
 * The description of a model: the one place that says what a table's columns,
 * relations, indexes and checks are. It is made by the generator (as `static const`
 * tables, no start-up work), by the schema compiler, or from a live database; it is
 * read by the DDL writer, the query compiler, the row decoder and the loaders.
 *
 * Everything here is constant data, shareable between threads. Arrays are given with
 * their count; a pointer is NULL where the count is 0.
 */
#ifndef TRIVET_MODEL_H
#define TRIVET_MODEL_H

#include <trivet/status.h>
#include <trivet/types.h>

TRV_BEGIN_DECLS

#define TRV_MAX_COLUMNS 64 /* of one model: column sets are 64-bit masks */
#define TRV_MAX_RELATIONS 64 /* of one model */
#define TRV_MAX_KEY 8 /* columns of one key */

enum trv_engine {
	TRV_ENGINE_ANY, /* a driver that is none of the below; in tables: every engine */
	TRV_ENGINE_SQLITE,
	TRV_ENGINE_POSTGRESQL,
	TRV_ENGINE_MARIADB,
	TRV_ENGINE_COUNT,
};

/** SQL from a schema. text[TRV_ENGINE_ANY] holds where the engine's own is NULL; both NULL is none. */
struct trv_sql {
	const char *text[TRV_ENGINE_COUNT];
};

/** The SQL for `engine`, or NULL. */
TRV_API const char *trv_sql_for(const struct trv_sql *sql, enum trv_engine engine);

struct trv_enum_value {
	const char *name; /* as in the schema: "done" */
	const char *stored; /* as in the database; most often the same */
	const char *doc; /* NULL if none */
};

/** An enum. The C value of values[i] is i. */
struct trv_enum {
	const char *name;
	const struct trv_enum_value *values;
	uint16_t count;
	const char *doc;
};

/** How a value is kept in the database where it is not the type's usual way. */
enum trv_storage {
	TRV_STORE_DEFAULT,
	TRV_STORE_ISO, /* date, time, timestamp: ISO 8601 text */
	TRV_STORE_UNIX, /* timestamp: seconds since 1970, integer or real */
	TRV_STORE_MILLIS, /* timestamp: milliseconds since 1970 */
	TRV_STORE_MICROS, /* timestamp: microseconds since 1970 (SQLite's default) */
	TRV_STORE_JULIAN, /* date, timestamp: Julian day, real */
	TRV_STORE_REAL, /* decimal: a floating point number */
	TRV_STORE_TEXT, /* uuid, decimal, bool: text */
	TRV_STORE_INTEGER, /* enum: its number; decimal: units of 10^-scale */
};

enum trv_column_flag {
	TRV_NULLABLE = 1 << 0,
	TRV_PRIMARY = 1 << 1,
	TRV_AUTO = 1 << 2, /* the engine numbers it */
	TRV_LOCK = 1 << 3, /* the version column of optimistic locking */
	TRV_SECRET = 1 << 4, /* never in an error, log or report */
	TRV_GENERATED = 1 << 5, /* the engine computes it */
	TRV_STORED = 1 << 6, /* ... and keeps it; else it is computed when read */
	TRV_TOUCH = 1 << 7, /* set to now by every update */
	TRV_REFERENCE = 1 << 8, /* part of a to-one relation's key */
};

enum trv_default_kind {
	TRV_DEFAULT_NONE,
	TRV_DEFAULT_LITERAL, /* `literal`, filled in by the runtime and told to the engine too */
	TRV_DEFAULT_NOW, /* the runtime's clock; the engine's for rows that others write */
	TRV_DEFAULT_UUID4, /* made by the runtime */
	TRV_DEFAULT_UUID7,
	TRV_DEFAULT_SQL, /* computed by the engine and read back */
};

struct trv_default {
	enum trv_default_kind kind;
	struct trv_value literal; /* enum: the integer is the C value */
	struct trv_sql sql;
};

/** A pointer to a constant default, for generated tables: TRV_LITERAL(TRV_INT32, .integer = 3). */
#define TRV_LITERAL(literal_type, ...)                                                                                 \
	&(const struct trv_default)                                                                                    \
	{                                                                                                              \
		.kind = TRV_DEFAULT_LITERAL, .literal = {.type = literal_type, .as = { __VA_ARGS__ } }                 \
	}

struct trv_column {
	const char *name; /* in the database */
	const char *member; /* in C and in the schema */
	enum trv_type type;
	uint32_t flags; /* enum trv_column_flag */
	uint32_t length; /* text(n): code points, bytes(n): bytes; 0 is no limit */
	uint16_t precision; /* decimal(p,s) */
	uint16_t scale;
	uint32_t offset; /* of the member in the row's struct */
	uint32_t has_offset; /* of its `bool has_...`; 0 where there is none */
	const struct trv_enum *enumeration;
	const struct trv_default *initial; /* NULL: no default */
	const struct trv_sql *generated; /* the expression; NULL unless TRV_GENERATED */
	const struct trv_sql *type_sql; /* the schema's own spelling of the type; NULL: the usual one */
	const char *collation; /* NULL: binary */
	const char *was; /* its former name; NULL */
	const char *doc;
	uint8_t storage
		[TRV_ENGINE_COUNT]; /* enum trv_storage; [0] for engines that say nothing; see trv_column_storage */
};

enum trv_relation_kind {
	TRV_TO_ONE, /* our columns hold the target's key */
	TRV_TO_MANY, /* the target's columns hold our key */
	TRV_MANY_TO_MANY, /* the rows of `through` hold both */
};

/**
 * A relation. Row i of the target belongs to a row of ours when
 * ours[columns[k]] = target[target_columns[k]] for each k < key_count; through a join
 * model: ours[columns[k]] = through[through_columns[k]] and
 * through[through_target_columns[j]] = target[target_columns[j]], j < target_key_count.
 */
struct trv_relation {
	const char *name;
	enum trv_relation_kind kind;
	const struct trv_model *target; /* NULL where its schema file is not linked */
	const struct trv_model *through; /* many-to-many; else NULL */
	const uint16_t *columns;
	const uint16_t *target_columns;
	const uint16_t *through_columns;
	const uint16_t *through_target_columns;
	uint8_t key_count;
	uint8_t target_key_count;
	bool optional; /* to-one: the key may be null */
	uint32_t offset; /* of the pointer member in the row's struct */
	uint32_t query_offset; /* of the pointer member in the query's struct */
	const char *target_name;
	const char *doc;
};

enum trv_action {
	TRV_NO_ACTION,
	TRV_RESTRICT,
	TRV_CASCADE,
	TRV_SET_NULL,
	TRV_SET_DEFAULT,
};

struct trv_foreign_key {
	const char *name; /* of the constraint */
	const uint16_t *columns;
	const struct trv_model *target;
	const uint16_t *target_columns;
	uint8_t count;
	uint8_t on_delete; /* enum trv_action */
	uint8_t on_update;
	bool deferrable;
	const char *target_name;
};

/** One part of an index: a column, or an expression where `expression` is not NULL. */
struct trv_index_part {
	uint16_t column;
	bool descending;
	const struct trv_sql *expression;
};

struct trv_index {
	const char *name;
	const struct trv_index_part *parts;
	const uint16_t *include; /* columns that a covering index carries along */
	const struct trv_sql *where;
	uint8_t part_count;
	uint8_t include_count;
	bool unique;
};

struct trv_check {
	const char *name;
	struct trv_sql sql;
};

/** Columns by what a write does to them, so that no write looks for them. */
struct trv_model_masks {
	uint64_t generated; /* the engine computes them */
	uint64_t touched; /* every update sets them to its time */
	uint64_t plain; /* an insert writes them as they are: nothing to fill in, nothing to check */
};

struct trv_model {
	const char *name;
	const char *table;
	const struct trv_column *columns;
	const struct trv_relation *relations;
	const struct trv_index *indexes;
	const struct trv_check *checks;
	const struct trv_foreign_key *foreign_keys;
	const uint16_t *primary; /* indexes into `columns` */
	uint16_t column_count;
	uint16_t relation_count;
	uint16_t index_count;
	uint16_t check_count;
	uint16_t foreign_key_count;
	uint16_t primary_count;
	int16_t lock_column; /* -1: none */
	int16_t auto_column; /* -1: none */
	uint32_t row_size; /* sizeof its struct */
	uint32_t query_size; /* sizeof its query struct */
	uint64_t contract; /* a hash over all of the above that the database or a caller sees */
	struct trv_model_masks masks; /* trv_model_masks */
	const char *was; /* the former table's name; NULL */
	const char *doc;
	const char *file; /* the schema file, as it was named to the generator, and the line */
	uint32_t line;
};

/** The models of one schema file and of those that it includes. Entries may be NULL (not linked). */
struct trv_model_set {
	const char *name;
	const struct trv_model *const *models;
	size_t count;
};

/**
 * The contract hash of a model: over its table, columns (name, type, flags, length,
 * storage, defaults), keys, relations, indexes and checks in their order, so over the
 * layout of its struct too, but not over offsets, doc comments and files. FNV-1a of 64 bits over a canonical text. Any thread.
 */
TRV_API uint64_t trv_model_contract(const struct trv_model *model);

/** The masks of a model's columns, from their flags, types and defaults. The generator writes them into its tables. */
TRV_API struct trv_model_masks trv_model_masks(const struct trv_model *model);

/** Index of the column whose member (or else name) is `name`, or -1. */
TRV_API int trv_model_column(const struct trv_model *model, const char *name);

/** Index of the relation, or -1. */
TRV_API int trv_model_relation(const struct trv_model *model, const char *name);

/** How `engine` keeps the column's values. */
TRV_API enum trv_storage trv_column_storage(const struct trv_column *column, enum trv_engine engine);

/** The name of an enum's value, or NULL for a number that is none. */
TRV_API const char *trv_enum_name(const struct trv_enum *enumeration, int value);

/** The value of that name, or -1. */
TRV_API int trv_enum_find(const struct trv_enum *enumeration, const char *name);

/** All columns as a mask. */
static inline uint64_t trv_model_all(const struct trv_model *model)
{
	return model->column_count >= 64 ? UINT64_MAX : (UINT64_C(1) << model->column_count) - 1;
}

TRV_END_DECLS

#endif
