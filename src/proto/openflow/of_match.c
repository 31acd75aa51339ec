// of_match: see of_match.h. The form of 1.0 is in of_match10.c.
#include "proto/openflow/of_match.h"

#include "proto/openflow/of_match_internal.h"

const struct of_field_row of_field_rows[OF_FIELDS] = {
#define X(NAME, number, text, bytes, form) [number] = {text, bytes, OF_FIELD_FORM_##form},
        OF_FIELD_LIST(X)
#undef X
};

// One field off s, which was checked or not: s->bad.
static void oxm_take(struct span *s, struct of_oxm *oxm)
{
	const struct of_oxm_hdr *hdr = (const struct of_oxm_hdr *)span_take(s, sizeof(*hdr));
	struct span body;
	bool masked;

	if (!hdr)
		return;
	masked = hdr->field_mask & 1;
	body = span_sub(s, hdr->len);
	*oxm = (struct of_oxm){.class = be16_get(hdr->class), .field = hdr->field_mask >> 1};
	if (oxm->class == OXM_CLASS_EXPERIMENTER)
		oxm->experimenter = span_u32(&body);
	if (body.bad || span_left(&body) == 0 || (masked && span_left(&body) & 1)) {
		s->bad = true;
		return;
	}
	oxm->len = (uint8_t)(masked ? span_left(&body) / 2 : span_left(&body));
	oxm->value = body.p;
	oxm->mask = masked ? body.p + oxm->len : NULL;
}

bool of_match_walk_next(struct of_match_walk *walk, struct of_oxm *oxm)
{
	struct span fields;

	if (walk->rest.len == 0)
		return false;
	if (walk->rest.version == OF10)
		return of_match_walk_next10(walk, oxm);
	fields = span_of(walk->rest.p, walk->rest.len);
	oxm_take(&fields, oxm);
	assert(!fields.bad); // a match that was not checked
	walk->rest.p = fields.p;
	walk->rest.len = (uint16_t)span_left(&fields);
	return true;
}

enum of_fault of_match_check(const uint8_t *p, size_t len)
{
	struct span fields = span_of(p, len);
	uint64_t seen = 0;

	while (span_left(&fields)) {
		struct of_oxm oxm = {0};

		oxm_take(&fields, &oxm);
		if (fields.bad)
			return OF_FAULT_MATCH;
		if (oxm.class != OXM_CLASS_BASIC || oxm.field >= OF_FIELDS ||
		    !of_field_rows[oxm.field].name)
			continue;
		if (oxm.len != of_field_rows[oxm.field].bytes || seen >> oxm.field & 1)
			return OF_FAULT_MATCH;
		seen |= UINT64_C(1) << oxm.field;
	}
	return OF_FAULT_NONE;
}

void of_match_put(struct fill *out, const struct of_oxm *oxm)
{
	bool experimenter = oxm->class == OXM_CLASS_EXPERIMENTER;
	size_t len = oxm->len * (oxm->mask ? 2u : 1u) + (experimenter ? 4u : 0u);
	struct of_oxm_hdr *hdr = (struct of_oxm_hdr *)fill_take(out, sizeof(*hdr) + len);
	uint8_t *p = (uint8_t *)(hdr + 1);

	if (!hdr)
		return;
	*hdr = (struct of_oxm_hdr){be16(oxm->class),
	                           (uint8_t)(oxm->field << 1 | (oxm->mask != NULL)), (uint8_t)len};
	if (experimenter) {
		*(be32_t *)p = be32(oxm->experimenter);
		p += 4;
	}
	memcpy(p, oxm->value, oxm->len);
	if (oxm->mask)
		memcpy(p + oxm->len, oxm->mask, oxm->len);
}

void of_match_put_bytes(struct fill *out, enum of_field field, const void *value, const void *mask)
{
	of_match_put(out, &(struct of_oxm){.class = OXM_CLASS_BASIC,
	                                   .field = (uint8_t)field,
	                                   .len = of_field_rows[field].bytes,
	                                   .value = value,
	                                   .mask = mask});
}

void of_match_put_number(struct fill *out, enum of_field field, uint64_t value)
{
	be64_t wide = be64(value);

	assert(of_field_rows[field].bytes <= sizeof(wide));
	of_match_put_bytes(out, field, (const uint8_t *)(&wide + 1) - of_field_rows[field].bytes,
	                   NULL);
}

uint64_t of_match_number(const struct of_oxm *oxm)
{
	uint64_t value = 0;

	assert(oxm->len <= sizeof(value));
	for (unsigned i = 0; i < oxm->len; i++)
		value = value << 8 | oxm->value[i];
	return value;
}

uint32_t of_match_in_port(const struct of_match *match)
{
	struct of_match_walk walk = of_match_walk_of(match);
	struct of_oxm oxm = {0};

	while (of_match_walk_next(&walk, &oxm))
		if (oxm.class == OXM_CLASS_BASIC && oxm.field == OF_FIELD_IN_PORT)
			return (uint32_t)of_match_number(&oxm);
	return OF_PORT_ANY;
}
