/*
 * Memory through the caller's allocator, or malloc where none is given.
 */
#include <stdlib.h>
#include <trivet/driver.h>

/* Hooks are promised that sizes are never 0. */
static size_t at_least_one(size_t size)
{
	return size ? size : 1;
}

void *trv_allocate(const struct trv_allocator *allocator, size_t size)
{
	if (allocator && allocator->allocate)
		return allocator->allocate(allocator->context, at_least_one(size));
	return malloc(at_least_one(size));
}

void *trv_resize(const struct trv_allocator *allocator, void *memory, size_t size)
{
	if (!memory)
		return trv_allocate(allocator, size);
	if (allocator && allocator->resize)
		return allocator->resize(allocator->context, memory, at_least_one(size));
	return realloc(memory, at_least_one(size));
}

void trv_release(const struct trv_allocator *allocator, void *memory)
{
	if (!memory)
		return;
	if (allocator && allocator->release)
		allocator->release(allocator->context, memory);
	else
		free(memory);
}
