// A query that no code has checked as a line of the query log: one line, of words that hold
// nothing but printable ASCII, as many as there always are; and as an object of JSON.
#include "apps/dns/query_json.h"
#include "apps/dns/query_text.h"
#include "core/host/json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned words(const char *text, size_t len)
{
	unsigned n = 1;

	if (len == 0 || text[len - 1] != '\n')
		abort();
	for (size_t i = 0; i + 1 < len; i++) {
		if (text[i] < ' ' || text[i] > '~')
			abort();
		if (text[i] == ' ' && text[i + 1] <= ' ')
			abort();
		n += text[i] == ' ';
	}
	return n;
}

static void check_object(const char *text, size_t len)
{
	json_t *object = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);

	if (!object || len == 0 || memchr(text, '\n', len) != text + len - 1)
		abort();
	json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct query_log_entry *entry;
	struct timespec time = {.tv_sec = (time_t)size * 1000000};
	char *text, *object;

	if (size > QUERY_LOG_ROOM)
		return 0;
	// Both in blocks of exactly their size.
	entry = malloc(sizeof(*entry) + size);
	text = malloc(QUERY_TEXT_BYTES);
	object = malloc(QUERY_JSON_BYTES);
	*entry = (struct query_log_entry){.query_len = (uint16_t)size,
	                                  .reply_len = (uint16_t)size,
	                                  .rcode = (uint16_t)(size % 4096),
	                                  .client_port = UINT16_MAX};
	memcpy(entry->bytes, data, size);
	if (words(text, query_text(entry, time, true, text)) != 14 ||
	    words(text, query_text(entry, time, false, text)) != 11)
		abort();
	check_object(object, query_json(entry, time, true, object));
	free(object);
	free(entry);
	free(text);
	return 0;
}
