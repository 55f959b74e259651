/*
 * The plugin "document": texts of projects, their size and words counted.
 */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include "document.trv.h"

extern const struct trv_plugin document_plugin;

/*
 * Gives the document another text, which is borrowed, and counts it. Returns the columns
 * that this changed, to be written:
 *
 *     r = document_update(s, &document, document_set_body(&document, text));
 *
 * An insert counts by itself.
 */
uint64_t document_set_body(struct document *document, const char *body);

#endif
