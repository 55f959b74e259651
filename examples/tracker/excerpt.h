/*
 * What stands around a word in a text.
 */
#ifndef TRACKER_EXCERPT_H
#define TRACKER_EXCERPT_H

#include <trivet/arena.h>

/*
 * Copies what stands around the first `word` in `text` on one line: at most `around` bytes on
 * either side, whole characters, "..." where it was cut. In `arena`; NULL when the word is not
 * there or memory is out.
 */
char *excerpt(const char *text, const char *word, size_t around, struct trv_arena *arena);

#endif
