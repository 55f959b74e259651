/*
 * Rows with every kind of relation between them, and what belongs to what computed from
 * them in C: a model of the database that no loader has touched.
 */
#ifndef TRIVET_CONFORMANCE_LIBRARY_H
#define TRIVET_CONFORMANCE_LIBRARY_H

#include "suite.h"

#define AUTHORS 9
#define BOOKS 30
#define GENRES 5
#define NODES 12
#define MOST 40 /* related rows of one row */

struct library {
	struct author authors[AUTHORS];
	struct book books[BOOKS];
	struct genre genres[GENRES];
	struct book_genre links[BOOKS * GENRES];
	size_t link_count;
	struct node nodes[NODES];
	struct edge edges[2 * NODES];
	size_t edge_count;
};

struct ids {
	int64_t items[MOST];
	size_t count;
};

/* Opens the world and inserts the rows. Books are spread unevenly; the last author has none. */
void library_open(struct world *world, struct library *library);

/* The rows of a model, in the order of their ids. */
const void *library_rows(const struct library *library, const struct trv_model *model, size_t *count);

/* The ids of the rows that belong to `row`, ascending. */
struct ids library_related(const struct library *library, const struct trv_model *model,
                           const struct trv_relation *relation, const void *row);

#endif
