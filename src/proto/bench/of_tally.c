// of_tally: see the header.
#include "proto/bench/of_tally.h"

const struct of_tally_row of_tally_rows[] = {
#define X(name, help) {#name, help, offsetof(struct of_tally, name)},
        OF_TALLY_LIST(X)
#undef X
};
const unsigned of_tally_rows_len = ARRAY_LEN(of_tally_rows);

void of_tally_clear(struct of_tally *tally)
{
#define X(name, help) counter_set(&tally->name, 0);
	OF_TALLY_LIST(X)
#undef X
	hist_clear(&tally->latency);
	hist_clear(&tally->echo);
}

void of_tally_merge(struct of_tally *to, const struct of_tally *from)
{
#define X(name, help) counter_add(&to->name, counter_get(&from->name));
	OF_TALLY_LIST(X)
#undef X
	hist_merge(&to->latency, &from->latency);
	hist_merge(&to->echo, &from->echo);
}

void of_tally_subtract(struct of_tally *from, const struct of_tally *earlier)
{
#define X(name, help)                                                                              \
	counter_set(&from->name, counter_get(&from->name) - counter_get(&earlier->name));
	OF_TALLY_LIST(X)
#undef X
	hist_subtract(&from->latency, &earlier->latency);
	hist_subtract(&from->echo, &earlier->echo);
}

uint32_t of_tally_fairness_ppm(const uint64_t *counts, unsigned n)
{
	double sum = 0, squares = 0;

	for (unsigned i = 0; i < n; i++) {
		sum += (double)counts[i];
		squares += (double)counts[i] * (double)counts[i];
	}
	return squares > 0 ? (uint32_t)(sum * sum / (n * squares) * 1e6 + 0.5) : 0;
}
