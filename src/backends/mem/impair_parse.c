// impair_parse: the text of an impairment, impair(OPTIONS):DEVICE; see impair.h.
#include "backends/mem/impair.h"

#include "core/host/option.h"

#include <errno.h>
#include <string.h>

#define BEGIN        "impair("
#define DELAY_MAX_US (60 * SEC_US)
#define RATE_MAX_BPS UINT64_C(100000000000)

#define CONF(member) offsetof(struct impair_conf, member)

static const struct option_key keys[] = {
        {"loss", OPTION_PERCENT, CONF(loss_q32), .help = "Packets lost."},
        {"delay", OPTION_DURATION, CONF(delay_us), .max = DELAY_MAX_US,
         .help = "How long each packet is delayed."},
        {"reorder", OPTION_PERCENT, CONF(reorder_q32),
         .help = "Packets delayed by 2 ms more than their neighbours."},
        {"dup", OPTION_PERCENT, CONF(dup_q32), .help = "Packets duplicated."},
        {"corrupt", OPTION_PERCENT, CONF(corrupt_q32), .help = "Packets with one bit flipped."},
        {"rate", OPTION_RATE, CONF(rate_bps), .max = RATE_MAX_BPS,
         .help = "Bits a second in each direction of a queue; 0kbit: no limit."},
        {"queue", OPTION_DURATION, CONF(queue_us), IMPAIR_QUEUE_US, .max = DELAY_MAX_US,
         .help = "How long a packet may wait for the rate; one that would wait longer is dropped."},
        {"limit", OPTION_NUMBER, CONF(limit), IMPAIR_LIMIT, 1, IMPAIR_LIMIT_MAX,
         .help = "Packets delayed at once in each direction of a queue; more are dropped."},
        {"seed", OPTION_NUMBER, CONF(seed), .max = UINT64_MAX,
         .help = "Seed of the random numbers: the same seed gives the same losses."},
        {0},
};
const struct option_table impair_options = {sizeof(struct impair_conf), keys};

bool impair_is(const char *text)
{
	return strncmp(text, BEGIN, strlen(BEGIN)) == 0;
}

int impair_parse(const char *text, struct impair_conf *conf, const char **device, struct why *why)
{
	const char *options = text + strlen(BEGIN), *end = strchr(options, ')');

	assert(impair_is(text));
	*conf = (struct impair_conf){.limit = IMPAIR_LIMIT, .queue_us = IMPAIR_QUEUE_US};
	if (!end)
		return why_fail(why, -EINVAL, "lacks the closing parenthesis of impair(...)");
	if (end[1] != ':' || end[2] == '\0')
		return why_fail(why, -EINVAL,
		                "lacks a colon and a device behind impair(...), as in "
		                "impair(loss=1%%):tap:wadi0");
	*device = end + 2;
	return option_parse(&impair_options, options, (size_t)(end - options), conf, why);
}
