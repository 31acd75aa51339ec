// Messages: each one of messages*.txt is decoded, printed, and encoded to the same bytes; in every
// version that it names. Bytes that were cut or changed are refused or decoded, never more.
#include "harness.h"
#include "messages.h"

#include "proto/openflow/of_print.h"

static char text[OF_PRINT_BYTES];

// Encoded and decoded again, item by item where that is another version.
static void check_encoded(const struct messages_case *c, uint8_t version)
{
	static uint8_t bytes[OF_MESSAGE_MAX_BYTES], again[OF_MESSAGE_MAX_BYTES];
	struct fill out = fill_of(again, sizeof(again));
	struct of_error_at where;
	struct of_msg msg;

	memcpy(bytes, c->bytes, c->len);
	bytes[0] = version;
	if (of_decode(&msg, bytes, c->len, &where) != OF_FAULT_NONE)
		fail_msg("%s, version %u: %s, at byte %u", c->title, version,
		         of_fault_text(where.fault), where.at);
	if (of_encode(&msg, &out) != OF_FAULT_NONE)
		fail_msg("%s, version %u: cannot be encoded", c->title, version);
	if (fill_len(&out) != c->len || memcmp(bytes, again, c->len))
		fail_msg("%s, version %u: is encoded otherwise", c->title, version);
}

static void check_text(const struct messages_case *c)
{
	struct fill out = fill_of(text, sizeof(text));

	of_print(&out, c->bytes, c->len);
	assert_false(out.bad);
	text[fill_len(&out)] = '\0';
	if (strcmp(text, c->text)) {
		printf("%s: is printed as\n%s", c->title, text);
		fail_msg("%s: is printed otherwise than\n%s", c->title, c->text);
	}
}

static void test_messages(void **state)
{
	struct messages_case *c;

	messages_rewind();
	while ((c = messages_next())) {
		check_encoded(c, c->bytes[0]);
		for (unsigned i = 0; i < c->also_len; i++)
			check_encoded(c, c->also[i]);
		check_text(c);
	}
	(void)state;
}

// A message that ends earlier, with its length field correct: refused, or decoded as what is left.
static void test_cut(void **state)
{
	struct messages_case *c;

	messages_rewind();
	while ((c = messages_next())) {
		uint8_t *bytes = malloc(c->len); // so that sanitizers see each byte beyond

		for (size_t len = 0; len < c->len; len++) {
			struct fill out = fill_of(text, sizeof(text));
			uint8_t *cut = bytes + c->len - len;

			memcpy(cut, c->bytes, len);
			if (len >= sizeof(struct of_hdr))
				((struct of_hdr *)cut)->len = be16((uint16_t)len);
			of_print(&out, cut, len);
			assert_false(out.bad);
		}
		free(bytes);
	}
	(void)state;
}

// Every type of message and multipart occurs in every version that has it.
static void test_complete(void **state)
{
	static bool seen[OF15 + 1][OF_TYPES], parts[OF15 + 1][2][OF_MULTIPART_TYPES];
	struct messages_case *c;
	struct of_msg msg;

	messages_rewind();
	while ((c = messages_next())) {
		for (unsigned i = 0; i <= c->also_len; i++) {
			uint8_t version = i ? c->also[i - 1] : c->bytes[0];

			assert_int_equal(of_decode(&msg, c->bytes, c->len, NULL), OF_FAULT_NONE);
			if (version > OF15 || msg.type == OF_UNKNOWN)
				continue;
			seen[version][msg.type] = true;
			if ((msg.type == OF_MULTIPART_REQUEST || msg.type == OF_MULTIPART_REPLY) &&
			    msg.multipart.type < OF_MULTIPART_TYPES)
				parts[version][msg.type == OF_MULTIPART_REPLY][msg.multipart.type] =
				        true;
		}
	}
	for (unsigned version = OF10; version <= OF15; version++)
		for (unsigned type = 0; type < OF_TYPES; type++)
			if (messages_exists(version, type) && !seen[version][type])
				fail_msg("no message of version %u has type %u", version, type);
	for (unsigned version = OF10; version <= OF15; version++)
		for (unsigned type = 0; type < OF_MULTIPART_TYPES; type++)
			for (unsigned reply = 0; reply < 2; reply++)
				if (messages_part_exists(version, type) &&
				    !parts[version][reply][type])
					fail_msg("no multipart %s of version %u has type %u",
					         reply ? "reply" : "request", version, type);
	(void)state;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_messages),
	        cmocka_unit_test(test_cut),
	        cmocka_unit_test(test_complete),
	};

	messages_open(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
