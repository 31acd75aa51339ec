// tcp_option: parsing and writing; see the header.
#include "proto/tcpip/tcp/tcp_option.h"

#include "core/be.h"

#include <string.h>

enum {
	KIND_END = 0,
	KIND_NOP = 1,
	KIND_MSS = 2,
	KIND_WSCALE = 3,
	KIND_SACK_PERMITTED = 4,
	KIND_SACK = 5,
	KIND_TS = 8,
	KIND_UTO = 28,
	KIND_FAST = 34,
};

#define WSCALE_MAX 14 // RFC 7323 section 2.3

// RFC 7413 section 4.1.1.
#define COOKIE_BYTES_MIN 4
#define COOKIE_BYTES_MAX 16

static uint16_t read16(const uint8_t *at)
{
	return be16_get(*(const be16_t *)at);
}

static uint32_t read32(const uint8_t *at)
{
	return be32_get(*(const be32_t *)at);
}

static void read_sack(const uint8_t *body, size_t len, struct tcp_options *options)
{
	if (len % 8 || len / 8 > TCP_OPTION_SACKS_MAX)
		return;
	options->sacks = (uint8_t)(len / 8);
	for (unsigned i = 0; i < options->sacks; i++)
		options->sack[i] =
		        (struct tcp_sack){read32(body + 8 * i), read32(body + 8 * i + 4)};
}

static void read_fast(const uint8_t *body, size_t len, struct tcp_options *options)
{
	if (len && (len < COOKIE_BYTES_MIN || len > COOKIE_BYTES_MAX || len % 2))
		return;
	options->has |= TCP_OPTION_FAST;
	options->cookie_len = (uint8_t)len;
	options->cookie = body;
}

// One option with len bytes of body.
static void read_option(uint8_t kind, const uint8_t *body, size_t len, struct tcp_options *options)
{
	uint8_t before = options->has;

	if (kind == KIND_MSS && len == 2 && !(before & TCP_OPTION_MSS)) {
		options->mss = read16(body);
		options->has |= TCP_OPTION_MSS;
	} else if (kind == KIND_WSCALE && len == 1 && !(before & TCP_OPTION_WSCALE)) {
		options->wscale = (uint8_t)size_min(body[0], WSCALE_MAX);
		options->has |= TCP_OPTION_WSCALE;
	} else if (kind == KIND_SACK_PERMITTED && len == 0) {
		options->has |= TCP_OPTION_SACK_PERMITTED;
	} else if (kind == KIND_TS && len == 8 && !(before & TCP_OPTION_TS)) {
		options->ts_val = read32(body);
		options->ts_ecr = read32(body + 4);
		options->has |= TCP_OPTION_TS;
	} else if (kind == KIND_UTO && len == 2 && !(before & TCP_OPTION_UTO)) {
		options->uto = read16(body);
		// 0 is reserved (RFC 5482 section 2).
		options->has |= options->uto & 0x7fff ? TCP_OPTION_UTO : 0;
	} else if (kind == KIND_SACK && options->sacks == 0) {
		read_sack(body, len, options);
	} else if (kind == KIND_FAST && !(before & TCP_OPTION_FAST)) {
		read_fast(body, len, options);
	}
}

enum drop tcp_option_parse(const uint8_t *bytes, size_t len, struct tcp_options *options)
{
	size_t at = 0;

	options->has = 0;
	options->sacks = 0;
	while (at < len && bytes[at] != KIND_END) {
		size_t option_len;

		if (bytes[at] == KIND_NOP) {
			at++;
			continue;
		}
		if (len - at < 2)
			return DROP_TCP_OPTION;
		option_len = bytes[at + 1];
		if (option_len < 2 || option_len > len - at)
			return DROP_TCP_OPTION;
		read_option(bytes[at], bytes + at + 2, option_len - 2, options);
		at += option_len;
	}
	return DROP_NONE;
}

static void write32(uint8_t *at, uint32_t value)
{
	*(be32_t *)at = be32(value);
}

// A word that starts with two bytes of padding.
static uint8_t *write_head(uint8_t *at, uint8_t kind, uint8_t len)
{
	const uint8_t head[4] = {KIND_NOP, KIND_NOP, kind, len};

	memcpy(at, head, sizeof(head));
	return at + sizeof(head);
}

// SACK-permitted takes the place of the padding before the timestamps.
static uint8_t *write_ts(const struct tcp_options *options, uint8_t *at)
{
	at = write_head(at, KIND_TS, 10);
	if (options->has & TCP_OPTION_SACK_PERMITTED)
		memcpy(at - 4, (const uint8_t[]){KIND_SACK_PERMITTED, 2}, 2);
	write32(at, options->ts_val);
	write32(at + 4, options->ts_ecr);
	return at + 8;
}

static uint8_t *write_sack(const struct tcp_options *options, uint8_t *at, const uint8_t *end)
{
	size_t n = size_min(options->sacks, (size_t)(end - at - 4) / 8);

	at = write_head(at, KIND_SACK, (uint8_t)(2 + 8 * n));
	for (size_t i = 0; i < n; i++, at += 8) {
		write32(at, options->sack[i].begin);
		write32(at + 4, options->sack[i].end);
	}
	return at;
}

static uint8_t *write_fast(const struct tcp_options *options, uint8_t *at)
{
	*at++ = KIND_FAST;
	*at++ = (uint8_t)(2 + options->cookie_len);
	memcpy(at, options->cookie, options->cookie_len);
	at += options->cookie_len;
	for (unsigned n = options->cookie_len; n % 4 != 2; n++)
		*at++ = KIND_NOP;
	return at;
}

uint8_t tcp_option_write(const struct tcp_options *options, uint8_t *to)
{
	uint8_t *at = to;

	if (options->has & TCP_OPTION_MSS) {
		write32(at, (uint32_t)KIND_MSS << 24 | (uint32_t)4 << 16 | options->mss);
		at += 4;
	}
	if (options->has & TCP_OPTION_TS)
		at = write_ts(options, at);
	else if (options->has & TCP_OPTION_SACK_PERMITTED)
		at = write_head(at, KIND_SACK_PERMITTED, 2);
	if (options->has & TCP_OPTION_WSCALE) {
		const uint8_t wscale[4] = {KIND_NOP, KIND_WSCALE, 3, options->wscale};

		memcpy(at, wscale, sizeof(wscale));
		at += sizeof(wscale);
	}
	if (unlikely(options->has & TCP_OPTION_UTO)) {
		write32(at, (uint32_t)KIND_UTO << 24 | (uint32_t)4 << 16 | options->uto);
		at += 4;
	}
	if (options->sacks)
		at = write_sack(options, at, to + TCP_OPTION_BYTES_MAX);
	if (unlikely(options->has & TCP_OPTION_FAST))
		at = write_fast(options, at);
	return (uint8_t)(at - to);
}
