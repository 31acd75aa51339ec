// http_method: see the header.
#include "proto/http/http_method.h"

static const char *const names[HTTP_METHODS] = {[HTTP_OTHER] = "",
#define METHOD_ROW(name) [HTTP_##name] = #name,
                                                HTTP_METHOD_LIST(METHOD_ROW)
#undef METHOD_ROW
};

enum http_method http_method_of(struct span text)
{
	for (unsigned i = HTTP_OTHER + 1; i < HTTP_METHODS; i++)
		if (strlen(names[i]) == span_left(&text) &&
		    memcmp(names[i], text.p, span_left(&text)) == 0)
			return (enum http_method)i;
	return HTTP_OTHER;
}

const char *http_method_text(enum http_method method)
{
	return names[method];
}
