#include "names.h"

#include "test.h"

TEST(names, each_text_has_one_number_in_the_order_of_arrival)
{
	struct names names;
	size_t number;

	names_init(&names);
	REQUIRE_STATUS(names_add(&names, "apt", &number), 1);
	CHECK_INT(number, 0);
	REQUIRE_STATUS(names_add(&names, "bash", &number), 1);
	CHECK_INT(number, 1);
	REQUIRE_STATUS(names_add(&names, "apt", &number), 0);
	CHECK_INT(number, 0);
	CHECK_INT(names.count, 2);
	CHECK(names_find(&names, "bash", &number));
	CHECK_INT(number, 1);
	CHECK(!names_find(&names, "bas", &number));
	names_release(&names);
}

TEST(names, values_stay_when_it_grows)
{
	struct names names;
	char text[32];
	size_t number;

	names_init(&names);
	for (int i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "name %d", i);
		REQUIRE_STATUS(names_add(&names, text, &number), 1);
		names_set_value(&names, number, i * INT64_C(3));
	}
	for (int i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "name %d", i);
		REQUIRE(names_find(&names, text, &number));
		CHECK_INT(names_value(&names, number), i * INT64_C(3));
	}
	names_release(&names);
}
