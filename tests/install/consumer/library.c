/*
 * The program of every way to build with an installed Trivet: it writes two books, reads
 * their author with them, and tells how many columns a person has.
 */
#include <stdio.h>
#include <string.h>
#include <trivet/trivet.h>
#include "library.trv.h"
#include "people.trv.h"

static int fill(struct trv_session *s)
{
	struct person ursula = { .name = "Ursula" };
	struct book books[] = { { .title = "The Dispossessed" }, { .title = "The Lathe of Heaven" } };

	int r = trv_schema_create(s);
	if (r >= 0)
		r = person_insert(s, &ursula);
	for (size_t i = 0; i < TRV_COUNT_OF(books); i++)
		books[i].author_id = ursula.id;
	if (r >= 0)
		r = book_insert_many(s, books, TRV_COUNT_OF(books));
	return r;
}

static int show(struct trv_session *s)
{
	struct person_list people;
	int r = person_find(s, &people,
	                    &(struct person_query) {
				    .books = &(struct book_query) { .order_by = { book_by_title(TRV_ASC) } },
			    });

	if (r < 0)
		return r;
	for (size_t i = 0; i < people.count; i++)
		for (size_t k = 0; k < people.items[i].books->count; k++)
			printf("%s: %s\n", people.items[i].name, people.items[i].books->items[k]->title);
	printf("a person has %u columns\n", person_model.column_count);
	return 0;
}

int main(void)
{
	struct trv_error error = { 0 };
	struct trv_db *db = NULL;
	struct trv_session *s = NULL;

	int r = trv_open(&db, &(struct trv_options) { .url = "sqlite::memory:", .models = &library_models }, &error);
	if (r >= 0)
		r = trv_session_open(db, &s, &error);
	if (r >= 0)
		r = fill(s);
	if (r >= 0)
		r = show(s);
	if (r < 0)
		fprintf(stderr, "library: %s\n", s ? trv_error(s)->message : error.message);
	trv_session_close(s);
	trv_close(db);
	return r < 0;
}
