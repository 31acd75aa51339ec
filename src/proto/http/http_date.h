// http_date: instants as HTTP writes them (RFC 9110 section 5.6.7), in seconds since 1970. Knows
// nothing of any clock.
#ifndef HTTP_DATE_H
#define HTTP_DATE_H

#include "core/span.h"

#define HTTP_DATE_BYTES 29 // "Sun, 06 Nov 1994 08:49:37 GMT"

// unix_s from 0 to the end of the year 9999.
void http_date_text(uint64_t unix_s, char text[HTTP_DATE_BYTES]);

// Reads the three forms that a recipient has to accept: IMF-fixdate, RFC 850's, asctime's. A year
// of two digits is taken for the one that is at most 50 years after now_s. False if the text is
// none of them, is before 1970, or no day of the calendar; a leap second is one second more.
bool http_date_parse(struct span text, uint64_t now_s, uint64_t *unix_s) MUST_CHECK;

#endif
