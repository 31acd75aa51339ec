// query_mix: see the header.
#include "proto/bench/query_mix.h"

#include "core/rand.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define WEIGHT_MAX 1000000

bool query_mix_types(struct query_mix *mix, const char *text)
{
	mix->types_len = 0;
	for (;;) {
		unsigned long weight = 1;
		size_t len = 0;
		char *end;

		while (text[len] != '\0' && text[len] != ':' && text[len] != ',')
			len++;
		if (mix->types_len == QUERY_MIX_TYPES_MAX ||
		    !dns_type_parse(text, len, &mix->types[mix->types_len].type))
			return false;
		text += len;
		if (*text == ':') {
			weight = strtoul(text + 1, &end, 10);
			if (text[1] < '0' || text[1] > '9' || weight == 0 || weight > WEIGHT_MAX)
				return false;
			text = end;
		}
		mix->types[mix->types_len++].weight = (uint32_t)weight;
		if (*text == '\0')
			return true;
		if (*text++ != ',')
			return false;
	}
}

static uint16_t choose_type(const struct query_mix *mix, uint64_t weights, struct rand *rand)
{
	uint64_t at = rand_below(rand, weights);

	for (unsigned i = 0; i + 1 < mix->types_len; i++) {
		if (at < mix->types[i].weight)
			return mix->types[i].type;
		at -= mix->types[i].weight;
	}
	return mix->types[mix->types_len - 1].type;
}

int query_mix_add(struct query_set *set, const struct query_form *form, const struct query_mix *mix,
                  struct why *why)
{
	static const uint8_t root[1];
	struct query_form own = *form;
	uint64_t weights = 0;
	struct rand rand;
	int err = 0;

	rand_init(&rand, mix->seed);
	for (unsigned i = 0; i < mix->types_len; i++)
		weights += mix->types[i].weight;
	own.want = QUERY_WANT_ANYTHING;
	for (uint64_t i = 0; i < mix->names && !err; i++) {
		char text[DNS_NAME_TEXT_BYTES];
		const char *reason;
		int len = snprintf(text, sizeof(text), "%s%ju.%s", mix->label, (uintmax_t)i,
		                   strcmp(mix->zone, ".") ? mix->zone : "");

		if (len >= (int)sizeof(text) ||
		    !dns_name_parse(&own.name, text, (size_t)len, root, &reason))
			return why_fail(why, -EINVAL, "%.200s is not a name", text);
		own.type = choose_type(mix, weights, &rand);
		if (mix->do_percent)
			own.dnssec_ok = rand_below(&rand, 100) < mix->do_percent;
		err = query_set_add(set, &own);
	}
	if (err == -EINVAL)
		return why_fail(why, err, "names are too long for a random label");
	if (err == -E2BIG)
		return why_fail(why, err, "there are too many names");
	return err ? why_no_memory(why, "%ju names", (uintmax_t)mix->names) : 0;
}
