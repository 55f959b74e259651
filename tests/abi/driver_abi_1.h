/*
 * Written by tests/abi/store.py; not to be edited. The driver ABI as it was when it was frozen:
 * the same structs under other names, whose members are of today's types.
 */
#ifndef TRIVET_TESTS_DRIVER_ABI_1_H
#define TRIVET_TESTS_DRIVER_ABI_1_H

#include <trivet/driver.h>
#include <trivet/plugin.h>

/* clang-format off */

enum abi1_status {
	ABI1_OK = (0),
	ABI1_ERR_NOMEM = (-1),
	ABI1_ERR_MISUSE = (-2),
	ABI1_ERR_VALUE = (-3),
	ABI1_ERR_NOT_FOUND = (-4),
	ABI1_ERR_TOO_MANY = (-5),
	ABI1_ERR_UNIQUE = (-6),
	ABI1_ERR_FOREIGN_KEY = (-7),
	ABI1_ERR_NOT_NULL = (-8),
	ABI1_ERR_CHECK = (-9),
	ABI1_ERR_CONSTRAINT = (-10),
	ABI1_ERR_STALE = (-11),
	ABI1_ERR_NOT_LOADED = (-12),
	ABI1_ERR_UNSUPPORTED = (-13),
	ABI1_ERR_SQL = (-14),
	ABI1_ERR_MISMATCH = (-15),
	ABI1_ERR_DATA = (-16),
	ABI1_ERR_CONTRACT = (-17),
	ABI1_ERR_URL = (-18),
	ABI1_ERR_CONNECT = (-19),
	ABI1_ERR_LOST = (-20),
	ABI1_ERR_TIMEOUT = (-21),
	ABI1_ERR_BUSY = (-22),
	ABI1_ERR_SERIALIZATION = (-23),
	ABI1_ERR_DEADLOCK = (-24),
	ABI1_ERR_CANCELED = (-25),
	ABI1_ERR_READ_ONLY = (-26),
	ABI1_ERR_PERMISSION = (-27),
	ABI1_ERR_FULL = (-28),
	ABI1_ERR_CORRUPT = (-29),
	ABI1_ERR_IO = (-30),
	ABI1_ERR_TRANSACTION = (-31),
	ABI1_UNKNOWN_OUTCOME = (-32),
	ABI1_ERR_LIMIT = (-33),
	ABI1_ERR_MODEL = (-34),
	ABI1_ERR_ABI = (-35),
	ABI1_ERR_STOPPED = (-36),
	ABI1_ERR_INTERNAL = (-37),
};

enum abi1_type {
	ABI1_BOOL = 1,
	ABI1_INT16,
	ABI1_INT32,
	ABI1_INT64,
	ABI1_FLOAT32,
	ABI1_FLOAT64,
	ABI1_DECIMAL,
	ABI1_TEXT,
	ABI1_BYTES,
	ABI1_DATE,
	ABI1_TIME,
	ABI1_TIMESTAMP,
	ABI1_UUID,
	ABI1_JSON,
	ABI1_ENUM,
};

enum abi1_engine {
	ABI1_ENGINE_ANY,
	ABI1_ENGINE_SQLITE,
	ABI1_ENGINE_POSTGRESQL,
	ABI1_ENGINE_MARIADB,
	ABI1_ENGINE_COUNT,
};

enum abi1_storage {
	ABI1_STORE_DEFAULT,
	ABI1_STORE_ISO,
	ABI1_STORE_UNIX,
	ABI1_STORE_MILLIS,
	ABI1_STORE_MICROS,
	ABI1_STORE_JULIAN,
	ABI1_STORE_REAL,
	ABI1_STORE_TEXT,
	ABI1_STORE_INTEGER,
};

enum abi1_column_flag {
	ABI1_NULLABLE = 1 << 0,
	ABI1_PRIMARY = 1 << 1,
	ABI1_AUTO = 1 << 2,
	ABI1_LOCK = 1 << 3,
	ABI1_SECRET = 1 << 4,
	ABI1_GENERATED = 1 << 5,
	ABI1_STORED = 1 << 6,
	ABI1_TOUCH = 1 << 7,
	ABI1_REFERENCE = 1 << 8,
};

enum abi1_default_kind {
	ABI1_DEFAULT_NONE,
	ABI1_DEFAULT_LITERAL,
	ABI1_DEFAULT_NOW,
	ABI1_DEFAULT_UUID4,
	ABI1_DEFAULT_UUID7,
	ABI1_DEFAULT_SQL,
};

enum abi1_relation_kind {
	ABI1_TO_ONE,
	ABI1_TO_MANY,
	ABI1_MANY_TO_MANY,
};

enum abi1_action {
	ABI1_NO_ACTION,
	ABI1_RESTRICT,
	ABI1_CASCADE,
	ABI1_SET_NULL,
	ABI1_SET_DEFAULT,
};

enum abi1_isolation {
	ABI1_ISOLATION_DEFAULT,
	ABI1_READ_COMMITTED,
	ABI1_REPEATABLE_READ,
	ABI1_SERIALIZABLE,
};

enum abi1_support {
	ABI1_REFUSED,
	ABI1_EMULATED,
	ABI1_NATIVE,
};

enum abi1_feature {
	ABI1_FEATURE_INSERT_RETURNING,
	ABI1_FEATURE_UPDATE_RETURNING,
	ABI1_FEATURE_DELETE_RETURNING,
	ABI1_FEATURE_PARTIAL_INDEX,
	ABI1_FEATURE_EXPRESSION_INDEX,
	ABI1_FEATURE_COVERING_INDEX,
	ABI1_FEATURE_GENERATED_STORED,
	ABI1_FEATURE_GENERATED_VIRTUAL,
	ABI1_FEATURE_ON_UPDATE_NOW,
	ABI1_FEATURE_DEFERRABLE,
	ABI1_FEATURE_TRANSACTIONAL_DDL,
	ABI1_FEATURE_LOCK_ROWS,
	ABI1_FEATURE_DESCENDING_INDEX,
	ABI1_FEATURE_UUID,
	ABI1_FEATURE_DECIMAL,
	ABI1_FEATURE_JSON,
	ABI1_FEATURE_NOT_FINITE,
	ABI1_FEATURE_COUNT,
};

enum abi1_bulk {
	ABI1_BULK_VALUES,
	ABI1_BULK_ROWS,
	ABI1_BULK_UNNEST,
};

enum abi1_slot_flag {
	ABI1_SLOT_NULLABLE = 1 << 0,
	ABI1_SLOT_OUTER = 1 << 1,
	ABI1_SLOT_PRESENCE = 1 << 2,
};

enum abi1_transaction_verb {
	ABI1_VERB_BEGIN,
	ABI1_VERB_COMMIT,
	ABI1_VERB_ROLLBACK,
	ABI1_VERB_SAVEPOINT,
	ABI1_VERB_RELEASE,
	ABI1_VERB_ROLLBACK_TO,
};

enum abi1_event {
	ABI1_BEFORE_INSERT = 1,
	ABI1_AFTER_INSERT,
	ABI1_BEFORE_UPDATE,
	ABI1_AFTER_UPDATE,
	ABI1_BEFORE_DELETE,
	ABI1_AFTER_DELETE,
};

struct abi1_allocator {
	void *(*allocate)(void *context, size_t size);
	void *(*resize)(void *context, void *memory, size_t size);
	void (*release)(void *context, void *memory);
	void *context;
};

struct abi1_arena {
	char *next;
	char *end;
	struct trv_arena_chunk *chunk;
	size_t used;
	size_t cap;
	struct trv_allocator allocator;
};

struct abi1_mark {
	struct trv_arena_chunk *chunk;
	char *next;
};

struct abi1_error {
	int code;
	int native;
	char sqlstate[6];
	_Bool retryable;
	uint64_t id;
	const void *site;
	char message[512];
	char detail[512];
	char hint[256];
	char constraint[128];
	char table[128];
	char column[128];
};

struct abi1_bytes {
	const void *data;
	size_t size;
};

struct abi1_decimal {
	uint64_t low;
	int64_t high;
	uint32_t scale;
	uint32_t reserved;
};

struct abi1_uuid {
	uint8_t bytes[16];
};

struct abi1_civil {
	int32_t year;
	int month;
	int day;
	int hour, minute, second;
	int microsecond;
};

struct abi1_value {
	enum trv_type type;
	_Bool null;
	union { _Bool boolean; int64_t integer; double number; const char *text; struct trv_bytes bytes; struct trv_decimal decimal; struct trv_uuid uuid; } as;
};

struct abi1_sql {
	const char *text[ABI1_ENGINE_COUNT];
};

struct abi1_enum_value {
	const char *name;
	const char *stored;
	const char *doc;
};

struct abi1_enum {
	const char *name;
	const struct trv_enum_value *values;
	uint16_t count;
	const char *doc;
};

struct abi1_default {
	enum trv_default_kind kind;
	struct trv_value literal;
	struct trv_sql sql;
};

struct abi1_column {
	const char *name;
	const char *member;
	enum trv_type type;
	uint32_t flags;
	uint32_t length;
	uint16_t precision;
	uint16_t scale;
	uint32_t offset;
	uint32_t has_offset;
	const struct trv_enum *enumeration;
	const struct trv_default *initial;
	const struct trv_sql *generated;
	const struct trv_sql *type_sql;
	const char *collation;
	const char *was;
	const char *doc;
	uint8_t storage [ABI1_ENGINE_COUNT];
};

struct abi1_relation {
	const char *name;
	enum trv_relation_kind kind;
	const struct trv_model *target;
	const struct trv_model *through;
	const uint16_t *columns;
	const uint16_t *target_columns;
	const uint16_t *through_columns;
	const uint16_t *through_target_columns;
	uint8_t key_count;
	uint8_t target_key_count;
	_Bool optional;
	uint32_t offset;
	uint32_t query_offset;
	const char *target_name;
	const char *doc;
};

struct abi1_foreign_key {
	const char *name;
	const uint16_t *columns;
	const struct trv_model *target;
	const uint16_t *target_columns;
	uint8_t count;
	uint8_t on_delete;
	uint8_t on_update;
	_Bool deferrable;
	const char *target_name;
};

struct abi1_index_part {
	uint16_t column;
	_Bool descending;
	const struct trv_sql *expression;
};

struct abi1_index {
	const char *name;
	const struct trv_index_part *parts;
	const uint16_t *include;
	const struct trv_sql *where;
	uint8_t part_count;
	uint8_t include_count;
	_Bool unique;
};

struct abi1_check {
	const char *name;
	struct trv_sql sql;
};

struct abi1_model_masks {
	uint64_t generated;
	uint64_t touched;
	uint64_t plain;
};

struct abi1_model {
	const char *name;
	const char *table;
	const struct trv_column *columns;
	const struct trv_relation *relations;
	const struct trv_index *indexes;
	const struct trv_check *checks;
	const struct trv_foreign_key *foreign_keys;
	const uint16_t *primary;
	uint16_t column_count;
	uint16_t relation_count;
	uint16_t index_count;
	uint16_t check_count;
	uint16_t foreign_key_count;
	uint16_t primary_count;
	int16_t lock_column;
	int16_t auto_column;
	uint32_t row_size;
	uint32_t query_size;
	uint64_t contract;
	struct trv_model_masks masks;
	const char *was;
	const char *doc;
	const char *file;
	uint32_t line;
};

struct abi1_model_set {
	const char *name;
	const struct trv_model *const *models;
	size_t count;
};

struct abi1_transaction_options {
	enum trv_isolation isolation;
	_Bool read_only;
	_Bool deferrable;
	unsigned attempts;
	unsigned deadline_ms;
	_Bool resolvable;
};

struct abi1_feature_support {
	enum trv_support level;
	const char *note;
};

struct abi1_dialect {
	uint32_t size;
	enum trv_engine engine;
	const char *name;
	char quote;
	_Bool numbered;
	_Bool key_arrays;
	_Bool nested_reads;
	_Bool order_nulls;
	_Bool last_id;
	_Bool consecutive_ids;
	enum trv_bulk bulk;
	uint32_t max_parameters;
	uint32_t bulk_rows;
	struct trv_feature_support features[32];
	const char *types[24];
	const char *types_limited[24];
	const char *auto_key;
	const char *now;
	const char *table_exists;
	const char *table_options;
	const char *upsert;
	const char *default_row;
	const char *decimal_sum;
	const char *casts[24];
	const char *like_escape;
	const char *key_rows;
	const char *lock_rows;
	const char *transaction_id;
	const char *transaction_status;
	const char *position;
	const char *position_reached;
	const char *rows_open, *rows_close;
	_Bool commits_along;
	uint32_t values_rows;
	_Bool holds_reads;
	_Bool takes_said;
	_Bool runs_each;
	uint32_t join_rows;
	uint32_t level_keys;
};

struct abi1_bind {
	const void *value;
	size_t size;
	size_t count;
	uint8_t type;
	uint8_t storage;
	_Bool null;
	uint8_t reserved;
	uint32_t scale;
	const _Bool *present;
	size_t present_stride;
};

struct abi1_slot {
	uint8_t type;
	uint8_t storage;
	uint8_t base;
	uint8_t flags;
	uint32_t offset;
	uint32_t has_offset;
	uint16_t scale;
	uint16_t reserved;
	const struct trv_enum *enumeration;
	const char *name;
	const char *model;
};

struct abi1_decode {
	const struct trv_slot *slots;
	size_t count;
	size_t bases;
	_Bool by_name;
};

struct abi1_connect_options {
	const char *url;
	const struct trv_allocator *allocator;
	uint64_t deadline;
	unsigned query_ms;
	_Bool replica;
};

struct abi1_connection {
	const struct trv_driver *driver;
	const struct trv_dialect *dialect;
	_Bool broken;
	_Bool in_transaction;
};

struct abi1_statement {
	struct trv_connection *connection;
};

struct abi1_request {
	const struct trv_bind *binds;
	size_t bind_count;
	size_t rows;
	const struct trv_decode *decode;
	_Bool stream;
	_Bool commit;
	uint64_t deadline;
	_Bool each;
	const char *said;
};

struct abi1_outcome {
	uint64_t affected;
	int64_t last_id;
};

struct abi1_copy_target {
	const char *table;
	const char *const *names;
	const struct trv_bind *columns;
	size_t count;
	const char *key;
	size_t rows;
};

struct abi1_result_column {
	const char *name;
};

struct abi1_driver {
	uint32_t abi;
	uint32_t size;
	const char *name;
	const char *const *schemes;
	const struct trv_dialect *dialect;
	int (*connect)(const struct trv_connect_options *options, struct trv_connection **connection, struct trv_error *error);
	void (*close)(struct trv_connection *connection);
	int (*ping)(struct trv_connection *connection, uint64_t deadline, struct trv_error *error);
	int (*reset)(struct trv_connection *connection, uint64_t deadline, struct trv_error *error);
	int (*cancel)(struct trv_connection *connection, struct trv_error *error);
	int (*prepare)(struct trv_connection *connection, const char *sql, size_t length, uint64_t deadline, struct trv_statement **statement, struct trv_error *error);
	void (*finalize)(struct trv_statement *statement);
	int (*columns)(struct trv_statement *statement, struct trv_result_column *columns, size_t max, struct trv_error *error);
	int (*execute)(struct trv_statement *statement, const struct trv_request *request, struct trv_outcome *outcome, struct trv_error *error);
	int (*fetch)(struct trv_statement *statement, const struct trv_decode *decode, void *const *bases, struct trv_arena *arena, uint64_t *absent, struct trv_error *error);
	void (*finish)(struct trv_statement *statement);
	int (*transaction)(struct trv_connection *connection, enum trv_transaction_verb verb, unsigned level, const struct trv_transaction_options *options, uint64_t deadline, struct trv_error *error);
	int (*run)(struct trv_connection *connection, const char *sql, uint64_t deadline, struct trv_error *error);
	void *(*native)(struct trv_connection *connection);
	int (*pipeline)(struct trv_connection *connection, struct trv_statement *const *statements, const struct trv_request *requests, struct trv_outcome *outcomes, size_t count, struct trv_error *error);
	int (*copy)(struct trv_connection *connection, const char *sql, const struct trv_bind *columns, size_t count, uint64_t deadline, struct trv_outcome *outcome, struct trv_error *error);
	_Bool (*ready)(struct trv_connection *connection);
	int (*reserve)(struct trv_connection *connection, const struct trv_copy_target *target, int64_t *keys, uint64_t deadline, struct trv_error *error);
};

struct abi1_hook {
	const char *model;
	enum trv_event event;
	int (*run)(struct trv_session *session, const struct trv_model *model, void *row, uint64_t columns, void *context);
	void *context;
};

struct abi1_plugin {
	uint32_t abi;
	uint32_t size;
	const char *name;
	const char *version;
	const struct trv_model_set *models;
	const char *needs[16];
	const struct trv_hook *hooks;
	int (*start)(struct trv_db *db, struct trv_error *error);
	void (*stop)(struct trv_db *db);
};

/* X(name, whether it may grow at its end) */
#define ABI1_STRUCTS(X) \
	X(allocator, 0) \
	X(arena, 0) \
	X(mark, 0) \
	X(error, 0) \
	X(bytes, 0) \
	X(decimal, 0) \
	X(uuid, 0) \
	X(civil, 0) \
	X(value, 0) \
	X(sql, 0) \
	X(enum_value, 0) \
	X(enum, 0) \
	X(default, 0) \
	X(column, 0) \
	X(relation, 0) \
	X(foreign_key, 0) \
	X(index_part, 0) \
	X(index, 0) \
	X(check, 0) \
	X(model_masks, 0) \
	X(model, 0) \
	X(model_set, 0) \
	X(transaction_options, 0) \
	X(feature_support, 0) \
	X(dialect, 1) \
	X(bind, 0) \
	X(slot, 0) \
	X(decode, 0) \
	X(connect_options, 0) \
	X(connection, 0) \
	X(statement, 0) \
	X(request, 0) \
	X(outcome, 0) \
	X(copy_target, 0) \
	X(result_column, 0) \
	X(driver, 1) \
	X(hook, 0) \
	X(plugin, 0)

/* X(struct, member, whether its type can be compared) */
#define ABI1_MEMBERS(X) \
	X(allocator, allocate, 1) \
	X(allocator, resize, 1) \
	X(allocator, release, 1) \
	X(allocator, context, 1) \
	X(arena, next, 1) \
	X(arena, end, 1) \
	X(arena, chunk, 1) \
	X(arena, used, 1) \
	X(arena, cap, 1) \
	X(arena, allocator, 1) \
	X(mark, chunk, 1) \
	X(mark, next, 1) \
	X(error, code, 1) \
	X(error, native, 1) \
	X(error, sqlstate, 1) \
	X(error, retryable, 1) \
	X(error, id, 1) \
	X(error, site, 1) \
	X(error, message, 1) \
	X(error, detail, 1) \
	X(error, hint, 1) \
	X(error, constraint, 1) \
	X(error, table, 1) \
	X(error, column, 1) \
	X(bytes, data, 1) \
	X(bytes, size, 1) \
	X(decimal, low, 1) \
	X(decimal, high, 1) \
	X(decimal, scale, 1) \
	X(decimal, reserved, 1) \
	X(uuid, bytes, 1) \
	X(civil, year, 1) \
	X(civil, month, 1) \
	X(civil, day, 1) \
	X(civil, hour, 1) \
	X(civil, minute, 1) \
	X(civil, second, 1) \
	X(civil, microsecond, 1) \
	X(value, type, 1) \
	X(value, null, 1) \
	X(value, as, 0) \
	X(value, as.boolean, 1) \
	X(value, as.integer, 1) \
	X(value, as.number, 1) \
	X(value, as.text, 1) \
	X(value, as.bytes, 1) \
	X(value, as.decimal, 1) \
	X(value, as.uuid, 1) \
	X(sql, text, 1) \
	X(enum_value, name, 1) \
	X(enum_value, stored, 1) \
	X(enum_value, doc, 1) \
	X(enum, name, 1) \
	X(enum, values, 1) \
	X(enum, count, 1) \
	X(enum, doc, 1) \
	X(default, kind, 1) \
	X(default, literal, 1) \
	X(default, sql, 1) \
	X(column, name, 1) \
	X(column, member, 1) \
	X(column, type, 1) \
	X(column, flags, 1) \
	X(column, length, 1) \
	X(column, precision, 1) \
	X(column, scale, 1) \
	X(column, offset, 1) \
	X(column, has_offset, 1) \
	X(column, enumeration, 1) \
	X(column, initial, 1) \
	X(column, generated, 1) \
	X(column, type_sql, 1) \
	X(column, collation, 1) \
	X(column, was, 1) \
	X(column, doc, 1) \
	X(column, storage, 1) \
	X(relation, name, 1) \
	X(relation, kind, 1) \
	X(relation, target, 1) \
	X(relation, through, 1) \
	X(relation, columns, 1) \
	X(relation, target_columns, 1) \
	X(relation, through_columns, 1) \
	X(relation, through_target_columns, 1) \
	X(relation, key_count, 1) \
	X(relation, target_key_count, 1) \
	X(relation, optional, 1) \
	X(relation, offset, 1) \
	X(relation, query_offset, 1) \
	X(relation, target_name, 1) \
	X(relation, doc, 1) \
	X(foreign_key, name, 1) \
	X(foreign_key, columns, 1) \
	X(foreign_key, target, 1) \
	X(foreign_key, target_columns, 1) \
	X(foreign_key, count, 1) \
	X(foreign_key, on_delete, 1) \
	X(foreign_key, on_update, 1) \
	X(foreign_key, deferrable, 1) \
	X(foreign_key, target_name, 1) \
	X(index_part, column, 1) \
	X(index_part, descending, 1) \
	X(index_part, expression, 1) \
	X(index, name, 1) \
	X(index, parts, 1) \
	X(index, include, 1) \
	X(index, where, 1) \
	X(index, part_count, 1) \
	X(index, include_count, 1) \
	X(index, unique, 1) \
	X(check, name, 1) \
	X(check, sql, 1) \
	X(model_masks, generated, 1) \
	X(model_masks, touched, 1) \
	X(model_masks, plain, 1) \
	X(model, name, 1) \
	X(model, table, 1) \
	X(model, columns, 1) \
	X(model, relations, 1) \
	X(model, indexes, 1) \
	X(model, checks, 1) \
	X(model, foreign_keys, 1) \
	X(model, primary, 1) \
	X(model, column_count, 1) \
	X(model, relation_count, 1) \
	X(model, index_count, 1) \
	X(model, check_count, 1) \
	X(model, foreign_key_count, 1) \
	X(model, primary_count, 1) \
	X(model, lock_column, 1) \
	X(model, auto_column, 1) \
	X(model, row_size, 1) \
	X(model, query_size, 1) \
	X(model, contract, 1) \
	X(model, masks, 1) \
	X(model, was, 1) \
	X(model, doc, 1) \
	X(model, file, 1) \
	X(model, line, 1) \
	X(model_set, name, 1) \
	X(model_set, models, 1) \
	X(model_set, count, 1) \
	X(transaction_options, isolation, 1) \
	X(transaction_options, read_only, 1) \
	X(transaction_options, deferrable, 1) \
	X(transaction_options, attempts, 1) \
	X(transaction_options, deadline_ms, 1) \
	X(transaction_options, resolvable, 1) \
	X(feature_support, level, 1) \
	X(feature_support, note, 1) \
	X(dialect, size, 1) \
	X(dialect, engine, 1) \
	X(dialect, name, 1) \
	X(dialect, quote, 1) \
	X(dialect, numbered, 1) \
	X(dialect, key_arrays, 1) \
	X(dialect, nested_reads, 1) \
	X(dialect, order_nulls, 1) \
	X(dialect, last_id, 1) \
	X(dialect, consecutive_ids, 1) \
	X(dialect, bulk, 1) \
	X(dialect, max_parameters, 1) \
	X(dialect, bulk_rows, 1) \
	X(dialect, features, 1) \
	X(dialect, types, 1) \
	X(dialect, types_limited, 1) \
	X(dialect, auto_key, 1) \
	X(dialect, now, 1) \
	X(dialect, table_exists, 1) \
	X(dialect, table_options, 1) \
	X(dialect, upsert, 1) \
	X(dialect, default_row, 1) \
	X(dialect, decimal_sum, 1) \
	X(dialect, casts, 1) \
	X(dialect, like_escape, 1) \
	X(dialect, key_rows, 1) \
	X(dialect, lock_rows, 1) \
	X(dialect, transaction_id, 1) \
	X(dialect, transaction_status, 1) \
	X(dialect, position, 1) \
	X(dialect, position_reached, 1) \
	X(dialect, rows_open, 1) \
	X(dialect, rows_close, 1) \
	X(dialect, commits_along, 1) \
	X(dialect, values_rows, 1) \
	X(dialect, holds_reads, 1) \
	X(dialect, takes_said, 1) \
	X(dialect, runs_each, 1) \
	X(dialect, join_rows, 1) \
	X(dialect, level_keys, 1) \
	X(bind, value, 1) \
	X(bind, size, 1) \
	X(bind, count, 1) \
	X(bind, type, 1) \
	X(bind, storage, 1) \
	X(bind, null, 1) \
	X(bind, reserved, 1) \
	X(bind, scale, 1) \
	X(bind, present, 1) \
	X(bind, present_stride, 1) \
	X(slot, type, 1) \
	X(slot, storage, 1) \
	X(slot, base, 1) \
	X(slot, flags, 1) \
	X(slot, offset, 1) \
	X(slot, has_offset, 1) \
	X(slot, scale, 1) \
	X(slot, reserved, 1) \
	X(slot, enumeration, 1) \
	X(slot, name, 1) \
	X(slot, model, 1) \
	X(decode, slots, 1) \
	X(decode, count, 1) \
	X(decode, bases, 1) \
	X(decode, by_name, 1) \
	X(connect_options, url, 1) \
	X(connect_options, allocator, 1) \
	X(connect_options, deadline, 1) \
	X(connect_options, query_ms, 1) \
	X(connect_options, replica, 1) \
	X(connection, driver, 1) \
	X(connection, dialect, 1) \
	X(connection, broken, 1) \
	X(connection, in_transaction, 1) \
	X(statement, connection, 1) \
	X(request, binds, 1) \
	X(request, bind_count, 1) \
	X(request, rows, 1) \
	X(request, decode, 1) \
	X(request, stream, 1) \
	X(request, commit, 1) \
	X(request, deadline, 1) \
	X(request, each, 1) \
	X(request, said, 1) \
	X(outcome, affected, 1) \
	X(outcome, last_id, 1) \
	X(copy_target, table, 1) \
	X(copy_target, names, 1) \
	X(copy_target, columns, 1) \
	X(copy_target, count, 1) \
	X(copy_target, key, 1) \
	X(copy_target, rows, 1) \
	X(result_column, name, 1) \
	X(driver, abi, 1) \
	X(driver, size, 1) \
	X(driver, name, 1) \
	X(driver, schemes, 1) \
	X(driver, dialect, 1) \
	X(driver, connect, 1) \
	X(driver, close, 1) \
	X(driver, ping, 1) \
	X(driver, reset, 1) \
	X(driver, cancel, 1) \
	X(driver, prepare, 1) \
	X(driver, finalize, 1) \
	X(driver, columns, 1) \
	X(driver, execute, 1) \
	X(driver, fetch, 1) \
	X(driver, finish, 1) \
	X(driver, transaction, 1) \
	X(driver, run, 1) \
	X(driver, native, 1) \
	X(driver, pipeline, 1) \
	X(driver, copy, 1) \
	X(driver, ready, 1) \
	X(driver, reserve, 1) \
	X(hook, model, 1) \
	X(hook, event, 1) \
	X(hook, run, 1) \
	X(hook, context, 1) \
	X(plugin, abi, 1) \
	X(plugin, size, 1) \
	X(plugin, name, 1) \
	X(plugin, version, 1) \
	X(plugin, models, 1) \
	X(plugin, needs, 1) \
	X(plugin, hooks, 1) \
	X(plugin, start, 1) \
	X(plugin, stop, 1)

/* X(constant without its prefix) */
#define ABI1_VALUES(X) \
	X(OK) \
	X(ERR_NOMEM) \
	X(ERR_MISUSE) \
	X(ERR_VALUE) \
	X(ERR_NOT_FOUND) \
	X(ERR_TOO_MANY) \
	X(ERR_UNIQUE) \
	X(ERR_FOREIGN_KEY) \
	X(ERR_NOT_NULL) \
	X(ERR_CHECK) \
	X(ERR_CONSTRAINT) \
	X(ERR_STALE) \
	X(ERR_NOT_LOADED) \
	X(ERR_UNSUPPORTED) \
	X(ERR_SQL) \
	X(ERR_MISMATCH) \
	X(ERR_DATA) \
	X(ERR_CONTRACT) \
	X(ERR_URL) \
	X(ERR_CONNECT) \
	X(ERR_LOST) \
	X(ERR_TIMEOUT) \
	X(ERR_BUSY) \
	X(ERR_SERIALIZATION) \
	X(ERR_DEADLOCK) \
	X(ERR_CANCELED) \
	X(ERR_READ_ONLY) \
	X(ERR_PERMISSION) \
	X(ERR_FULL) \
	X(ERR_CORRUPT) \
	X(ERR_IO) \
	X(ERR_TRANSACTION) \
	X(UNKNOWN_OUTCOME) \
	X(ERR_LIMIT) \
	X(ERR_MODEL) \
	X(ERR_ABI) \
	X(ERR_STOPPED) \
	X(ERR_INTERNAL) \
	X(BOOL) \
	X(INT16) \
	X(INT32) \
	X(INT64) \
	X(FLOAT32) \
	X(FLOAT64) \
	X(DECIMAL) \
	X(TEXT) \
	X(BYTES) \
	X(DATE) \
	X(TIME) \
	X(TIMESTAMP) \
	X(UUID) \
	X(JSON) \
	X(ENUM) \
	X(ENGINE_ANY) \
	X(ENGINE_SQLITE) \
	X(ENGINE_POSTGRESQL) \
	X(ENGINE_MARIADB) \
	X(ENGINE_COUNT) \
	X(STORE_DEFAULT) \
	X(STORE_ISO) \
	X(STORE_UNIX) \
	X(STORE_MILLIS) \
	X(STORE_MICROS) \
	X(STORE_JULIAN) \
	X(STORE_REAL) \
	X(STORE_TEXT) \
	X(STORE_INTEGER) \
	X(NULLABLE) \
	X(PRIMARY) \
	X(AUTO) \
	X(LOCK) \
	X(SECRET) \
	X(GENERATED) \
	X(STORED) \
	X(TOUCH) \
	X(REFERENCE) \
	X(DEFAULT_NONE) \
	X(DEFAULT_LITERAL) \
	X(DEFAULT_NOW) \
	X(DEFAULT_UUID4) \
	X(DEFAULT_UUID7) \
	X(DEFAULT_SQL) \
	X(TO_ONE) \
	X(TO_MANY) \
	X(MANY_TO_MANY) \
	X(NO_ACTION) \
	X(RESTRICT) \
	X(CASCADE) \
	X(SET_NULL) \
	X(SET_DEFAULT) \
	X(ISOLATION_DEFAULT) \
	X(READ_COMMITTED) \
	X(REPEATABLE_READ) \
	X(SERIALIZABLE) \
	X(REFUSED) \
	X(EMULATED) \
	X(NATIVE) \
	X(FEATURE_INSERT_RETURNING) \
	X(FEATURE_UPDATE_RETURNING) \
	X(FEATURE_DELETE_RETURNING) \
	X(FEATURE_PARTIAL_INDEX) \
	X(FEATURE_EXPRESSION_INDEX) \
	X(FEATURE_COVERING_INDEX) \
	X(FEATURE_GENERATED_STORED) \
	X(FEATURE_GENERATED_VIRTUAL) \
	X(FEATURE_ON_UPDATE_NOW) \
	X(FEATURE_DEFERRABLE) \
	X(FEATURE_TRANSACTIONAL_DDL) \
	X(FEATURE_LOCK_ROWS) \
	X(FEATURE_DESCENDING_INDEX) \
	X(FEATURE_UUID) \
	X(FEATURE_DECIMAL) \
	X(FEATURE_JSON) \
	X(FEATURE_NOT_FINITE) \
	X(BULK_VALUES) \
	X(BULK_ROWS) \
	X(BULK_UNNEST) \
	X(SLOT_NULLABLE) \
	X(SLOT_OUTER) \
	X(SLOT_PRESENCE) \
	X(VERB_BEGIN) \
	X(VERB_COMMIT) \
	X(VERB_ROLLBACK) \
	X(VERB_SAVEPOINT) \
	X(VERB_RELEASE) \
	X(VERB_ROLLBACK_TO) \
	X(BEFORE_INSERT) \
	X(AFTER_INSERT) \
	X(BEFORE_UPDATE) \
	X(AFTER_UPDATE) \
	X(BEFORE_DELETE) \
	X(AFTER_DELETE)

/* X(constant without its prefix, value) */
#define ABI1_NUMBERS(X) \
	X(DRIVER_ABI, 1) \
	X(PLUGIN_ABI, 1) \
	X(GENERATED_ABI, 1) \
	X(MAX_NEEDS, 16) \
	X(MAX_KEY, 8) \
	X(MAX_COLUMNS, 64) \
	X(FEATURE_ROOM, 32) \
	X(TYPE_ROOM, 24)

/* clang-format on */

#endif
