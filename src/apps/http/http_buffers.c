// http_buffers: the worker's pool of buffers for links: what came of a head in parts, and what TCP
// had no room for. When all are in use, the link that has had one for longest is reset: it is the
// slowest.
#include "apps/http/http_links_internal.h"

static void buffer_unlink(struct http_links *all, const struct http_links_buffer *buffer)
{
	if (buffer->older != HTTP_LINKS_NONE)
		all->buffer[buffer->older].newer = buffer->newer;
	else
		all->oldest_buffer = buffer->newer;
	if (buffer->newer != HTTP_LINKS_NONE)
		all->buffer[buffer->newer].older = buffer->older;
	else
		all->newest_buffer = buffer->older;
}

static void buffer_link(struct http_links *all, uint32_t number)
{
	struct http_links_buffer *buffer = &all->buffer[number];

	buffer->older = all->newest_buffer;
	buffer->newer = HTTP_LINKS_NONE;
	if (all->newest_buffer != HTTP_LINKS_NONE)
		all->buffer[all->newest_buffer].newer = number;
	else
		all->oldest_buffer = number;
	all->newest_buffer = number;
}

// Takes the oldest buffer from its link, which cannot go on without.
static void buffer_rob(struct http_links *all)
{
	const struct http_links_buffer *oldest = &all->buffer[all->oldest_buffer];
	struct http_link *robbed = &all->link[oldest->holder];
	uint16_t number = (uint16_t)(all->oldest_buffer + 1);

	if (oldest->is_rest)
		robbed->rest = 0;
	else
		robbed->buffer = 0;
	http_buffers_put(all, number);
	counter_add(&all->metric.no_buffer, 1);
	http_link_reset(robbed);
}

uint16_t http_buffers_get(struct http_link *link, bool is_rest)
{
	struct http_links *all = link->all;
	uint32_t number;

	if (all->free_buffer == HTTP_LINKS_NONE && all->buffers_used == all->buffers_len)
		buffer_rob(all);
	number = all->free_buffer;
	if (number != HTTP_LINKS_NONE)
		all->free_buffer = all->buffer[number].newer;
	else
		number = all->buffers_used++;
	all->buffer[number] =
	        (struct http_links_buffer){.holder = http_link_number(link), .is_rest = is_rest};
	buffer_link(all, number);
	return (uint16_t)(number + 1);
}

void http_buffers_put(struct http_links *all, uint16_t buffer)
{
	struct http_links_buffer *of = http_buffers_of(all, buffer);

	buffer_unlink(all, of);
	of->newer = all->free_buffer;
	all->free_buffer = buffer - 1u;
}

uint8_t *http_link_buffer(struct http_link *link)
{
	if (!link->buffer)
		link->buffer = http_buffers_get(link, false);
	return http_buffers_bytes(link->all, link->buffer);
}

void http_link_buffer_put(struct http_link *link)
{
	if (link->buffer)
		http_buffers_put(link->all, link->buffer);
	link->buffer = 0;
}
