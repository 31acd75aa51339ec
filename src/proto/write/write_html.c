// write_html: see the header. The names in comments are those of the HTML standard's section 13.2,
// how readers make a tree of any text.
#include "proto/write/write_html.h"

#include "proto/write/write_text.h"

#include <string.h>
#include <strings.h>

_Static_assert(WRITE_HTML_ATTRS_LEN <= 32, "a bit for each attribute");

enum value_kind { VALUE_TEXT, VALUE_URL, VALUE_NONE };

static const struct {
	const char *name;
	uint16_t is, takes;
} elements[] = {
#define ELEMENT(id, name, is, takes) {name, is, takes},
        WRITE_HTML_ELEMENTS(ELEMENT)};

static const struct {
	const char *name;
	enum value_kind kind;
} attributes[] = {
#define ATTRIBUTE(id, name, kind) {name, VALUE_##kind},
        WRITE_HTML_ATTRIBUTES(ATTRIBUTE)};

static bool refuse(struct write_html *html)
{
	html->refused = true;
	return false;
}

static enum write_html_element innermost(const struct write_html *html)
{
	return (enum write_html_element)html->level[html->depth - 1];
}

// What the innermost element takes: a script of data takes nothing but JSON.
static unsigned takes(const struct write_html *html)
{
	return html->depth == 0 || html->has_json ? 0 : elements[innermost(html)].takes;
}

static void end_tag(struct write_html *html)
{
	if (!html->tag)
		return;
	html->tag = false;
	write_out_text(html->out, ">");
	if (elements[innermost(html)].is & WRITE_KIND_NEWLINE)
		write_out_text(html->out, "\n");
	if (elements[innermost(html)].is & WRITE_KIND_VOID)
		html->depth--;
}

static void put_element(struct write_html *html, enum write_html_element element)
{
	write_out_text(html->out, "<");
	write_out_text(html->out, elements[element].name);
	html->level[html->depth++] = (uint8_t)element;
	html->attributes = 0;
	html->tag = true;
}

static void put_value(struct write_html *html, enum write_html_attribute attribute,
                      struct span value)
{
	write_out_text(html->out, "=\"");
	if (attributes[attribute].kind != VALUE_URL)
		write_text_span(html->out, value, WRITE_TEXT_ATTRIBUTE);
	while (attributes[attribute].kind == VALUE_URL && span_left(&value) > 0) {
		static const char hex[] = "0123456789ABCDEF";
		uint8_t c = span_u8(&value);
		char coded[3] = {'%', hex[c >> 4], hex[c & 15]};

		if (c <= ' ' || c >= 0x7f || strchr("\"'<>\\^`{|}", c))
			write_out_bytes(html->out, coded, sizeof(coded));
		else if (c == '&')
			write_out_text(html->out, "&amp;");
		else
			write_out_bytes(html->out, &c, 1);
	}
	write_out_text(html->out, "\"");
}

// What precedes the first ":" is a scheme, unless the path, the query or the fragment has
// begun. Readers skip some characters, which are therefore none of a scheme that is known.
static bool is_safe_url(struct span url)
{
	static const char *const schemes[] = {"http", "https", "mailto"};
	size_t len = 0;

	while (len < span_left(&url) && !strchr(":/?#", url.p[len] ? url.p[len] : ' '))
		len++;
	if (len == span_left(&url) || url.p[len] != ':')
		return true;
	for (unsigned i = 0; i < ARRAY_LEN(schemes); i++)
		if (strlen(schemes[i]) == len &&
		    strncasecmp(schemes[i], (const char *)url.p, len) == 0)
			return true;
	return false;
}

void write_html_init(struct write_html *html, struct write_out *out, const char *lang)
{
	*html = (struct write_html){.out = out};
	write_out_text(out, "<!DOCTYPE html>\n");
	put_element(html, WRITE_HTML_HTML);
	(void)write_html_attr(html, WRITE_HTML_ATTR_LANG, lang);
}

static bool is_within(const struct write_html *html, enum write_html_element element)
{
	for (unsigned i = 0; i < html->depth; i++)
		if (html->level[i] == element)
			return true;
	return false;
}

// Each part of a page is there once, the head first.
static bool comes_in_order(struct write_html *html, enum write_html_element element)
{
	bool body = element == WRITE_HTML_BODY;

	if (element == WRITE_HTML_TITLE) {
		if (html->title_begun)
			return false;
		html->title_begun = true;
	}
	if (element != WRITE_HTML_HEAD && !body)
		return true;
	if (html->page_begun[body] || html->page_begun[1])
		return false;
	html->page_begun[body] = true;
	return true;
}

bool write_html_element(struct write_html *html, enum write_html_element element)
{
	unsigned is = (unsigned)element < WRITE_HTML_ELEMENTS_LEN ? elements[element].is : 0;

	end_tag(html);
	if (!(is & takes(html)) || html->depth == WRITE_HTML_DEPTH)
		return refuse(html);
	if ((is & WRITE_KIND_ALONE && is_within(html, element)) || !comes_in_order(html, element))
		return refuse(html);
	put_element(html, element);
	return true;
}

bool write_html_attribute(struct write_html *html, enum write_html_attribute attribute,
                          struct span value)
{
	if (!html->tag || (unsigned)attribute >= WRITE_HTML_ATTRS_LEN ||
	    html->attributes >> attribute & 1)
		return refuse(html);
	if (attributes[attribute].kind == VALUE_URL && !is_safe_url(value))
		return refuse(html);
	html->attributes |= UINT32_C(1) << attribute;
	write_out_text(html->out, " ");
	write_out_text(html->out, attributes[attribute].name);
	if (attributes[attribute].kind != VALUE_NONE)
		put_value(html, attribute, value);
	return true;
}

bool write_html_attr(struct write_html *html, enum write_html_attribute attribute,
                     const char *value)
{
	return write_html_attribute(html, attribute, span_of(value, strlen(value)));
}

bool write_html_span(struct write_html *html, struct span text)
{
	end_tag(html);
	if (!(takes(html) & WRITE_KIND_TEXT))
		return refuse(html);
	write_text_span(html->out, text, WRITE_TEXT_CONTENT);
	return true;
}

bool write_html_text(struct write_html *html, const char *text)
{
	return write_html_span(html, span_of(text, strlen(text)));
}

// "raw text": no references, and "<" could be the end tag.
bool write_html_style(struct write_html *html, const char *rules)
{
	end_tag(html);
	if (html->depth == 0 || innermost(html) != WRITE_HTML_STYLE)
		return refuse(html);
	for (const uint8_t *p = (const uint8_t *)rules; *p; p++)
		if (*p == '<' || *p >= 0x7f || (*p < ' ' && *p != '\n' && *p != '\t'))
			return refuse(html);
	write_out_text(html->out, rules);
	return true;
}

struct write_json *write_html_json(struct write_html *html, const char *id)
{
	if (!write_html_element(html, WRITE_HTML_SCRIPT))
		return NULL;
	(void)write_html_attr(html, WRITE_HTML_ATTR_TYPE, "application/json");
	(void)write_html_attr(html, WRITE_HTML_ATTR_ID, id);
	end_tag(html);
	html->has_json = true;
	write_json_init(&html->json, html->out);
	return &html->json;
}

bool write_html_close(struct write_html *html)
{
	end_tag(html);
	if (html->depth == 0)
		return refuse(html);
	if (html->has_json && !write_json_end(&html->json))
		html->refused = true;
	html->has_json = false;
	html->depth--;
	write_out_text(html->out, "</");
	write_out_text(html->out, elements[html->level[html->depth]].name);
	write_out_text(html->out, ">");
	return true;
}

bool write_html_end(struct write_html *html)
{
	end_tag(html);
	while (html->depth > 0)
		(void)write_html_close(html);
	return !html->refused && !html->out->full;
}
