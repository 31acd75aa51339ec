// http_line: lines of a head, and the words of its first line (RFC 9112 sections 2.3, 3 and 4).
#ifndef HTTP_LINE_H
#define HTTP_LINE_H

#include "core/span.h"

// The next line of a head that http_head_scan found, without its CR LF.
struct span http_line_take(struct span *head);

// The part of the line before the next space, which is passed over; bad if there is none.
struct span http_line_word(struct span *line);

// "HTTP/1.1": case counts, and each number has one digit. False of anything else.
bool http_line_version(struct span text, unsigned *major, unsigned *minor) MUST_CHECK;

#endif
