/* The scripts that make Chinook on a server. They begin with making a database; ours is made under another name. */
#ifndef TRIVET_TESTS_CHINOOK_SCRIPT_H
#define TRIVET_TESTS_CHINOOK_SCRIPT_H

/* The script from its first table on. To be freed. Ends the test when it cannot be read. */
char *script_read(const char *folder, const char *file);

#endif
