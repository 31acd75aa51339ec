// Paths: how each is decoded, and what is refused.
#include "http_lab.h"

#include "proto/http/http_path.h"

static const struct {
	const char *path, *decoded; // NULL: refused
} rows[] = {
        {"", "/"},
        {"/", "/"},
        {"/a/b.html", "/a/b.html"},
        {"/a/", "/a/"},
        {"/%61%2D%7e", "/a-~"},
        {"/a%20b", "/a b"},
        {"/%C3%A4", "/\xc3\xa4"},
        {"/%25%32%66", "/%2f"}, // decoded once
        {"//a", "//a"},
        {"/...", "/..."},
        {"/.a/..b", "/.a/..b"},

        {"/.", "/"},
        {"/./a", "/a"},
        {"/a/.", "/a/"},
        {"/a/./b", "/a/b"},
        {"/a/..", "/"},
        {"/a/../b", "/b"},
        {"/a/b/../../c", "/c"},
        {"/a/b/..", "/a/"},
        {"/a//../b", "/a/b"},
        {"/a/%2e%2E/b", "/b"},
        {"/a/.%2e/b", "/b"},
        {"/%2e/a", "/a"},

        {"/..", NULL},
        {"/../a", NULL},
        {"/a/../..", NULL},
        {"/a/../../etc/passwd", NULL},
        {"/%2e%2e/a", NULL},
        {"/a%2fb", NULL},
        {"/..%2Fa", NULL},
        {"/a%00.html", NULL},
};

static void test_paths(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char room[64];
		struct fill out = fill_of(room, sizeof(room));
		bool taken = http_path_decode(span_of(rows[i].path, strlen(rows[i].path)), &out);

		if (taken != (rows[i].decoded != NULL))
			fail_msg("%s: %d", rows[i].path, taken);
		if (rows[i].decoded && !lab_is(span_of(room, fill_len(&out)), rows[i].decoded))
			fail_msg("%s: %.*s", rows[i].path, (int)fill_len(&out), room);
	}
}

static void test_room(void **state)
{
	for (size_t size = 0; size <= 5; size++) {
		char room[5];
		struct fill out = fill_of(room, size);

		assert_int_equal(http_path_decode(span_of("/a/bc", 5), &out), size == 5);
	}
}

// No path that is taken has a dot segment, begins without "/", or holds NUL.
static void test_random_paths(void **state)
{
	static const char *const parts[] = {"/",   ".",   "..",  "a",   "%2e",
	                                    "%2E", "%2f", "%00", "%61", "//"};
	uint64_t seed = 1;

	for (unsigned round = 0; round < 200000; round++) {
		char path[64] = "/", room[66] = "";
		struct fill out = fill_of(room, 64);

		for (unsigned i = 0; i < 12; i++) {
			seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			strcat(path, parts[(seed >> 33) % ARRAY_LEN(parts)]);
		}
		if (!http_path_decode(span_of(path, strlen(path)), &out))
			continue;
		assert_null(memchr(room, 0, fill_len(&out)));
		strcpy(room + fill_len(&out), "/");
		if (room[0] != '/' || strstr(room, "/../") || strstr(room, "/./"))
			fail_msg("%s: %s", path, room);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_paths),
	        cmocka_unit_test(test_room),
	        cmocka_unit_test(test_random_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
