// http2_fault: see the header.
#include "proto/http2/http2_fault.h"

static const struct {
	const char *name, *help;
} faults[HTTP2_FAULTS] = {
#define HTTP2_FAULT_ROW(id, name, help) [HTTP2_FAULT_##id] = {name, help},
        HTTP2_FAULT_LIST(HTTP2_FAULT_ROW)
#undef HTTP2_FAULT_ROW
};

const char *http2_fault_name(enum http2_fault fault)
{
	return faults[fault].name;
}

const char *http2_fault_help(enum http2_fault fault)
{
	return faults[fault].help;
}
