// ws_fault: see the header.
#include "proto/ws/ws_fault.h"

static const struct {
	uint16_t code;
	const char *name, *help;
} faults[] = {[WS_FAULT_NONE] = {0, "", ""},
#define FAULT_ROW(id, code, name, help) [WS_FAULT_##id] = {code, name, help},
              WS_FAULT_LIST(FAULT_ROW)
#undef FAULT_ROW
};

unsigned ws_fault_code(enum ws_fault fault)
{
	return faults[fault].code;
}

const char *ws_fault_name(enum ws_fault fault)
{
	return faults[fault].name;
}

const char *ws_fault_help(enum ws_fault fault)
{
	return faults[fault].help;
}
