// http2_gather: see the header.
#include "proto/http2/http2_gather.h"

#include "proto/http/http_char.h"

#define GATHER_BYTES 1024 // kept between requests

// A connection's head goes on being decompressed after it is too long; nothing more is kept.
bool http2_gather_add(struct http2_gather *gather, struct http2_memory *memory,
                      const struct http_limits *limits, struct span name, struct span value)
{
	size_t name_len = span_left(&name), value_len = span_left(&value);
	size_t need = gather->len + 4 + name_len + value_len, size;
	struct fill out;
	uint8_t *bytes;

	gather->fields++;
	gather->list_bytes += (uint32_t)size_min(name_len + value_len + HTTP2_GATHER_FIELD_BYTES,
	                                         UINT32_MAX - gather->list_bytes);
	if (gather->fault != HTTP_FAULT_NONE)
		return true;
	if (name_len > limits->line_bytes || value_len > limits->line_bytes)
		gather->fault = http_char_equal(name, ":path") ? HTTP_FAULT_LINE_LONG
		                                               : HTTP_FAULT_FIELD_LONG;
	else if (gather->list_bytes > limits->head_bytes || need > HTTP_HEAD_MAX_BYTES)
		gather->fault = HTTP_FAULT_HEAD_LONG;
	if (gather->fault != HTTP_FAULT_NONE)
		return true;
	if (need > gather->size) {
		size = ROUND_UP(need + gather->size, GATHER_BYTES);
		bytes = http2_memory_resize(gather->bytes, size, memory);
		if (!bytes)
			return false;
		gather->bytes = bytes;
		gather->size = (uint32_t)size;
	}
	out = fill_of(gather->bytes + gather->len, gather->size - gather->len);
	fill_u16(&out, (uint16_t)name_len);
	fill_u16(&out, (uint16_t)value_len);
	fill_bytes(&out, name.p, name_len);
	fill_bytes(&out, value.p, value_len);
	gather->len = (uint32_t)need;
	return true;
}

void http2_gather_clear(struct http2_gather *gather, struct http2_memory *memory)
{
	if (gather->size > GATHER_BYTES)
		http2_gather_free(gather, memory);
	gather->len = gather->list_bytes = gather->fields = 0;
	gather->fault = HTTP_FAULT_NONE;
}

void http2_gather_free(struct http2_gather *gather, struct http2_memory *memory)
{
	http2_memory_free(gather->bytes, memory);
	*gather = (struct http2_gather){0};
}
