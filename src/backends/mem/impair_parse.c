// impair_parse: reads impair(key=value,...):DEVICE; see impair.h.
#include "backends/mem/impair.h"

#include <stdio.h>
#include <string.h>

#define MILLION      UINT64_C(1000000)
#define DELAY_MAX_US (60 * SEC_US)
#define VALUE_MAX    UINT64_C(1000000000000) // so that millionths fit
#define KEYS         "loss, delay, reorder, dup, corrupt, limit and seed"

// The text is read from `at` on; the first thing that is wrong goes to why.
struct reader {
	const char *at;
	struct why *why;
};

// "1", "0.25": in millionths; further digits are cut. False when there is no
// number or it is too big.
static bool read_decimal(struct reader *r, uint64_t *millionths)
{
	uint64_t value = 0, scale = MILLION;
	const char *begin = r->at;

	for (; *r->at >= '0' && *r->at <= '9'; r->at++) {
		value = value * 10 + (uint64_t)(*r->at - '0');
		if (value > VALUE_MAX)
			return false;
	}
	if (r->at == begin)
		return false;
	value *= MILLION;
	if (*r->at == '.')
		for (r->at++; *r->at >= '0' && *r->at <= '9'; r->at++)
			value += (scale /= 10) * (uint64_t)(*r->at - '0');
	*millionths = value;
	return true;
}

static bool take(struct reader *r, const char *text)
{
	size_t len = strlen(text);

	if (strncmp(r->at, text, len) != 0)
		return false;
	r->at += len;
	return true;
}

static bool read_percent(struct reader *r, uint64_t *p_q32)
{
	uint64_t millionths;

	if (!read_decimal(r, &millionths) || !take(r, "%") || millionths > 100 * MILLION)
		return false;
	*p_q32 = (millionths << 32) / (100 * MILLION);
	return true;
}

static bool read_delay(struct reader *r, uint64_t *us)
{
	uint64_t millionths, unit_us;

	if (!read_decimal(r, &millionths))
		return false;
	if (take(r, "us"))
		unit_us = 1;
	else if (take(r, "ms"))
		unit_us = MS_US;
	else if (take(r, "s"))
		unit_us = SEC_US;
	else
		return false;
	if (millionths > DELAY_MAX_US / unit_us * MILLION)
		return false;
	*us = millionths * unit_us / MILLION;
	return true;
}

// Digits only, however many the type holds.
static bool read_u64(struct reader *r, uint64_t max, uint64_t *value)
{
	const char *begin = r->at;

	for (*value = 0; *r->at >= '0' && *r->at <= '9'; r->at++) {
		uint64_t figure = (uint64_t)(*r->at - '0');

		if (*value > (max - figure) / 10)
			return false;
		*value = *value * 10 + figure;
	}
	return r->at != begin;
}

static bool read_limit(struct reader *r, uint32_t *limit)
{
	uint64_t value;

	if (!read_u64(r, IMPAIR_LIMIT_MAX, &value) || value == 0)
		return false;
	*limit = (uint32_t)value;
	return true;
}

#define PERCENT "a percentage from 0% to 100%, as 0.5%"

// Reads one key=value. `want` is set when the key is known, and says what its
// value is to be.
static bool read_setting(struct reader *r, struct impair_conf *conf, const char **want)
{
	*want = PERCENT;
	if (take(r, "loss="))
		return read_percent(r, &conf->loss_q32);
	if (take(r, "reorder="))
		return read_percent(r, &conf->reorder_q32);
	if (take(r, "dup="))
		return read_percent(r, &conf->dup_q32);
	if (take(r, "corrupt="))
		return read_percent(r, &conf->corrupt_q32);
	*want = "a time with its unit up to 60s, as 5ms or 200us";
	if (take(r, "delay="))
		return read_delay(r, &conf->delay_us);
	*want = "a number of packets from 1 to 65536";
	if (take(r, "limit="))
		return read_limit(r, &conf->limit);
	*want = "a whole number of at most 64 bits";
	if (take(r, "seed="))
		return read_u64(r, UINT64_MAX, &conf->seed);
	*want = NULL;
	return false;
}

// Says what is wrong with the setting that begins at `setting`.
static bool refuse(struct reader *r, const char *setting, const char *want)
{
	int len = (int)strcspn(setting, ",)");

	if (want)
		why_set(r->why, "impair(...): in \"%.*s\" the value must be %s", len, setting,
		        want);
	else
		why_set(r->why, "impair(...): \"%.*s\" is not one of its settings, which are %s",
		        len, setting, KEYS);
	return false;
}

static bool read_settings(struct reader *r, struct impair_conf *conf)
{
	if (take(r, ")"))
		return true;
	for (;;) {
		const char *setting = r->at, *want;

		if (!read_setting(r, conf, &want) || (*r->at != ',' && *r->at != ')')) {
			if (setting[strcspn(setting, ",)")])
				return refuse(r, setting, want);
			break;
		}
		if (take(r, ")"))
			return true;
		r->at++;
	}
	why_set(r->why, "impair(...): the closing parenthesis is missing");
	return false;
}

bool impair_parse(const char *text, struct impair_conf *conf, const char **device, struct why *why)
{
	struct reader r = {text, why};

	*conf = (struct impair_conf){.limit = IMPAIR_LIMIT};
	if (!take(&r, "impair(")) {
		why_set(why, "an impairment begins with \"impair(\"");
		return false;
	}
	if (!read_settings(&r, conf))
		return false;
	if (!take(&r, ":") || !*r.at) {
		why_set(why,
		        "impair(...): a colon and the device that it is around must follow, as in "
		        "impair(loss=1%%):tap:wadi0");
		return false;
	}
	*device = r.at;
	return true;
}
