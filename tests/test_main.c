#include "test.h"

int main(int argc, char **argv)
{
	struct test_totals totals;
	bool list = argc > 1 && strcmp(argv[1], "--list") == 0;

	return test_main(argv + (argc > 0), list, &totals);
}
