/*
 * uthash as we use it. Where a table is touched, a variable `hash_memory` of type
 * `const struct trv_allocator *` is in scope, or (with TRV__HASH_ARENA) a
 * `struct trv_arena *`: memory comes from there, and when there is none the element is
 * left out (`added` is NULL in the table; the caller looks it up).
 */
#ifndef TRIVET_BASE_HASH_H
#define TRIVET_BASE_HASH_H

#define XXH_INLINE_ALL
#include <xxhash.h>

#define HASH_NONFATAL_OOM 1
#ifdef TRV__HASH_ARENA
#define uthash_malloc(size) trv_arena_alloc(hash_memory, (size))
#define uthash_free(memory, size) ((void)(memory))
#else
#define uthash_malloc(size) trv_allocate(hash_memory, (size))
#define uthash_free(memory, size) trv_release(hash_memory, (memory))
#endif
#define HASH_FUNCTION(key, size, hash) ((hash) = (unsigned)XXH3_64bits((key), (size)))
#define uthash_nonfatal_oom(element) (hash_failed = true)

#include <uthash.h>

#endif
