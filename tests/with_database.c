/*
 * with-database ENGINE COMMAND [ARGUMENT...]
 *
 * Runs a command with a new database on the engine's test server: the word URL among its
 * arguments becomes the database's URL. Afterwards the database is gone. The exit status is
 * the command's.
 */
#include "servers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int run(char **command)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		execvp(command[0], command);
		perror(command[0]);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child) {
		perror("with-database");
		return 1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	char url[512];

	if (argc < 3) {
		fputs("usage: with-database ENGINE COMMAND [ARGUMENT...]\n", stderr);
		return 2;
	}
	const char *given = test_database(argv[1]);
	if (!given) {
		fprintf(stderr, "with-database: no database of %s can be had\n", argv[1]);
		return 1;
	}
	snprintf(url, sizeof(url), "%s", given);
	for (int i = 3; i < argc; i++)
		if (strcmp(argv[i], "URL") == 0)
			argv[i] = url;
	return run(argv + 2);
}
