/* A small shop to read from, on the engine that TRIVET_TEST_ENGINE names; SQLite without one. */
#ifndef TRIVET_TESTS_READS_FIXTURE_H
#define TRIVET_TESTS_READS_FIXTURE_H

#include "shop.trv.h"
#include "test.h"

#define SHOP_TASKS 8

struct shop {
	struct trv_db *db;
	struct trv_session *s;
	struct person ada, bob, cy; /* Bob and Cy work for Ada; Bob's age is not known */
	struct project atlas, borea, corvus; /* led by Ada, Bob and nobody */
	struct task tasks[SHOP_TASKS]; /* five of Atlas, three of Borea, none of Corvus; ids in this order */
};

void shop_open(struct shop *shop);
void shop_close(struct shop *shop);

/* The same with an allocator, and without tests that end the test. */
int shop_try_open(struct shop *shop, const struct trv_allocator *allocator);

/* As it was left on a server: only `db` and `s` are there. */
int shop_try_connect(struct shop *shop, const struct trv_allocator *allocator);

bool shop_is(const struct shop *shop, const char *engine);

/* How many statements the session ran since it was opened. */
uint64_t shop_statements(const struct shop *shop);

#define SHOP_OK(shop, call) REQUIRE_OK(call, trv_error((shop)->s))

#endif
