// zone_sort: see the header. Sorts pieces with qsort and then merges them in pairs, and polls
// `stopped` in between.
#include "proto/dns/load/zone_sort.h"

#include "core/huge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_ITEMS 32768

struct pieces {
	zone_stopped_fn *stopped;
	uint8_t *from, *to;     // the items, and the buffer that the next merge writes
	size_t len, size, each; // number and size of items; items in a sorted piece
	zone_cmp_fn *cmp;
};

// Merges two adjacent sorted pieces.
static bool pieces_merge(const struct pieces *pieces, size_t at)
{
	size_t size = pieces->size, middle = size_min(at + pieces->each, pieces->len);
	size_t end = size_min(middle + pieces->each, pieces->len);
	const uint8_t *a = pieces->from + at * size, *a_end = pieces->from + middle * size;
	const uint8_t *b = a_end, *b_end = pieces->from + end * size;

	for (size_t i = at; i < end; i++) {
		bool first = a < a_end && (b == b_end || pieces->cmp(a, b) <= 0);

		if (zone_stop_at(pieces->stopped, i))
			return false;
		memcpy(pieces->to + i * size, first ? a : b, size);
		a += first ? size : 0;
		b += first ? 0 : size;
	}
	return true;
}

// Merges pairs of pieces until one is left; returns where it is, NULL if cancelled.
static void *pieces_join(struct pieces *pieces)
{
	for (; pieces->each < pieces->len; pieces->each *= 2) {
		uint8_t *from = pieces->from;

		for (size_t at = 0; at < pieces->len; at += 2 * pieces->each)
			if (!pieces_merge(pieces, at))
				return NULL;
		pieces->from = pieces->to;
		pieces->to = from;
	}
	return pieces->from;
}

int zone_sort(void *items, size_t len, size_t size, zone_cmp_fn *cmp, zone_stopped_fn *stopped)
{
	struct pieces pieces = {stopped, items, NULL, len, size, PIECE_ITEMS, cmp};
	uint8_t *room, *sorted;

	for (size_t at = 0; at < len; at += PIECE_ITEMS) {
		if (zone_stop_now(stopped))
			return -ECANCELED;
		qsort((uint8_t *)items + at * size, size_min(PIECE_ITEMS, len - at), size, cmp);
	}
	if (len <= PIECE_ITEMS)
		return 0;
	room = pieces.to = huge_alloc(len * size);
	if (!room)
		return -ENOMEM;
	sorted = pieces_join(&pieces);
	if (sorted && sorted == room)
		memcpy(items, room, len * size);
	free(room);
	return sorted ? 0 : -ECANCELED;
}
