#include "compiler.h"

#include <stdarg.h>
#include <string.h>

void *compiler_alloc(struct compiler *compiler, size_t size)
{
	void *memory = trv_arena_alloc(&compiler->schema->arena, size ? size : 1);

	if (!memory)
		longjmp(compiler->out_of_memory, 1);
	return memory;
}

void *compiler_zero(struct compiler *compiler, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		longjmp(compiler->out_of_memory, 1);
	return memset(compiler_alloc(compiler, bytes), 0, bytes);
}

char *compiler_copy(struct compiler *compiler, const char *text, size_t size)
{
	char *copy = compiler_alloc(compiler, size + 1);

	memcpy(copy, text, size);
	copy[size] = '\0';
	return copy;
}

char *compiler_format(struct compiler *compiler, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		longjmp(compiler->out_of_memory, 1);
	char *text = compiler_alloc(compiler, (size_t)length + 1);
	va_start(arguments, format);
	vsnprintf(text, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return text;
}

void *vector_push(struct compiler *compiler, struct vector *vector, size_t size)
{
	if (vector->count == vector->capacity) {
		size_t capacity = vector->capacity ? vector->capacity * 2 : 8;
		void *items = compiler_zero(compiler, capacity, size);

		if (vector->count)
			memcpy(items, vector->items, vector->count * size);
		vector->items = items;
		vector->capacity = capacity;
	}
	return (char *)vector->items + size * vector->count++;
}
