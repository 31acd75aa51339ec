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
	if (cut)
		pkt_put_rest(cut);
}

void pkt_put_rest(struct pkt *pkt)
{
	while (pkt) {
		struct pkt *next = pkt->next;

		assert(pkt->refs > 0);
		pkt->next = NULL;
		if (--pkt->refs == 0)
			pkt->pool->free(pkt->pool, pkt);
		pkt = next;
	}
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

struct pkt *pkt_copy(struct page_pool *pool, const struct pkt *pkt)
{
	uint32_t total = pkt_total_len(pkt), at = 0;
	struct pkt *first = NULL, **link = &first;

	do {
		struct pkt *page = pkt_alloc(pool);

		if (!page) {
			if (first)
				pkt_put(first);
			return NULL;
		}
		// What would need more than the room behind the headroom gets it all.
		if (total > page->room - (uint32_t)page->off)
			page->off = 0;
		pkt_set_len(page, (uint16_t)size_min(total - at, page->room - page->off));
		pkt_read(pkt, at, pkt_data(page), page->len);
		at += page->len;
		*link = page;
		link = &page->next;
	} while (at < total);
	first->more = total - first->len;
	first->l2 = (uint16_t)(pkt->l2 - pkt->off + first->off);
	first->l3 = (uint16_t)(pkt->l3 - pkt->off + first->off);
	first->l4 = (uint16_t)(pkt->l4 - pkt->off + first->off);
	first->hash = pkt->hash;
	first->iface = pkt->iface;
	first->rx_flags = pkt->rx_flags;
	first->tx_flags = pkt->tx_flags;
	first->gso_size = pkt->gso_size;
	return first;
}
