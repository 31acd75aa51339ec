// of_kind_match: the kinds of fields that are matches, one match field, or statistics.
#include "proto/openflow/of_kind.h"

#include "proto/openflow/of_match.h"
#include "proto/openflow/of_text.h"

#define MATCH_TYPE_OXM 1

static void match10_read(struct of_reader *r, struct of_match *match)
{
	*match = (struct of_match){of_kind_take(r, sizeof(struct of10_match)),
	                           sizeof(struct of10_match), r->version};
}

// Type, length, fields, padding (section 7.2.3.1).
static void match_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	struct of_match *match = (struct of_match *)member;
	const struct of_tlv_hdr *hdr;
	unsigned len;

	(void)row;
	if (r->v == 0) {
		match10_read(r, match);
		return;
	}
	hdr = (const struct of_tlv_hdr *)of_kind_take(r, sizeof(*hdr));
	if (!hdr)
		return;
	len = be16_get(hdr->len);
	if (be16_get(hdr->type) != MATCH_TYPE_OXM || len < sizeof(*hdr)) {
		of_kind_refuse(r, OF_FAULT_MATCH_TYPE);
		return;
	}
	len -= (unsigned)sizeof(*hdr);
	*match = (struct of_match){of_kind_take(r, len), (uint16_t)len, r->version};
	if (match->p && !r->trusted && of_match_check(match->p, len) != OF_FAULT_NONE)
		of_kind_refuse(r, OF_FAULT_MATCH);
	of_kind_take(r, -(sizeof(*hdr) + len) & 7);
}

static void match10_write(struct of_writer *w, const struct of_match *match)
{
	struct of10_match *to = (struct of10_match *)of_kind_room(w, sizeof(*to));

	if (!to)
		return;
	if (match->version == OF10)
		memcpy(to, match->p, sizeof(*to));
	else if (!of_match_to10(match, to))
		w->fault = OF_FAULT_INEXPRESSIBLE;
}

static void fields_write(struct of_writer *w, const struct of_match *match)
{
	struct of_match_walk walk = of_match_walk_of(match);
	struct of_oxm oxm;

	if (match->version != OF10) {
		fill_bytes(&w->out, match->p, match->len);
	} else {
		while (of_match_walk_next(&walk, &oxm))
			of_match_put(&w->out, &oxm);
	}
	if (w->out.bad)
		w->fault = OF_FAULT_TOO_LONG;
}

static void match_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	const struct of_match *match = (const struct of_match *)member;
	uint8_t *start = w->out.p, *padding;
	struct of_tlv_hdr *hdr;
	size_t len;

	(void)row;
	if (w->v == 0) {
		match10_write(w, match);
		return;
	}
	hdr = (struct of_tlv_hdr *)of_kind_room(w, sizeof(*hdr));
	if (!hdr)
		return;
	fields_write(w, match);
	len = (size_t)(w->out.p - start);
	*hdr = (struct of_tlv_hdr){be16(MATCH_TYPE_OXM), be16((uint16_t)len)};
	padding = of_kind_room(w, -len & 7);
	if (padding)
		memset(padding, 0, -len & 7);
}

static void match_text(struct of_text *text, const struct of_row *row, const uint8_t *member)
{
	of_text_name(text, row);
	of_text_match(text, (const struct of_match *)member);
}

const struct of_kind of_kind_match = {match_read, match_write, match_text};

// A match whose in_port is also a member, row->other from it: a packet's, of which 1.0 has nothing
// but the port.
static void port_match_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	uint32_t *port = (uint32_t *)(member + row->other);

	match_read(r, row, member);
	*port = r->fault == OF_FAULT_NONE ? of_match_in_port((const struct of_match *)member)
	                                  : OF_PORT_ANY;
}

static void port_match_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	struct of_match match = *(const struct of_match *)member;
	uint32_t port = *(const uint32_t *)(member + row->other);
	uint8_t room[8];
	struct fill field = fill_of(room, sizeof(room));

	if (match.len == 0 && port != OF_PORT_ANY) {
		of_match_put_number(&field, OF_FIELD_IN_PORT, port);
		match = of_match_of(&field);
	}
	match_write(w, row, (const uint8_t *)&match);
}

const struct of_kind of_kind_port_match = {port_match_read, port_match_write, match_text};

// One match field, without what surrounds a match.
static void field_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	const struct of_oxm_hdr *hdr = (const struct of_oxm_hdr *)r->in.p;
	struct of_match *match = (struct of_match *)member;
	size_t len;

	(void)row;
	if (span_left(&r->in) < sizeof(*hdr)) {
		of_kind_refuse(r, OF_FAULT_SHORT);
		return;
	}
	len = sizeof(*hdr) + hdr->len;
	*match = (struct of_match){of_kind_take(r, len), (uint16_t)len, r->version};
	if (match->p && of_match_check(match->p, len) != OF_FAULT_NONE)
		of_kind_refuse(r, OF_FAULT_MATCH);
}

static void field_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	(void)row;
	fields_write(w, (const struct of_match *)member);
}

const struct of_kind of_kind_field = {field_read, field_write, match_text};

// Fields of statistics (section 7.2.4.2): numbers on the wire, bytes, flag, members.
static const struct {
	uint8_t number, size, present;
	uint8_t first, second; // offsets; the second of a duration's nanoseconds
} stat_fields[] = {
        {0, 8, OF_STATS_DURATION, offsetof(struct of_stats, duration_s),
         offsetof(struct of_stats, duration_ns)},
        {1, 8, OF_STATS_IDLE, offsetof(struct of_stats, idle_s),
         offsetof(struct of_stats, idle_ns)},
        {3, 4, OF_STATS_FLOWS, offsetof(struct of_stats, flows), 0},
        {4, 8, OF_STATS_PACKETS, offsetof(struct of_stats, packets), 0},
        {5, 8, OF_STATS_BYTES, offsetof(struct of_stats, bytes), 0},
};

static bool stat_read(struct of_stats *stats, unsigned field, struct span value)
{
	uint8_t *member = (uint8_t *)stats;

	for (unsigned i = 0; i < ARRAY_LEN(stat_fields); i++) {
		uint32_t high, low;

		if (stat_fields[i].number != field)
			continue;
		if (span_left(&value) != stat_fields[i].size)
			return false;
		stats->present |= stat_fields[i].present;
		high = span_u32(&value);
		if (stat_fields[i].size == 4) {
			*(uint32_t *)(member + stat_fields[i].first) = high;
			return true;
		}
		low = span_u32(&value);
		if (stat_fields[i].second) {
			*(uint32_t *)(member + stat_fields[i].first) = high;
			*(uint32_t *)(member + stat_fields[i].second) = low;
		} else {
			*(uint64_t *)(member + stat_fields[i].first) = (uint64_t)high << 32 | low;
		}
		return true;
	}
	return true;
}

static void stats_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	struct of_stats *stats = (struct of_stats *)member;
	const struct of_tlv_hdr *hdr = (const struct of_tlv_hdr *)of_kind_take(r, sizeof(*hdr));
	struct span fields;
	unsigned len;

	(void)row;
	if (!hdr)
		return;
	len = be16_get(hdr->len); // its first half is reserved
	if (len < sizeof(*hdr)) {
		of_kind_refuse(r, OF_FAULT_LENGTH);
		return;
	}
	stats->raw = (struct of_bytes){of_kind_take(r, len - sizeof(*hdr)),
	                               len - (uint32_t)sizeof(*hdr)};
	if (!stats->raw.p)
		return;
	fields = span_of(stats->raw.p, stats->raw.len);
	while (span_left(&fields)) {
		uint16_t class = span_u16(&fields);
		uint8_t field = span_u8(&fields) >> 1;
		struct span value = span_sub(&fields, span_u8(&fields));

		if (value.bad || (class == OXS_CLASS_BASIC && !stat_read(stats, field, value))) {
			of_kind_refuse(r, OF_FAULT_LENGTH);
			return;
		}
	}
	of_kind_take(r, -(size_t)len & 7);
}

static void stat_write(struct fill *out, const struct of_stats *stats, unsigned i)
{
	const uint8_t *member = (const uint8_t *)stats;

	fill_u16(out, OXS_CLASS_BASIC);
	fill_u8(out, (uint8_t)(stat_fields[i].number << 1));
	fill_u8(out, stat_fields[i].size);
	if (stat_fields[i].size == 4 || stat_fields[i].second) {
		fill_u32(out, *(const uint32_t *)(member + stat_fields[i].first));
		if (stat_fields[i].second)
			fill_u32(out, *(const uint32_t *)(member + stat_fields[i].second));
		return;
	}
	fill_u64(out, *(const uint64_t *)(member + stat_fields[i].first));
}

static void stats_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	const struct of_stats *stats = (const struct of_stats *)member;
	struct fill *out = &w->out;
	uint8_t *start = out->p;
	size_t len;

	(void)row;
	fill_u16(out, 0);
	fill_u16(out, 0);
	if (stats->raw.len)
		fill_bytes(out, stats->raw.p, stats->raw.len);
	for (unsigned i = 0; i < ARRAY_LEN(stat_fields) && !stats->raw.len; i++)
		if (stats->present & stat_fields[i].present)
			stat_write(out, stats, i);
	len = (size_t)(out->p - start);
	if (!out->bad)
		((struct of_tlv_hdr *)start)->len = be16((uint16_t)len);
	for (size_t i = 0; i < (-len & 7); i++)
		fill_u8(out, 0);
	if (out->bad)
		w->fault = OF_FAULT_TOO_LONG;
}

static void stats_text(struct of_text *text, const struct of_row *row, const uint8_t *member)
{
	of_text_stats(text, row, (const struct of_stats *)member);
}

const struct of_kind of_kind_stats = {stats_read, stats_write, stats_text};
