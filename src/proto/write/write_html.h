// write_html: HTML that every reader takes for the elements that were called for, whatever is
// called in whatever order: a call that does not fit where the text is, is refused and writes
// nothing. Elements and attributes are those of two lists, which leave out what runs code or
// changes how the rest is read: there are no handlers ("onclick"), no style attributes, no scripts
// but those of a URL, no frames. What lies in what follows a table that is stricter than the
// standard's.
#ifndef WRITE_HTML_H
#define WRITE_HTML_H

#include "proto/write/write_json.h"

// What elements are, and what they take: flow, phrasing text, and the parts of other elements.
#define WRITE_KIND_FLOW     0x0001
#define WRITE_KIND_PHRASE   0x0002
#define WRITE_KIND_TEXT     0x0004 // characters
#define WRITE_KIND_META     0x0008 // of the head
#define WRITE_KIND_ITEM     0x0010
#define WRITE_KIND_TERM     0x0020
#define WRITE_KIND_ROWS     0x0040
#define WRITE_KIND_ROW      0x0080
#define WRITE_KIND_CELL     0x0100
#define WRITE_KIND_CHOICE   0x0200
#define WRITE_KIND_SUMMARY  0x0400
#define WRITE_KIND_PAGE     0x0800 // head and body, one of each, in this order
#define WRITE_KIND_VOID     0x1000 // no content, no end tag
#define WRITE_KIND_ALONE    0x2000 // never within another one of its kind
#define WRITE_KIND_NEWLINE  0x4000 // readers take a first line feed away
#define WRITE_KIND_INLINE   (WRITE_KIND_FLOW | WRITE_KIND_PHRASE)
#define WRITE_KIND_PHRASING (WRITE_KIND_PHRASE | WRITE_KIND_TEXT)
#define WRITE_KIND_ALL      (WRITE_KIND_FLOW | WRITE_KIND_PHRASING)

// Each with what it is and what it takes.
#define WRITE_HTML_ELEMENTS(X)                                                                     \
	X(HTML, "html", 0, WRITE_KIND_PAGE)                                                        \
	X(HEAD, "head", WRITE_KIND_PAGE, WRITE_KIND_META)                                          \
	X(BODY, "body", WRITE_KIND_PAGE, WRITE_KIND_ALL)                                           \
	X(TITLE, "title", WRITE_KIND_META, WRITE_KIND_TEXT)                                        \
	X(META, "meta", WRITE_KIND_META | WRITE_KIND_VOID, 0)                                      \
	X(LINK, "link", WRITE_KIND_META | WRITE_KIND_VOID, 0)                                      \
	X(SCRIPT, "script", WRITE_KIND_META | WRITE_KIND_INLINE, 0)                                \
	X(STYLE, "style", WRITE_KIND_META, 0)                                                      \
	X(HEADER, "header", WRITE_KIND_FLOW, WRITE_KIND_ALL)                                       \
	X(FOOTER, "footer", WRITE_KIND_FLOW, WRITE_KIND_ALL)                                       \
	X(MAIN, "main", WRITE_KIND_FLOW, WRITE_KIND_ALL)                                           \
	X(NAV, "nav", WRITE_KIND_FLOW, WRITE_KIND_ALL)                                             \
	X(SECTION, "section", WRITE_KIND_FLOW, WRITE_KIND_ALL)                                     \
	X(ARTICLE, "article", WRITE_KIND_FLOW, WRITE_KIND_ALL)                                     \
	X(DIV, "div", WRITE_KIND_FLOW, WRITE_KIND_ALL)                                             \
	X(DETAILS, "details", WRITE_KIND_FLOW, WRITE_KIND_ALL | WRITE_KIND_SUMMARY)                \
	X(SUMMARY, "summary", WRITE_KIND_SUMMARY, WRITE_KIND_PHRASING)                             \
	X(H1, "h1", WRITE_KIND_FLOW, WRITE_KIND_PHRASING)                                          \
	X(H2, "h2", WRITE_KIND_FLOW, WRITE_KIND_PHRASING)                                          \
	X(H3, "h3", WRITE_KIND_FLOW, WRITE_KIND_PHRASING)                                          \
	X(P, "p", WRITE_KIND_FLOW, WRITE_KIND_PHRASING)                                            \
	X(PRE, "pre", WRITE_KIND_FLOW | WRITE_KIND_NEWLINE, WRITE_KIND_PHRASING)                   \
	X(HR, "hr", WRITE_KIND_FLOW | WRITE_KIND_VOID, 0)                                          \
	X(UL, "ul", WRITE_KIND_FLOW, WRITE_KIND_ITEM)                                              \
	X(OL, "ol", WRITE_KIND_FLOW, WRITE_KIND_ITEM)                                              \
	X(LI, "li", WRITE_KIND_ITEM, WRITE_KIND_ALL)                                               \
	X(DL, "dl", WRITE_KIND_FLOW, WRITE_KIND_TERM)                                              \
	X(DT, "dt", WRITE_KIND_TERM, WRITE_KIND_PHRASING)                                          \
	X(DD, "dd", WRITE_KIND_TERM, WRITE_KIND_ALL)                                               \
	X(TABLE, "table", WRITE_KIND_FLOW, WRITE_KIND_ROWS)                                        \
	X(CAPTION, "caption", WRITE_KIND_ROWS, WRITE_KIND_PHRASING)                                \
	X(THEAD, "thead", WRITE_KIND_ROWS, WRITE_KIND_ROW)                                         \
	X(TBODY, "tbody", WRITE_KIND_ROWS, WRITE_KIND_ROW)                                         \
	X(TR, "tr", WRITE_KIND_ROW, WRITE_KIND_CELL)                                               \
	X(TH, "th", WRITE_KIND_CELL, WRITE_KIND_PHRASING)                                          \
	X(TD, "td", WRITE_KIND_CELL, WRITE_KIND_ALL)                                               \
	X(FORM, "form", WRITE_KIND_FLOW | WRITE_KIND_ALONE, WRITE_KIND_ALL)                        \
	X(LABEL, "label", WRITE_KIND_INLINE | WRITE_KIND_ALONE, WRITE_KIND_PHRASING)               \
	X(INPUT, "input", WRITE_KIND_INLINE | WRITE_KIND_VOID, 0)                                  \
	X(BUTTON, "button", WRITE_KIND_INLINE | WRITE_KIND_ALONE, WRITE_KIND_PHRASING)             \
	X(SELECT, "select", WRITE_KIND_INLINE, WRITE_KIND_CHOICE)                                  \
	X(OPTION, "option", WRITE_KIND_CHOICE, WRITE_KIND_TEXT)                                    \
	X(TEXTAREA, "textarea", WRITE_KIND_INLINE | WRITE_KIND_NEWLINE, WRITE_KIND_TEXT)           \
	X(A, "a", WRITE_KIND_INLINE | WRITE_KIND_ALONE, WRITE_KIND_PHRASING)                       \
	X(SPAN, "span", WRITE_KIND_INLINE, WRITE_KIND_PHRASING)                                    \
	X(B, "b", WRITE_KIND_INLINE | WRITE_KIND_ALONE, WRITE_KIND_PHRASING)                       \
	X(EM, "em", WRITE_KIND_INLINE | WRITE_KIND_ALONE, WRITE_KIND_PHRASING)                     \
	X(STRONG, "strong", WRITE_KIND_INLINE | WRITE_KIND_ALONE, WRITE_KIND_PHRASING)             \
	X(SMALL, "small", WRITE_KIND_INLINE | WRITE_KIND_ALONE, WRITE_KIND_PHRASING)               \
	X(CODE, "code", WRITE_KIND_INLINE | WRITE_KIND_ALONE, WRITE_KIND_PHRASING)                 \
	X(TIME, "time", WRITE_KIND_INLINE, WRITE_KIND_PHRASING)                                    \
	X(OUTPUT, "output", WRITE_KIND_INLINE, WRITE_KIND_PHRASING)                                \
	X(CANVAS, "canvas", WRITE_KIND_INLINE, WRITE_KIND_TEXT)                                    \
	X(IMG, "img", WRITE_KIND_INLINE | WRITE_KIND_VOID, 0)                                      \
	X(BR, "br", WRITE_KIND_INLINE | WRITE_KIND_VOID, 0)

// Attributes with a text, a URL, or neither.
#define WRITE_HTML_ATTRIBUTES(X)                                                                   \
	X(ID, "id", TEXT)                                                                          \
	X(CLASS, "class", TEXT)                                                                    \
	X(TITLE, "title", TEXT)                                                                    \
	X(LANG, "lang", TEXT)                                                                      \
	X(ROLE, "role", TEXT)                                                                      \
	X(NAME, "name", TEXT)                                                                      \
	X(CONTENT, "content", TEXT)                                                                \
	X(CHARSET, "charset", TEXT)                                                                \
	X(REL, "rel", TEXT)                                                                        \
	X(TYPE, "type", TEXT)                                                                      \
	X(VALUE, "value", TEXT)                                                                    \
	X(FOR, "for", TEXT)                                                                        \
	X(SCOPE, "scope", TEXT)                                                                    \
	X(COLSPAN, "colspan", TEXT)                                                                \
	X(WIDTH, "width", TEXT)                                                                    \
	X(HEIGHT, "height", TEXT)                                                                  \
	X(ALT, "alt", TEXT)                                                                        \
	X(DATETIME, "datetime", TEXT)                                                              \
	X(METHOD, "method", TEXT)                                                                  \
	X(HREF, "href", URL)                                                                       \
	X(SRC, "src", URL)                                                                         \
	X(ACTION, "action", URL)                                                                   \
	X(CHECKED, "checked", NONE)                                                                \
	X(DISABLED, "disabled", NONE)                                                              \
	X(OPEN, "open", NONE)                                                                      \
	X(DEFER, "defer", NONE)

#define WRITE_HTML_ELEMENT_ID(id, ...)   WRITE_HTML_##id,
#define WRITE_HTML_ATTRIBUTE_ID(id, ...) WRITE_HTML_ATTR_##id,
enum write_html_element { WRITE_HTML_ELEMENTS(WRITE_HTML_ELEMENT_ID) WRITE_HTML_ELEMENTS_LEN };
enum write_html_attribute { WRITE_HTML_ATTRIBUTES(WRITE_HTML_ATTRIBUTE_ID) WRITE_HTML_ATTRS_LEN };

#define WRITE_HTML_DEPTH 32 // of elements in each other

struct write_html {
	struct write_out *out;           // borrowed
	uint8_t level[WRITE_HTML_DEPTH]; // enum write_html_element
	uint8_t depth;
	bool tag;            // the innermost start tag is open
	bool has_json;       // a script of data is open
	bool page_begun[2];  // its head was, its body
	bool title_begun;    // a page has one
	bool refused;        // at least one call was
	uint32_t attributes; // of the open tag, bit n: enum write_html_attribute
	struct write_json json;
};

// Begins a document, "<!DOCTYPE html>" and its root, in a language such as "en".
void write_html_init(struct write_html *html, struct write_out *out, const char *lang);

// Each of these returns false if it was refused.

// Refused where the innermost element does not take it, and beyond the depth.
bool write_html_element(struct write_html *html, enum write_html_element element);

// Refused behind content, and when the tag has it already. A URL is refused unless it is relative
// or of http, https or mailto; what is not a character of URLs (RFC 3986) becomes "%XX". The value
// of an attribute that has none is not read.
bool write_html_attribute(struct write_html *html, enum write_html_attribute attribute,
                          struct span value);
bool write_html_attr(struct write_html *html, enum write_html_attribute attribute,
                     const char *value);

bool write_html_span(struct write_html *html, struct span text); // as write_text.h says
bool write_html_text(struct write_html *html, const char *text);

// The content of a STYLE: refused when it has "<", or bytes that are not ASCII.
bool write_html_style(struct write_html *html, const char *rules);

// A script that is data for scripts, in JSON, with an id: what is written to the writer that is
// returned is its content, until write_html_close. NULL: refused.
struct write_json *write_html_json(struct write_html *html, const char *id);

// Closes the innermost element, which has an end tag; behind the root nothing is taken.
bool write_html_close(struct write_html *html);

// Closes all that is open. Returns whether the text is complete and was meant so: nothing was
// refused, and there was room for all.
bool write_html_end(struct write_html *html) MUST_CHECK;

#endif
