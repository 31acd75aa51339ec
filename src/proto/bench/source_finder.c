// source_finder: see the header.
#include "proto/bench/source_finder.h"

void source_finder_begin(struct source_finder *finder, uint32_t wanted, uint32_t candidates_len,
                         mono_t now)
{
	assert(wanted > 0 && candidates_len > 0 && candidates_len <= SOURCE_CANDIDATES);
	*finder = (struct source_finder){
	        .wanted = wanted, .candidates_len = candidates_len, .begin = now, .next = now};
}

static void begin_round(struct source_finder *finder, mono_t now)
{
	finder->next = mono_add(now, SOURCE_ROUND_US);
	finder->asked = 0;
	finder->rounds++;
	// The first candidates of all are asked from again until one of them answers: until then
	// the server may be missing, and not the way back.
	if (finder->found_len == 0)
		finder->at = 0;
}

unsigned source_finder_take(struct source_finder *finder, mono_t now, uint16_t *candidates,
                            unsigned n)
{
	unsigned len = 0;

	if (finder->found_len >= finder->wanted ||
	    mono_until(finder->begin, now) >= SOURCE_PATIENCE_US)
		finder->over = true;
	if (finder->over)
		return 0;
	if (mono_due(finder->next, now))
		begin_round(finder, now);
	for (; len < n && finder->asked < size_min(SOURCE_ROUND, finder->candidates_len);
	     finder->asked++) {
		uint32_t at = finder->at++ % finder->candidates_len;

		if (!finder->is_found[at])
			candidates[len++] = (uint16_t)at;
	}
	return len;
}

void source_finder_answer(struct source_finder *finder, uint32_t candidate)
{
	if (finder->over || candidate >= finder->candidates_len || finder->is_found[candidate])
		return;
	finder->is_found[candidate] = true;
	finder->found[finder->found_len++] = (uint16_t)candidate;
}
