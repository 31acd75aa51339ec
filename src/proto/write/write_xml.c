// write_xml: see the header.
#include "proto/write/write_xml.h"

#include "proto/write/write_text.h"

#include <string.h>
#include <strings.h>

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name(const char *name)
{
	if (!is_letter(*name) || strncasecmp(name, "xml", 3) == 0)
		return false;
	for (; *name; name++)
		if (!is_letter(*name) && !(*name >= '0' && *name <= '9') && *name != '-' &&
		    *name != '.')
			return false;
	return true;
}

static bool refuse(struct write_xml *xml)
{
	xml->refused = true;
	return false;
}

static void end_tag(struct write_xml *xml)
{
	if (xml->tag)
		write_out_text(xml->out, ">");
	xml->tag = false;
}

static void put_element(struct write_xml *xml, const char *name)
{
	end_tag(xml);
	write_out_text(xml->out, "<");
	write_out_text(xml->out, name);
	xml->level[xml->depth++] = name;
	xml->attributes = 0;
	xml->tag = true;
}

void write_xml_init(struct write_xml *xml, struct write_out *out, const char *root)
{
	*xml = (struct write_xml){.out = out, .refused = !is_name(root)};
	write_out_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	put_element(xml, xml->refused ? "root" : root);
}

bool write_xml_element(struct write_xml *xml, const char *name)
{
	if (xml->depth == 0 || xml->depth == WRITE_XML_DEPTH || !is_name(name))
		return refuse(xml);
	put_element(xml, name);
	return true;
}

bool write_xml_attribute(struct write_xml *xml, const char *name, struct span value)
{
	if (!xml->tag || xml->attributes == WRITE_XML_ATTRIBUTES || !is_name(name))
		return refuse(xml);
	for (unsigned i = 0; i < xml->attributes; i++)
		if (strcmp(xml->attribute[i], name) == 0)
			return refuse(xml);
	xml->attribute[xml->attributes++] = name;
	write_out_text(xml->out, " ");
	write_out_text(xml->out, name);
	write_out_text(xml->out, "=\"");
	write_text_span(xml->out, value, WRITE_TEXT_ATTRIBUTE);
	write_out_text(xml->out, "\"");
	return true;
}

bool write_xml_span(struct write_xml *xml, struct span text)
{
	if (xml->depth == 0)
		return refuse(xml);
	end_tag(xml);
	write_text_span(xml->out, text, WRITE_TEXT_CONTENT);
	return true;
}

bool write_xml_text(struct write_xml *xml, const char *text)
{
	return write_xml_span(xml, span_of(text, strlen(text)));
}

bool write_xml_close(struct write_xml *xml)
{
	if (xml->depth == 0)
		return refuse(xml);
	xml->depth--;
	if (xml->tag) {
		write_out_text(xml->out, "/>");
		xml->tag = false;
		return true;
	}
	write_out_text(xml->out, "</");
	write_out_text(xml->out, xml->level[xml->depth]);
	write_out_text(xml->out, ">");
	return true;
}

bool write_xml_end(struct write_xml *xml)
{
	while (xml->depth > 0)
		(void)write_xml_close(xml);
	return !xml->refused && !xml->out->full;
}
