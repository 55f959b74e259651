/*
 * The driver ABI stays as it was stored: drivers and plugins that were built against it
 * go on working. Where a test here fails, put the change at the end of struct trv_driver
 * or struct trv_dialect; what cannot be put there is a new TRV_DRIVER_ABI.
 */
#include "driver_abi_1.h"
#include "test.h"

#include <trivet/driver.h>
#include <trivet/plugin.h>

#define SAME_TYPE(a, b) __builtin_types_compatible_p(__typeof__(a), __typeof__(b))
#define THEN(name, member) (((struct abi1_##name *)0)->member)
#define NOW(name, member) (((struct trv_##name *)0)->member)

TEST(abi, no_member_has_moved)
{
#define MEMBER(name, member, comparable)                                                                               \
	if (offsetof(struct trv_##name, member) != offsetof(struct abi1_##name, member)) {                             \
		test_note("struct trv_" #name ", member " #member);                                                    \
		CHECK_INT(offsetof(struct trv_##name, member), offsetof(struct abi1_##name, member));                  \
	}
	ABI1_MEMBERS(MEMBER)
#undef MEMBER
}

TEST(abi, every_member_has_the_type_it_had)
{
#define MEMBER(name, member, comparable)                                                                               \
	if (sizeof(NOW(name, member)) != sizeof(THEN(name, member)) ||                                                 \
	    (comparable && !SAME_TYPE(NOW(name, member), THEN(name, member)))) {                                       \
		test_note("struct trv_" #name ", member " #member " has another type");                                \
		CHECK_INT(sizeof(NOW(name, member)), sizeof(THEN(name, member)));                                      \
		CHECK(!comparable || SAME_TYPE(NOW(name, member), THEN(name, member)));                                \
	}
	ABI1_MEMBERS(MEMBER)
#undef MEMBER
}

TEST(abi, only_what_tells_its_size_has_grown)
{
#define STRUCT(name, grows)                                                                                            \
	if (grows)                                                                                                     \
		CHECK(sizeof(struct trv_##name) >= sizeof(struct abi1_##name));                                        \
	else                                                                                                           \
		CHECK_INT(sizeof(struct trv_##name), sizeof(struct abi1_##name));
	ABI1_STRUCTS(STRUCT)
#undef STRUCT
}

TEST(abi, constants_mean_what_they_meant)
{
#define VALUE(name) CHECK_INT(TRV_##name, ABI1_##name);
	ABI1_VALUES(VALUE)
#undef VALUE
#define NUMBER(name, value) CHECK_INT(TRV_##name, value);
	ABI1_NUMBERS(NUMBER)
#undef NUMBER
}

TEST(abi, features_and_types_have_room)
{
	CHECK(TRV_FEATURE_COUNT <= TRV_FEATURE_ROOM);
	CHECK(TRV_ENUM < TRV_TYPE_ROOM);
}
