// filter_text: see the header.
#include "apps/boot/filter_text.h"

#include "core/host/nearest.h"
#include "proto/dns/wire/dns_name.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(PKT_FILTER_NAME_BYTES == DNS_NAME_MAX_BYTES, "a filter has room for a name");

struct filter_text {
	struct pkt_filter *filter;
	const struct metric_row *drops;
	struct why *why;
};

// A condition takes its value and adds it to the filter. 0, or -EINVAL with a sentence.
typedef int condition_fn(const struct filter_text *text, const char *value);

static int fail_full(const struct filter_text *text, const char *what, unsigned most)
{
	return why_fail(text->why, -EINVAL, "a filter has at most %u of %s", most, what);
}

static int add_host(const struct filter_text *text, const char *value)
{
	struct prefix prefix;

	if (addr_parse(value, &prefix.addr))
		prefix.len = addr_is_ipv4(prefix.addr) ? 32 : 128;
	else if (!addr_prefix_parse(value, &prefix))
		return why_fail(text->why, -EINVAL,
		                "host: '%s' is neither an address nor a prefix, such as 192.0.2.7 "
		                "or 2001:db8::/32",
		                value);
	return pkt_filter_add_host(text->filter, prefix)
	               ? 0
	               : fail_full(text, "host", PKT_FILTER_HOSTS);
}

static int add_port(const struct filter_text *text, const char *value)
{
	unsigned long port = strtoul(value, NULL, 10);

	if (value[strspn(value, "0123456789")] != '\0' || strlen(value) > 5 || port == 0 ||
	    port > UINT16_MAX)
		return why_fail(text->why, -EINVAL,
		                "port: '%s' is no port of UDP or TCP, 1 to 65535", value);
	if (text->filter->ports_len == PKT_FILTER_PORTS)
		return fail_full(text, "port", PKT_FILTER_PORTS);
	text->filter->port[text->filter->ports_len++] = (uint16_t)port;
	return 0;
}

static int add_name(const struct filter_text *text, const char *value)
{
	const uint8_t root[] = {0};
	struct dns_name name;
	const char *reason;

	if (!dns_name_parse(&name, value, strlen(value), root, &reason))
		return why_fail(text->why, -EINVAL, "name: '%s' is no domain name: %s", value,
		                reason);
	dns_name_lower(name.wire, name.wire);
	return pkt_filter_add_name(text->filter, name.wire, name.len)
	               ? 0
	               : fail_full(text, "name", PKT_FILTER_NAMES);
}

static void drop_add(struct pkt_filter *filter, const struct metric_row *row)
{
	size_t reason = (row->offset - offsetof(struct worker_metric, drop)) / sizeof(counter_t);

	for (unsigned i = 0; i < filter->drops_len; i++)
		if (filter->drop[i] == reason)
			return;
	filter->drop[filter->drops_len++] = (uint16_t)reason;
}

// Whether the name of a reason, "udp.cksum", is meant by itself, by its stage, or by "any".
static bool is_meant(const char *name, const char *value)
{
	size_t len = strlen(value);

	return strcmp(value, "any") == 0 || strcmp(name, value) == 0 ||
	       (strncmp(name, value, len) == 0 && name[len] == '.');
}

static int add_drop(const struct filter_text *text, const char *value)
{
	struct nearest nearest = nearest_to(value);
	bool found = false;

	for (const struct metric_row *row = text->drops; row->table; row++) {
		nearest_try(&nearest, row->value);
		if (!is_meant(row->value, value))
			continue;
		drop_add(text->filter, row);
		found = true;
	}
	if (found)
		return 0;
	return why_fail(text->why, -EINVAL, "drop: there is no reason '%s'%s%s%s", value,
	                nearest.name ? "; did you mean " : "; drops --all lists them",
	                nearest.name ? nearest.name : "", nearest.name ? "?" : "");
}

static const struct {
	const char *word, *takes;
	condition_fn *fn;
} conditions[] = {
        {"host", "an address or a prefix", add_host},
        {"port", "a number", add_port},
        {"name", "a domain name", add_name},
        {"drop", "a drop reason, a stage or any", add_drop},
};

static int add_condition(const struct filter_text *text, const char *word, const char *value)
{
	for (size_t i = 0; i < ARRAY_LEN(conditions); i++) {
		if (strcmp(conditions[i].word, word) != 0)
			continue;
		if (!value)
			return why_fail(text->why, -EINVAL, "%s: %s is missing", word,
			                conditions[i].takes);
		return conditions[i].fn(text, value);
	}
	return why_fail(text->why, -EINVAL, "'%s' is no condition; a filter is of %s", word,
	                FILTER_TEXT_USAGE);
}

int filter_text_compile(struct pkt_filter *filter, const char *text, const struct metric_row *drops,
                        struct why *why)
{
	const struct filter_text to = {filter, drops, why};
	char copy[FILTER_TEXT_BYTES], *save, *word;
	int err = 0;

	*filter = (struct pkt_filter){.hosts_len = 0};
	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return why_fail(why, -EINVAL, "the filter is longer than %d bytes",
		                FILTER_TEXT_BYTES - 1);
	word = strtok_r(copy, " \t", &save);
	while (word && !err) {
		err = add_condition(&to, word, strtok_r(NULL, " \t", &save));
		word = strtok_r(NULL, " \t", &save);
	}
	return err;
}
