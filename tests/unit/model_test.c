/* Models, contracts and registries, on tables written by hand as the generator writes them. */
#include <trivet/driver.h>
#include <trivet/query.h>
#include <trivet/registry.h>

#include "test.h"

struct owner {
	struct trv_row trv;
	int64_t id;
	const char *name;
};

struct pet {
	struct trv_row trv;
	int64_t id;
	int64_t owner_id;
	bool has_owner_id;
	struct owner *owner;
};

struct pet_query {
	struct trv_query common;
	const void *owner;
};

static const struct trv_column owner_columns[] = {
	{ .name = "id",
	  .member = "id",
	  .type = TRV_INT64,
	  .flags = TRV_PRIMARY | TRV_AUTO,
	  .offset = offsetof(struct owner, id) },
	{ .name = "full_name", .member = "name", .type = TRV_TEXT, .offset = offsetof(struct owner, name) },
};

static const uint16_t first[] = { 0 };
static const uint16_t second[] = { 1 };
static const uint16_t beyond[] = { 7 };

static const struct trv_column pet_columns[] = {
	{ .name = "id",
	  .member = "id",
	  .type = TRV_INT64,
	  .flags = TRV_PRIMARY | TRV_AUTO,
	  .offset = offsetof(struct pet, id) },
	{ .name = "owner_id",
	  .member = "owner_id",
	  .type = TRV_INT64,
	  .flags = TRV_NULLABLE | TRV_REFERENCE,
	  .offset = offsetof(struct pet, owner_id),
	  .has_offset = offsetof(struct pet, has_owner_id) },
};

static struct trv_model owner_of(void)
{
	struct trv_model model = {
		.name = "owner",
		.table = "owner",
		.columns = owner_columns,
		.primary = first,
		.column_count = 2,
		.primary_count = 1,
		.lock_column = -1,
		.auto_column = 0,
		.row_size = sizeof(struct owner),
		.query_size = sizeof(struct trv_query),
	};

	model.contract = trv_model_contract(&model);
	model.masks = trv_model_masks(&model);
	return model;
}

/* A pair of models that a test may damage. */
struct pair {
	struct trv_model owner, pet;
	struct trv_relation relation;
	struct trv_foreign_key key;
	struct trv_index_part part;
	struct trv_index index;
	struct trv_column columns[2];
};

static void make_pair(struct pair *pair)
{
	*pair = (struct pair) { .owner = owner_of() };
	memcpy(pair->columns, pet_columns, sizeof(pair->columns));
	pair->relation = (struct trv_relation) {
		.name = "owner",
		.kind = TRV_TO_ONE,
		.target = &pair->owner,
		.columns = second,
		.target_columns = first,
		.key_count = 1,
		.optional = true,
		.offset = offsetof(struct pet, owner),
		.query_offset = offsetof(struct pet_query, owner),
		.target_name = "owner",
	};
	pair->key = (struct trv_foreign_key) {
		.name = "pet_owner_fk",
		.columns = second,
		.target = &pair->owner,
		.target_columns = first,
		.count = 1,
		.target_name = "owner",
	};
	pair->part = (struct trv_index_part) { .column = 1 };
	pair->index = (struct trv_index) { .name = "pet_owner_idx", .parts = &pair->part, .part_count = 1 };
	pair->pet = (struct trv_model) {
		.name = "pet",
		.table = "pet",
		.columns = pair->columns,
		.relations = &pair->relation,
		.indexes = &pair->index,
		.foreign_keys = &pair->key,
		.primary = first,
		.column_count = 2,
		.relation_count = 1,
		.index_count = 1,
		.foreign_key_count = 1,
		.primary_count = 1,
		.lock_column = -1,
		.auto_column = 0,
		.row_size = sizeof(struct pet),
		.query_size = sizeof(struct pet_query),
	};
	pair->pet.contract = trv_model_contract(&pair->pet);
	pair->pet.masks = trv_model_masks(&pair->pet);
}

/* What the check of a registry with both says. */
static int check_pair(const struct pair *pair, struct trv_error *error)
{
	struct trv_registry *registry;
	int r = trv_registry_create(&registry, NULL);

	if (r < 0)
		return r;
	r = trv_registry_add_model(registry, &pair->owner, error);
	if (r == 0)
		r = trv_registry_add_model(registry, &pair->pet, error);
	if (r == 0)
		r = trv_registry_check(registry, error);
	trv_registry_destroy(registry);
	return r;
}

TEST(model, columns_are_found_by_member_and_then_by_name)
{
	struct trv_model owner = owner_of();

	CHECK_INT(trv_model_column(&owner, "name"), 1);
	CHECK_INT(trv_model_column(&owner, "full_name"), 1);
	CHECK_INT(trv_model_column(&owner, "nothing"), -1);
	CHECK_INT(trv_model_relation(&owner, "name"), -1);
}

TEST(model, sql_of_an_engine_goes_before_that_of_all)
{
	struct trv_sql sql = { { [TRV_ENGINE_ANY] = "any", [TRV_ENGINE_MARIADB] = "mariadb" } };

	CHECK_STR(trv_sql_for(&sql, TRV_ENGINE_MARIADB), "mariadb");
	CHECK_STR(trv_sql_for(&sql, TRV_ENGINE_SQLITE), "any");
	CHECK_STR(trv_sql_for(&sql, TRV_ENGINE_ANY), "any");
	CHECK(!trv_sql_for(&(struct trv_sql) { 0 }, TRV_ENGINE_SQLITE));
	CHECK(!trv_sql_for(NULL, TRV_ENGINE_SQLITE));
}

TEST(model, an_engine_without_a_storage_has_that_of_all)
{
	struct trv_column column = { .storage = { TRV_STORE_ISO, TRV_STORE_JULIAN } };

	CHECK_INT(trv_column_storage(&column, TRV_ENGINE_SQLITE), TRV_STORE_JULIAN);
	CHECK_INT(trv_column_storage(&column, TRV_ENGINE_POSTGRESQL), TRV_STORE_ISO);
}

TEST(model, enum_values_have_names_both_ways)
{
	static const struct trv_enum_value values[] = { { "open", "open", NULL }, { "done", "finished", NULL } };
	struct trv_enum state = { .name = "state", .values = values, .count = 2 };

	CHECK_STR(trv_enum_name(&state, 1), "done");
	CHECK(!trv_enum_name(&state, 2));
	CHECK(!trv_enum_name(&state, -1));
	CHECK_INT(trv_enum_find(&state, "done"), 1);
	CHECK_INT(trv_enum_find(&state, "finished"), -1);
}

TEST(contract, it_depends_on_what_a_database_or_a_caller_sees)
{
	struct pair pair;
	uint64_t before;

	make_pair(&pair);
	before = pair.pet.contract;
	pair.columns[1].name = "keeper_id";
	CHECK(trv_model_contract(&pair.pet) != before);
	make_pair(&pair);
	pair.columns[1].flags &= ~(uint32_t)TRV_NULLABLE;
	CHECK(trv_model_contract(&pair.pet) != before);
	make_pair(&pair);
	pair.key.on_delete = TRV_CASCADE;
	CHECK(trv_model_contract(&pair.pet) != before);
	make_pair(&pair);
	pair.index.unique = true;
	CHECK(trv_model_contract(&pair.pet) != before);
	make_pair(&pair);
	pair.columns[0].initial = TRV_LITERAL(TRV_INT64, .integer = 0);
	CHECK(trv_model_contract(&pair.pet) != before);
}

TEST(contract, it_does_not_depend_on_layout_docs_or_what_is_linked)
{
	struct pair pair;
	uint64_t before;

	make_pair(&pair);
	before = pair.pet.contract;
	pair.columns[1].offset = 0;
	pair.columns[1].doc = "who feeds it";
	pair.pet.row_size = 0;
	pair.pet.line = 12;
	pair.relation.target = NULL;
	pair.key.target = NULL;
	CHECK(trv_model_contract(&pair.pet) == before);
}

TEST(contract, texts_do_not_run_into_each_other)
{
	struct trv_check ab_c = { .name = "ab", .sql = { { "c" } } };
	struct trv_check a_bc = { .name = "a", .sql = { { "bc" } } };
	struct trv_model model = owner_of(), other;

	model.check_count = 1;
	other = model;
	model.checks = &ab_c;
	other.checks = &a_bc;
	CHECK(trv_model_contract(&model) != trv_model_contract(&other));
}

TEST(registry, models_are_found_by_name_and_kept_in_order)
{
	struct trv_registry *registry = NULL;
	struct trv_error error = { 0 };
	struct pair pair;

	make_pair(&pair);
	const struct trv_model *models[] = { &pair.pet, NULL, &pair.owner };
	struct trv_model_set set = { .name = "pets", .models = models, .count = 3 };

	REQUIRE_OK(trv_registry_create(&registry, NULL), NULL);
	CHECK_OK(trv_registry_add(registry, &set, &error), &error);
	CHECK_INT(trv_registry_count(registry), 2);
	CHECK(trv_registry_at(registry, 0) == &pair.pet);
	CHECK(trv_registry_at(registry, 1) == &pair.owner);
	CHECK(!trv_registry_at(registry, 2));
	CHECK(trv_registry_find(registry, "owner") == &pair.owner);
	CHECK(!trv_registry_find(registry, "nobody"));
	CHECK_OK(trv_registry_check(registry, &error), &error);
	trv_registry_destroy(registry);
	trv_registry_destroy(NULL);
}

TEST(registry, the_same_model_twice_is_one_and_another_of_its_name_or_table_is_refused)
{
	struct trv_registry *registry = NULL;
	struct trv_model owner = owner_of(), namesake = owner_of(), tenant = owner_of();
	struct trv_error error = { 0 };

	tenant.name = "tenant";
	REQUIRE_OK(trv_registry_create(&registry, NULL), NULL);
	CHECK_OK(trv_registry_add_model(registry, &owner, &error), &error);
	CHECK_OK(trv_registry_add_model(registry, &owner, &error), &error);
	CHECK_INT(trv_registry_count(registry), 1);
	CHECK_STATUS(trv_registry_add_model(registry, &namesake, &error), TRV_ERR_MODEL);
	CHECK_CONTAINS(error.message, "two models \"owner\"");
	CHECK_STATUS(trv_registry_add_model(registry, &tenant, &error), TRV_ERR_MODEL);
	CHECK_CONTAINS(error.message, "\"owner\" and \"tenant\" have the same table \"owner\"");
	CHECK_INT(trv_registry_count(registry), 1);
	trv_registry_destroy(registry);
}

TEST(registry, its_contract_does_not_depend_on_the_order)
{
	struct trv_registry *one = NULL, *other = NULL;
	struct trv_error error = { 0 };
	struct pair pair;

	make_pair(&pair);
	REQUIRE_OK(trv_registry_create(&one, NULL), NULL);
	REQUIRE_OK(trv_registry_create(&other, NULL), NULL);
	CHECK_OK(trv_registry_add_model(one, &pair.owner, &error), &error);
	CHECK_OK(trv_registry_add_model(one, &pair.pet, &error), &error);
	CHECK_OK(trv_registry_add_model(other, &pair.pet, &error), &error);
	CHECK(trv_registry_contract(one) != trv_registry_contract(other));
	CHECK_OK(trv_registry_add_model(other, &pair.owner, &error), &error);
	CHECK(trv_registry_contract(one) == trv_registry_contract(other));
	trv_registry_destroy(one);
	trv_registry_destroy(other);
}

/* --- the check ------------------------------------------------------------------------------- */

static void drop_target(struct pair *pair)
{
	pair->key.target = NULL;
}

static void use_stranger(struct pair *pair)
{
	static struct trv_model stranger;

	stranger = owner_of();
	pair->key.target = &stranger;
}

static void mix_types(struct pair *pair)
{
	pair->key.target_columns = second;
}

static void leave_range(struct pair *pair)
{
	pair->key.columns = beyond;
}

static void leave_index_range(struct pair *pair)
{
	pair->part.column = 9;
}

static void leave_row(struct pair *pair)
{
	pair->columns[1].offset = sizeof(struct pet) - 4;
}

static void leave_query(struct pair *pair)
{
	pair->relation.query_offset = sizeof(struct pet_query);
}

static void shrink_query(struct pair *pair)
{
	pair->pet.query_size = 8;
}

static void lose_type(struct pair *pair)
{
	pair->columns[1].type = (enum trv_type)99;
}

static void lose_enum(struct pair *pair)
{
	pair->columns[1].type = TRV_ENUM;
}

static void lose_columns(struct pair *pair)
{
	pair->pet.columns = NULL;
}

static void lose_every_column(struct pair *pair)
{
	pair->pet.column_count = 0;
}

static void take_too_many(struct pair *pair)
{
	pair->pet.column_count = 65;
}

static void take_no_lock(struct pair *pair)
{
	pair->pet.lock_column = 0;
}

static void mistake_masks(struct pair *pair)
{
	pair->pet.masks.plain ^= 2;
}

static void change_afterwards(struct pair *pair)
{
	pair->columns[1].name = "keeper_id";
}

TEST(registry, each_fault_of_a_model_is_named)
{
	static const struct {
		void (*damage)(struct pair *pair);
		const char *message;
	} faults[] = {
		{ drop_target, "pet.pet_owner_fk: model \"owner\" is not linked" },
		{ use_stranger, "pet.pet_owner_fk: model \"owner\" is not registered" },
		{ mix_types, "pet.pet_owner_fk: pet.owner_id is int64, owner.name is text" },
		{ leave_range, "pet.pet_owner_fk: \"pet\" has no column 7" },
		{ leave_index_range, "index \"pet_owner_idx\": \"pet\" has no column 9" },
		{ leave_row, "pet.owner_id lies outside the row" },
		{ leave_query, "pet.owner lies outside" },
		{ shrink_query, "its query has 8 bytes" },
		{ lose_type, "pet.owner_id has no type" },
		{ lose_enum, "pet.owner_id and its enum do not fit" },
		{ lose_columns, "says that it has 2 columns and holds none" },
		{ lose_every_column, "has no columns" },
		{ take_too_many, "65 columns, the limit is 64" },
		{ take_no_lock, "its lock column is 0, which is none" },
		{ mistake_masks, "its masks are not those of its columns" },
		{ change_afterwards, "its contract does not hold" },
	};
	struct trv_error error = { 0 };
	struct pair pair;

	make_pair(&pair);
	CHECK_OK(check_pair(&pair, &error), &error);
	for (size_t i = 0; i < TRV_COUNT_OF(faults); i++) {
		make_pair(&pair);
		faults[i].damage(&pair);
		CHECK_STATUS(check_pair(&pair, &error), TRV_ERR_MODEL);
		CHECK_CONTAINS(error.message, faults[i].message);
	}
}

TEST(registry, a_collection_of_a_model_that_is_not_linked_is_no_fault)
{
	struct trv_error error = { 0 };
	struct pair pair;

	make_pair(&pair);
	pair.relation.kind = TRV_TO_MANY;
	pair.relation.target = NULL;
	pair.pet.contract = trv_model_contract(&pair.pet);
	CHECK_OK(check_pair(&pair, &error), &error);
}

/* 40 models, so that the hash tables and the array grow. */
static int fill(const struct trv_allocator *allocator, void *argument)
{
	static char names[40][8];
	static struct trv_model models[40];
	struct trv_registry *registry;
	int r = trv_registry_create(&registry, allocator);

	(void)argument;
	for (size_t i = 0; r == 0 && i < TRV_COUNT_OF(models); i++) {
		models[i] = owner_of();
		snprintf(names[i], sizeof(names[i]), "m%zu", i);
		models[i].name = models[i].table = names[i];
		models[i].contract = trv_model_contract(&models[i]);
		r = trv_registry_add_model(registry, &models[i], NULL);
		if (r < 0)
			trv_registry_destroy(registry);
	}
	if (r < 0)
		return r;
	r = trv_registry_check(registry, NULL);
	if (!trv_registry_find(registry, "m39") || trv_registry_count(registry) != 40)
		r = TRV_ERR_INTERNAL;
	trv_registry_destroy(registry);
	return r;
}

TEST(registry, every_allocation_may_fail)
{
	CHECK_SWEEP(fill, NULL);
}
