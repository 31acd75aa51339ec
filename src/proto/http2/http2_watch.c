// http2_watch: see the header.
#include "proto/http2/http2_watch.h"

enum frame {
	FRAME_DATA,
	FRAME_HEADERS,
	FRAME_PRIORITY,
	FRAME_RST_STREAM,
	FRAME_SETTINGS,
	FRAME_CONTINUATION = 9,
};

enum frame_flag { FLAG_END_STREAM = 0x1, FLAG_END_HEADERS = 0x4, FLAG_PADDED = 0x8 };

static const char preface_text[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
_Static_assert(sizeof(preface_text) == HTTP2_WATCH_PREFACE_BYTES + 1, "RFC 9113 section 3.4");

enum http2_watch_preface http2_watch_preface(struct span begin)
{
	size_t len = size_min(span_left(&begin), HTTP2_WATCH_PREFACE_BYTES);

	if (memcmp(begin.p, preface_text, len) != 0)
		return HTTP2_WATCH_NO;
	return len == HTTP2_WATCH_PREFACE_BYTES ? HTTP2_WATCH_YES : HTTP2_WATCH_MAYBE;
}

bool http2_watch_within(const struct http2_watch *watch)
{
	return watch->preface_len < HTTP2_WATCH_PREFACE_BYTES || watch->head_len > 0 ||
	       watch->in_block;
}

static uint32_t frame_len(const uint8_t *head)
{
	return (uint32_t)head[0] << 16 | (uint32_t)head[1] << 8 | head[2];
}

static unsigned frame_cost(const uint8_t *head)
{
	switch (head[3]) {
	case FRAME_HEADERS:
	case FRAME_CONTINUATION:
		return 0;
	case FRAME_DATA:
		if (head[4] & FLAG_END_STREAM)
			return 0;
		return frame_len(head) < HTTP2_TINY_DATA_BYTES || (head[4] & FLAG_PADDED)
		               ? HTTP2_COST_FRAME
		               : 0;
	case FRAME_RST_STREAM:
		return HTTP2_COST_RESET;
	case FRAME_SETTINGS:
		return HTTP2_COST_SETTINGS;
	default:
		return HTTP2_COST_FRAME;
	}
}

// A head in HEADERS and CONTINUATION has limits of its own, since nothing of it is complete
// before its last frame (CVE-2024-27316 and its siblings).
static enum http2_fault check_block(struct http2_watch *watch, const struct http_limits *shared,
                                    const struct http2_limits *limits)
{
	const uint8_t *head = watch->head;

	if (head[3] == FRAME_HEADERS)
		watch->block_bytes = watch->block_frames = 0;
	else if (head[3] != FRAME_CONTINUATION)
		return HTTP2_FAULT_NONE;
	else if (++watch->block_frames > limits->continuation_max)
		return HTTP2_FAULT_CONTINUATIONS;
	watch->in_block = !(head[4] & FLAG_END_HEADERS);
	watch->block_bytes += watch->left;
	return watch->block_bytes > shared->head_bytes ? HTTP2_FAULT_HEAD_LONG : HTTP2_FAULT_NONE;
}

// The preface, up to its end.
static struct http2_watched take_preface(struct http2_watch *watch, struct span *part)
{
	size_t len = size_min(span_left(part), HTTP2_WATCH_PREFACE_BYTES - watch->preface_len);
	struct http2_watched next = {.slice = span_sub(part, len)};

	assert(next.slice.p || len == 0);
	if (len > 0 && memcmp(next.slice.p, preface_text + watch->preface_len, len) != 0)
		next.fault = HTTP2_FAULT_PREFACE;
	watch->preface_len = (uint8_t)(watch->preface_len + len);
	return next;
}

// The head of a frame is complete.
static void begin_frame(struct http2_watch *watch, const struct http_limits *shared,
                        const struct http2_limits *limits, struct http2_watched *next)
{
	watch->left = frame_len(watch->head);
	next->cost = frame_cost(watch->head);
	next->fault = check_block(watch, shared, limits);
}

// As much of the payload as came.
static void take_payload(struct http2_watch *watch, struct span *part)
{
	uint32_t n = (uint32_t)size_min(span_left(part), watch->left);

	(void)span_take(part, n);
	watch->left -= n;
	if (watch->left == 0)
		watch->head_len = 0;
}

// A head that is cut: nothing of it is read before all of it came.
static struct http2_watched take_head(struct http2_watch *watch, const struct http_limits *shared,
                                      const struct http2_limits *limits, struct span *part)
{
	uint32_t n = (uint32_t)size_min(span_left(part), HTTP2_FRAME_HEAD_BYTES - watch->head_len);
	struct http2_watched next = {.slice = span_of(part->p, 0)};

	memcpy(watch->head + watch->head_len, span_take(part, n), n);
	watch->head_len = (uint8_t)(watch->head_len + n);
	if (watch->head_len < HTTP2_FRAME_HEAD_BYTES)
		return next;
	begin_frame(watch, shared, limits, &next);
	next.slice = span_of(watch->head, HTTP2_FRAME_HEAD_BYTES);
	if (watch->left == 0)
		watch->head_len = 0;
	return next;
}

struct http2_watched http2_watch_next(struct http2_watch *watch, const struct http_limits *shared,
                                      const struct http2_limits *limits, struct span *part)
{
	const uint8_t *begin = part->p;
	struct http2_watched next = {0};

	if (watch->preface_len < HTTP2_WATCH_PREFACE_BYTES)
		return take_preface(watch, part);
	if (watch->head_len < HTTP2_FRAME_HEAD_BYTES) {
		if (watch->head_len > 0 || span_left(part) < HTTP2_FRAME_HEAD_BYTES)
			return take_head(watch, shared, limits, part);
		memcpy(watch->head, span_take(part, HTTP2_FRAME_HEAD_BYTES),
		       HTTP2_FRAME_HEAD_BYTES);
		watch->head_len = HTTP2_FRAME_HEAD_BYTES;
		begin_frame(watch, shared, limits, &next);
	}
	take_payload(watch, part);
	next.slice = span_of(begin, (size_t)(part->p - begin));
	return next;
}
