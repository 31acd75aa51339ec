// Bytes as calls of the writers of HTML, XML and JSON: what they write is UTF-8 in which every tag
// is closed in order, every value is quoted, and every "<" and "&" belongs to a tag or a reference.
#include "proto/write/write_html.h"
#include "proto/write/write_utf8.h"
#include "proto/write/write_xml.h"

#include <stdlib.h>

#define ROOM_BYTES 262144

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static struct span take_bytes(struct span *input)
{
	size_t len = span_u8(input) & 31;

	return span_sub(input, size_min(len, span_left(input)));
}

static void call_html(struct write_html *html, struct span *input)
{
	struct write_json *json;
	char rules[33] = {0};
	struct span bytes;

	switch (span_u8(input) % 6) {
	case 0:
		(void)write_html_element(html, (enum write_html_element)span_u8(input));
		break;
	case 1:
		(void)write_html_attribute(html, (enum write_html_attribute)span_u8(input),
		                           take_bytes(input));
		break;
	case 2:
		(void)write_html_span(html, take_bytes(input));
		break;
	case 3:
		bytes = take_bytes(input);
		if (span_left(&bytes) > 0)
			memcpy(rules, bytes.p, span_left(&bytes));
		(void)write_html_style(html, rules);
		break;
	case 4:
		json = write_html_json(html, "data");
		if (json)
			(void)write_json_span(json, take_bytes(input));
		break;
	default:
		(void)write_html_close(html);
	}
}

static void call_xml(struct write_xml *xml, struct span *input)
{
	static const char *const names[] = {"a", "b.c", "_", "2", "<", "a b", "xml"};
	const char *name = names[span_u8(input) % ARRAY_LEN(names)];

	switch (span_u8(input) % 4) {
	case 0:
		(void)write_xml_element(xml, name);
		break;
	case 1:
		(void)write_xml_attribute(xml, name, take_bytes(input));
		break;
	case 2:
		(void)write_xml_span(xml, take_bytes(input));
		break;
	default:
		(void)write_xml_close(xml);
	}
}

static void check_utf8(struct span text)
{
	while (span_left(&text) > 0) {
		unsigned len = write_utf8_len(text);

		must(len > 0);
		(void)span_take(&text, len);
	}
}

// Up to the ">" of a tag, which is not one of a value.
static const char *tag_end(const char *p)
{
	for (bool quoted = false; *p; p++) {
		quoted ^= *p == '"';
		must(*p != '<');
		if (*p == '>' && !quoted)
			return p;
	}
	abort();
}

static size_t name_len(const char *p)
{
	return strcspn(p, " />");
}

static bool is_void(const char *name, size_t len)
{
	static const char *const voids[] = {"meta", "link", "hr", "input", "img", "br"};

	for (size_t i = 0; i < ARRAY_LEN(voids); i++)
		if (strlen(voids[i]) == len && strncmp(voids[i], name, len) == 0)
			return true;
	return false;
}

static void check_tags(const char *p, bool html)
{
	const char *open[64];
	unsigned depth = 0;

	while ((p = strpbrk(p, "<&"))) {
		const char *name = p + 1, *end;

		if (*p == '&') {
			bool raw = html && depth && strncmp(open[depth - 1], "style", 5) == 0;

			must(raw || strcspn(p, ";") < 6);
			p++;
			continue;
		}
		end = tag_end(p + 1);
		if (*name == '/') {
			must(depth > 0);
			depth--;
			must(name_len(name + 1) == name_len(open[depth]) &&
			     strncmp(name + 1, open[depth], name_len(name + 1)) == 0);
		} else if (!html || !is_void(name, name_len(name))) {
			must(depth < ARRAY_LEN(open));
			open[depth] = name;
			depth += html || end[-1] != '/';
		}
		p = end;
	}
	must(depth == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[ROOM_BYTES];
	struct write_out out = {.fill = fill_of(text, ROOM_BYTES - 1)};
	struct span input = span_of(data, size_min(size, 4096));
	bool is_html = span_u8(&input) & 1;
	struct write_html html;
	struct write_xml xml;

	if (is_html)
		write_html_init(&html, &out, "en");
	else
		write_xml_init(&xml, &out, "top");
	while (!input.bad && span_left(&input) > 0)
		if (is_html)
			call_html(&html, &input);
		else
			call_xml(&xml, &input);
	(void)!(is_html ? write_html_end(&html) : write_xml_end(&xml));
	must(!out.full);
	text[fill_len(&out.fill)] = 0;
	must(strlen(text) == fill_len(&out.fill));
	check_utf8(span_of(text, strlen(text)));
	check_tags(strstr(text, "<html") && is_html ? strstr(text, "<html") : strstr(text, "\n"),
	           is_html);
	return 0;
}
