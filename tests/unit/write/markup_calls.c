// Random calls of the writers of HTML and XML, and what they mean: prints, for each document, a
// line of JSON with its text and the tree of the calls that were not refused. markup_read.py has a
// parser read the text and compares. Bytes of texts and values are in hex, since they may be any.
#include "core/rand.h"
#include "proto/write/write_html.h"
#include "proto/write/write_xml.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define ROOM_BYTES 262144
#define CALLS_MAX  300

// Pieces of 1 to 40 bytes of one buffer.
struct sink {
	char text[ROOM_BYTES];
	size_t at, piece_bytes;
};

// A node is an array: its name, an object of attributes, then its content.
struct tree {
	json_t *root, *node[64];
	unsigned depth;
};

static const char *const html_names[] = {
#define NAME(id, name, ...) name,
        WRITE_HTML_ELEMENTS(NAME)};

static const char *const html_attributes[] = {WRITE_HTML_ATTRIBUTES(NAME)};

static bool sink_next(void *ctx, struct fill *fill)
{
	struct sink *sink = ctx;

	sink->at += fill_len(fill);
	*fill = fill_of(sink->text + sink->at, sink->piece_bytes);
	return sink->at + sink->piece_bytes < ROOM_BYTES;
}

static struct write_out sink_open(struct sink *sink, struct rand *rand)
{
	sink->at = 0;
	sink->piece_bytes = 1 + rand_below(rand, 40);
	return (struct write_out){fill_of(sink->text, 0), sink_next, sink, false};
}

static json_t *hex(struct span bytes)
{
	char text[256];

	for (size_t i = 0; i < span_left(&bytes); i++)
		snprintf(text + 2 * i, 3, "%02x", bytes.p[i]);
	return json_stringn(text, 2 * span_left(&bytes));
}

static void tree_open(struct tree *tree, const char *name)
{
	json_t *node = json_pack("[s, {}]", name);

	if (tree->depth)
		json_array_append_new(tree->node[tree->depth - 1], node);
	else
		tree->root = node;
	tree->node[tree->depth++] = node;
}

static void tree_attribute(struct tree *tree, const char *name, json_t *value)
{
	json_object_set_new(json_array_get(tree->node[tree->depth - 1], 1), name, value);
}

static void tree_add(struct tree *tree, json_t *text)
{
	json_array_append_new(tree->node[tree->depth - 1], text);
}

// Texts that a reader could take for something else, and any bytes.
static struct span random_bytes(struct rand *rand, uint8_t room[64])
{
	static const char *const texts[] = {
	        "",
	        "plain",
	        "\n leading",
	        "a<b>&amp;\"'`=",
	        "</script></style></title></textarea><!--",
	        "]]>",
	        "<?x?><![CDATA[",
	        "\t\n x\r\n",
	        "http://h/p?q=1&r#f",
	        "javascript:alert(1)",
	        " javascript:alert(1)",
	        "java\nscript:x",
	        "/a b/\xc3\xa4\\",
	        "mailto:x@y",
	        "//h/x",
	        "data:text/html,x",
	        "a/b:c",
	        "\xef\xbf\xbe\xef\xb7\x90\xf0\x9f\xbf\xbf\xf0\x9f\x98\x80\xc2\x80\xc2\xa0",
	        "&#0;&lt",
	};
	uint64_t which = rand_below(rand, 2 * ARRAY_LEN(texts));
	size_t len = rand_below(rand, 24);
	bool ascii = rand_below(rand, 2);

	if (which < ARRAY_LEN(texts))
		return span_of(texts[which], strlen(texts[which]));
	for (size_t i = 0; i < len; i++)
		room[i] = (uint8_t)(rand_u64(rand) >> (ascii ? 57 : 56));
	return span_of(room, len);
}

static void html_add_attribute(struct write_html *html, struct tree *tree, struct rand *rand,
                               bool is_void, json_t *void_node)
{
	uint8_t room[64];
	struct span value = random_bytes(rand, room);
	enum write_html_attribute attribute =
	        (enum write_html_attribute)rand_below(rand, WRITE_HTML_ATTRS_LEN + 1);

	if (!write_html_attribute(html, attribute, value))
		return;
	if (is_void)
		json_object_set_new(json_array_get(void_node, 1), html_attributes[attribute],
		                    hex(value));
	else
		tree_attribute(tree, html_attributes[attribute], hex(value));
}

struct html_state {
	struct tree tree;
	json_t *void_node; // its tag may be open
};

static void html_add_element(struct write_html *html, struct html_state *state, struct rand *rand)
{
	static const uint16_t is[] = {
#define IS(id, name, what, takes) what,
	        WRITE_HTML_ELEMENTS(IS)};
	enum write_html_element element =
	        (enum write_html_element)rand_below(rand, WRITE_HTML_ELEMENTS_LEN + 1);
	bool accepted = write_html_element(html, element);

	state->void_node = NULL;
	if (accepted && is[element] & WRITE_KIND_VOID) {
		state->void_node = json_pack("[s, {}]", html_names[element]);
		tree_add(&state->tree, state->void_node);
	} else if (accepted) {
		tree_open(&state->tree, html_names[element]);
	}
}

static void html_add_data(struct write_html *html, struct html_state *state)
{
	struct write_json *json = write_html_json(html, "data");

	state->void_node = NULL;
	if (!json)
		return;
	write_json_array(json);
	write_json_text(json, "</script><!--");
	(void)write_html_close(html);
	tree_open(&state->tree, "script");
	tree_attribute(&state->tree, "type", json_string("6170706c69636174696f6e2f6a736f6e"));
	tree_attribute(&state->tree, "id", json_string("64617461"));
	tree_add(&state->tree, json_string("5b225c75303033632f7363726970745c75303033655c75303033632"
	                                   "12d2d225d"));
	state->tree.depth--;
}

static void html_add_text(struct write_html *html, struct html_state *state, struct rand *rand)
{
	uint8_t room[64];
	struct span text = random_bytes(rand, room);

	state->void_node = NULL;
	if (write_html_span(html, text))
		tree_add(&state->tree, hex(text));
}

static void html_add_style(struct write_html *html, struct html_state *state, struct rand *rand)
{
	static const char *const rules[] = {"a{}", "</style>", "b:after{content:\"&\"}", "\x01",
	                                    "\xc3"};
	const char *text = rules[rand_below(rand, ARRAY_LEN(rules))];

	state->void_node = NULL;
	if (write_html_style(html, text))
		tree_add(&state->tree, hex(span_of(text, strlen(text))));
}

static void html_call(struct write_html *html, struct html_state *state, struct rand *rand)
{
	unsigned what = (unsigned)rand_below(rand, 100);

	if (what < 35)
		html_add_element(html, state, rand);
	else if (what < 65)
		html_add_attribute(html, &state->tree, rand, state->void_node, state->void_node);
	else if (what < 80)
		html_add_text(html, state, rand);
	else if (what < 84)
		html_add_style(html, state, rand);
	else if (what < 86)
		html_add_data(html, state);
	else {
		state->void_node = NULL;
		state->tree.depth -= write_html_close(html);
	}
}

// Some begin within what random calls seldom open.
static void html_begin(struct write_html *html, struct tree *tree, struct rand *rand)
{
	static const enum write_html_element path[][4] = {
	        {WRITE_HTML_HEAD, WRITE_HTML_TITLE},
	        {WRITE_HTML_HEAD, WRITE_HTML_STYLE},
	        {WRITE_HTML_HEAD},
	        {WRITE_HTML_BODY, WRITE_HTML_TABLE, WRITE_HTML_TBODY},
	        {WRITE_HTML_BODY, WRITE_HTML_TABLE, WRITE_HTML_THEAD, WRITE_HTML_TR},
	        {WRITE_HTML_BODY, WRITE_HTML_DETAILS},
	        {WRITE_HTML_BODY},
	        {0},
	};
	const enum write_html_element *to = path[rand_below(rand, ARRAY_LEN(path))];

	for (unsigned i = 0; i < ARRAY_LEN(path[0]) && to[i]; i++) {
		if (!write_html_element(html, to[i]))
			abort();
		tree_open(tree, html_names[to[i]]);
	}
}

static json_t *html_document(struct write_out *out, struct rand *rand)
{
	struct html_state state = {0};
	struct write_html html;
	unsigned calls = (unsigned)rand_below(rand, CALLS_MAX);

	write_html_init(&html, out, "en");
	tree_open(&state.tree, "html");
	tree_attribute(&state.tree, "lang", json_string("656e"));
	html_begin(&html, &state.tree, rand);
	for (unsigned i = 0; i < calls; i++)
		html_call(&html, &state, rand);
	(void)!write_html_end(&html);
	return state.tree.root;
}

static void xml_call(struct write_xml *xml, struct tree *tree, struct rand *rand)
{
	static const char *const names[] = {"a",   "B-1", "_c.d", "1", "xmlns",
	                                    "a:b", "",    "e f",  "<"};
	const char *name = names[rand_below(rand, ARRAY_LEN(names))];
	unsigned what = (unsigned)rand_below(rand, 100);
	uint8_t room[64];
	struct span bytes = random_bytes(rand, room);

	if (what < 35) {
		if (write_xml_element(xml, name))
			tree_open(tree, name);
	} else if (what < 60) {
		if (write_xml_attribute(xml, name, bytes))
			tree_attribute(tree, name, hex(bytes));
	} else if (what < 85) {
		if (write_xml_span(xml, bytes))
			tree_add(tree, hex(bytes));
	} else {
		tree->depth -= write_xml_close(xml);
	}
}

static json_t *xml_document(struct write_out *out, struct rand *rand)
{
	struct tree tree = {0};
	struct write_xml xml;
	unsigned calls = (unsigned)rand_below(rand, CALLS_MAX);

	write_xml_init(&xml, out, "top");
	tree_open(&tree, "top");
	for (unsigned i = 0; i < calls; i++)
		xml_call(&xml, &tree, rand);
	(void)!write_xml_end(&xml);
	return tree.root;
}

int main(int argc, char **argv)
{
	static struct sink sink;
	bool is_xml = argc == 3 && strcmp(argv[1], "xml") == 0;
	struct rand rand;

	if (argc != 3)
		return 2;
	rand_init(&rand, 16);
	for (long round = strtol(argv[2], NULL, 10); round > 0; round--) {
		struct write_out out = sink_open(&sink, &rand);
		json_t *root = is_xml ? xml_document(&out, &rand) : html_document(&out, &rand);
		json_t *text = json_stringn(sink.text, sink.at + fill_len(&out.fill));
		json_t *line = json_pack("{s:o, s:o}", "text", text, "tree", root);

		// NULL: Jansson takes the text for no UTF-8.
		if (!line || out.full || json_dumpf(line, stdout, JSON_COMPACT))
			return 1;
		putchar('\n');
		json_decref(line);
	}
	return 0;
}
