// Tests of the watch: what it counts as the length of a message, however records cut it.
#include "harness.h"

#include "proto/tls/tls_watch.h"

struct row {
	const char *what;
	const char *bytes;
	size_t len;
	bool tls12, taken;
};
#define ROW(what, bytes, tls12, taken)                                                             \
	{                                                                                          \
		what, bytes, sizeof(bytes) - 1, tls12, taken                                       \
	}

static const struct row rows[] = {
        ROW("a message of the limit", "\x16\3\1\0\4\1\0\0\x40", false, true),
        ROW("one byte more", "\x16\3\1\0\4\1\0\0\x41", false, false),
        ROW("its length in two records", "\x16\3\1\0\2\1\0\x16\3\1\0\2\1\0", false, false),
        ROW("an empty record between", "\x16\3\1\0\1\1\x16\3\1\0\0\x16\3\1\0\3\1\0\0", false,
            false),
        ROW("behind another message", "\x16\3\1\0\x0a\1\0\0\2\xff\xff\2\1\0\0", false, false),
        ROW("behind one that goes on in the next record",
            "\x16\3\1\0\5\1\0\0\3\xff\x16\3\1\0\6\xff\xff\2\1\0\0", false, false),
        ROW("bytes of a message are no header",
            "\x16\3\1\0\x0b\1\0\0\7\xff\xff\xff\xff\xff\xff\xff", false, true),
        ROW("other records have no messages",
            "\x17\3\3\0\4\1\xff\xff\xff\x15\3\3\0\4\1\xff\xff\xff", false, true),
        ROW("encrypted ones are not read", "\x14\3\3\0\1\1\x16\3\3\0\4\1\xff\xff\xff", true, true),
        ROW("with TLS 1.3 it does not mean that", "\x14\3\3\0\1\1\x16\3\3\0\4\1\xff\xff\xff", false,
            false),
};

static bool take(const struct row *row, size_t cut)
{
	struct tls_watch watch = {0};
	size_t at = 0;

	while (at < row->len) {
		size_t n = size_min(cut, row->len - at);

		if (!tls_watch_take(&watch, (const uint8_t *)row->bytes + at, n, row->tls12, 64))
			return false;
		at += n;
	}
	return true;
}

static void test_messages_are_bounded_however_they_are_cut(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t cut = 1; cut <= rows[i].len; cut++)
			if (take(&rows[i], cut) != rows[i].taken)
				fail_msg("%s, cut %zu", rows[i].what, cut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_messages_are_bounded_however_they_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
