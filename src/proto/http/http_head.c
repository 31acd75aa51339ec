// http_head: see the header.
#include "proto/http/http_head.h"

// How many more bytes the line may have, and the fault of one that has more.
static uint32_t line_room(const struct http_head *head, const struct http_limits *limits,
                          enum http_fault *fault)
{
	uint32_t line = limits->line_bytes - head->line_len, all = limits->head_bytes - head->len;

	if (line <= all) {
		*fault = head->lines == 0 ? HTTP_FAULT_LINE_LONG : HTTP_FAULT_FIELD_LONG;
		return line;
	}
	*fault = HTTP_FAULT_HEAD_LONG;
	return all;
}

static void scan_bytes(struct http_head *head, struct span *part, uint32_t n)
{
	if (n == 0)
		return;
	head->cr = part->p[n - 1] == '\r';
	head->len += n;
	head->line_len += n;
	(void)span_take(part, n);
}

// The line, whose LF is next, ends.
static enum http_head_next end_line(struct http_head *head, const struct http_limits *limits,
                                    struct span *part, enum http_fault *fault)
{
	bool blank = head->line_len == 1;

	// RFC 9112 section 2.2 lets a server take LF alone; two servers that differ in that can be
	// played off against each other.
	if (!head->cr) {
		*fault = HTTP_FAULT_LINE_END;
		return HTTP_HEAD_REFUSED;
	}
	scan_bytes(head, part, 1);
	head->line_len = 0;
	if (blank)
		return HTTP_HEAD_END;
	if (head->lines++ > limits->fields_max) {
		*fault = HTTP_FAULT_FIELDS_MANY;
		return HTTP_HEAD_REFUSED;
	}
	return HTTP_HEAD_MORE;
}

enum http_head_next http_head_scan(struct http_head *head, const struct http_limits *limits,
                                   struct span *part, enum http_fault *fault)
{
	while (span_left(part) > 0) {
		const uint8_t *lf = memchr(part->p, '\n', span_left(part));
		size_t n = lf ? (size_t)(lf - part->p) : span_left(part);
		enum http_fault too_long;
		enum http_head_next next;
		uint32_t room = line_room(head, limits, &too_long);

		if (n + (lf != NULL) > room) {
			*fault = too_long;
			return HTTP_HEAD_REFUSED;
		}
		scan_bytes(head, part, (uint32_t)n);
		if (!lf)
			break;
		next = end_line(head, limits, part, fault);
		if (next != HTTP_HEAD_MORE)
			return next;
	}
	return HTTP_HEAD_MORE;
}
