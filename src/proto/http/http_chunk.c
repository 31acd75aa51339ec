// http_chunk: see the header.
#include "proto/http/http_chunk.h"

#include "proto/http/http_char.h"

enum chunk_state {
	SIZE_FIRST,
	SIZE,
	EXTENSION,  // behind the size or an extension, at white space
	NAME_FIRST, // behind ";"
	NAME,
	NAME_END,    // at white space behind a name: "=", ";"
	VALUE_FIRST, // behind "="
	VALUE,       // a token
	QUOTED,
	QUOTED_PAIR, // behind a backslash
	QUOTED_END,
	SIZE_LF,
	DATA,
	DATA_CR,
	DATA_LF,
	TRAILER, // at the beginning of a line
	TRAILER_NAME,
	TRAILER_VALUE,
	TRAILER_LF,
	LAST_LF,
	END,
};

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static enum http_fault take_size(struct http_chunk *chunk, const struct http_limits *limits,
                                 uint8_t c)
{
	if (http_char_is(c, HTTP_CHAR_HEX)) {
		if (chunk->digits++ == 16)
			return HTTP_FAULT_CHUNK;
		chunk->left = chunk->left << 4 | http_char_hex(c);
		chunk->state = SIZE;
		return HTTP_FAULT_NONE;
	}
	if (chunk->state == SIZE_FIRST || (c != '\r' && c != ';' && !is_blank(c)))
		return HTTP_FAULT_CHUNK;
	if (chunk->left > limits->body_bytes - chunk->body)
		return HTTP_FAULT_BODY_LONG;
	chunk->body += chunk->left;
	chunk->state = c == '\r' ? SIZE_LF : c == ';' ? NAME_FIRST : EXTENSION;
	return HTTP_FAULT_NONE;
}

// What may follow an extension's name or value that ended; -1: nothing that c is.
static int after_name(uint8_t c)
{
	return c == '=' ? VALUE_FIRST : c == ';' ? NAME_FIRST : c == '\r' ? SIZE_LF : -1;
}

static int after_value(uint8_t c)
{
	return c == ';' ? NAME_FIRST : c == '\r' ? SIZE_LF : is_blank(c) ? EXTENSION : -1;
}

// The state behind c within extensions: *( BWS ";" BWS name [ BWS "=" BWS value ] ). White space
// before CR LF is none of it. -1: malformed.
static int extension_state(enum chunk_state state, uint8_t c)
{
	bool token = http_char_is(c, HTTP_CHAR_TOKEN);

	switch (state) {
	case EXTENSION:
		return is_blank(c) ? EXTENSION : c == ';' ? NAME_FIRST : -1;
	case NAME_FIRST:
		return is_blank(c) ? NAME_FIRST : token ? NAME : -1;
	case NAME:
		return token ? NAME : is_blank(c) ? NAME_END : after_name(c);
	case NAME_END:
		return is_blank(c) ? NAME_END : c == '\r' ? -1 : after_name(c);
	case VALUE_FIRST:
		return is_blank(c) ? VALUE_FIRST : c == '"' ? QUOTED : token ? VALUE : -1;
	case VALUE:
		return token ? VALUE : after_value(c);
	case QUOTED:
		return c == '"'                           ? QUOTED_END
		       : c == '\\'                        ? QUOTED_PAIR
		       : http_char_is(c, HTTP_CHAR_VALUE) ? QUOTED
		                                          : -1;
	case QUOTED_PAIR:
		return http_char_is(c, HTTP_CHAR_VALUE) ? QUOTED : -1;
	default:
		return after_value(c);
	}
}

static enum http_fault take_extension(struct http_chunk *chunk, const struct http_limits *limits,
                                      uint8_t c)
{
	int state = extension_state(chunk->state, c);

	if (state < 0)
		return HTTP_FAULT_CHUNK_EXTENSION;
	if (++chunk->extensions > limits->extension_bytes)
		return HTTP_FAULT_CHUNK_LONG;
	chunk->state = (uint8_t)state;
	return HTTP_FAULT_NONE;
}

// A line of the trailer begins.
static enum http_fault begin_trailer(struct http_chunk *chunk, const struct http_limits *limits,
                                     uint8_t c)
{
	if (c == '\r') {
		chunk->state = LAST_LF;
		return HTTP_FAULT_NONE;
	}
	if (is_blank(c))
		return HTTP_FAULT_FOLD;
	if (!http_char_is(c, HTTP_CHAR_TOKEN))
		return HTTP_FAULT_FIELD_NAME;
	if (++chunk->trailer_fields > limits->fields_max)
		return HTTP_FAULT_FIELDS_MANY;
	chunk->state = TRAILER_NAME;
	return HTTP_FAULT_NONE;
}

static enum http_fault take_trailer(struct http_chunk *chunk, const struct http_limits *limits,
                                    uint8_t c)
{
	if (++chunk->trailer > limits->head_bytes)
		return HTTP_FAULT_TRAILER_LONG;
	switch (chunk->state) {
	case TRAILER:
		return begin_trailer(chunk, limits, c);
	case TRAILER_NAME:
		if (c == ':')
			chunk->state = TRAILER_VALUE;
		else if (!http_char_is(c, HTTP_CHAR_TOKEN))
			return HTTP_FAULT_FIELD_NAME;
		return HTTP_FAULT_NONE;
	default:
		if (c == '\r')
			chunk->state = TRAILER_LF;
		else if (!http_char_is(c, HTTP_CHAR_VALUE))
			return HTTP_FAULT_FIELD_VALUE;
		return HTTP_FAULT_NONE;
	}
}

// CR or LF at its place.
static enum http_fault take_end(struct http_chunk *chunk, uint8_t c)
{
	if (c != (chunk->state == DATA_CR ? '\r' : '\n'))
		return chunk->state == DATA_CR || chunk->state == DATA_LF ? HTTP_FAULT_CHUNK_END
		                                                          : HTTP_FAULT_LINE_END;
	switch (chunk->state) {
	case SIZE_LF:
		chunk->state = chunk->left ? DATA : TRAILER;
		break;
	case DATA_CR:
		chunk->state = DATA_LF;
		break;
	case DATA_LF:
		chunk->state = SIZE_FIRST;
		chunk->digits = 0;
		break;
	case TRAILER_LF:
		chunk->state = TRAILER;
		break;
	default:
		chunk->state = END;
	}
	return HTTP_FAULT_NONE;
}

static enum http_fault take_byte(struct http_chunk *chunk, const struct http_limits *limits,
                                 uint8_t c)
{
	switch (chunk->state) {
	case SIZE_FIRST:
	case SIZE:
		return take_size(chunk, limits, c);
	case SIZE_LF:
	case DATA_CR:
	case DATA_LF:
	case TRAILER_LF:
	case LAST_LF:
		return take_end(chunk, c);
	case TRAILER:
	case TRAILER_NAME:
	case TRAILER_VALUE:
		return take_trailer(chunk, limits, c);
	default:
		return take_extension(chunk, limits, c);
	}
}

static enum http_chunk_next take_data(struct http_chunk *chunk, struct span *part,
                                      struct span *data)
{
	*data = span_sub(part, (size_t)u64_min(chunk->left, span_left(part)));
	chunk->left -= span_left(data);
	if (chunk->left == 0)
		chunk->state = DATA_CR;
	return HTTP_CHUNK_DATA;
}

enum http_chunk_next http_chunk_next(struct http_chunk *chunk, const struct http_limits *limits,
                                     struct span *part, struct span *data, enum http_fault *fault)
{
	while (span_left(part) > 0) {
		if (chunk->state == DATA)
			return take_data(chunk, part, data);
		*fault = take_byte(chunk, limits, *part->p);
		if (*fault != HTTP_FAULT_NONE)
			return HTTP_CHUNK_REFUSED;
		(void)span_take(part, 1);
		if (chunk->state == END)
			return HTTP_CHUNK_END;
	}
	return HTTP_CHUNK_MORE;
}

void http_chunk_put_size(struct fill *out, uint64_t len)
{
	unsigned digits = (unsigned)(67 - __builtin_clzll(len | 1)) / 4;
	uint8_t *p = fill_take(out, digits + 2);

	if (!p)
		return;
	for (unsigned i = digits; i-- > 0; len >>= 4)
		p[i] = (uint8_t) "0123456789abcdef"[len & 15];
	p[digits] = '\r';
	p[digits + 1] = '\n';
}

size_t http_chunk_put(struct fill *out, const void *bytes, size_t len)
{
	size_t frame = HTTP_CHUNK_SIZE_BYTES + 2;

	if (len == 0 || fill_left(out) <= frame)
		return 0;
	len = size_min(len, fill_left(out) - frame);
	http_chunk_put_size(out, len);
	fill_bytes(out, bytes, len);
	fill_bytes(out, HTTP_CHUNK_CRLF, 2);
	return len;
}
