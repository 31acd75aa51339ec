// pkt: what chains need that no packet of one page ever comes to.
#include "core/pkt.h"

#include <string.h>

void pkt_trim_chain(struct pkt *pkt, uint32_t len)
{
	struct pkt *last = pkt, *cut;
	uint32_t left = len;

	while (last->next && left > last->len) {
		left -= last->len;
		last = last->next;
	}
	last->len = (uint16_t)left;
	cut = last->next;
	last->next = NULL;
	pkt->more = len - pkt->len;
	if (!cut)
		return;
	cut->refs = 1;
	pkt_put(cut);
}

void pkt_read(const struct pkt *pkt, uint32_t from, void *to, uint32_t len)
{
	uint8_t *out = to;

	assert(len <= pkt_total_len(pkt) && from <= pkt_total_len(pkt) - len);
	for (; len; pkt = pkt->next) {
		uint32_t skip = (uint32_t)size_min(from, pkt->len);
		uint32_t n = (uint32_t)size_min(len, pkt->len - skip);

		memcpy(out, pkt_data(pkt) + skip, n);
		out += n;
		len -= n;
		from -= skip;
	}
}
