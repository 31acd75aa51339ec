// write_xml: XML 1.0 without namespaces that is well-formed whatever is called in whatever order: a
// call that does not fit where the text is, is refused and writes nothing.
#ifndef WRITE_XML_H
#define WRITE_XML_H

#include "proto/write/write_out.h"

#define WRITE_XML_DEPTH      32 // of elements in each other, the root among them
#define WRITE_XML_ATTRIBUTES 16 // of one element

struct write_xml {
	struct write_out *out;              // borrowed
	const char *level[WRITE_XML_DEPTH]; // names of the open elements
	const char *attribute[WRITE_XML_ATTRIBUTES];
	uint8_t depth, attributes;
	bool tag;     // the innermost start tag is open
	bool refused; // at least one call was
};

// Names are ASCII letters, digits, "-", "_" and ".", with a letter or "_" in front; those with
// "xml" in front are reserved (section 2.3). They are borrowed until their element is closed.

// Begins the document with its root; one whose name is none is called "root", and refused.
void write_xml_init(struct write_xml *xml, struct write_out *out, const char *root);

// Each of these returns false if it was refused: behind the root, a name that is none, an element
// beyond the depth, an attribute behind content, twice, or one too many.
bool write_xml_element(struct write_xml *xml, const char *name);
bool write_xml_attribute(struct write_xml *xml, const char *name, struct span value);
bool write_xml_span(struct write_xml *xml, struct span text); // as write_text.h says
bool write_xml_text(struct write_xml *xml, const char *text);

// Closes the innermost element; behind the root's nothing else is taken.
bool write_xml_close(struct write_xml *xml);

// Closes all that is open. Returns whether the text is complete and was meant so: nothing was
// refused, and there was room for all.
bool write_xml_end(struct write_xml *xml) MUST_CHECK;

#endif
