// http_status: see the header.
#include "proto/http/http_status.h"

const char *http_status_phrase(unsigned status)
{
	switch (status) {
#define STATUS_CASE(code, phrase)                                                                  \
	case code:                                                                                 \
		return phrase;
		HTTP_STATUS_LIST(STATUS_CASE)
#undef STATUS_CASE
	default:
		return NULL;
	}
}
