// of_kind_list: lists, properties and the bodies of multiparts, and the items that they consist of.
#include "proto/openflow/of_kind.h"

#include "proto/openflow/of_text.h"

// The numbers on the wire at the beginning of an item of a typed family.
static struct of_tlv_hdr item_hdr(const struct of_family_table *family, const uint8_t *p)
{
	const struct of_tlv_hdr *hdr = (const struct of_tlv_hdr *)p;

	return family->len_first ? (struct of_tlv_hdr){hdr->len, hdr->type} : *hdr;
}

static const struct of_layout *layout_of_wire(const struct of_family_table *family, int v,
                                              uint16_t wire)
{
	for (unsigned i = 0; i < family->len; i++)
		if (family->layouts[i].wire == wire && family->layouts[i].rows[v])
			return &family->layouts[i];
	return NULL;
}

static const struct of_layout *layout_of_type(const struct of_family_table *family, int v,
                                              uint16_t type)
{
	for (unsigned i = 0; i < family->len; i++)
		if (family->layouts[i].type == type && family->layouts[i].rows[v])
			return &family->layouts[i];
	return NULL;
}

static bool family_typed(const struct of_family_table *family, int v)
{
	return family->typed && !(family->plain10 && v == 0);
}

// An item of an unknown type: its length is all that is known of it.
static void raw_read(struct of_reader *r, struct of_item *item, unsigned len)
{
	if (len < sizeof(struct of_tlv_hdr) || len > span_left(&r->in)) {
		of_kind_refuse(r, OF_FAULT_LENGTH);
		return;
	}
	item->type = OF_ITEM_RAW;
	item->raw = (struct of_bytes){of_kind_take(r, len), len};
}

// Reads the rows of the item that r->in begins with, and advances past the item.
static void rows_read(struct of_reader *r, const struct of_row *rows, uint8_t *item)
{
	struct of_reader inner = *r;

	inner.start = r->in.p;
	inner.sized = inner.list_sized = false;
	of_kind_read_rows(&inner, rows, item);
	if (inner.fault == OF_FAULT_NONE && inner.sized && span_left(&inner.in))
		of_kind_refuse(&inner, OF_FAULT_LENGTH);
	r->in.p = inner.in.p;
	r->fault = inner.fault;
	r->at = inner.at;
}

static void typed_read(struct of_reader *r, const struct of_family_table *family, uint8_t *item)
{
	const struct of_layout *layout;
	struct of_tlv_hdr hdr;
	unsigned len;

	if (span_left(&r->in) < sizeof(hdr)) {
		of_kind_refuse(r, OF_FAULT_SHORT);
		return;
	}
	hdr = item_hdr(family, r->in.p);
	len = be16_get(hdr.len);
	layout = layout_of_wire(family, r->v, be16_get(hdr.type));
	if (family->multiple8 && len & 7) {
		of_kind_refuse(r, OF_FAULT_LENGTH);
	} else if (!layout) {
		raw_read(r, (struct of_item *)item, len);
	} else {
		((struct of_item *)item)->type = layout->type;
		rows_read(r, layout->rows[r->v], item);
	}
}

void of_kind_read_item(struct of_reader *r, enum of_family number, void *item)
{
	const struct of_family_table *family = of_families[number];
	const struct of_layout *layout;
	const uint8_t *start = r->in.p;

	memset(item, 0, family->host_size);
	if (family_typed(family, r->v)) {
		typed_read(r, family, item);
	} else {
		layout = family->layouts;
		while (layout < family->layouts + family->len && !layout->rows[r->v])
			layout++;
		if (layout == family->layouts + family->len) {
			of_kind_refuse(r, OF_FAULT_INEXPRESSIBLE);
			return;
		}
		if (family->typed)
			((struct of_item *)item)->type = layout->type;
		rows_read(r, layout->rows[r->v], item);
	}
	if (family->padded && r->fault == OF_FAULT_NONE)
		of_kind_take(r, size_min(of_kind_padding(start, r->in.p), span_left(&r->in)));
	// Or a list of it would not end.
	if (r->fault == OF_FAULT_NONE && r->in.p == start)
		of_kind_refuse(r, OF_FAULT_LENGTH);
}

static void len_patch(struct of_writer *w, uint8_t *field, const uint8_t *from)
{
	size_t len = (size_t)(w->out.p - from);

	if (len > UINT16_MAX)
		w->fault = OF_FAULT_TOO_LONG;
	else if (field)
		*(be16_t *)field = be16((uint16_t)len);
}

static void rows_write(struct of_writer *w, const struct of_layout *layout, const uint8_t *item)
{
	struct of_writer inner = *w;

	inner.start = w->out.p;
	inner.len = inner.list_len = NULL;
	inner.type = layout->wire;
	of_kind_write_rows(&inner, layout->rows[w->v], item);
	if (inner.fault == OF_FAULT_NONE)
		len_patch(&inner, inner.len, inner.start);
	w->out = inner.out;
	w->fault = inner.fault;
}

static void typed_write(struct of_writer *w, const struct of_family_table *family, const void *item)
{
	union of_any_item scratch;
	uint16_t type = ((const struct of_item *)item)->type;
	const struct of_layout *layout;

	if (type == OF_ITEM_RAW) {
		fill_bytes(&w->out, ((const struct of_item *)item)->raw.p,
		           ((const struct of_item *)item)->raw.len);
		if (w->out.bad)
			w->fault = OF_FAULT_TOO_LONG;
		return;
	}
	layout = layout_of_type(family, w->v, type);
	if (!layout && family->adapt) {
		item = family->adapt(w->v, item, &scratch);
		layout = item ? layout_of_type(family, w->v, ((const struct of_item *)item)->type)
		              : NULL;
	}
	if (layout)
		rows_write(w, layout, item);
	else
		w->fault = OF_FAULT_INEXPRESSIBLE;
}

void of_kind_write_item(struct of_writer *w, enum of_family number, const void *item)
{
	const struct of_family_table *family = of_families[number];
	const struct of_layout *layout;
	uint8_t *start = w->out.p, *padding;
	size_t n;

	if (family->typed) {
		typed_write(w, family, item);
	} else {
		layout = layout_of_type(family, w->v, family->layouts->type);
		if (layout)
			rows_write(w, layout, item);
		else
			w->fault = OF_FAULT_INEXPRESSIBLE;
	}
	if (!family->padded || w->fault != OF_FAULT_NONE)
		return;
	n = of_kind_padding(start, w->out.p);
	padding = of_kind_room(w, n);
	if (padding)
		memset(padding, 0, n);
}

bool of_list_next(struct of_list *list, void *item)
{
	struct of_reader r = {.version = list->version,
	                      .v = (uint8_t)of_kind_version(list->version),
	                      .trusted = true};

	if (list->len == 0)
		return false;
	assert(of_kind_version(list->version) >= 0 && list->family < OF_FAMILIES);
	r.in = span_of(list->p, list->len);
	of_kind_read_item(&r, list->family, item);
	assert(r.fault == OF_FAULT_NONE); // a list that was not checked
	list->p = r.in.p;
	list->len = (uint32_t)span_left(&r.in);
	return true;
}

enum of_fault of_list_put(struct fill *out, enum of_family family, enum of_version version,
                          const void *item)
{
	struct of_writer w = {.out = *out,
	                      .version = (uint8_t)version,
	                      .v = (uint8_t)of_kind_version((uint8_t)version)};

	of_kind_write_item(&w, family, item);
	if (w.fault == OF_FAULT_NONE)
		*out = w.out;
	return w.fault;
}

// The bytes of the next list: to the end of the item, or as many as the length before it says.
static struct span list_take(struct of_reader *r)
{
	size_t n = r->list_sized ? r->list_len : span_left(&r->in);
	const uint8_t *p;

	r->list_sized = false;
	if (n > span_left(&r->in)) {
		of_kind_refuse(r, OF_FAULT_LENGTH);
		return (struct span){0};
	}
	p = of_kind_take(r, n);
	return span_of(p, n);
}

static struct of_list list_checked(struct of_reader *r, enum of_family family)
{
	struct span bytes = list_take(r);
	struct of_list list = {bytes.p, (uint32_t)span_left(&bytes), r->version, (uint8_t)family};
	struct of_reader items = *r;

	items.in = bytes;
	if (r->trusted || list.len == 0)
		return list;
	while (items.fault == OF_FAULT_NONE && span_left(&items.in)) {
		union of_any_item item;

		of_kind_read_item(&items, family, &item);
	}
	r->fault = items.fault;
	r->at = items.at;
	return list;
}

static void list_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	*(struct of_list *)member = list_checked(r, row->family);
}

// Items of another version are converted.
static void items_write(struct of_writer *w, const struct of_list *items)
{
	struct of_list list = *items;
	union of_any_item item;

	if (list.version == w->version) {
		fill_bytes(&w->out, list.p, list.len);
		if (w->out.bad)
			w->fault = OF_FAULT_TOO_LONG;
		return;
	}
	while (w->fault == OF_FAULT_NONE && of_list_next(&list, &item)) {
		if (of_families[list.family]->typed && item.item.type == OF_ITEM_RAW)
			w->fault = OF_FAULT_INEXPRESSIBLE; // its bytes mean something else there
		else
			of_kind_write_item(w, list.family, &item);
	}
}

static void list_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	const struct of_list *list = (const struct of_list *)member;
	const uint8_t *from = w->out.p;

	if (list->len && list->family != row->family)
		w->fault = OF_FAULT_INEXPRESSIBLE;
	else
		items_write(w, list);
	if (w->fault == OF_FAULT_NONE)
		len_patch(w, w->list_len, from);
	w->list_len = NULL;
}

static void list_text(struct of_text *text, const struct of_row *row, const uint8_t *member)
{
	of_text_list(text, row, (const struct of_list *)member);
}

const struct of_kind of_kind_list = {list_read, list_write, list_text};

// A struct within another one: one item.
static void struct_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	of_kind_read_item(r, row->family, member);
}

static void struct_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	of_kind_write_item(w, row->family, member);
}

static void struct_text(struct of_text *text, const struct of_row *row, const uint8_t *member)
{
	of_text_name(text, row);
	of_text_item(text, row->family, member);
}

const struct of_kind of_kind_struct = {struct_read, struct_write, struct_text};

// A multipart's body, whose family depends on the type, which lies row->other from the member.
static enum of_family body_family(const struct of_row *row, const uint8_t *member, uint8_t version,
                                  bool reply)
{
	return of_msg_family(version, *(const uint16_t *)(member + row->other), reply);
}

static void body_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	*(struct of_list *)member = list_checked(r, body_family(row, member, r->version, r->reply));
}

static void body_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	const struct of_list *list = (const struct of_list *)member;

	if (list->len && list->family != body_family(row, member, w->version, w->reply))
		w->fault = OF_FAULT_INEXPRESSIBLE;
	else
		items_write(w, list);
}

const struct of_kind of_kind_body = {body_read, body_write, list_text};

static const struct of_hoist *hoist_find(const struct of_row *row, uint16_t type)
{
	for (const struct of_hoist *hoist = row->more; hoist && hoist->rows; hoist++)
		if (hoist->type == type)
			return hoist;
	return NULL;
}

// A property's fields are members of the struct that has the properties.
static void property_read(struct of_reader *r, const struct of_row *row, uint8_t *host,
                          const struct of_property *property)
{
	const struct of_hoist *hoist = hoist_find(row, property->type);
	struct of_reader inner = *r;

	if (!hoist)
		return;
	inner.in = span_of(property->data.p, property->data.len);
	of_kind_read_rows(&inner, hoist->rows, host);
	if (inner.fault == OF_FAULT_NONE && span_left(&inner.in))
		of_kind_refuse(&inner, OF_FAULT_LENGTH);
	r->fault = inner.fault;
	r->at = inner.at;
}

static void member_reset(const struct of_hoist *hoist, uint8_t *host)
{
	for (const struct of_row *row = hoist->rows; row->kind; row++)
		memset(host + row->host, hoist->any ? 0xff : 0, row->host_size);
}

static void properties_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	uint8_t *host = member - row->host;
	struct of_list *list = (struct of_list *)member, properties;
	struct of_property property;

	for (const struct of_hoist *hoist = row->more; hoist && hoist->rows; hoist++)
		member_reset(hoist, host);
	properties = *list = list_checked(r, OF_FAMILY_PROPERTY);
	while (r->fault == OF_FAULT_NONE && of_list_next(&properties, &property))
		property_read(r, row, host, &property);
}

static bool hoist_set(const struct of_hoist *hoist, const uint8_t *host)
{
	for (const struct of_row *row = hoist->rows; row->kind; row++)
		for (unsigned i = 0; i < row->host_size; i++)
			if (host[row->host + i] != (hoist->any ? 0xff : 0))
				return true;
	return false;
}

static void property_write(struct of_writer *w, const struct of_hoist *hoist, const uint8_t *host)
{
	uint8_t *start = w->out.p;
	struct of_tlv_hdr *hdr = (struct of_tlv_hdr *)of_kind_room(w, sizeof(*hdr));
	uint8_t *padding;
	size_t n;

	if (!hdr)
		return;
	hdr->type = be16(hoist->type);
	of_kind_write_rows(w, hoist->rows, host);
	if (w->fault != OF_FAULT_NONE)
		return;
	hdr->len = be16((uint16_t)(w->out.p - start));
	n = of_kind_padding(start, w->out.p);
	padding = of_kind_room(w, n);
	if (padding)
		memset(padding, 0, n);
}

static void properties_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	const struct of_list *list = (const struct of_list *)member;
	const struct of_hoist *hoist = row->more;

	if (list->len && list->version == w->version) {
		items_write(w, list);
		return;
	}
	for (; hoist && hoist->rows && w->fault == OF_FAULT_NONE; hoist++)
		if (hoist_set(hoist, member - row->host))
			property_write(w, hoist, member - row->host);
}

static void properties_text(struct of_text *text, const struct of_row *row, const uint8_t *member)
{
	of_text_properties(text, row, member);
}

const struct of_kind of_kind_properties = {properties_read, properties_write, properties_text};
