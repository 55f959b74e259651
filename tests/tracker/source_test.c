#include "source.h"

#include "input.h"
#include <stdlib.h>
#include <zlib.h>

static const char *path_of(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", test_temporary_folder(), name);
	return path;
}

/* Writes `lines` numbered lines as gzip and returns the path. */
static const char *write_gzip(const char *name, int lines)
{
	const char *path = path_of(name);
	gzFile file = gzopen(path, "wb");

	REQUIRE(file);
	for (int i = 1; i <= lines; i++)
		REQUIRE(gzprintf(file, "this is line %d\n", i) > 0);
	REQUIRE(gzclose(file) == Z_OK);
	return path;
}

static int read_source(struct input *input, const char *path)
{
	return source_read(&input->source, path, &input->arena, &input->report);
}

TEST(source, plain_and_gzip_files_are_read_alike)
{
	struct input input;

	INPUT(&input, "");
	const char *path = write_gzip("three.gz", 3);
	REQUIRE_OK(read_source(&input, path), NULL);
	CHECK_STR(input.source.text, "this is line 1\nthis is line 2\nthis is line 3\n");

	path = path_of("plain");
	FILE *file = fopen(path, "w");
	REQUIRE(file);
	fputs("J\xf6rg\n", file);
	fclose(file);
	REQUIRE_OK(read_source(&input, path), NULL);
	CHECK_STR(input.source.text, "J\xc3\xb6rg\n");
	CHECK_INT(input.source.size, 6);
	CHECK_INT(input.source.converted, 1);
	input_release(&input);
}

TEST(source, a_large_file_is_read_whole)
{
	struct input input;

	INPUT(&input, "");
	REQUIRE_OK(read_source(&input, write_gzip("large.gz", 50000)), NULL);
	CHECK_STR(input.source.text + input.source.size - 19, "this is line 50000\n");
	input_release(&input);
}

TEST(source, a_missing_file_is_not_found_and_not_reported)
{
	struct input input;

	INPUT(&input, "");
	CHECK_STATUS(read_source(&input, path_of("missing")), TRV_ERR_NOT_FOUND);
	CHECK_INT(input.report.count, 0);
	input_release(&input);
}

/* Copies the first `keep` bytes (0: all), with one byte changed at `damage` (0: none). */
static const char *damage_file(const char *from, long keep, long damage)
{
	static char bytes[1 << 20];
	FILE *in = fopen(from, "rb");

	REQUIRE(in);
	size_t size = fread(bytes, 1, sizeof(bytes), in);
	fclose(in);
	if (damage)
		bytes[damage] = (char)~bytes[damage];

	const char *path = path_of("damaged.gz");
	FILE *out = fopen(path, "wb");
	REQUIRE(out);
	fwrite(bytes, 1, keep ? (size_t)keep : size, out);
	fclose(out);
	return path;
}

TEST(source, a_damaged_file_is_reported_with_its_path_and_line)
{
	struct input input;

	INPUT(&input, "");
	char *sound = strdup(write_gzip("sound.gz", 20000));
	REQUIRE(sound);
	CHECK_STATUS(read_source(&input, damage_file(sound, 20000, 0)), TRV_ERR_DATA);
	CHECK_CONTAINS(input_said(&input), "/damaged.gz:");
	CHECK_INT(input.report.count, 1);
	CHECK_STATUS(read_source(&input, damage_file(sound, 0, 10000)), TRV_ERR_DATA);
	CHECK_INT(input.report.count, 2);
	CHECK_STATUS(read_source(&input, test_temporary_folder()), TRV_ERR_DATA);
	CHECK_INT(input.report.count, 3);
	free(sound);
	input_release(&input);
}
