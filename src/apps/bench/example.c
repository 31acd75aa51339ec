// example: see the header.
#include "apps/bench/example.h"

#include "proto/dns/wire/dns_rcode.h"
#include "proto/dns/wire/dns_type.h"

#include <stdarg.h>
#include <stdio.h>

struct words {
	char *text;
	size_t len;
};

static PRINTF(2, 3) void say(struct words *words, const char *format, ...)
{
	size_t room = EXAMPLE_TEXT_BYTES - words->len;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(words->text + words->len, room, format, args);
	va_end(args);
	words->len += len < 0 ? 0 : size_min((size_t)len, room - 1);
}

// Name and type of the question, of a message that has a whole one.
static void say_question(struct words *words, const uint8_t *msg, size_t len)
{
	size_t name_len =
	        len > DNS_HDR_BYTES ? dns_name_check(msg + DNS_HDR_BYTES, len - DNS_HDR_BYTES) : 0;
	char name[DNS_NAME_TEXT_BYTES], type[DNS_TYPE_TEXT_BYTES];
	const uint8_t *behind = msg + DNS_HDR_BYTES + name_len;

	if (name_len == 0 || DNS_HDR_BYTES + name_len + sizeof(be16_t) > len) {
		say(words, "something that is no question");
		return;
	}
	say(words, "%s %s", dns_name_text(msg + DNS_HDR_BYTES, name),
	    dns_type_text(be16_get(*(const be16_t *)behind), type));
}

static void say_rdata(struct words *words, const struct query_want *want)
{
	char text[ADDR_TEXT_BYTES];
	be32_t ipv4;

	if (want->rdata_len == 0)
		return;
	memcpy(&ipv4, want->rdata, sizeof(ipv4));
	addr_text(want->rdata_len == 4 ? addr_from_ipv4(ipv4) : addr_from_bytes(want->rdata), text);
	say(words, ", among them %s", text);
}

static const char *plural(unsigned n)
{
	return n == 1 ? "" : "s";
}

static void say_wanted(struct words *words, const struct query_want *want)
{
	char rcode[DNS_RCODE_TEXT_BYTES];

	say(words, "; wanted was %s",
	    want->rcode == QUERY_ANY_RCODE ? "any code" : dns_rcode_text(want->rcode, rcode));
	if (want->answers != QUERY_ANY_ANSWERS)
		say(words, " with %u record%s", want->answers, plural(want->answers));
	else if (want->rdata_len)
		say(words, " with records");
	say_rdata(words, want);
}

static void say_unexpected(struct words *words, const struct query *query,
                           const struct dns_hdr *answer)
{
	const struct query_want want = query_want_of(query);
	uint16_t rcode = be16_get(answer->flags) & DNS_FLAG_RCODE;
	unsigned records = be16_get(answer->ancount);
	char text[DNS_RCODE_TEXT_BYTES];

	say(words, " was answered %s with %u record%s", dns_rcode_text(rcode, text), records,
	    plural(records));
	say_wanted(words, &want);
}

static void say_all(struct words *words, const struct query *query,
                    const struct asker_example *example)
{
	size_t len = size_min(example->len, sizeof(example->msg));

	if (query->echo) {
		say(words, "%u bytes came back as %u others", query->len, example->len);
	} else if (example->verdict == QUERY_UNEXPECTED) {
		say_question(words, example->msg, len);
		say_unexpected(words, query, (const struct dns_hdr *)example->msg);
	} else {
		say_question(words, query->msg, query->len);
		say(words, " was answered with ");
		say_question(words, example->msg, len);
	}
}

char *example_text(const struct ask_run *run, char text[EXAMPLE_TEXT_BYTES])
{
	struct words words = {text, 0};

	*text = '\0';
	for (unsigned i = 0; i < run->active_len && words.len == 0; i++) {
		const struct asker_example *example = &run->active[i]->asker.example;

		if (example->verdict != QUERY_RIGHT)
			say_all(&words, query_set_get(&run->ask->set, example->query), example);
	}
	return text;
}
