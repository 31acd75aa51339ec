// of_print: see of_print.h.
#include "proto/openflow/of_print.h"

#include "proto/openflow/of_error.h"
#include "proto/openflow/of_text.h"
#include "proto/openflow/of_version.h"

void of_text_error(struct of_text *text, const struct of_error *error)
{
	static const uint8_t versions[OF_VERSIONS] = {OF10, OF13, OF14, OF15};
	uint8_t version = versions[text->v];
	const char *type = of_error_type_name(version, error->type);
	char code[OF_ERROR_NAME_BYTES];

	if (error->type == OF_EXPERIMENTER && version != OF10)
		of_text_put(text, " type=EXPERIMENTER experimenter=0x%x", error->experimenter);
	else if (type)
		of_text_put(text, " type=%s", type);
	else
		of_text_put(text, " type=%u", error->type);
	if (of_error_code_name(version, error->type, error->code, code))
		of_text_put(text, " code=%s", code);
	else
		of_text_put(text, " code=%u", error->code);
	if (!error->data.len)
		return;
	of_text_put(text, " data=");
	of_text_hex(text, &error->data);
}

static void head_put(struct of_text *text, const struct of_hdr *hdr, const struct of_msg *msg)
{
	const char *version = of_version_name(hdr->version);

	if (msg && msg->type != OF_UNKNOWN)
		of_text_put(text, "OFPT_%s", of_msg_type_name(msg->type));
	else
		of_text_put(text, "type %u", hdr->type);
	if (version)
		of_text_put(text, " (OF%s)", version);
	else
		of_text_put(text, " (OF 0x%02x)", hdr->version);
	of_text_put(text, " (xid=0x%x):", be32_get(hdr->xid));
}

static void refused_put(struct of_text *text, const struct of_hdr *hdr, size_t len,
                        const struct of_error_at *where)
{
	const struct of_bytes bytes = {(const uint8_t *)hdr, (uint32_t)len};

	if (len >= sizeof(*hdr))
		head_put(text, hdr, NULL);
	else
		of_text_put(text, "incomplete header:");
	of_text_put(text, " *** %s, at byte %u: ", of_fault_text(where->fault), where->at);
	of_text_hex(text, &bytes);
}

void of_print(struct fill *out, const void *bytes, size_t len)
{
	struct of_text text = {.out = *out};
	const struct of_hdr *hdr = bytes;
	struct of_error_at where;
	struct of_msg msg;

	if (of_decode(&msg, bytes, len, &where) != OF_FAULT_NONE) {
		refused_put(&text, hdr, len, &where);
	} else {
		text.v = (uint8_t)of_kind_header_version(msg.version, true);
		head_put(&text, hdr, &msg);
		if (msg.type == OF_UNKNOWN) {
			of_text_put(&text, " data=");
			of_text_hex(&text, &msg.unknown.data);
		} else {
			of_text_rows(&text, of_messages[msg.type].rows[text.v],
			             (const uint8_t *)&msg.empty);
		}
	}
	of_text_put(&text, "\n");
	*out = text.out;
}
