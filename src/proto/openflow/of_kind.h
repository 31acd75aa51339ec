// of_kind: how the bodies of messages are described. A body, an item of a list and a property are
// rows of fields; each row names its kind, the member of the struct that it is decoded to, and how
// it is printed. Decoding, encoding and printing are walks over rows; what a kind does in each is
// in of_kind.c and of_kind_list.c. The rows are in of_table_*.c.
#ifndef OPENFLOW_OF_KIND_H
#define OPENFLOW_OF_KIND_H

#include "proto/openflow/of_msg.h"

#define OF_VERSIONS 4 // of enum of_version, as an index: 1.0, 1.3, 1.4, 1.5

// -1 for a version that is not spoken.
static inline int of_kind_version(uint8_t version)
{
	static const int8_t index[] = {[OF10] = 1, [OF13] = 2, [OF14] = 3, [OF15] = 4};

	return version < sizeof(index) ? index[version] - 1 : -1;
}

// Of the header of a message: what is read as 1.3 is a hello or an error that a peer sends before
// both have agreed on a version.
static inline int of_kind_header_version(uint8_t version, bool before)
{
	int v = of_kind_version(version);

	return v < 0 && version > 0 && before ? of_kind_version(OF13) : v;
}

struct of_row;
struct of_text;

// Bytes that are decoded: an item, a property or a body.
struct of_reader {
	struct span in;       // ends with the item once its length is known
	const uint8_t *start; // of the item
	uint8_t version, v;   // v: its index
	bool reply;           // the message is one: of a multipart
	bool trusted;         // was decoded before: lists in it are not checked again
	bool sized;           // the item's own length was read
	bool list_sized;      // list_len is the length of the next list
	uint32_t list_len;
	enum of_fault fault; // the first
	const uint8_t *at;   // where it was
};

struct of_writer {
	struct fill out;
	uint8_t *start; // of the item
	uint8_t *len;   // its length field, or that of the next list, to be written later
	uint8_t *list_len;
	uint16_t type; // of the item, on the wire
	uint8_t version, v;
	bool reply;
	enum of_fault fault;
};

struct of_kind {
	// Takes the field off r->in into the host's member, or calls of_kind_refuse.
	void (*read)(struct of_reader *r, const struct of_row *row, uint8_t *member);
	// Appends the field; on a fault sets w->fault.
	void (*write)(struct of_writer *w, const struct of_row *row, const uint8_t *member);
	// NULL: not printed. `name=value`, the name by of_text_name.
	void (*text)(struct of_text *text, const struct of_row *row, const uint8_t *member);
};

enum of_form {
	OF_FORM_DECIMAL,
	OF_FORM_HEX,
	OF_FORM_NONZERO, // decimal, not printed when 0
	OF_FORM_PORT,
	OF_FORM_GROUP,
	OF_FORM_ANY, // ANY when all bits are set, of what has the size on the wire
	OF_FORM_NAMES,
	OF_FORM_BITS,
	OF_FORM_MAC,
	OF_FORM_IPV4,
};

struct of_row {
	const struct of_kind *kind; // NULL: the end
	const char *name;
	const void *more; // OF_FORM_NAMES, _BITS: words; of_kind_properties: struct of_hoist
	uint16_t host;    // offset of the member
	// of_kind_const: the value. of_kind_port_match, _body and _inner: how far from the member
	// that one lies which they depend on.
	int16_t other;
	uint8_t host_size, size; // of an integer's member, and on the wire
	uint8_t form;
	uint8_t family; // of_kind_list; of_kind_text: size of the field in units of 8 bytes
};

// A property whose fields are members of the struct that has the properties.
struct of_hoist {
	uint16_t type;
	bool any; // the members' value without the property: ANY, all bits, instead of 0
	const struct of_row *rows; // without the header
};

// A type of items or messages, its number on the wire, and its rows in each version.
struct of_layout {
	const char *name;
	uint16_t type, wire;
	const struct of_row *rows[OF_VERSIONS]; // NULL: not in that version
};

struct of_family_table {
	const char *name;
	const struct of_layout *layouts;
	uint16_t len, host_size;
	bool typed;     // items begin with a struct of_tlv_hdr, as their structs with type and raw
	bool len_first; // of which the two halves are exchanged
	bool plain10;   // in 1.0 there is no type: all is one item
	bool padded;    // to a multiple of 8, which the length does not count
	bool multiple8; // lengths have to be
	const void *(*adapt)(int v, const void *item,
	                     void *scratch); // for a version that lacks its type
};

extern const struct of_family_table *const of_families[OF_FAMILIES];
extern const struct of_layout of_messages[OF_TYPES];

// What every struct of a typed family begins with.
struct of_item {
	uint16_t type;
	struct of_bytes raw;
};

// Memory for an item of any family.
union of_any_item {
	struct of_item item;
#define X(NAME, name) struct of_##name name;
	OF_FAMILY_LIST(X)
#undef X
};

// The layout of a message; NULL if the version has none of this type on the wire.
const struct of_layout *of_kind_message(int v, uint8_t wire) PURE;

// Keeps the first fault and its place.
void of_kind_refuse(struct of_reader *r, enum of_fault fault);

void of_kind_read_rows(struct of_reader *r, const struct of_row *rows, uint8_t *host);
void of_kind_write_rows(struct of_writer *w, const struct of_row *rows, const uint8_t *host);

// n bytes; NULL, and a fault, if they are not there, or do not fit.
const uint8_t *of_kind_take(struct of_reader *r, size_t n);
uint8_t *of_kind_room(struct of_writer *w, size_t n);

// Padding from start to a multiple of 8 bytes.
static inline size_t of_kind_padding(const uint8_t *start, const uint8_t *p)
{
	return (size_t)(start - p) & 7;
}

// Reads one item off r->in, and checks it as a whole. In a list it is r->in that advances.
void of_kind_read_item(struct of_reader *r, enum of_family number, void *item);
void of_kind_write_item(struct of_writer *w, enum of_family number, const void *item);

extern const struct of_kind of_kind_int, of_kind_port16, of_kind_const, of_kind_optional,
        of_kind_pad, of_kind_type, of_kind_len, of_kind_list_len, of_kind_bytes, of_kind_text,
        of_kind_rest, of_kind_flags10, of_kind_align, of_kind_error, of_kind_hello, of_kind_inner;
extern const struct of_kind of_kind_list, of_kind_struct, of_kind_properties, of_kind_body;
extern const struct of_kind of_kind_match, of_kind_port_match, of_kind_field, of_kind_stats;

#endif
