// query: see the header.
#include "proto/bench/query.h"

#include <errno.h>
#include <stdlib.h>

static int grow(void **array, size_t *size, size_t needed, size_t unit)
{
	size_t to = *size ? *size : 64;
	void *larger;

	if (needed <= *size)
		return 0;
	while (to < needed)
		to *= 2;
	larger = reallocarray(*array, to, unit);
	if (!larger)
		return -ENOMEM;
	*array = larger;
	*size = to;
	return 0;
}

static void write_header(struct fill *to, const struct query_form *form)
{
	fill_u16(to, 0);
	fill_u16(to, form->recursion ? DNS_FLAG_RD : 0);
	fill_u16(to, 1);
	fill_u16(to, 0);
	fill_u16(to, 0);
	fill_u16(to, form->udp_bytes ? 1 : 0);
}

static void write_opt(struct fill *to, const struct query_form *form)
{
	fill_u8(to, 0);
	fill_u16(to, DNS_TYPE_OPT);
	fill_u16(to, form->udp_bytes);
	fill_u16(to, 0);
	fill_u16(to, form->dnssec_ok ? DNS_OPT_DO : 0);
	fill_u16(to, 0);
}

// The zeros of a random label keep their place: a sum with them is one without.
static void write_message(struct fill *to, const struct query_form *form)
{
	write_header(to, form);
	if (form->random_label) {
		static const uint8_t letters[QUERY_RANDOM_BYTES];

		fill_u8(to, QUERY_RANDOM_BYTES);
		fill_bytes(to, letters, sizeof(letters));
	}
	fill_bytes(to, form->name.wire, form->name.len);
	fill_u16(to, form->type);
	fill_u16(to, DNS_CLASS_IN);
	if (form->udp_bytes)
		write_opt(to, form);
}

// What is wanted lies behind the message, at any address.
static struct query_want want_read(const struct query *query)
{
	struct query_want want;

	memcpy(&want, query->msg + query->len, sizeof(want));
	return want;
}

struct query_want query_want_of(const struct query *query)
{
	struct query_want want = QUERY_WANT_ANYTHING;

	if (query->wants_more)
		want = want_read(query);
	want.rcode = query->rcode;
	return want;
}

static size_t room_of(size_t len, bool wants_more)
{
	size_t more = wants_more ? sizeof(struct query_want) : 0;

	return ROUND_UP(sizeof(struct query) + len + more, QUERY_ALIGN);
}

// Room for a message of this length behind the others; the caller writes it, and then calls
// finish. NULL, and err, when there is none.
static struct query *begin(struct query_set *set, size_t len, bool wants_more, int *err)
{
	size_t room = room_of(len, wants_more);
	struct query *query;

	*err = -E2BIG;
	if (set->len == UINT32_MAX || (set->bytes_len + room) / QUERY_ALIGN > UINT32_MAX)
		return NULL;
	*err = grow((void **)&set->at, &set->size, set->len + 1, sizeof(*set->at));
	if (!*err)
		*err = grow((void **)&set->bytes, &set->bytes_size, set->bytes_len + room, 1);
	if (*err)
		return NULL;
	query = (struct query *)(set->bytes + set->bytes_len);
	*query = (struct query){
	        .len = (uint16_t)len, .rcode = QUERY_ANY_RCODE, .wants_more = wants_more};
	return query;
}

static void finish(struct query_set *set, struct query *query)
{
	query->sum = cksum_add((cksum_t){0}, query->msg, query->len).sum;
	set->at[set->len++] = (uint32_t)(set->bytes_len / QUERY_ALIGN);
	set->bytes_len += room_of(query->len, query->wants_more);
}

int query_set_add(struct query_set *set, const struct query_form *form)
{
	size_t name_len = form->name.len + (form->random_label ? 1 + QUERY_RANDOM_BYTES : 0);
	size_t len = DNS_HDR_BYTES + name_len + 4 + (form->udp_bytes ? sizeof(struct dns_opt) : 0);
	bool wants_more = form->want.answers != QUERY_ANY_ANSWERS || form->want.rdata_len;
	struct query *query;
	struct fill to;
	int err;

	if (name_len > DNS_NAME_MAX_BYTES)
		return -EINVAL;
	query = begin(set, len, wants_more, &err);
	if (!query)
		return err;
	if (wants_more)
		memcpy(query->msg + len, &form->want, sizeof(form->want));
	query->question_len = (uint16_t)(name_len + 4);
	query->rcode = form->want.rcode;
	query->random_label = form->random_label;
	to = fill_of(query->msg, len);
	write_message(&to, form);
	assert(!to.bad && fill_left(&to) == 0);
	finish(set, query);
	return 0;
}

int query_set_add_message(struct query_set *set, const uint8_t *msg, size_t len, uint64_t at_us)
{
	const struct dns_hdr *hdr = (const struct dns_hdr *)msg;
	struct query *query;
	size_t name_len;
	int err;

	if (len < DNS_HDR_BYTES || len > QUERY_MESSAGE_MAX ||
	    (be16_get(hdr->flags) & DNS_FLAG_QR) || be16_get(hdr->qdcount) != 1)
		return -EINVAL;
	name_len = dns_name_check(msg + DNS_HDR_BYTES, len - DNS_HDR_BYTES);
	if (name_len == 0 || name_len + 4 > len - DNS_HDR_BYTES)
		return -EINVAL;
	err = grow((void **)&set->at_us, &set->at_us_size, set->len + 1, sizeof(*set->at_us));
	if (err)
		return err;
	query = begin(set, len, false, &err);
	if (!query)
		return err;
	query->question_len = (uint16_t)(name_len + 4);
	memcpy(query->msg, msg, len);
	((struct dns_hdr *)query->msg)->id = be16(0);
	set->at_us[set->len] = at_us;
	finish(set, query);
	return 0;
}

int query_set_add_echo(struct query_set *set, size_t len)
{
	struct query *query;
	int err;

	if (len < QUERY_ECHO_MIN || len > QUERY_ECHO_MAX)
		return -EINVAL;
	query = begin(set, len, false, &err);
	if (!query)
		return err;
	query->echo = true;
	memset(query->msg, 0, len);
	finish(set, query);
	return 0;
}

void query_set_close(struct query_set *set)
{
	free(set->bytes);
	free(set->at);
	free(set->at_us);
	*set = (struct query_set){0};
}

// A letter from a to p for each four bits, as one word.
static uint64_t letters_of(uint32_t nonce)
{
	uint64_t letters = nonce;

	letters = (letters | letters << 16) & UINT64_C(0x0000ffff0000ffff);
	letters = (letters | letters << 8) & UINT64_C(0x00ff00ff00ff00ff);
	letters = (letters | letters << 4) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return letters + UINT64_C(0x6161616161616161);
}

// A random label begins at an odd offset of the message, so its bytes are swapped in the sum.
static uint64_t sum_of_label(uint64_t letters)
{
	uint64_t swapped = (letters & UINT64_C(0x00ff00ff00ff00ff)) << 8 |
	                   (letters >> 8 & UINT64_C(0x00ff00ff00ff00ff));

	return (uint32_t)swapped + (swapped >> 32);
}

uint64_t query_write(const struct query *query, uint16_t id, uint32_t nonce, uint8_t *to)
{
	uint64_t sum = query->sum + be16(id).be, letters;

	memcpy(to, query->msg, query->len);
	((struct dns_hdr *)to)->id = be16(id);
	if (likely(!query->random_label))
		return sum;
	letters = letters_of(nonce);
	memcpy(to + DNS_HDR_BYTES + 1, &letters, sizeof(letters));
	return sum + sum_of_label(letters);
}

// A name's length bytes are no letters, nor is what type and class hold compared in another
// case than it is.
static bool names_eq(const uint8_t *a, const uint8_t *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (a[i] != b[i] &&
		    ((a[i] ^ b[i]) != 0x20 || (a[i] | 0x20) < 'a' || (a[i] | 0x20) > 'z'))
			return false;
	return true;
}

static bool question_eq(const struct query *query, uint32_t nonce, const uint8_t *msg)
{
	const uint8_t *wanted = query->msg + DNS_HDR_BYTES, *got = msg + DNS_HDR_BYTES;
	size_t len = query->question_len;

	if (query->random_label) {
		uint64_t letters = letters_of(nonce);

		if (*got != QUERY_RANDOM_BYTES ||
		    !names_eq((const uint8_t *)&letters, got + 1, QUERY_RANDOM_BYTES))
			return false;
		wanted += 1 + QUERY_RANDOM_BYTES;
		got += 1 + QUERY_RANDOM_BYTES;
		len -= 1 + QUERY_RANDOM_BYTES;
	}
	if (likely(memcmp(wanted, got, len) == 0))
		return true;
	return memcmp(wanted + len - 4, got + len - 4, 4) == 0 && names_eq(wanted, got, len - 4);
}

// Of a query whose question the answer has.
static NOINLINE bool wants_are_met(const struct query *query, const uint8_t *msg, size_t len)
{
	size_t at = (size_t)DNS_HDR_BYTES + query->question_len;
	uint16_t type = be16_get(*(const be16_t *)(query->msg + at - 4));
	const struct query_want want = want_read(query);

	return query_want_is_met(&want, type, msg, len, at);
}

enum query_verdict query_judge(const struct query *query, uint32_t nonce, const uint8_t *msg,
                               size_t len)
{
	const struct dns_hdr *hdr = (const struct dns_hdr *)msg;
	uint16_t flags;

	if (len < DNS_HDR_BYTES)
		return QUERY_BROKEN;
	if (query->echo)
		return len == query->len && memcmp(msg + 2, query->msg + 2, len - 2) == 0
		               ? QUERY_RIGHT
		               : QUERY_OTHER;
	flags = be16_get(hdr->flags);
	if (!(flags & DNS_FLAG_QR) || be16_get(hdr->qdcount) != 1)
		return QUERY_BROKEN;
	if (len < (size_t)DNS_HDR_BYTES + query->question_len || !question_eq(query, nonce, msg))
		return QUERY_OTHER;
	if (query->rcode != QUERY_ANY_RCODE && query->rcode != (flags & DNS_FLAG_RCODE))
		return QUERY_UNEXPECTED;
	if (unlikely(query->wants_more) && !wants_are_met(query, msg, len))
		return QUERY_UNEXPECTED;
	return QUERY_RIGHT;
}
