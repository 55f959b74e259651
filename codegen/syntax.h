/*
 * What the parser makes of a schema file: tokens, and a tree that says what was written
 * and where, without a judgement on it. Names are not looked up yet.
 */
#ifndef TRIVET_CODEGEN_SYNTAX_H
#define TRIVET_CODEGEN_SYNTAX_H

#include "schema.h"

/* A stretch of one line. */
struct span {
	struct schema_position start;
	uint32_t length;
};

enum token_kind {
	TOKEN_END,
	TOKEN_NAME,
	TOKEN_NUMBER,
	TOKEN_STRING, /* "..." */
	TOKEN_SQL, /* `...` */
	TOKEN_MARK, /* one of { } ( ) [ ] , = ? ; and -> (its first byte is '-') */
	TOKEN_COMMENT, /* // to the end of the line */
	TOKEN_DOC, /* /// to the end of the line */
	TOKEN_LINE, /* the parser's: the end of the line */
};

/* No token spans lines. */
struct token {
	uint8_t kind; /* enum token_kind */
	char mark; /* of TOKEN_MARK: its first byte */
	bool bad; /* a string or SQL that was complained about */
	uint32_t offset; /* in the file's text */
	uint32_t length;
	uint32_t line;
	uint32_t column;
};

struct token_list {
	struct token *items; /* ends with a TOKEN_END that is not counted */
	size_t count;
};

/* A name, string or SQL as it was meant (escapes undone); `text` NULL is none. */
struct syntax_text {
	const char *text;
	struct span span;
};

/* SQL by engine; of[TRV_ENGINE_ANY] is for those not named. */
struct syntax_sql {
	struct syntax_text of[TRV_ENGINE_COUNT];
};

enum syntax_default_kind {
	SYNTAX_NO_DEFAULT,
	SYNTAX_WORD, /* auto, now, true, an enum's value ... */
	SYNTAX_NUMBER,
	SYNTAX_STRING,
	SYNTAX_SQL,
};

struct syntax_default {
	enum syntax_default_kind kind;
	struct syntax_text value;
	struct syntax_sql sql;
};

enum syntax_field_kind {
	SYNTAX_COLUMN = 1, /* bits: attributes name the kinds that they fit */
	SYNTAX_REFERENCE = 2, /* -> target */
	SYNTAX_MANY = 4, /* [target] */
};

enum syntax_attribute {
	ATTRIBUTE_PRIMARY,
	ATTRIBUTE_UNIQUE,
	ATTRIBUTE_SECRET,
	ATTRIBUTE_LOCK,
	ATTRIBUTE_WAS,
	ATTRIBUTE_COLUMN,
	ATTRIBUTE_CHECK,
	ATTRIBUTE_COLLATE,
	ATTRIBUTE_TOUCH, /* on update now */
	ATTRIBUTE_ON_DELETE,
	ATTRIBUTE_ON_UPDATE,
	ATTRIBUTE_DEFERRABLE,
	ATTRIBUTE_NO_CONSTRAINT,
	ATTRIBUTE_STORAGE,
	ATTRIBUTE_TYPE,
	ATTRIBUTE_GENERATED,
	ATTRIBUTE_BY,
	ATTRIBUTE_THROUGH,
	ATTRIBUTE_DEFAULT,
	ATTRIBUTE_COUNT,
};

struct syntax_check {
	struct syntax_text name;
	struct syntax_sql sql;
	struct span span;
	struct syntax_check *next;
};

struct syntax_field {
	enum syntax_field_kind kind;
	bool broken; /* it did not parse to its end */
	struct syntax_text name;
	const char *doc;
	struct syntax_text type; /* or the target of a reference or list */
	struct syntax_text arguments[2]; /* of text(n), decimal(p,s) */
	unsigned argument_count;
	bool nullable;
	struct span nullable_span;
	struct span attributes[ATTRIBUTE_COUNT]; /* where each stands; length 0: not there */
	struct syntax_default initial;
	struct syntax_check *checks;
	struct syntax_sql generated;
	bool stored; /* generated ... stored */
	struct syntax_text was;
	bool was_quoted; /* an exact column name, not a field's */
	struct syntax_text collation;
	struct syntax_text columns[TRV_MAX_KEY];
	unsigned column_count;
	struct syntax_text storage[TRV_ENGINE_COUNT];
	struct syntax_text type_sql[TRV_ENGINE_COUNT];
	enum trv_action on_delete;
	enum trv_action on_update;
	struct syntax_text by[2];
	unsigned by_count;
	struct syntax_text through;
};

/* One part of a key: a field, or SQL where `name.text` is NULL. */
struct syntax_part {
	struct syntax_text name;
	struct syntax_sql sql;
	bool descending;
	struct span span;
};

enum syntax_key_kind {
	SYNTAX_PRIMARY,
	SYNTAX_INDEX,
	SYNTAX_UNIQUE,
};

struct syntax_key {
	enum syntax_key_kind kind;
	struct span span; /* the word that begins it */
	struct syntax_text name;
	struct syntax_part *parts;
	size_t part_count;
	struct syntax_text *include;
	size_t include_count;
	struct syntax_sql where;
	bool has_where;
};

enum syntax_member_kind {
	SYNTAX_FIELD,
	SYNTAX_KEY,
	SYNTAX_CHECK,
	SYNTAX_USE,
};

struct syntax_member {
	enum syntax_member_kind kind;
	union {
		struct syntax_field *field;
		struct syntax_key *key;
		struct syntax_check *check;
		struct syntax_text use;
	} as;
	struct syntax_member *next;
};

/* A model or a mixin. */
struct syntax_model {
	bool mixin;
	bool broken; /* a part of it did not parse: what seems missing may be there */
	struct syntax_text name;
	struct syntax_text table;
	struct syntax_text prefix;
	struct syntax_text was;
	const char *doc;
	struct syntax_member *members;
	struct syntax_model *next;
};

struct syntax_enum_value {
	struct syntax_text name;
	struct syntax_text stored;
	const char *doc;
	struct syntax_enum_value *next;
};

struct syntax_enum {
	struct syntax_text name;
	struct syntax_text prefix;
	const char *doc;
	bool broken;
	struct syntax_enum_value *values;
	size_t value_count;
	struct syntax_enum *next;
};

struct syntax_include {
	struct syntax_text path;
	struct schema_file *file; /* what it led to; NULL if it could not be read */
	struct syntax_include *next;
};

/* One parsed file. */
struct syntax_unit {
	struct schema_file *file;
	struct token_list tokens;
	struct syntax_include *includes;
	struct syntax_model *models; /* and mixins */
	struct syntax_enum *enums;
	bool engines[TRV_ENGINE_COUNT]; /* those that an `engines` line names */
	struct span engines_span; /* where it is; length 0: there is none */
	size_t errors; /* of syntax */
	struct syntax_unit *next;
};

#endif
