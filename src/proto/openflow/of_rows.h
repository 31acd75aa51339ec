// of_rows: how rows are written down. HOST is the struct that they describe, defined before each
// table of rows and undefined after it.
#ifndef OPENFLOW_OF_ROWS_H
#define OPENFLOW_OF_ROWS_H

#include "proto/openflow/of_kind.h"

#define OF_MEMBER(m)   .name = #m, .host = offsetof(HOST, m), .host_size = sizeof(((HOST *)0)->m)
#define OF_FROM(m, to) .other = (int16_t)((int)offsetof(HOST, to) - (int)offsetof(HOST, m))

// The member m in 1, 2, 4 or 8 bytes; then its form.
#define U8(m, ...)                                                                                 \
	{                                                                                          \
		.kind = &of_kind_int, .size = 1, OF_MEMBER(m), __VA_ARGS__                         \
	}
#define U16(m, ...)                                                                                \
	{                                                                                          \
		.kind = &of_kind_int, .size = 2, OF_MEMBER(m), __VA_ARGS__                         \
	}
#define U32(m, ...)                                                                                \
	{                                                                                          \
		.kind = &of_kind_int, .size = 4, OF_MEMBER(m), __VA_ARGS__                         \
	}
#define U64(m, ...)                                                                                \
	{                                                                                          \
		.kind = &of_kind_int, .size = 8, OF_MEMBER(m), __VA_ARGS__                         \
	}
#define PORT16(m)                                                                                  \
	{                                                                                          \
		.kind = &of_kind_port16, .size = 2, OF_MEMBER(m), .form = OF_FORM_PORT             \
	}
#define PORT32(m) U32(m, .form = OF_FORM_PORT)
#define GROUP(m)  U32(m, .form = OF_FORM_GROUP)
#define FLAGS10(m)                                                                                 \
	{                                                                                          \
		.kind = &of_kind_flags10, .size = 2, OF_MEMBER(m), BITS(OF_WORDS_FLOW_FLAGS)       \
	}
// No bytes: the member's value in a version without the field; -1 is ANY.
#define NONE(m, value)                                                                             \
	{                                                                                          \
		.kind = &of_kind_const, OF_MEMBER(m), .other = value                               \
	}
// What follows may be missing at the end of a message.
#define OPTIONAL                                                                                   \
	{                                                                                          \
		.kind = &of_kind_optional                                                          \
	}
#define PAD(n)                                                                                     \
	{                                                                                          \
		.kind = &of_kind_pad, .size = n                                                    \
	}
#define TYPE                                                                                       \
	{                                                                                          \
		.kind = &of_kind_type, .size = 2                                                   \
	}
#define LEN                                                                                        \
	{                                                                                          \
		.kind = &of_kind_len, .size = 2                                                    \
	}
#define LIST_LEN                                                                                   \
	{                                                                                          \
		.kind = &of_kind_list_len, .size = 2                                               \
	}
#define MAC(m)                                                                                     \
	{                                                                                          \
		.kind = &of_kind_bytes, .size = 6, OF_MEMBER(m), .form = OF_FORM_MAC               \
	}
#define IPV4(m)                                                                                    \
	{                                                                                          \
		.kind = &of_kind_bytes, .size = 4, OF_MEMBER(m), .form = OF_FORM_IPV4              \
	}
#define TEXT(m, bytes)                                                                             \
	{                                                                                          \
		.kind = &of_kind_text, OF_MEMBER(m), .family = (bytes) / 8                         \
	}
#define REST(m)                                                                                    \
	{                                                                                          \
		.kind = &of_kind_rest, OF_MEMBER(m)                                                \
	}
#define ALIGN                                                                                      \
	{                                                                                          \
		.kind = &of_kind_align                                                             \
	}
#define MATCH(m)                                                                                   \
	{                                                                                          \
		.kind = &of_kind_match, OF_MEMBER(m)                                               \
	}
#define FIELD(m)                                                                                   \
	{                                                                                          \
		.kind = &of_kind_field, OF_MEMBER(m)                                               \
	}
#define STATS(m)                                                                                   \
	{                                                                                          \
		.kind = &of_kind_stats, OF_MEMBER(m)                                               \
	}
#define LIST(m, NAME)                                                                              \
	{                                                                                          \
		.kind = &of_kind_list, OF_MEMBER(m), .family = OF_FAMILY_##NAME                    \
	}
#define STRUCT(m, NAME)                                                                            \
	{                                                                                          \
		.kind = &of_kind_struct, OF_MEMBER(m), .family = OF_FAMILY_##NAME                  \
	}
// Properties; hoisted: an array of struct of_hoist, or NULL.
#define PROPERTIES(m, hoisted)                                                                     \
	{                                                                                          \
		.kind = &of_kind_properties, OF_MEMBER(m), .more = hoisted                         \
	}
#define END                                                                                        \
	{                                                                                          \
		.kind = NULL                                                                       \
	}

#define HEX          .form = OF_FORM_HEX
#define NONZERO      .form = OF_FORM_NONZERO
#define ANY          .form = OF_FORM_ANY
#define NAMES(words) .form = OF_FORM_NAMES, .more = words
#define BITS(words)  .form = OF_FORM_BITS, .more = words

// Names of numbers from 0 on, or of bits from the lowest on; "-" for one without.
#define OF_WORDS_FLOW_FLAGS                                                                        \
	"SEND_FLOW_REM CHECK_OVERLAP RESET_COUNTS NO_PKT_COUNTS NO_BYT_COUNTS - - - - - - - - - "  \
	"- "                                                                                       \
	"EMERG"

#endif
