// option: see the header.
#include "core/host/option.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MILLION     UINT64_C(1000000)
#define DECIMAL_MAX UINT64_C(1000000000000) // so that its millionths fit 64 bits
#define VALUE_BYTES 64
#define NAMES_BYTES 192

// One "name=value" of the list. A value that does not fit is cut and never sound.
struct option_word {
	const char *name;
	size_t name_len;
	bool has_value, value_fits;
	char value[VALUE_BYTES];
};

static struct option_word word_cut(const char *text, size_t len)
{
	const char *equals = memchr(text, '=', len);
	struct option_word word = {.name = text, .name_len = len};

	if (!equals)
		return word;
	word.name_len = (size_t)(equals - text);
	word.has_value = true;
	len -= word.name_len + 1;
	word.value_fits = len < sizeof(word.value);
	memcpy(word.value, equals + 1, size_min(len, sizeof(word.value) - 1));
	return word;
}

// Digits only, up to max.
static bool parse_number(const char *text, uint64_t max, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	return isdigit((unsigned char)*text) && *end == '\0' && errno == 0 && *number <= max;
}

// "1" or "0.25" in millionths, the rest of the text in *end; further digits are
// dropped. False when there is no number or it is too large.
static bool parse_decimal(const char *text, uint64_t *millionths, const char **end)
{
	uint64_t value = 0, scale = MILLION;
	const char *at = text;

	for (; isdigit((unsigned char)*at); at++) {
		value = value * 10 + (uint64_t)(*at - '0');
		if (value > DECIMAL_MAX)
			return false;
	}
	if (at == text)
		return false;
	value *= MILLION;
	if (*at == '.')
		for (at++; isdigit((unsigned char)*at); at++)
			value += (scale /= 10) * (uint64_t)(*at - '0');
	*millionths = value;
	*end = at;
	return true;
}

static bool parse_percent(const char *text, uint64_t *q32)
{
	uint64_t millionths;
	const char *unit;

	if (!parse_decimal(text, &millionths, &unit) || strcmp(unit, "%") != 0 ||
	    millionths > 100 * MILLION)
		return false;
	*q32 = (millionths << 32) / (100 * MILLION);
	return true;
}

struct unit {
	const char *name; // NULL closes a table
	uint64_t size;
};
static const struct unit times[] = {{"us", 1}, {"ms", 1000}, {"s", MILLION}, {0}};
static const struct unit rates[] = {
        {"kbit", 1000}, {"Mbit", MILLION}, {"Gbit", 1000 * MILLION}, {0}};

// A number with its unit, up to max.
static bool parse_quantity(const char *text, const struct unit *units, uint64_t max,
                           uint64_t *quantity)
{
	uint64_t millionths;
	const char *name;

	if (!parse_decimal(text, &millionths, &name))
		return false;
	for (const struct unit *unit = units; unit->name; unit++) {
		if (strcmp(name, unit->name) != 0)
			continue;
		if (millionths > max / unit->size * MILLION)
			return false;
		*quantity = millionths * unit->size / MILLION;
		return true;
	}
	return false;
}

bool option_mac(const char *text, uint8_t mac[6])
{
	static const uint8_t none[6];

	if (strlen(text) != 17)
		return false;
	for (int i = 0; i < 6; i++, text += 3) {
		char pair[3] = {text[0], text[1], 0};

		if (!isxdigit((unsigned char)pair[0]) || !isxdigit((unsigned char)pair[1]) ||
		    text[2] != (i < 5 ? ':' : 0))
			return false;
		mac[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return !(mac[0] & 1) && memcmp(mac, none, 6) != 0;
}

static bool parse_choice(const char *const *choices, const char *text, unsigned *choice)
{
	for (unsigned i = 0; choices[i]; i++) {
		if (strcmp(choices[i], text) == 0) {
			*choice = i;
			return true;
		}
	}
	return false;
}

// Stores the value of the option; false when it is not one of its type.
static bool value_parse(const struct option_key *key, const char *text, void *at)
{
	uint64_t number;

	switch (key->type) {
	case OPTION_NUMBER:
		if (!parse_number(text, key->max, &number) || number < key->min)
			return false;
		*(uint64_t *)at = number;
		return true;
	case OPTION_FLAG:
		if (!parse_number(text, 1, &number))
			return false;
		*(bool *)at = number;
		return true;
	case OPTION_CHOICE:
		return parse_choice(key->choices, text, at);
	case OPTION_PERCENT:
		return parse_percent(text, at);
	case OPTION_DURATION:
		return parse_quantity(text, times, key->max, at);
	case OPTION_RATE:
		return parse_quantity(text, rates, key->max, at);
	case OPTION_MAC:
		return option_mac(text, at);
	}
	return false;
}

static void fallback_store(const struct option_key *key, void *at)
{
	switch (key->type) {
	case OPTION_NUMBER:
	case OPTION_PERCENT:
	case OPTION_DURATION:
	case OPTION_RATE:
		*(uint64_t *)at = key->fallback;
		break;
	case OPTION_FLAG:
		*(bool *)at = key->fallback;
		break;
	case OPTION_CHOICE:
		*(unsigned *)at = (unsigned)key->fallback;
		break;
	case OPTION_MAC:
		break;
	}
}

// Joins the choices: "server|client".
static void choices_join(const struct option_key *key, char *text, size_t size)
{
	size_t len = 0;

	for (unsigned i = 0; key->choices[i] && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%s", i ? "|" : "",
		                        key->choices[i]);
}

// What the value must be, for messages.
static void value_describe(const struct option_key *key, char *text, size_t size)
{
	switch (key->type) {
	case OPTION_NUMBER:
		snprintf(text, size, "a number from %" PRIu64 " to %" PRIu64, key->min, key->max);
		break;
	case OPTION_FLAG:
		snprintf(text, size, "0 or 1");
		break;
	case OPTION_CHOICE:
		choices_join(key, text, size);
		break;
	case OPTION_PERCENT:
		snprintf(text, size, "a percentage from 0%% to 100%%, such as 0.5%%");
		break;
	case OPTION_DURATION:
		snprintf(text, size,
		         "a time with its unit, at most %" PRIu64 "s, such as 5ms or 200us",
		         key->max / MILLION);
		break;
	case OPTION_RATE:
		snprintf(text, size,
		         "a rate with its unit, at most %" PRIu64 "Gbit, such as 10Mbit or 500kbit",
		         key->max / (1000 * MILLION));
		break;
	case OPTION_MAC:
		snprintf(text, size, "a unicast Ethernet address such as 02:00:00:00:00:01");
		break;
	}
}

static int fail_unknown(const struct option_table *table, const struct option_word *word,
                        struct why *why)
{
	char names[NAMES_BYTES] = "";
	size_t len = 0;

	for (const struct option_key *key = table->keys; key->name && len < sizeof(names); key++)
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", len ? ", " : "",
		                        key->name);
	return why_fail(why, -EINVAL, "has no option \"%.*s\"; its options are: %s",
	                (int)size_min(word->name_len, VALUE_BYTES), word->name,
	                len ? names : "none");
}

static const struct option_key *key_find(const struct option_table *table,
                                         const struct option_word *word)
{
	for (const struct option_key *key = table->keys; key->name; key++)
		if (strlen(key->name) == word->name_len &&
		    memcmp(key->name, word->name, word->name_len) == 0)
			return key;
	return NULL;
}

static int word_parse(const struct option_table *table, const struct option_word *word,
                      void *values, struct why *why)
{
	const struct option_key *key = key_find(table, word);
	char wanted[NAMES_BYTES];

	if (!key)
		return fail_unknown(table, word, why);
	if (!word->has_value) {
		option_form(key, wanted, sizeof(wanted));
		return why_fail(why, -EINVAL, "gives option %s no value: %s", key->name, wanted);
	}
	if (word->value_fits && value_parse(key, word->value, (char *)values + key->offset))
		return 0;
	value_describe(key, wanted, sizeof(wanted));
	return why_fail(why, -EINVAL, "gives option %s the value \"%s\", which is not %s",
	                key->name, word->value, wanted);
}

int option_parse(const struct option_table *table, const char *text, size_t len, void *values,
                 struct why *why)
{
	const char *end = text + len;
	int err = 0;

	memset(values, 0, table->size);
	for (const struct option_key *key = table->keys; key->name; key++)
		fallback_store(key, (char *)values + key->offset);
	if (len == 0)
		return 0;
	for (const char *at = text, *comma; !err && at; at = comma ? comma + 1 : NULL) {
		struct option_word word;

		comma = memchr(at, ',', (size_t)(end - at));
		word = word_cut(at, (size_t)((comma ? comma : end) - at));
		err = word_parse(table, &word, values, why);
	}
	return err;
}

void option_form(const struct option_key *key, char *text, size_t size)
{
	char choices[NAMES_BYTES];

	switch (key->type) {
	case OPTION_NUMBER:
		snprintf(text, size, "%s=N", key->name);
		break;
	case OPTION_FLAG:
		snprintf(text, size, "%s=0|1", key->name);
		break;
	case OPTION_CHOICE:
		choices_join(key, choices, sizeof(choices));
		snprintf(text, size, "%s=%s", key->name, choices);
		break;
	case OPTION_PERCENT:
		snprintf(text, size, "%s=PERCENT", key->name);
		break;
	case OPTION_DURATION:
		snprintf(text, size, "%s=TIME", key->name);
		break;
	case OPTION_RATE:
		snprintf(text, size, "%s=RATE", key->name);
		break;
	case OPTION_MAC:
		snprintf(text, size, "%s=MAC", key->name);
		break;
	}
}
