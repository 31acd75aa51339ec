// rdata_make: random valid fields of every kind, for tests of rdata.
#ifndef UNIT_DNS_RDATA_MAKE_H
#define UNIT_DNS_RDATA_MAKE_H

#include "core/rand.h"
#include "proto/dns/rdata/dns_rdata.h"

static inline uint8_t make_below(struct rand *rand, unsigned n)
{
	return (uint8_t)rand_below(rand, n);
}

static inline void make_bytes(struct fill *to, struct rand *rand, size_t len)
{
	while (len--)
		fill_u8(to, (uint8_t)rand_u64(rand));
}

static inline void make_1(struct fill *to, struct rand *rand)
{
	make_bytes(to, rand, 1);
}

static inline void make_2(struct fill *to, struct rand *rand)
{
	make_bytes(to, rand, 2);
}

static inline void make_4(struct fill *to, struct rand *rand)
{
	make_bytes(to, rand, 4);
}

static inline void make_6(struct fill *to, struct rand *rand)
{
	make_bytes(to, rand, 6);
}

static inline void make_8(struct fill *to, struct rand *rand)
{
	make_bytes(to, rand, 8);
}

static inline void make_16(struct fill *to, struct rand *rand)
{
	make_bytes(to, rand, 16);
}

static inline void make_some(struct fill *to, struct rand *rand)
{
	make_bytes(to, rand, 1 + rand_below(rand, 100));
}

static inline void make_maybe(struct fill *to, struct rand *rand)
{
	make_bytes(to, rand, rand_below(rand, rand_below(rand, 3) ? 400 : 1));
}

static inline void make_name(struct fill *to, struct rand *rand)
{
	for (uint64_t labels = rand_below(rand, 5); labels; labels--) {
		uint8_t len = (uint8_t)(1 + rand_below(rand, rand_below(rand, 8) ? 12 : 63));

		fill_u8(to, len);
		make_bytes(to, rand, len);
		// At most 4 labels of 64 bytes and the root: cut before the last.
		if (labels == 2 && len > 60)
			break;
	}
	fill_u8(to, 0);
}

static inline void make_names(struct fill *to, struct rand *rand)
{
	for (unsigned n = make_below(rand, 4); n; n--)
		make_name(to, rand);
}

static inline void make_string(struct fill *to, struct rand *rand)
{
	uint8_t len = make_below(rand, rand_below(rand, 4) ? 20 : 256);

	fill_u8(to, len);
	make_bytes(to, rand, len);
}

static inline void make_string_maybe(struct fill *to, struct rand *rand)
{
	if (rand_below(rand, 2))
		make_string(to, rand);
}

static inline void make_strings(struct fill *to, struct rand *rand)
{
	for (unsigned n = make_below(rand, 4); n; n--)
		make_string(to, rand);
	make_string(to, rand);
}

// Characters of a set, after a byte with their number.
static inline void make_chars(struct fill *to, struct rand *rand, const char *set, uint8_t len)
{
	fill_u8(to, len);
	while (len--)
		fill_u8(to, (uint8_t)set[rand_below(rand, strlen(set))]);
}

static inline void make_tag(struct fill *to, struct rand *rand)
{
	make_chars(to, rand, "abcXYZ059", (uint8_t)(1 + make_below(rand, 15)));
}

static inline void make_digits(struct fill *to, struct rand *rand)
{
	make_chars(to, rand, "0123456789", (uint8_t)(4 + make_below(rand, 15)));
}

static inline void make_digest(struct fill *to, struct rand *rand, const uint8_t lens[5])
{
	uint8_t type = make_below(rand, 5);

	fill_u8(to, type);
	make_bytes(to, rand, lens[type]);
}

static inline void make_digest_ds(struct fill *to, struct rand *rand)
{
	make_digest(to, rand, (const uint8_t[]){1, 20, 32, 32, 48});
}

static inline void make_digest_sshfp(struct fill *to, struct rand *rand)
{
	make_digest(to, rand, (const uint8_t[]){1, 20, 32, 50, 60});
}

static inline void make_digest_zonemd(struct fill *to, struct rand *rand)
{
	make_digest(to, rand, (const uint8_t[]){12, 48, 64, 20, 70});
}

static inline void make_nsec3(struct fill *to, struct rand *rand)
{
	uint8_t algorithm = (uint8_t)(1 + make_below(rand, 3));
	uint8_t len = algorithm == 1 ? 20 : (uint8_t)(1 + make_below(rand, 40));

	fill_u8(to, algorithm);
	make_bytes(to, rand, 3);
	make_string(to, rand);
	fill_u8(to, len);
	make_bytes(to, rand, len);
}

// Windows in ascending order, with gaps.
static inline void make_windows(struct fill *to, struct rand *rand, unsigned windows)
{
	for (unsigned window = 0; windows--; window++) {
		uint8_t len = (uint8_t)(1 + make_below(rand, 32));

		window += make_below(rand, 60);
		fill_u8(to, (uint8_t)window);
		fill_u8(to, len);
		make_bytes(to, rand, len - 1u);
		fill_u8(to, (uint8_t)(1 + make_below(rand, 255)));
	}
}

static inline void make_bitmap(struct fill *to, struct rand *rand)
{
	make_windows(to, rand, 1u + make_below(rand, 3));
}

static inline void make_bitmap_maybe(struct fill *to, struct rand *rand)
{
	make_windows(to, rand, make_below(rand, 3));
}

static inline void make_bitmap_nxt(struct fill *to, struct rand *rand)
{
	unsigned len = make_below(rand, 17);

	if (len > 1)
		fill_u8(to, make_below(rand, 0x80));
	make_bytes(to, rand, len > 2 ? len - 2 : 0);
	if (len)
		fill_u8(to, (uint8_t)(1 + make_below(rand, 0x7f)));
}

static inline void make_host(struct fill *to, struct rand *rand, unsigned type)
{
	if (type == 3)
		make_name(to, rand);
	else
		make_bytes(to, rand, type == 1 ? 4 : type == 2 ? 16 : 0);
}

static inline void make_gateway(struct fill *to, struct rand *rand)
{
	uint8_t type = make_below(rand, 4);

	fill_u8(to, type);
	make_1(to, rand);
	make_host(to, rand, type);
}

static inline void make_relay(struct fill *to, struct rand *rand)
{
	uint8_t type = make_below(rand, 5);

	fill_u8(to, (uint8_t)(type | make_below(rand, 2) << 7));
	if (type < 4)
		make_host(to, rand, type);
	else
		make_maybe(to, rand);
}

static inline void make_hip(struct fill *to, struct rand *rand)
{
	uint8_t tag_len = (uint8_t)(1 + make_below(rand, 40));
	uint16_t key_len = (uint16_t)(1 + rand_below(rand, 500));

	fill_u8(to, tag_len);
	make_1(to, rand);
	fill_u16(to, key_len);
	make_bytes(to, rand, tag_len + (size_t)key_len);
}

static inline void make_a6(struct fill *to, struct rand *rand)
{
	uint8_t prefix = make_below(rand, 129);

	fill_u8(to, prefix);
	if (prefix < 128) {
		fill_u8(to, (uint8_t)(rand_u64(rand) & 0xff >> prefix % 8));
		make_bytes(to, rand, 15 - prefix / 8u);
	}
	if (prefix)
		make_name(to, rand);
}

static inline void make_wks(struct fill *to, struct rand *rand)
{
	make_1(to, rand);
	if (rand_below(rand, 4) == 0)
		return;
	make_bytes(to, rand, rand_below(rand, 60));
	fill_u8(to, (uint8_t)(1 + make_below(rand, 255)));
}

static inline void make_loc(struct fill *to, struct rand *rand)
{
	fill_u8(to, rand_below(rand, 9) == 0);
	for (int i = 0; i < 3; i++)
		fill_u8(to, (uint8_t)(make_below(rand, 10) << 4 | make_below(rand, 10)));
	fill_u32(to, (uint32_t)(0x80000000 - 324000000 + rand_below(rand, 648000001)));
	fill_u32(to, (uint32_t)(0x80000000 - 648000000 + rand_below(rand, 1296000001)));
	make_4(to, rand);
}

static inline void make_apl(struct fill *to, struct rand *rand)
{
	for (unsigned n = make_below(rand, 4); n; n--) {
		unsigned family = 1u + make_below(rand, rand_below(rand, 9) ? 2 : 3);
		unsigned bytes = family == 1 ? 4 : 16, len = make_below(rand, bytes + 1);

		fill_u16(to, (uint16_t)family);
		fill_u8(to, make_below(rand, 8 * bytes + 1));
		fill_u8(to, (uint8_t)(len | make_below(rand, 2) << 7));
		make_bytes(to, rand, len ? len - 1 : 0);
		if (len)
			fill_u8(to, (uint8_t)(1 + make_below(rand, 255)));
	}
}

static inline void make_atma(struct fill *to, struct rand *rand)
{
	uint8_t format = make_below(rand, 3);

	fill_u8(to, format);
	for (unsigned len = 1u + make_below(rand, 30); len; len--)
		fill_u8(to, format == 1 ? (uint8_t)('0' + make_below(rand, 10))
		                        : (uint8_t)rand_u64(rand));
}

static inline void make_priority(struct fill *to, struct rand *rand)
{
	fill_u16(to, (uint16_t)(1 + rand_below(rand, 65535)));
}

static inline void make_param(struct fill *to, uint16_t key, const void *value, size_t len)
{
	fill_u16(to, key);
	fill_u16(to, (uint16_t)len);
	fill_bytes(to, value, len);
}

static inline void make_alpn(struct fill *to, struct rand *rand)
{
	uint8_t room[600];
	struct fill value = fill_of(room, sizeof(room));

	for (unsigned n = 1u + make_below(rand, 4); n; n--) {
		uint8_t len = (uint8_t)(1 + make_below(rand, 20));

		fill_u8(&value, len);
		for (; len; len--)
			fill_u8(&value, rand_below(rand, 3)
			                        ? (uint8_t)rand_u64(rand)
			                        : (uint8_t) ",\\\""[rand_below(rand, 3)]);
	}
	make_param(to, 1, room, fill_len(&value));
}

static inline void make_params(struct fill *to, struct rand *rand)
{
	static const char mandatory[] = "\0\1\0\3", path[] = "/q{?a,dns}";
	static const char groups[] = "\0\x1d\x11\xec", docpath[] = "\3dns\1q";
	uint8_t room[64];
	struct fill value = fill_of(room, sizeof(room));

	make_bytes(&value, rand, sizeof(room));
	if (rand_below(rand, 2)) {
		make_param(to, 0, mandatory, 4);
		make_alpn(to, rand);
		if (rand_below(rand, 2))
			make_param(to, 2, NULL, 0);
		make_param(to, 3, room, 2);
	}
	if (rand_below(rand, 2))
		make_param(to, 4, room, 4 * (1 + rand_below(rand, 4)));
	if (rand_below(rand, 2))
		make_param(to, 5, room, rand_below(rand, 64));
	if (rand_below(rand, 2))
		make_param(to, 6, room, 16 * (1 + rand_below(rand, 4)));
	if (rand_below(rand, 2))
		make_param(to, 7, path, strlen(path));
	if (rand_below(rand, 2))
		make_param(to, 8, NULL, 0);
	if (rand_below(rand, 2))
		make_param(to, 9, groups, 2 * (1 + rand_below(rand, 2)));
	if (rand_below(rand, 2))
		make_param(to, 10, docpath, strlen(docpath));
	for (unsigned key = 11 + make_below(rand, 250); key < 60000;
	     key += 1 + (unsigned)rand_below(rand, 30000))
		make_param(to, (uint16_t)key, room, rand_below(rand, 64));
}

static void (*const makers[DNS_FIELDS])(struct fill *to, struct rand *rand) = {
        [DNS_FIELD_U8] = make_1,
        [DNS_FIELD_U16] = make_2,
        [DNS_FIELD_U32] = make_4,
        [DNS_FIELD_TIME] = make_4,
        [DNS_FIELD_STAMP] = make_4,
        [DNS_FIELD_TYPE] = make_2,
        [DNS_FIELD_ALGORITHM] = make_1,
        [DNS_FIELD_KEY_FLAGS] = make_2,
        [DNS_FIELD_KEY_PROTOCOL] = make_1,
        [DNS_FIELD_IPV4] = make_4,
        [DNS_FIELD_IPV6] = make_16,
        [DNS_FIELD_NAME] = make_name,
        [DNS_FIELD_NAME_LOWER] = make_name,
        [DNS_FIELD_NAME_RAW] = make_name,
        [DNS_FIELD_STRING] = make_string,
        [DNS_FIELD_STRINGS] = make_strings,
        [DNS_FIELD_TAG] = make_tag,
        [DNS_FIELD_TEXT] = make_maybe,
        [DNS_FIELD_HEX] = make_some,
        [DNS_FIELD_BASE64] = make_some,
        [DNS_FIELD_BASE64_MAYBE] = make_maybe,
        [DNS_FIELD_DIGEST_DS] = make_digest_ds,
        [DNS_FIELD_DIGEST_SSHFP] = make_digest_sshfp,
        [DNS_FIELD_DIGEST_ZONEMD] = make_digest_zonemd,
        [DNS_FIELD_SALT] = make_string,
        [DNS_FIELD_NSEC3] = make_nsec3,
        [DNS_FIELD_BITMAP] = make_bitmap,
        [DNS_FIELD_BITMAP_MAYBE] = make_bitmap_maybe,
        [DNS_FIELD_BASE64_DASH] = make_maybe,
        [DNS_FIELD_CERT_TYPE] = make_2,
        [DNS_FIELD_CERT_ALGORITHM] = make_1,
        [DNS_FIELD_SCHEME] = make_1,
        [DNS_FIELD_EUI48] = make_6,
        [DNS_FIELD_EUI64] = make_8,
        [DNS_FIELD_LOCATOR] = make_8,
        [DNS_FIELD_NSAP] = make_some,
        [DNS_FIELD_ATMA] = make_atma,
        [DNS_FIELD_NAMES] = make_names,
        [DNS_FIELD_STRING_MAYBE] = make_string_maybe,
        [DNS_FIELD_DIGITS] = make_digits,
        [DNS_FIELD_BITMAP_NXT] = make_bitmap_nxt,
        [DNS_FIELD_GATEWAY] = make_gateway,
        [DNS_FIELD_RELAY] = make_relay,
        [DNS_FIELD_HIP] = make_hip,
        [DNS_FIELD_A6] = make_a6,
        [DNS_FIELD_WKS] = make_wks,
        [DNS_FIELD_LOC] = make_loc,
        [DNS_FIELD_APL] = make_apl,
        [DNS_FIELD_PRIORITY] = make_priority,
        [DNS_FIELD_PARAMS] = make_params,
        [DNS_FIELD_OPAQUE] = make_maybe,
};

// Valid rdata of a type of the table.
static inline void make_rdata(struct fill *to, struct rand *rand, const struct dns_rdata_type *info)
{
	for (const uint8_t *field = info->fields; *field != DNS_FIELD_END; field++)
		makers[*field](to, rand);
}

#endif
