// http_fault: see the header.
#include "proto/http/http_fault.h"

static const struct {
	uint16_t status;
	const char *name, *help;
} faults[] = {[HTTP_FAULT_NONE] = {0, "", ""},
#define FAULT_ROW(id, status, name, help) [HTTP_FAULT_##id] = {status, name, help},
              HTTP_FAULT_LIST(FAULT_ROW)
#undef FAULT_ROW
};

unsigned http_fault_status(enum http_fault fault)
{
	return faults[fault].status;
}

const char *http_fault_name(enum http_fault fault)
{
	return faults[fault].name;
}

const char *http_fault_help(enum http_fault fault)
{
	return faults[fault].help;
}
