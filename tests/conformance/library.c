#include "library.h"

static void insert_authors(struct world *w, struct library *library)
{
	static const char *const names[AUTHORS] = { "Ann", "Bob", "Cid", "Dora", "Eve", "Fay", "Guy", "Hal", "Ida" };
	static const int mentors[AUTHORS] = { -1, 0, 0, 1, -1, 1, 5, 0, -1 };

	for (int i = 0; i < AUTHORS; i++) {
		struct author *author = &library->authors[i];

		*author = (struct author) { .name = names[i], .age = (int16_t)(20 + 5 * i), .has_age = i % 3 != 2 };
		if (mentors[i] >= 0) {
			author->mentor_id = library->authors[mentors[i]].id;
			author->has_mentor_id = true;
		}
		OK(w, author_insert(w->s, author));
	}
}

static void insert_books(struct world *w, struct library *library)
{
	static const char *const titles[] = { "Atlas", "Boreas", "Chronos", "Delos", "Eos" };

	for (int i = 0; i < BOOKS; i++) {
		struct book *book = &library->books[i];
		int author = i * i % 7; /* 0, 1, 2 and 4 have books */

		*book = (struct book) {
			.author_id = library->authors[author].id,
			.title = titles[i % 5],
			.year = (int16_t)(1990 + i / 3),
			.price = trv_decimal(i * 125 + 5, 2),
			.rating = i / 8.0,
			.has_rating = i % 4 != 0,
			.state = i % 3 == 0 ? SHADE_DARK : SHADE_BLACK,
		};
		if (i % 3) {
			book->editor_id = library->authors[i % 8].id;
			book->has_editor_id = true;
		}
	}
	OK(w, book_insert_many(w->s, library->books, BOOKS));
}

static void insert_genres(struct world *w, struct library *library)
{
	static const char *const names[GENRES] = { "poem", "novel", "essay", "crime", "unread" };

	for (int i = 0; i < GENRES; i++) {
		library->genres[i] = (struct genre) { .name = names[i] };
		OK(w, genre_insert(w->s, &library->genres[i]));
	}
	for (int book = 0; book < BOOKS; book++)
		for (int genre = 0; genre < GENRES - 1; genre++)
			if ((book * 7 + genre * 3) % 5 < 2)
				library->links[library->link_count++] = (struct book_genre) {
					.book_id = library->books[book].id,
					.genre_id = library->genres[genre].id,
				};
	OK(w, book_genre_insert_many(w->s, library->links, library->link_count));
}

/* Two trees, and edges of which some run in circles. */
static void insert_nodes(struct world *w, struct library *library)
{
	static const int parents[NODES] = { -1, 0, 0, 1, 1, 3, 5, -1, 7, 7, 9, -1 };
	static const int edges[][2] = { { 0, 1 }, { 1, 2 }, { 2, 0 }, { 2, 3 }, { 3, 3 },
		                        { 5, 6 }, { 6, 5 }, { 7, 8 }, { 0, 7 }, { 0, 9 } };
	static const char *const names[NODES] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l" };

	for (int i = 0; i < NODES; i++) {
		library->nodes[i] = (struct node) { .name = names[i] };
		if (parents[i] >= 0) {
			library->nodes[i].parent_id = library->nodes[parents[i]].id;
			library->nodes[i].has_parent_id = true;
		}
		OK(w, node_insert(w->s, &library->nodes[i]));
	}
	for (size_t i = 0; i < TRV_COUNT_OF(edges); i++)
		library->edges[library->edge_count++] = (struct edge) {
			.source_id = library->nodes[edges[i][0]].id,
			.target_id = library->nodes[edges[i][1]].id,
		};
	OK(w, edge_insert_many(w->s, library->edges, library->edge_count));
}

void library_open(struct world *world, struct library *library)
{
	memset(library, 0, sizeof(*library));
	world_open(world);
	OK(world, trv_begin(world->s, NULL));
	insert_authors(world, library);
	insert_books(world, library);
	insert_genres(world, library);
	insert_nodes(world, library);
	OK(world, trv_commit(world->s));
}

const void *library_rows(const struct library *library, const struct trv_model *model, size_t *count)
{
	const struct {
		const struct trv_model *model;
		const void *rows;
		size_t count;
	} tables[] = {
		{ &author_model, library->authors, AUTHORS },
		{ &book_model, library->books, BOOKS },
		{ &genre_model, library->genres, GENRES },
		{ &book_genre_model, library->links, library->link_count },
		{ &node_model, library->nodes, NODES },
		{ &edge_model, library->edges, library->edge_count },
	};

	for (size_t i = 0; i < TRV_COUNT_OF(tables); i++)
		if (tables[i].model == model) {
			*count = tables[i].count;
			return tables[i].rows;
		}
	test_note("%s is no model of the library", model->name);
	test_end();
}

/* Keys are int64 here. Null is equal to nothing. */
static bool is_equal(const struct trv_model *model, uint16_t index, const char *row, const struct trv_model *other,
                     uint16_t other_index, const char *other_row)
{
	const struct trv_column *a = &model->columns[index];
	const struct trv_column *b = &other->columns[other_index];

	if ((a->has_offset && !*(const bool *)(row + a->has_offset)) ||
	    (b->has_offset && !*(const bool *)(other_row + b->has_offset)))
		return false;
	return *(const int64_t *)(const void *)(row + a->offset) ==
	       *(const int64_t *)(const void *)(other_row + b->offset);
}

static bool is_linked(const struct library *library, const struct trv_model *model, const struct trv_relation *relation,
                      const char *row, const char *target)
{
	size_t count;
	const char *links = library_rows(library, relation->through, &count);

	for (size_t i = 0; i < count; i++) {
		const char *link = links + i * relation->through->row_size;

		if (is_equal(model, relation->columns[0], row, relation->through, relation->through_columns[0], link) &&
		    is_equal(relation->target, relation->target_columns[0], target, relation->through,
		             relation->through_target_columns[0], link))
			return true;
	}
	return false;
}

struct ids library_related(const struct library *library, const struct trv_model *model,
                           const struct trv_relation *relation, const void *row)
{
	struct ids ids = { .count = 0 };
	size_t count;
	const char *targets = library_rows(library, relation->target, &count);

	for (size_t i = 0; i < count; i++) {
		const char *target = targets + i * relation->target->row_size;
		bool related = relation->through ? is_linked(library, model, relation, row, target)
		                                 : is_equal(model, relation->columns[0], row, relation->target,
		                                            relation->target_columns[0], target);

		if (related)
			ids.items[ids.count++] =
				*(const int64_t *)(const void *)(target + relation->target->columns[0].offset);
	}
	return ids;
}
