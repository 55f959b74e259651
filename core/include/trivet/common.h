/**
 * @file common.h
 * What every other header needs: visibility, attributes, the version.
 */
#ifndef TRIVET_COMMON_H
#define TRIVET_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRV_VERSION_MAJOR 0
#define TRV_VERSION_MINOR 1
#define TRV_VERSION_PATCH 0
#define TRV_VERSION "0.1.0"

/**
 * The shape of the tables in generated code. The generator writes the number it
 * was built for into each file, and the file refuses to compile against another.
 */
#define TRV_GENERATED_ABI 1

#if defined(__cplusplus)
#define TRV_BEGIN_DECLS extern "C" {
#define TRV_END_DECLS }
#define TRV_STATIC_ASSERT(condition, message) static_assert(condition, message)
#else
#define TRV_BEGIN_DECLS
#define TRV_END_DECLS
#define TRV_STATIC_ASSERT(condition, message) _Static_assert(condition, message)
#endif

/** Exported from the library. */
#define TRV_API __attribute__((visibility("default")))

/** The result is a status and must be looked at. */
#define TRV_MUST_CHECK __attribute__((warn_unused_result))

/**
 * A typed wrapper in generated code. It is always inlined, so the return address
 * that the runtime sees is the caller's own line: that is the call site which
 * errors and reports name, and it costs nothing.
 */
#define TRV_WRAPPER static inline __attribute__((always_inline, unused)) TRV_MUST_CHECK

/** A builder of expressions in generated code. */
#define TRV_BUILDER static inline __attribute__((unused))

/**
 * A generic view of a generated struct (a list, a query). The runtime reads
 * generated structs through these views, so they may alias.
 */
#define TRV_VIEW __attribute__((may_alias))

/** A model of another schema file. Its address is NULL where that file is not linked. */
#define TRV_WEAK __attribute__((weak))

#define TRV_PRINTF(format_index, first) __attribute__((format(printf, format_index, first)))

#define TRV_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
