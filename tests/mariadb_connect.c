#include "mariadb_connect.h"

#include "test.h"
#include <stdlib.h>

/* %21 is !, in place. */
static char *unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		unsigned code = 0;

		if (*from == '%' && sscanf(from + 1, "%2x", &code) == 1)
			from += 2;
		*to++ = code ? (char)code : *from;
	}
	*to = '\0';
	return text;
}

MYSQL *test_mariadb_connect(const char *url)
{
	char text[512], *host, *path, *socket, *password, *port;
	MYSQL *made = mysql_init(NULL);

	REQUIRE(made && strlen(url) < sizeof(text));
	strcpy(text, url);
	char *user = strstr(text, "://");
	REQUIRE(user && (host = strchr(user, '@')) && (path = strchr(host, '/')));
	user += 3;
	*host++ = *path++ = '\0';
	if ((password = strchr(user, ':')))
		*password++ = '\0';
	if ((port = strchr(host, ':')))
		*port++ = '\0';
	if ((socket = strstr(path, "socket=")))
		socket = strtok(socket + 7, "&");
	path[strcspn(path, "?")] = '\0';
	mysql_options(made, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	if (!mysql_real_connect(made, *host ? host : NULL, unescape(user), password ? unescape(password) : NULL, path,
	                        port ? (unsigned)atoi(port) : 0, socket ? unescape(socket) : NULL,
	                        CLIENT_MULTI_STATEMENTS)) {
		test_note("%s", mysql_error(made));
		mysql_close(made);
		return NULL;
	}
	return made;
}
