// sender: whom frames name as their source, whole, cut at each length, with and without a tag.
#include "harness.h"

#include "proto/tcpip/sender.h"

#include <stdlib.h>

#define MACS         "\x02\0\0\0\0\x01\x02\0\0\0\0\x02"
#define IPV4         "\x45\0\0\x14\0\0\0\0\x40\x11\0\0\xc0\0\x02\x07\x0a\x35\0\x02"
#define IPV6(source) "\x60\0\0\0\0\0\x11\x40" source "\xfd\x53\0\0\0\0\0\0\0\0\0\0\0\0\0\x02"
#define DOC          "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"
#define MAPPED       "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\x02\x07"

#define FRAME(text) (const uint8_t *)(text), sizeof(text) - 1

static const struct {
	const uint8_t *bytes;
	size_t len;
	const char *sender; // NULL: none
} frames[] = {
        {FRAME(MACS "\x08\0" IPV4), "192.0.2.7"},
        {FRAME(MACS "\x81\0\0\x07\x08\0" IPV4), "192.0.2.7"},
        {FRAME(MACS "\x86\xdd" IPV6(DOC)), "2001:db8::7"},
        {FRAME(MACS "\x81\0\0\x07\x86\xdd" IPV6(DOC)), "2001:db8::7"},
        {FRAME(MACS "\x86\xdd" IPV6(MAPPED)), NULL},
        {FRAME(MACS "\x08\x06" IPV4), NULL},
        {FRAME(MACS "\0\x2a" IPV4), NULL},
        {FRAME(MACS "\x81\0\0\x07\x81\0\0\x07\x08\0" IPV4), NULL},
};

static void test_frames_name_their_senders(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
		struct addr sender;
		char text[ADDR_TEXT_BYTES];

		// A copy of its very length, so that a sanitizer sees a byte read beyond.
		for (size_t len = 0; len <= frames[i].len; len++) {
			uint8_t *copy = malloc(len + 1);
			bool known;

			memcpy(copy + 1, frames[i].bytes, len);
			known = sender_of(copy + 1, len, &sender);
			assert_int_equal(known, frames[i].sender && len == frames[i].len);
			if (known)
				assert_string_equal(addr_text(sender, text), frames[i].sender);
			free(copy);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_frames_name_their_senders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
