// ws_fault: why a WebSocket connection is ended by us (RFC 6455): each fault has the status code of
// the close frame that says so (section 7.4.1; 0: none is sent), a name, and a help text.
#ifndef WS_FAULT_H
#define WS_FAULT_H

#include "core/fault.h"

#define WS_FAULT_LIST(F)                                                                           \
	F(RESERVED, 1002, "reserved", "a reserved bit is set, and no extension was agreed on")     \
	F(OPCODE, 1002, "opcode", "the frame's opcode is reserved")                                \
	F(MASK, 1002, "mask", "a client's frame is not masked, or a server's is")                  \
	F(LENGTH, 1002, "length", "the length does not have its shortest form")                    \
	F(CONTROL, 1002, "control", "a control frame is fragmented, or longer than 125 bytes")     \
	F(CONTINUATION, 1002, "continuation", "a continuation without a message to continue")      \
	F(INTERLEAVED, 1002, "interleaved", "a message begins within another one")                 \
	F(CLOSE, 1002, "close", "a close frame has half a status code, or one that is not sent")   \
	F(UTF8, 1007, "utf8", "a text is not UTF-8")                                               \
	F(LONG, 1009, "long", "the message is longer than message_bytes")                          \
	F(SILENT, 0, "silent", "nothing came within pong_us of a ping")                            \
	F(LINGERS, 0, "lingers", "no close frame came within close_us of ours")

enum ws_fault {
	WS_FAULT_NONE,
#define WS_FAULT_ENUM(id, code, name, help) WS_FAULT_##id,
	WS_FAULT_LIST(WS_FAULT_ENUM)
#undef WS_FAULT_ENUM
	        WS_FAULTS
};

extern const struct fault ws_faults[WS_FAULTS];

#endif
