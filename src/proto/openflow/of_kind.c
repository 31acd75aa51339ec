// of_kind: the kinds of fields that are numbers and bytes, and the walks over rows. Lists are in
// of_kind_list.c, matches in of_kind_match.c.
#include "proto/openflow/of_kind.h"

#include "proto/openflow/of_text.h"

void of_kind_refuse(struct of_reader *r, enum of_fault fault)
{
	if (r->fault != OF_FAULT_NONE)
		return;
	r->fault = fault;
	r->at = r->in.p;
}

const uint8_t *of_kind_take(struct of_reader *r, size_t n)
{
	const uint8_t *p = span_take(&r->in, n);

	if (unlikely(!p))
		of_kind_refuse(r, OF_FAULT_SHORT);
	return p;
}

uint8_t *of_kind_room(struct of_writer *w, size_t n)
{
	uint8_t *p = fill_take(&w->out, n);

	if (unlikely(!p) && w->fault == OF_FAULT_NONE)
		w->fault = OF_FAULT_TOO_LONG;
	return p;
}

void of_kind_read_rows(struct of_reader *r, const struct of_row *rows, uint8_t *host)
{
	for (const struct of_row *row = rows; row->kind && r->fault == OF_FAULT_NONE; row++) {
		if (row->kind == &of_kind_optional && !span_left(&r->in))
			return;
		row->kind->read(r, row, host + row->host);
	}
}

void of_kind_write_rows(struct of_writer *w, const struct of_row *rows, const uint8_t *host)
{
	for (const struct of_row *row = rows; row->kind && w->fault == OF_FAULT_NONE; row++)
		row->kind->write(w, row, host + row->host);
}

static uint64_t wire_get(const uint8_t *p, unsigned size)
{
	switch (size) {
	case 1:
		return *p;
	case 2:
		return be16_get(*(const be16_t *)p);
	case 4:
		return be32_get(*(const be32_t *)p);
	default:
		return be64_get(*(const be64_t *)p);
	}
}

static void wire_set(uint8_t *p, unsigned size, uint64_t value)
{
	switch (size) {
	case 1:
		*p = (uint8_t)value;
		break;
	case 2:
		*(be16_t *)p = be16((uint16_t)value);
		break;
	case 4:
		*(be32_t *)p = be32((uint32_t)value);
		break;
	default:
		*(be64_t *)p = be64(value);
		break;
	}
}

static uint64_t member_get(const struct of_row *row, const uint8_t *member)
{
	switch (row->host_size) {
	case 1:
		return *member;
	case 2:
		return *(const uint16_t *)member;
	case 4:
		return *(const uint32_t *)member;
	default:
		return *(const uint64_t *)member;
	}
}

static void member_set(const struct of_row *row, uint8_t *member, uint64_t value)
{
	switch (row->host_size) {
	case 1:
		*member = (uint8_t)value;
		break;
	case 2:
		*(uint16_t *)member = (uint16_t)value;
		break;
	case 4:
		*(uint32_t *)member = (uint32_t)value;
		break;
	default:
		*(uint64_t *)member = value;
		break;
	}
}

static void number_write(struct of_writer *w, unsigned size, uint64_t value)
{
	uint8_t *p = of_kind_room(w, size);

	if (p)
		wire_set(p, size, value);
}

static void int_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	const uint8_t *p = of_kind_take(r, row->size);

	if (p)
		member_set(row, member, wire_get(p, row->size));
}

static void int_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	uint64_t value = member_get(row, member);

	if (row->size < 8 && value >> 8 * row->size)
		w->fault = OF_FAULT_INEXPRESSIBLE;
	else
		number_write(w, row->size, value);
}

static void int_text(struct of_text *text, const struct of_row *row, const uint8_t *member)
{
	of_text_number(text, row, member_get(row, member));
}

const struct of_kind of_kind_int = {int_read, int_write, int_text};

// Ports of 1.0 have 16 bits; reserved ones are extended, so that they are the same everywhere.
static void port16_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	const be16_t *p = (const be16_t *)of_kind_take(r, sizeof(*p));
	uint32_t port = p ? be16_get(*p) : 0;

	member_set(row, member, port >= 0xff00 ? port | 0xffff0000 : port);
}

static void port16_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	uint32_t port = (uint32_t)member_get(row, member);

	if (port >= 0xff00 && port < 0xffffff00)
		w->fault = OF_FAULT_INEXPRESSIBLE;
	else
		number_write(w, 2, port & 0xffff);
}

const struct of_kind of_kind_port16 = {port16_read, port16_write, int_text};

// The flags of a flow in 1.0: bit 2 marks an emergency flow there.
#define FLAGS10_SAME      (OF_FLOW_SEND_REMOVED | OF_FLOW_CHECK_OVERLAP)
#define FLAGS10_EMERGENCY 4u

static void flags10_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	const be16_t *p = (const be16_t *)of_kind_take(r, sizeof(*p));
	uint16_t flags = p ? be16_get(*p) : 0;

	member_set(row, member,
	           (flags & FLAGS10_SAME) | (flags & FLAGS10_EMERGENCY ? OF_FLOW_EMERGENCY : 0));
}

static void flags10_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	uint32_t flags = (uint32_t)member_get(row, member);

	if (flags & ~(FLAGS10_SAME | OF_FLOW_EMERGENCY))
		w->fault = OF_FAULT_INEXPRESSIBLE;
	else
		number_write(w, 2,
		             (flags & FLAGS10_SAME) |
		                     (flags & OF_FLOW_EMERGENCY ? FLAGS10_EMERGENCY : 0));
}

const struct of_kind of_kind_flags10 = {flags10_read, flags10_write, int_text};

// No bytes: what a member is in a version that lacks the field. -1 is ANY.
static void const_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	(void)r;
	member_set(row, member, row->other == -1 ? UINT64_MAX : (uint64_t)row->other);
}

static void const_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	(void)w, (void)row, (void)member;
}

const struct of_kind of_kind_const = {const_read, const_write, NULL};

// No bytes: what follows may be missing, as a peer leaves it out that knows only earlier versions.
static void optional_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	(void)r, (void)row, (void)member;
}

const struct of_kind of_kind_optional = {optional_read, const_write, NULL};

// Padding is not looked at: the specification has receivers ignore it.
static void pad_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	(void)member;
	of_kind_take(r, row->size);
}

static void pad_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	uint8_t *p = of_kind_room(w, row->size);

	(void)member;
	if (p)
		memset(p, 0, row->size);
}

const struct of_kind of_kind_pad = {pad_read, pad_write, NULL};

// The type of an item, by which its layout was found.
static void type_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	(void)member;
	(void)row;
	number_write(w, 2, w->type);
}

const struct of_kind of_kind_type = {pad_read, type_write, NULL};

// The item's own length: what follows is read within it.
static void len_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	const be16_t *p = (const be16_t *)of_kind_take(r, sizeof(*p));
	size_t before = (size_t)(r->in.p - r->start), len = p ? be16_get(*p) : 0;

	(void)row, (void)member;
	if (!p)
		return;
	if (len < before || len - before > span_left(&r->in)) {
		of_kind_refuse(r, OF_FAULT_LENGTH);
		return;
	}
	r->in.end = r->start + len;
	r->sized = true;
}

static void len_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	(void)row, (void)member;
	w->len = of_kind_room(w, 2);
}

const struct of_kind of_kind_len = {len_read, len_write, NULL};

// The length of the next list.
static void list_len_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	const be16_t *p = (const be16_t *)of_kind_take(r, sizeof(*p));

	(void)row, (void)member;
	r->list_len = p ? be16_get(*p) : 0;
	r->list_sized = true;
}

static void list_len_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	(void)row, (void)member;
	w->list_len = of_kind_room(w, 2);
}

const struct of_kind of_kind_list_len = {list_len_read, list_len_write, NULL};

// As many bytes as the member has: addresses.
static void bytes_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	const uint8_t *p = of_kind_take(r, row->size);

	if (p)
		memcpy(member, p, row->size);
}

static void bytes_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	uint8_t *p = of_kind_room(w, row->size);

	if (p)
		memcpy(p, member, row->size);
}

static void bytes_text(struct of_text *text, const struct of_row *row, const uint8_t *member)
{
	of_text_address(text, row, member);
}

const struct of_kind of_kind_bytes = {bytes_read, bytes_write, bytes_text};

// Text in a field of row->family times 8 bytes, up to its first zero byte.
static void text_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	struct of_bytes *text = (struct of_bytes *)member;
	size_t size = row->family * 8u;

	text->p = of_kind_take(r, size);
	if (text->p)
		text->len = (uint32_t)strnlen((const char *)text->p, size);
}

static void text_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	const struct of_bytes *text = (const struct of_bytes *)member;
	size_t size = row->family * 8u;
	uint8_t *p;

	if (text->len > size) {
		w->fault = OF_FAULT_INEXPRESSIBLE;
		return;
	}
	p = of_kind_room(w, size);
	if (!p)
		return;
	memset(p, 0, size);
	if (text->len)
		memcpy(p, text->p, text->len);
}

static void text_text(struct of_text *text, const struct of_row *row, const uint8_t *member)
{
	of_text_name(text, row);
	of_text_quoted(text, (const struct of_bytes *)member);
}

const struct of_kind of_kind_text = {text_read, text_write, text_text};

// All that is left of the item.
static void rest_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	struct of_bytes *bytes = (struct of_bytes *)member;

	(void)row;
	bytes->len = (uint32_t)span_left(&r->in);
	bytes->p = of_kind_take(r, bytes->len);
}

static void rest_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	const struct of_bytes *bytes = (const struct of_bytes *)member;
	uint8_t *p = of_kind_room(w, bytes->len);

	(void)row;
	if (p && bytes->len)
		memcpy(p, bytes->p, bytes->len);
}

static void rest_text(struct of_text *text, const struct of_row *row, const uint8_t *member)
{
	of_text_name(text, row);
	of_text_hex(text, (const struct of_bytes *)member);
}

const struct of_kind of_kind_rest = {rest_read, rest_write, rest_text};

// Padding to a multiple of 8 within the item.
static void align_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	(void)row, (void)member;
	of_kind_take(r, of_kind_padding(r->start, r->in.p));
}

static void align_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	size_t n = of_kind_padding(w->start, w->out.p);
	uint8_t *p = of_kind_room(w, n);

	(void)row, (void)member;
	if (p)
		memset(p, 0, n);
}

const struct of_kind of_kind_align = {align_read, align_write, NULL};

// All of an error: an experimenter's has its number between code and data.
static void error_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	struct of_error *error = (struct of_error *)member;
	const be16_t *p = (const be16_t *)of_kind_take(r, 4);
	const be32_t *experimenter;

	if (!p)
		return;
	error->type = be16_get(p[0]);
	error->code = be16_get(p[1]);
	if (error->type == OF_EXPERIMENTER && r->v > 0) {
		experimenter = (const be32_t *)of_kind_take(r, sizeof(*experimenter));
		error->experimenter = experimenter ? be32_get(*experimenter) : 0;
	}
	rest_read(r, row, (uint8_t *)&error->data);
}

static void error_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	const struct of_error *error = (const struct of_error *)member;

	number_write(w, 2, error->type);
	number_write(w, 2, error->code);
	if (error->type == OF_EXPERIMENTER && w->v > 0)
		number_write(w, 4, error->experimenter);
	rest_write(w, row, (const uint8_t *)&error->data);
}

static void error_text(struct of_text *text, const struct of_row *row, const uint8_t *member)
{
	(void)row;
	of_text_error(text, (const struct of_error *)member);
}

const struct of_kind of_kind_error = {error_read, error_write, error_text};

// The elements of a hello. Their form is the peer's affair: what is malformed is ignored
// (section 7.5.1), so it is no fault.
static void hello_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	struct of_hello *hello = (struct of_hello *)member;
	struct span elements = r->in;

	rest_read(r, row, (uint8_t *)&hello->elements);
	while (span_left(&elements) >= sizeof(struct of_tlv_hdr)) {
		uint16_t type = span_u16(&elements), len = span_u16(&elements);
		struct span body = span_sub(&elements, len >= 4 ? len - 4u : SIZE_MAX);

		if (body.bad)
			break;
		if (type == 1 && hello->bitmap == 0)
			hello->bitmap = span_u32(&body);
		span_take(&elements, size_min(span_left(&elements), -(size_t)len & 7));
	}
}

static void hello_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	const struct of_hello *hello = (const struct of_hello *)member;

	if (hello->elements.len || !hello->bitmap) {
		rest_write(w, row, (const uint8_t *)&hello->elements);
		return;
	}
	number_write(w, 2, 1);
	number_write(w, 2, 8);
	number_write(w, 4, hello->bitmap);
}

static void hello_text(struct of_text *text, const struct of_row *row, const uint8_t *member)
{
	const struct of_hello *hello = (const struct of_hello *)member;

	if (hello->bitmap)
		of_text_put(text, " versions=0x%x", hello->bitmap);
	else if (hello->elements.len)
		rest_text(text, row, (const uint8_t *)&hello->elements);
}

const struct of_kind of_kind_hello = {hello_read, hello_write, hello_text};

// A message within a message, with padding when something follows it (section 7.3.9.6).
static void inner_read(struct of_reader *r, const struct of_row *row, uint8_t *member)
{
	struct of_bytes *message = (struct of_bytes *)member;
	unsigned len = of_hdr_message_len(r->in.p, span_left(&r->in));

	(void)row;
	if (len < sizeof(struct of_hdr) || len > span_left(&r->in)) {
		of_kind_refuse(r, OF_FAULT_LENGTH);
		return;
	}
	*message = (struct of_bytes){of_kind_take(r, len), len};
	if (span_left(&r->in))
		of_kind_take(r, -(size_t)len & 7);
}

static void inner_write(struct of_writer *w, const struct of_row *row, const uint8_t *member)
{
	const struct of_bytes *message = (const struct of_bytes *)member;
	const struct of_list *properties = (const struct of_list *)(member + row->other);
	size_t padding = properties->len ? -(size_t)message->len & 7 : 0;
	uint8_t *p;

	rest_write(w, row, member);
	p = of_kind_room(w, padding);
	if (p)
		memset(p, 0, padding);
}

const struct of_kind of_kind_inner = {inner_read, inner_write, rest_text};
