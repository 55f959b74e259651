/**
 * @file runtime.h
 * What generated code calls. Each function here stands behind one typed wrapper per
 * model, where its documentation is; programs call the wrappers. `row`, `rows`, `list`
 * and `query` are the model's own structs.
 */
#ifndef TRIVET_RUNTIME_H
#define TRIVET_RUNTIME_H

#include <trivet/query.h>
#include <trivet/session.h>
#include <trivet/sql.h>

TRV_BEGIN_DECLS

/** Where in a page sequence we are. */
struct trv_page {
	const char *after; /* in: where to go on; NULL is the start */
	const char
		*next; /* out: what to give as `after` for the next page; NULL: this was the last. In the rows' arena */
};

/** A running _each. Zero-initialise it. Inside it is the library's. */
struct trv_stream {
	struct trv_stream_state *state;
};

/** Ends an _each early (after `break`). Harmless at any other time. */
TRV_API void trv_stream_close(struct trv_stream *stream);

/** How the parts of a key lie in the caller's array. */
struct trv_key_layout {
	size_t stride;
	uint16_t count;
	uint16_t offsets[TRV_MAX_KEY];
};

TRV_API TRV_MUST_CHECK int trv__get(struct trv_session *session, const struct trv_model *model, void *row,
                                    const struct trv_expr *key);
TRV_API TRV_MUST_CHECK int trv__get_many(struct trv_session *session, const struct trv_model *model, void *list,
                                         const void *keys, size_t count, const struct trv_key_layout *layout);
TRV_API TRV_MUST_CHECK int trv__find(struct trv_session *session, const struct trv_model *model, void *list,
                                     const void *query);
TRV_API TRV_MUST_CHECK int trv__one(struct trv_session *session, const struct trv_model *model, void *row,
                                    const void *query);
TRV_API TRV_MUST_CHECK int trv__count(struct trv_session *session, const struct trv_model *model, uint64_t *count,
                                      const void *query);
TRV_API TRV_MUST_CHECK int trv__exists(struct trv_session *session, const struct trv_model *model, bool *exists,
                                       const void *query);
TRV_API TRV_MUST_CHECK int trv__each(struct trv_session *session, const struct trv_model *model,
                                     struct trv_stream *stream, void *row_pointer, const void *query);
TRV_API TRV_MUST_CHECK int trv__page(struct trv_session *session, const struct trv_model *model, void *list,
                                     struct trv_page *page, const void *query);
/** `stride` is the size of a group's struct, `values` the offset of its values. */
TRV_API TRV_MUST_CHECK int trv__aggregate(struct trv_session *session, const struct trv_model *model, void *groups,
                                          size_t stride, size_t values, const struct trv_aggregate *aggregate,
                                          const void *query);
TRV_API TRV_MUST_CHECK int trv__load(struct trv_session *session, const struct trv_model *model, void *row,
                                     uint16_t relation);
TRV_API TRV_MUST_CHECK int trv__sql(struct trv_session *session, const struct trv_model *model, void *list,
                                    const char *sql, const struct trv_value *values, size_t count);
TRV_API TRV_MUST_CHECK int trv__explain(struct trv_session *session, const struct trv_model *model, const char **text,
                                        const void *query);

/** `columns`: those to write as they stand even where they are zero. */
TRV_API TRV_MUST_CHECK int trv__insert(struct trv_session *session, const struct trv_model *model, void *row,
                                       uint64_t columns);
TRV_API TRV_MUST_CHECK int trv__insert_many(struct trv_session *session, const struct trv_model *model, void *rows,
                                            size_t count, uint64_t columns);
TRV_API TRV_MUST_CHECK int trv__update(struct trv_session *session, const struct trv_model *model, void *row,
                                       uint64_t columns);
TRV_API TRV_MUST_CHECK int trv__update_many(struct trv_session *session, const struct trv_model *model, void *rows,
                                            size_t count, uint64_t columns);
/** `key`: the columns of the unique index or primary key; `columns`: what to set in a row that is there, 0 is all others. */
TRV_API TRV_MUST_CHECK int trv__upsert(struct trv_session *session, const struct trv_model *model, void *row,
                                       uint64_t key, uint64_t columns);
TRV_API TRV_MUST_CHECK int trv__upsert_many(struct trv_session *session, const struct trv_model *model, void *rows,
                                            size_t count, uint64_t key, uint64_t columns);
TRV_API TRV_MUST_CHECK int trv__delete(struct trv_session *session, const struct trv_model *model, const void *row);
TRV_API TRV_MUST_CHECK int trv__update_where(struct trv_session *session, const struct trv_model *model,
                                             uint64_t *affected, const void *values, uint64_t columns,
                                             const void *query);
TRV_API TRV_MUST_CHECK int trv__delete_where(struct trv_session *session, const struct trv_model *model,
                                             uint64_t *affected, const void *query);

TRV_END_DECLS

#endif
