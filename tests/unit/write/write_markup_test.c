// The writers of HTML and XML: what each kind of place makes of a text, what is refused, and room.
// Random calls are read by parsers in markup_read.py.
#include "harness.h"

#include "proto/write/write_html.h"
#include "proto/write/write_xml.h"

#include <stdio.h>

#define PAGE "<!DOCTYPE html>\n<html lang=\"en\">"

static char text[4096];

static struct write_out room(size_t bytes)
{
	memset(text, 0, sizeof(text));
	return (struct write_out){.fill = fill_of(text, bytes)};
}

static void begin(struct write_html *html, struct write_out *out)
{
	*out = room(sizeof(text) - 1);
	write_html_init(html, out, "en");
	assert_true(write_html_element(html, WRITE_HTML_BODY));
}

static void assert_body(struct write_html *html, const char *body, bool meant)
{
	char want[sizeof(text)];

	assert_int_equal(write_html_end(html), meant);
	snprintf(want, sizeof(want), PAGE "<body>%s</body></html>", body);
	assert_string_equal(text, want);
}

static void test_urls(void **state)
{
	static const struct {
		const char *url, *written; // NULL: refused
	} cases[] = {
	        {"/a?b=c&d#e", "/a?b=c&amp;d#e"},
	        {"", ""},
	        {"a:b", NULL},
	        {"a/b:c", "a/b:c"},
	        {"?a:b", "?a:b"},
	        {"http://[::1]:80/", "http://[::1]:80/"},
	        {"HTTPS://x", "HTTPS://x"},
	        {"mailto:a@b", "mailto:a@b"},
	        {"javascript:alert(1)", NULL},
	        {"JavaScript:alert(1)", NULL},
	        {" javascript:alert(1)", NULL},
	        {"java\tscript:alert(1)", NULL},
	        {"\x01javascript:x", NULL},
	        {"vbscript:x", NULL},
	        {"data:text/html,x", NULL},
	        {"\"onload=x <b>\\", "%22onload=x%20%3Cb%3E%5C"},
	        {"\xc3\xa4\x7f", "%C3%A4%7F"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct write_html html;
		struct write_out out;
		char body[256];

		begin(&html, &out);
		assert_true(write_html_element(&html, WRITE_HTML_A));
		assert_int_equal(write_html_attr(&html, WRITE_HTML_ATTR_HREF, cases[i].url),
		                 cases[i].written != NULL);
		snprintf(body, sizeof(body), cases[i].written ? "<a href=\"%s\"></a>" : "<a></a>",
		         cases[i].written);
		assert_body(&html, body, cases[i].written != NULL);
	}
}

static void test_texts(void **state)
{
	static const struct {
		const char *text, *content, *attribute;
	} cases[] = {
	        {"a<b>&\"'", "a&lt;b&gt;&amp;\"'", "a&lt;b&gt;&amp;&#34;&#39;"},
	        {"\t\n", "\t\n", "&#9;&#10;"},
	        {"\r\x01\x7f\xff", "\ufffd\ufffd\ufffd\ufffd", "\ufffd\ufffd\ufffd\ufffd"},
	        {"\xc2\x85\xc2\xa0", "\ufffd\u00a0", "\ufffd\u00a0"},
	        {"\xef\xb7\x90\xef\xb7\xb0\xef\xbf\xbf\xef\xbf\xbd", "\ufffd\ufdf0\ufffd\ufffd",
	         "\ufffd\ufdf0\ufffd\ufffd"},
	        {"\xf0\x9f\xbf\xbe\xf0\x9f\xbf\xbd", "\ufffd\U0001fffd", "\ufffd\U0001fffd"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct write_html html;
		struct write_xml xml;
		struct write_out out;
		char want[256];

		begin(&html, &out);
		assert_true(write_html_element(&html, WRITE_HTML_P));
		assert_true(write_html_attr(&html, WRITE_HTML_ATTR_TITLE, cases[i].text));
		assert_true(write_html_text(&html, cases[i].text));
		snprintf(want, sizeof(want), "<p title=\"%s\">%s</p>", cases[i].attribute,
		         cases[i].content);
		assert_body(&html, want, true);

		out = room(sizeof(text) - 1);
		write_xml_init(&xml, &out, "p");
		assert_true(write_xml_attribute(&xml, "title",
		                                span_of(cases[i].text, strlen(cases[i].text))));
		assert_true(write_xml_text(&xml, cases[i].text));
		assert_true(write_xml_end(&xml));
		snprintf(want, sizeof(want),
		         "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<p title=\"%s\">%s</p>",
		         cases[i].attribute, cases[i].content);
		assert_string_equal(text, want);
	}
}

// What a reader would put elsewhere.
static void test_html_refused(void **state)
{
	struct write_html html;
	struct write_out out;

	begin(&html, &out);
	assert_false(write_html_element(&html, WRITE_HTML_BODY));
	assert_false(write_html_element(&html, WRITE_HTML_HEAD));
	assert_false(write_html_element(&html, WRITE_HTML_META));
	assert_false(write_html_element(&html, WRITE_HTML_STYLE));
	assert_false(write_html_element(&html, WRITE_HTML_TR));
	assert_false(write_html_element(&html, WRITE_HTML_ELEMENTS_LEN));
	assert_true(write_html_element(&html, WRITE_HTML_TABLE));
	assert_false(write_html_text(&html, "x"));
	assert_false(write_html_element(&html, WRITE_HTML_TR));
	assert_true(write_html_close(&html));
	assert_true(write_html_element(&html, WRITE_HTML_P));
	assert_false(write_html_element(&html, WRITE_HTML_DIV));
	assert_true(write_html_element(&html, WRITE_HTML_A));
	assert_true(write_html_element(&html, WRITE_HTML_SPAN));
	assert_false(write_html_element(&html, WRITE_HTML_A));
	assert_false(write_html_style(&html, "a{}"));
	assert_false(write_html_attr(&html, WRITE_HTML_ATTR_ID, "x")); // the tag is closed
	assert_body(&html, "<table></table><p><a><span></span></a></p>", false);
	assert_false(write_html_close(&html));
	assert_false(write_html_text(&html, "x"));
	assert_null(write_html_json(&html, "x"));
}

static void test_html_page(void **state)
{
	struct write_html html;
	struct write_out out = room(sizeof(text) - 1);
	struct write_json *json;

	write_html_init(&html, &out, "en");
	assert_true(write_html_element(&html, WRITE_HTML_HEAD));
	assert_true(write_html_element(&html, WRITE_HTML_META));
	assert_true(write_html_attr(&html, WRITE_HTML_ATTR_CHARSET, "utf-8"));
	assert_true(write_html_element(&html, WRITE_HTML_TITLE));
	assert_true(write_html_text(&html, "a & b"));
	assert_true(write_html_close(&html));
	assert_true(write_html_element(&html, WRITE_HTML_STYLE));
	assert_true(write_html_style(&html, "a>b{}"));
	assert_true(write_html_close(&html));
	json = write_html_json(&html, "data");
	assert_non_null(json);
	assert_true(write_json_text(json, "</script>"));
	assert_false(write_html_text(&html, "x"));
	assert_true(write_html_close(&html));
	assert_true(write_html_close(&html));
	assert_true(write_html_element(&html, WRITE_HTML_BODY));
	assert_true(write_html_element(&html, WRITE_HTML_PRE));
	assert_true(write_html_text(&html, "\nx"));
	assert_true(write_html_element(&html, WRITE_HTML_BR));
	assert_false(write_html_end(&html)); // one call was refused
	assert_string_equal(text, PAGE "<head><meta charset=\"utf-8\"><title>a &amp; b</title>"
	                               "<style>a>b{}</style>"
	                               "<script type=\"application/json\" id=\"data\">"
	                               "\"\\u003c/script\\u003e\"</script></head>"
	                               "<body><pre>\n\nx<br></pre></body></html>");
}

static void test_xml_refused(void **state)
{
	struct write_xml xml;
	struct write_out out = room(sizeof(text) - 1);

	write_xml_init(&xml, &out, "a b");
	assert_false(write_xml_element(&xml, "1"));
	assert_false(write_xml_element(&xml, ""));
	assert_false(write_xml_element(&xml, "a:b"));
	assert_false(write_xml_attribute(&xml, "XmlNs", span_of("", 0)));
	assert_true(write_xml_attribute(&xml, "x", span_of("", 0)));
	assert_false(write_xml_attribute(&xml, "x", span_of("", 0)));
	assert_true(write_xml_text(&xml, ""));
	assert_false(write_xml_attribute(&xml, "y", span_of("", 0)));
	assert_true(write_xml_close(&xml));
	assert_false(write_xml_close(&xml));
	assert_false(write_xml_text(&xml, " "));
	assert_false(write_xml_element(&xml, "a"));
	assert_false(write_xml_end(&xml));
	assert_string_equal(text,
	                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<root x=\"\"></root>");
}

static void test_depth(void **state)
{
	struct write_html html;
	struct write_xml xml;
	struct write_out out = room(sizeof(text) - 1);

	write_xml_init(&xml, &out, "a");
	for (unsigned i = 1; i < WRITE_XML_DEPTH; i++)
		assert_true(write_xml_element(&xml, "a"));
	assert_false(write_xml_element(&xml, "a"));
	for (unsigned i = 0; i < WRITE_XML_ATTRIBUTES; i++) {
		static const char names[] = "abcdefghijklmnopqrs";
		static char name[WRITE_XML_ATTRIBUTES][2];

		name[i][0] = names[i];
		assert_true(write_xml_attribute(&xml, name[i], span_of("", 0)));
	}
	assert_false(write_xml_attribute(&xml, "z", span_of("", 0)));
	assert_false(write_xml_end(&xml));

	begin(&html, &out);
	for (unsigned i = 2; i < WRITE_HTML_DEPTH; i++)
		assert_true(write_html_element(&html, WRITE_HTML_DIV));
	assert_false(write_html_element(&html, WRITE_HTML_DIV));
	assert_false(write_html_element(&html, WRITE_HTML_BR));
	assert_true(write_html_text(&html, "x"));
	assert_false(write_html_end(&html));
}

// Too little room is reported wherever it ends; the exact room is enough.
static void test_room(void **state)
{
	static const char want[] = PAGE "<body><p id=\"x\">y</p></body></html>";

	for (size_t bytes = 0; bytes <= strlen(want); bytes++) {
		struct write_out out = room(bytes);
		struct write_html html;

		write_html_init(&html, &out, "en");
		write_html_element(&html, WRITE_HTML_BODY);
		write_html_element(&html, WRITE_HTML_P);
		write_html_attr(&html, WRITE_HTML_ATTR_ID, "x");
		write_html_text(&html, "y");
		assert_int_equal(write_html_end(&html), bytes == strlen(want));
		assert_int_equal(strncmp(text, want, bytes), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_urls),      cmocka_unit_test(test_texts),
	        cmocka_unit_test(test_html_page), cmocka_unit_test(test_html_refused),
	        cmocka_unit_test(test_depth),     cmocka_unit_test(test_xml_refused),
	        cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
