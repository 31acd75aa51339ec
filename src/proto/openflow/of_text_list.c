// of_text_list: lists, items, properties and matches as text.
#include "proto/openflow/of_text.h"

#include "proto/openflow/of_match.h"

void of_text_rows(struct of_text *text, const struct of_row *rows, const uint8_t *host)
{
	for (const struct of_row *row = rows; row->kind; row++)
		if (row->kind->text)
			row->kind->text(text, row, host + row->host);
}

static const struct of_layout *layout_of(const struct of_family_table *family, int v,
                                         const void *item)
{
	uint16_t type =
	        family->typed ? ((const struct of_item *)item)->type : family->layouts->type;

	for (unsigned i = 0; i < family->len; i++)
		if (family->layouts[i].type == type && family->layouts[i].rows[v])
			return &family->layouts[i];
	return NULL;
}

// How many rows are printed of the item.
static unsigned rows_printed(const struct of_row *rows, const uint8_t *host)
{
	unsigned n = 0;

	for (const struct of_row *row = rows; row->kind; row++) {
		bool zero = row->form == OF_FORM_NONZERO;

		for (unsigned i = 0; zero && i < row->host_size; i++)
			zero = host[row->host + i] == 0;
		n += row->kind->text != NULL && !zero;
	}
	return n;
}

// Of a typed family: "name", "name:value" or "name(member=value ...)".
static void typed_put(struct of_text *text, const struct of_layout *layout, const uint8_t *item)
{
	const struct of_row *rows = layout->rows[text->v];
	unsigned n = rows_printed(rows, item);

	of_text_put(text, n == 0 ? "%s" : n == 1 ? "%s:" : "%s(", layout->name);
	text->bare = n == 1;
	text->first = n > 1;
	of_text_rows(text, rows, item);
	text->bare = text->first = false;
	if (n > 1)
		of_text_put(text, ")");
}

void of_text_item(struct of_text *text, enum of_family number, const void *item)
{
	const struct of_family_table *family = of_families[number];
	const struct of_layout *layout = layout_of(family, text->v, item);

	if (layout && family->typed) {
		typed_put(text, layout, item);
	} else if (layout) {
		of_text_put(text, "(");
		text->first = true;
		of_text_rows(text, layout->rows[text->v], item);
		text->first = false;
		of_text_put(text, ")");
	} else {
		of_text_put(text, "unknown:");
		of_text_hex(text, &((const struct of_item *)item)->raw);
	}
}

// The items of a multipart, each on a line of its own.
static void body_put(struct of_text *text, struct of_list list)
{
	union of_any_item item;

	while (of_list_next(&list, &item)) {
		const struct of_layout *layout =
		        layout_of(of_families[list.family], text->v, &item);

		of_text_put(text, "\n ");
		if (layout && !of_families[list.family]->typed) {
			of_text_put(text, " %s:", layout->name);
			of_text_rows(text, layout->rows[text->v], (const uint8_t *)&item);
		} else {
			of_text_put(text, " ");
			of_text_item(text, list.family, &item);
		}
	}
}

void of_text_list(struct of_text *text, const struct of_row *row, const struct of_list *items)
{
	struct of_list list = *items;
	union of_any_item item;
	const char *between = "";

	if (row->kind == &of_kind_body) {
		body_put(text, list);
		return;
	}
	of_text_name(text, row);
	if (list.len == 0)
		of_text_put(text, "none");
	while (of_list_next(&list, &item)) {
		of_text_put(text, "%s", between);
		of_text_item(text, list.family, &item);
		between = ",";
	}
}

static bool is_hoisted(const struct of_row *row, uint16_t type)
{
	for (const struct of_hoist *hoist = row->more; hoist && hoist->rows; hoist++)
		if (hoist->type == type)
			return true;
	return false;
}

// The members that properties set, then the other properties by their number.
void of_text_properties(struct of_text *text, const struct of_row *row, const uint8_t *member)
{
	struct of_list list = *(const struct of_list *)member;
	struct of_property property;
	const char *between = " properties=";

	for (const struct of_hoist *hoist = row->more; hoist && hoist->rows; hoist++)
		of_text_rows(text, hoist->rows, member - row->host);
	while (of_list_next(&list, &property)) {
		if (is_hoisted(row, property.type))
			continue;
		of_text_put(text, "%s%u(", between, property.type);
		of_text_hex(text, &property.data);
		of_text_put(text, ")");
		between = ",";
	}
}

static void value_put(struct of_text *text, const struct of_field_row *field,
                      const struct of_oxm *oxm, const uint8_t *value)
{
	struct of_oxm number = *oxm;

	number.value = value;
	switch (field->form) {
	case OF_FIELD_FORM_MAC:
		of_text_mac(text, value);
		break;
	case OF_FIELD_FORM_IPV4:
	case OF_FIELD_FORM_IPV6:
		of_text_ip(text, value, oxm->len);
		break;
	case OF_FIELD_FORM_PORT:
		of_text_port(text, (uint32_t)of_match_number(&number));
		break;
	case OF_FIELD_FORM_HEX:
		of_text_put(text, "0x%lx", of_match_number(&number));
		break;
	default:
		of_text_put(text, "%lu", of_match_number(&number));
		break;
	}
}

// The mask of an address as its length, if it is a prefix.
static void prefix_put(struct of_text *text, const struct of_oxm *oxm)
{
	unsigned ones = 0;

	while (ones < oxm->len * 8u && oxm->mask[ones / 8] >> (7 - ones % 8) & 1)
		ones++;
	for (unsigned i = ones; i < oxm->len * 8u; i++) {
		if (oxm->mask[i / 8] >> (7 - i % 8) & 1) {
			of_text_ip(text, oxm->mask, oxm->len);
			return;
		}
	}
	of_text_put(text, "%u", ones);
}

static void basic_put(struct of_text *text, const struct of_oxm *oxm)
{
	const struct of_field_row *field = &of_field_rows[oxm->field];

	of_text_put(text, "%s=", field->name);
	value_put(text, field, oxm, oxm->value);
	if (!oxm->mask)
		return;
	of_text_put(text, "/");
	if (field->form == OF_FIELD_FORM_IPV4 || field->form == OF_FIELD_FORM_IPV6)
		prefix_put(text, oxm);
	else
		value_put(text, field, oxm, oxm->mask);
}

// A field of another class: class, experimenter, field, value and mask in hex.
static void other_put(struct of_text *text, const struct of_oxm *oxm)
{
	of_text_put(text, "oxm(0x%x", oxm->class);
	if (oxm->class == OXM_CLASS_EXPERIMENTER)
		of_text_put(text, ",0x%x", oxm->experimenter);
	of_text_put(text, ",%u)=0x", oxm->field);
	for (unsigned i = 0; i < oxm->len; i++)
		of_text_put(text, "%02x", oxm->value[i]);
	if (oxm->mask)
		of_text_put(text, "/0x");
	for (unsigned i = 0; oxm->mask && i < oxm->len; i++)
		of_text_put(text, "%02x", oxm->mask[i]);
}

void of_text_match(struct of_text *text, const struct of_match *match)
{
	struct of_match_walk walk = of_match_walk_of(match);
	const char *between = "";
	struct of_oxm oxm;

	while (of_match_walk_next(&walk, &oxm)) {
		of_text_put(text, "%s", between);
		if (oxm.class == OXM_CLASS_BASIC && oxm.field < OF_FIELDS &&
		    of_field_rows[oxm.field].name)
			basic_put(text, &oxm);
		else
			other_put(text, &oxm);
		between = ",";
	}
	if (!*between)
		of_text_put(text, "any");
}

void of_text_stats(struct of_text *text, const struct of_row *row, const struct of_stats *stats)
{
	(void)row;
	if (stats->present & OF_STATS_DURATION)
		of_text_put(text, " duration=%u.%09u", stats->duration_s, stats->duration_ns);
	if (stats->present & OF_STATS_IDLE)
		of_text_put(text, " idle=%u.%09u", stats->idle_s, stats->idle_ns);
	if (stats->present & OF_STATS_FLOWS)
		of_text_put(text, " flows=%u", stats->flows);
	if (stats->present & OF_STATS_PACKETS)
		of_text_put(text, " packets=%lu", stats->packets);
	if (stats->present & OF_STATS_BYTES)
		of_text_put(text, " bytes=%lu", stats->bytes);
}
