// write_text: text within markup, so that a reader of HTML or XML gets it back and takes none of it
// for markup. A byte that is not UTF-8, and a character that XML 1.0 (section 2.2) or HTML (section
// 13.2.3.5) forbids, which are controls but tab and line feed, and noncharacters, becomes U+FFFD.
#ifndef WRITE_TEXT_H
#define WRITE_TEXT_H

#include "proto/write/write_out.h"

enum write_text_place {
	WRITE_TEXT_CONTENT,   // between tags
	WRITE_TEXT_ATTRIBUTE, // between double quotes; tab and line feed are kept, too
};

void write_text_span(struct write_out *out, struct span text, enum write_text_place place);

#endif
