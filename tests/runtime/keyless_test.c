/* Rows without a key, and rows of nothing but what the engine makes. */
#include "fixture.h"

TEST(keyless, a_row_of_nothing_but_defaults)
{
	struct world w;
	struct ticket ticket = { .id = 0 }, many[3] = { { .id = 0 } };

	world_open_empty(&w);
	ASSERT_STATEMENTS(w.s, 1)
	OK(&w, ticket_insert(w.s, &ticket));
	CHECK_INT(ticket.id, 1);
	CHECK_INT(ticket.issued, 42);
	many[1].id = 50;
	OK(&w, ticket_insert_many(w.s, many, 3));
	/* A sequence of PostgreSQL takes no notice of keys that were given. */
	int64_t next = world_is("postgresql") ? 3 : 51;
	CHECK_STR(raw(&w, "SELECT id, issued FROM ticket ORDER BY id"),
	          next == 3 ? "1|42\n2|42\n3|42\n50|42" : "1|42\n2|42\n50|42\n51|42");
	CHECK_INT(many[0].id, 2);
	CHECK_INT(many[2].id, next);
	CHECK_INT(many[2].issued, 42);
	world_close(&w);
}

static void fill(struct world *w, struct ticket tickets[2])
{
	world_open_empty(w);
	memset(tickets, 0, 2 * sizeof(*tickets));
	OK(w, ticket_insert_many(w->s, tickets, 2));
	struct entry entries[] = { { .ticket_id = tickets[0].id, .line = "a" },
		                   { .ticket_id = tickets[1].id, .line = "b", .amount = 5 },
		                   { .ticket_id = tickets[0].id, .line = "a" } };
	OK(w, entry_insert_many(w->s, entries, 3));
	CHECK_INT(entries[0].amount, 1);
}

TEST(keyless, rows_are_written_and_read)
{
	struct world w;
	struct ticket tickets[2];
	struct entry_list list;
	struct entry entry;
	uint64_t count = 0;
	bool exists = false;

	fill(&w, tickets);
	CHECK_STR(raw(&w, "SELECT ticket_id, line, amount FROM entry ORDER BY line"), "1|a|1\n1|a|1\n2|b|5");
	OK(&w, entry_find(w.s, &list, &(struct entry_query) { .order_by = { entry_by_line(TRV_DESC) }, .limit = 2 }));
	REQUIRE(list.count == 2);
	CHECK_STR(list.items[0].line, "b");
	CHECK_STR(list.items[1].line, "a");
	OK(&w, entry_count(w.s, &count, &(struct entry_query) { .where = { entry_line(TRV_EQ, "a") } }));
	CHECK_INT(count, 2);
	OK(&w, entry_one(w.s, &entry, &(struct entry_query) { .where = { entry_amount(TRV_GT, 1) } }));
	CHECK_INT(entry.ticket_id, tickets[1].id);
	OK(&w, entry_update_where(w.s, &count, &(struct entry) { .amount = 9 }, ENTRY_AMOUNT,
	                          &(struct entry_query) { .where = { entry_line(TRV_EQ, "a") } }));
	CHECK_INT(count, 2);
	OK(&w, entry_delete_where(w.s, &count, &(struct entry_query) { .where = { entry_amount(TRV_EQ, 9) } }));
	CHECK_INT(count, 2);
	OK(&w, entry_exists(w.s, &exists, NULL));
	CHECK(exists);
	CHECK_STR(raw(&w, "SELECT line FROM entry"), "b");
	world_close(&w);
}

TEST(keyless, they_belong_to_others_by_every_loader)
{
	static const enum trv_how hows[] = { TRV_AUTO_LOAD, TRV_JOINED, TRV_SELECTIN, TRV_SUBQUERY, TRV_LAZY };
	struct world w;
	struct ticket tickets[2];
	struct ticket_list list;

	fill(&w, tickets);
	for (size_t how = 0; how < TRV_COUNT_OF(hows); how++) {
		ASSERT_STATEMENTS(w.s, 2)
		{
			OK(&w, ticket_find(w.s, &list,
			                   &(struct ticket_query) {
						   .order_by = { ticket_by_id(TRV_ASC) },
						   .entries = &(struct entry_query) { .how = hows[how] } }));
			OK(&w, ticket_entries(w.s, &list.items[1]));
		}
		REQUIRE(list.count == 2);
		REQUIRE(list.items[0].entries->count == 2 && list.items[1].entries->count == 1);
		CHECK_STR(list.items[0].entries->items[0]->line, "a");
		CHECK_STR(list.items[0].entries->items[1]->line, "a"); /* two rows, though they are alike */
		CHECK_STR(list.items[1].entries->items[0]->line, "b");
	}
	ASSERT_STATEMENTS(w.s, 2)
	OK(&w, ticket_find(w.s, &list,
	                   &(struct ticket_query) { .order_by = { ticket_by_id(TRV_ASC) },
	                                            .entries = &(struct entry_query) {
							    .limit = 1, .order_by = { entry_by_line(TRV_ASC) } } }));
	CHECK_INT(list.items[0].entries->count, 1);
	world_close(&w);
}

TEST(keyless, others_belong_to_them)
{
	static const enum trv_how hows[] = { TRV_JOINED, TRV_SELECTIN, TRV_SUBQUERY };
	struct world w;
	struct ticket tickets[2];
	struct entry_list list;

	fill(&w, tickets);
	for (size_t how = 0; how < TRV_COUNT_OF(hows); how++) {
		OK(&w, entry_find(w.s, &list,
		                  &(struct entry_query) { .order_by = { entry_by_line(TRV_ASC) },
		                                          .ticket = &(struct ticket_query) {
								  .how = hows[how],
								  .entries = &(struct entry_query) { .limit = 0 } } }));
		REQUIRE(list.count == 3);
		CHECK(list.items[0].ticket == list.items[1].ticket);
		CHECK_INT(list.items[0].ticket->entries->count, 2);
		CHECK_INT(list.items[2].ticket->entries->count, 1);
	}
	world_close(&w);
}
