// tally: see the header.
#include "proto/bench/tally.h"

const struct tally_row tally_rows[] = {
#define X(name, help) {#name, help, offsetof(struct tally, name)},
        TALLY_LIST(X)
#undef X
};
const unsigned tally_rows_len = ARRAY_LEN(tally_rows);

void tally_clear(struct tally *tally)
{
#define X(name, help) counter_set(&tally->name, 0);
	TALLY_LIST(X)
#undef X
	for (unsigned i = 0; i < TALLY_RCODES; i++)
		counter_set(&tally->rcode[i], 0);
	counter_set(&tally->behind_max_us, 0);
	counter_set(&tally->idle_us, 0);
	counter_set(&tally->held_us, 0);
	counter_set(&tally->run_us, 0);
	hist_clear(&tally->latency);
}

static void keep_larger(counter_t *to, const counter_t *from)
{
	if (counter_get(from) > counter_get(to))
		counter_set(to, counter_get(from));
}

void tally_merge(struct tally *to, const struct tally *from)
{
#define X(name, help) counter_add(&to->name, counter_get(&from->name));
	TALLY_LIST(X)
#undef X
	for (unsigned i = 0; i < TALLY_RCODES; i++)
		counter_add(&to->rcode[i], counter_get(&from->rcode[i]));
	keep_larger(&to->behind_max_us, &from->behind_max_us);
	counter_add(&to->idle_us, counter_get(&from->idle_us));
	counter_add(&to->held_us, counter_get(&from->held_us));
	keep_larger(&to->run_us, &from->run_us);
	hist_merge(&to->latency, &from->latency);
}

uint64_t tally_rate(const struct tally *tally)
{
	uint64_t run_us = counter_get(&tally->run_us);

	return run_us ? counter_get(&tally->answered) * SEC_US / run_us : 0;
}

uint32_t tally_loss_ppm(const struct tally *tally)
{
	uint64_t sent = counter_get(&tally->sent);
	uint64_t answered = u64_min(counter_get(&tally->answered), sent);

	return sent ? (uint32_t)(((sent - answered) * 1000000 + sent - 1) / sent) : 0;
}
