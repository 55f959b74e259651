#include "model/ddl.h"

#include "model/registry.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int trv__ddl_fail(struct trv__ddl *ddl, int code, const char *format, ...)
{
	char message[sizeof(ddl->error->message)];
	va_list arguments;

	if (ddl->status < 0)
		return ddl->status;
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	ddl->status = trv_error_set(ddl->error, code, "%s", message);
	return ddl->status;
}

int trv__ddl_flush(struct trv__ddl *ddl)
{
	if (ddl->text.status < 0)
		trv__ddl_fail(ddl, TRV_ERR_NOMEM, "out of memory for DDL");
	if (ddl->status == 0) {
		int r = ddl->emit(trv__buffer_get(&ddl->text), ddl->argument);

		if (r < 0)
			ddl->status = r;
	}
	trv__buffer_clear(&ddl->text);
	return ddl->status;
}

/*
 * A walk over the models that emits each table behind those that it references. Where
 * the references go in a circle, one of them is left for later, unless the engine lets
 * a table reference one that is not there yet. The walk has a stack of its own: chains
 * of references may be as long as there are models.
 */
enum mark {
	UNSEEN,
	OPEN,
	DONE
};

struct walk {
	struct trv__ddl *ddl;
	uint8_t *marks; /* by position in the registry */
	uint16_t *next; /* the foreign key of each model that is followed next */
	size_t *stack;
	size_t depth;
	bool *later; /* by foreign key of the model, all models in a row */
	size_t *first; /* where a model's begin in `later` */
};

static void push(struct walk *walk, size_t position)
{
	walk->marks[position] = OPEN;
	walk->stack[walk->depth++] = position;
}

static void follow(struct walk *walk, size_t position, uint16_t number)
{
	struct trv__ddl *ddl = walk->ddl;
	const struct trv_model *model = ddl->registry->models[position];
	const struct trv_foreign_key *key = &model->foreign_keys[number];
	size_t target = trv__registry_position(ddl->registry, key->target);

	if (target == ddl->registry->count)
		trv__ddl_fail(ddl, TRV_ERR_MODEL, "%s.%s: model \"%s\" is not registered", model->name, key->name,
		              key->target_name ? key->target_name : "?");
	else if (walk->marks[target] == UNSEEN)
		push(walk, target);
	else
		walk->later[walk->first[position] + number] =
			walk->marks[target] == OPEN && target != position && ddl->engine != TRV_ENGINE_SQLITE;
}

static void visit(struct walk *walk, size_t start)
{
	struct trv__ddl *ddl = walk->ddl;

	push(walk, start);
	while (walk->depth > 0 && ddl->status == 0) {
		size_t position = walk->stack[walk->depth - 1];
		const struct trv_model *model = ddl->registry->models[position];

		if (walk->next[position] < model->foreign_key_count) {
			follow(walk, position, walk->next[position]++);
			continue;
		}
		walk->depth--;
		walk->marks[position] = DONE;
		trv__ddl_table(ddl, model, walk->later + walk->first[position]);
	}
}

static void add_later(struct walk *walk, size_t position)
{
	struct trv__ddl *ddl = walk->ddl;
	const struct trv_model *model = ddl->registry->models[position];

	for (int i = 0; i < model->foreign_key_count; i++) {
		if (!walk->later[walk->first[position] + (size_t)i])
			continue;
		trv__ddl_put(ddl, "ALTER TABLE ");
		trv__ddl_name(ddl, model->table);
		trv__ddl_put(ddl, " ADD ");
		trv__ddl_foreign_key(ddl, model, &model->foreign_keys[i]);
		trv__ddl_flush(ddl);
	}
}

static int walk_all(struct trv__ddl *ddl, struct trv_arena *arena)
{
	size_t count = ddl->registry->count, keys = 0;
	struct walk walk = { .ddl = ddl };

	for (size_t i = 0; i < count; i++)
		keys += ddl->registry->models[i]->foreign_key_count;
	walk.marks = trv_arena_zero(arena, count + 1, sizeof(*walk.marks));
	walk.first = trv_arena_zero(arena, count + 1, sizeof(*walk.first));
	walk.later = trv_arena_zero(arena, keys + 1, sizeof(*walk.later));
	walk.next = trv_arena_zero(arena, count + 1, sizeof(*walk.next));
	walk.stack = trv_arena_zero(arena, count + 1, sizeof(*walk.stack));
	if (!walk.marks || !walk.first || !walk.later || !walk.next || !walk.stack)
		return trv__ddl_fail(ddl, TRV_ERR_NOMEM, "out of memory for DDL");
	for (size_t i = 0; i < count; i++)
		walk.first[i + 1] = walk.first[i] + ddl->registry->models[i]->foreign_key_count;
	for (size_t i = 0; i < count && ddl->status == 0; i++)
		if (walk.marks[i] == UNSEEN)
			visit(&walk, i);
	for (size_t i = 0; i < count && ddl->status == 0; i++)
		add_later(&walk, i);
	return ddl->status;
}

int trv_ddl_create(const struct trv_registry *registry, const struct trv_dialect *dialect,
                   int (*emit)(const char *statement, void *argument), void *argument, struct trv_error *error)
{
	struct trv__ddl ddl = {
		.registry = registry,
		.dialect = dialect,
		.engine = dialect->engine,
		.emit = emit,
		.argument = argument,
		.error = error,
	};
	struct trv_error unused;
	struct trv_arena arena;

	if (!error)
		ddl.error = &unused;
	for (size_t i = 0; i < registry->count; i++) {
		int r = trv__ddl_check_model(registry->models[i], dialect, ddl.error);

		if (r < 0)
			return r;
	}
	trv_arena_init(&arena, &registry->allocator, 0);
	trv__buffer_init(&ddl.text, &registry->allocator);
	walk_all(&ddl, &arena);
	trv__buffer_release(&ddl.text);
	trv_arena_release(&arena);
	return ddl.status;
}

const char *trv_ddl_marker_table(const struct trv_dialect *dialect)
{
	static const char *const tables[TRV_ENGINE_COUNT] = {
		[TRV_ENGINE_ANY] = "CREATE TABLE trivet_contract (name varchar(200) NOT NULL PRIMARY KEY, "
				   "contract bigint NOT NULL)",
		[TRV_ENGINE_SQLITE] = "CREATE TABLE \"trivet_contract\" (\"name\" TEXT NOT NULL PRIMARY KEY, "
				      "\"contract\" INTEGER NOT NULL) STRICT",
		[TRV_ENGINE_POSTGRESQL] = "CREATE TABLE \"trivet_contract\" "
					  "(\"name\" varchar(200) COLLATE \"C\" NOT NULL PRIMARY KEY, "
					  "\"contract\" bigint NOT NULL)",
		[TRV_ENGINE_MARIADB] = "CREATE TABLE `trivet_contract` (`name` varchar(200) NOT NULL PRIMARY KEY, "
				       "`contract` bigint NOT NULL) "
				       "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin",
	};

	return tables[dialect->engine];
}
