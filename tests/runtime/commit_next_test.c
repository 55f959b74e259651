/* trv_commit_next: the next write ends the transaction. */
#include "fixture.h"

#include <stdlib.h>

#define NAMES "SELECT name FROM tag ORDER BY id"

static int add_tag(struct world *w, const char *name)
{
	struct tag tag = { .name = name };
	int r = tag_insert(w->s, &tag);

	CHECK(r < 0 || tag.id > 0);
	return r;
}

static void begin_last(struct world *w)
{
	OK(w, trv_begin(w->s, NULL));
	OK(w, trv_commit_next(w->s));
}

TEST(commit_next, an_insert_commits_what_came_before_it_too)
{
	struct world w;

	world_open_empty(&w);
	OK(&w, trv_begin(w.s, NULL));
	OK(&w, add_tag(&w, "a"));
	OK(&w, trv_commit_next(w.s));
	CHECK_INT(trv_transaction_depth(w.s), 1);
	CHECK_STR(raw(&w, NAMES), "");
	OK(&w, add_tag(&w, "b"));
	CHECK_INT(trv_transaction_depth(w.s), 0);
	CHECK_STR(raw(&w, NAMES), "a\nb");
	CHECK_STATUS(trv_commit(w.s), TRV_ERR_MISUSE);
	world_close(&w);
}

TEST(commit_next, it_holds_for_one_transaction)
{
	struct world w;

	world_open_empty(&w);
	begin_last(&w);
	OK(&w, add_tag(&w, "a"));
	OK(&w, trv_begin(w.s, NULL));
	OK(&w, add_tag(&w, "b"));
	CHECK_INT(trv_transaction_depth(w.s), 1);
	OK(&w, trv_rollback(w.s));
	begin_last(&w);
	OK(&w, trv_rollback(w.s));
	OK(&w, trv_begin(w.s, NULL));
	OK(&w, add_tag(&w, "c"));
	CHECK_INT(trv_transaction_depth(w.s), 1);
	OK(&w, trv_rollback(w.s));
	CHECK_STR(raw(&w, NAMES), "a");
	world_close(&w);
}

TEST(commit_next, a_write_that_the_engine_refuses_commits_nothing)
{
	struct world w;

	world_open_empty(&w);
	OK(&w, add_tag(&w, "a"));
	OK(&w, trv_begin(w.s, NULL));
	OK(&w, add_tag(&w, "b"));
	OK(&w, trv_commit_next(w.s));
	CHECK_STATUS(add_tag(&w, "a"), TRV_ERR_UNIQUE);
	CHECK_INT(trv_transaction_depth(w.s), 1);
	CHECK_STATUS(add_tag(&w, "c"), TRV_ERR_TRANSACTION);
	OK(&w, trv_rollback(w.s));
	CHECK_STR(raw(&w, NAMES), "a");
	OK(&w, add_tag(&w, "d"));
	CHECK_STR(raw(&w, NAMES), "a\nd");
	world_close(&w);
}

TEST(commit_next, a_write_that_is_refused_before_it_is_sent_leaves_it_to_the_next)
{
	struct world w;

	world_open_empty(&w);
	begin_last(&w);
	CHECK_STATUS(add_tag(&w, "\xff"), TRV_ERR_VALUE);
	CHECK_INT(trv_transaction_depth(w.s), 1);
	OK(&w, add_tag(&w, "a"));
	CHECK_INT(trv_transaction_depth(w.s), 0);
	CHECK_STR(raw(&w, NAMES), "a");
	world_close(&w);
}

TEST(commit_next, every_kind_of_write_commits)
{
	struct tag tags[] = { { .name = "a" }, { .name = "b" }, { .name = "c" } };
	uint64_t affected = 0;
	struct world w;

	world_open_empty(&w);
	begin_last(&w);
	OK(&w, tag_insert_many(w.s, tags, 3));
	CHECK_STR(raw(&w, NAMES), "a\nb\nc");
	begin_last(&w);
	tags[0].name = "d";
	OK(&w, tag_update(w.s, &tags[0], TAG_NAME));
	CHECK_STR(raw(&w, NAMES), "d\nb\nc");
	begin_last(&w);
	tags[1].name = "e";
	tags[2].name = "f";
	OK(&w, tag_update_many(w.s, &tags[1], 2, TAG_NAME));
	CHECK_STR(raw(&w, NAMES), "d\ne\nf");
	begin_last(&w);
	OK(&w, tag_delete(w.s, &tags[0]));
	CHECK_STR(raw(&w, NAMES), "e\nf");
	begin_last(&w);
	OK(&w, tag_upsert(w.s, &(struct tag) { .name = "f" }, TAG_NAME, 0));
	CHECK_STR(raw(&w, "SELECT count(*) FROM tag"), "2");
	begin_last(&w);
	OK(&w, tag_delete_where(w.s, &affected, &(struct tag_query) { .where = { tag_name(TRV_EQ, "e") } }));
	CHECK_INT(affected, 1);
	CHECK_STR(raw(&w, NAMES), "f");
	CHECK_INT(trv_transaction_depth(w.s), 0);
	world_close(&w);
}

TEST(commit_next, a_row_that_is_not_there_commits_nothing)
{
	struct world w;

	world_open_empty(&w);
	OK(&w, trv_begin(w.s, NULL));
	OK(&w, add_tag(&w, "a"));
	OK(&w, trv_commit_next(w.s));
	CHECK_STATUS(tag_update(w.s, &(struct tag) { .id = 77, .name = "x" }, TAG_NAME), TRV_ERR_NOT_FOUND);
	CHECK_INT(trv_transaction_depth(w.s), 1);
	CHECK_STR(raw(&w, NAMES), "");
	OK(&w, trv_rollback(w.s));
	world_close(&w);
}

TEST(commit_next, more_rows_than_one_statement_takes_are_committed_after_the_last)
{
	enum {
		MANY = 9000
	};
	struct tag *tags = calloc(MANY, sizeof(*tags));
	char(*names)[16] = calloc(MANY, sizeof(*names));
	struct world w;

	REQUIRE(tags && names);
	for (int i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "%d", i);
		tags[i].name = names[i];
	}
	world_open_empty(&w);
	begin_last(&w);
	OK(&w, tag_insert_many(w.s, tags, MANY));
	CHECK_INT(trv_transaction_depth(w.s), 0);
	CHECK_STR(raw(&w, "SELECT count(*) FROM tag"), "9000");
	world_close(&w);
	free(tags);
	free(names);
}

TEST(commit_next, only_the_outermost_level_is_committed_so)
{
	struct world w;

	world_open_empty(&w);
	CHECK_STATUS(trv_commit_next(w.s), TRV_ERR_MISUSE);
	OK(&w, trv_begin(w.s, NULL));
	OK(&w, trv_begin(w.s, NULL));
	CHECK_STATUS(trv_commit_next(w.s), TRV_ERR_MISUSE);
	OK(&w, add_tag(&w, "a"));
	CHECK_INT(trv_transaction_depth(w.s), 2);
	OK(&w, trv_commit(w.s));
	OK(&w, trv_commit_next(w.s));
	/* a write inside a savepoint is not the transaction's last */
	OK(&w, trv_begin(w.s, NULL));
	OK(&w, add_tag(&w, "b"));
	CHECK_INT(trv_transaction_depth(w.s), 2);
	OK(&w, trv_commit(w.s));
	OK(&w, add_tag(&w, "c"));
	CHECK_INT(trv_transaction_depth(w.s), 0);
	CHECK_STR(raw(&w, NAMES), "a\nb\nc");
	world_close(&w);
}
