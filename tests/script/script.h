// script: a parsed script in packetdrill's language: options, then events, each with its
// time. Values only, all in one arena; parse.c makes them, run.c plays them. It
// is independent of what the script is played against (target.h).
#ifndef SCRIPT_SCRIPT_H
#define SCRIPT_SCRIPT_H

#include "core/addr.h"
#include "core/host/arena.h"
#include "core/why.h"

#include <errno.h>

// An argument or a result of a system call, as written.
enum script_value_kind {
	VALUE_ANY,    // ...
	VALUE_NUMBER, // 10, -1, 0x10
	VALUE_WORD,   // SOCK_STREAM
	VALUE_STRING, // "cubic"
	VALUE_LIST,   // [10], [{...}, {...}]
	VALUE_STRUCT, // {fd=3, events=POLLIN}; members have a field, or are positional
	VALUE_OR,     // POLLIN | POLLOUT: two members
	VALUE_CALL,   // htons(8080): text is the function, the members are its arguments
};

struct script_value {
	enum script_value_kind kind;
	int line;
	int64_t number;
	const char *text;                  // of a word, string or call
	const char *field;                 // name in a structure, or NULL
	struct script_value *first, *next; // members, siblings
};

enum script_time_kind {
	TIME_ABSOLUTE, // 0.1
	TIME_RELATIVE, // +0.1, to the event before
	TIME_STAR,     // *
};

struct script_time {
	enum script_time_kind kind;
	bool range;         // 0.1~0.2
	int64_t us, end_us; // end_us: of a range, or of a call that blocks
};

// What is said of the IP header.
enum script_tos {
	TOS_UNCHECKED, // and 0 in a packet to us
	TOS_ECN,       // the low two bits
	TOS_ECT01,     // ECT(0) or ECT(1)
	TOS_DSCP,      // all but the low two bits
	TOS_BYTE,
};

enum script_packet_kind {
	PACKET_TCP,
	PACKET_UDP,
	PACKET_ICMP,
};

#define SCRIPT_OPTIONS_BYTES 40

struct script_packet {
	enum script_packet_kind kind;
	bool out; // from the stack under test
	enum script_tos tos_check;
	uint8_t tos, ttl;    // ttl 0: not given
	int32_t flow_label;  // of IPv6; -1: not given
	uint16_t local_port; // 0: not given
	uint16_t remote_port;
	uint32_t len; // of the payload
	// TCP
	uint8_t flags; // TCP_*
	bool ae;       // the flag of AccECN (RFC 9768), the last of the reserved bits
	uint32_t seq, ack;
	bool seq_absolute, any_seq; // 0:0(0)!, ...(0)
	int32_t window;             // -1: not given
	uint16_t urgent;
	bool any_options, any_ts_val, any_ts_ecr; // <...>, TS val ... ecr ...
	bool ts_ecr_absolute;                     // TS val 1 ecr 2!
	uint8_t options_len, options[SCRIPT_OPTIONS_BYTES];
	// ICMP
	uint8_t type, code;
	int64_t mtu; // -1: not given
	uint16_t id;
	uint8_t quoted_protocol; // of the packet that the message is about: IPPROTO_TCP, _UDP or
	                         // _RAW
};

struct script_call {
	const char *name;
	struct script_value *args; // siblings
	struct script_value *result;
	const char *error; // "EAGAIN", or NULL
	bool blocks;       // it ends at script_time.end_us
};

enum script_event_kind {
	EVENT_PACKET,
	EVENT_CALL,
	EVENT_COMMAND, // `sysctl ...`
	EVENT_CODE,    // %{ assert ... }%
};

struct script_event {
	struct script_event *next;
	int line;
	struct script_time time;
	enum script_event_kind kind;
	union {
		struct script_packet packet;
		struct script_call call;
		const char *text; // of a command, or of code
	};
};

struct script_define {
	struct script_define *next;
	const char *name, *value; // value with its quotes
};

enum script_ip {
	SCRIPT_IPV4,
	SCRIPT_MAPPED, // IPv6 sockets, IPv4 packets
	SCRIPT_IPV6,
};

struct script_conf {
	enum script_ip ip;
	uint16_t bind_port, connect_port;
	struct addr local, remote; // addr_is_any: a default of the family
	uint16_t mtu, mss;         // mss 0: not given
	uint32_t tolerance_us;
	uint32_t tolerance_percent; // in hundredths, of the time since the event before
	uint32_t ts_tick_us;        // 0: values of timestamps are not checked
	bool ts_ecr_scaled, ts_ecr_checked, strict_segments, strict_options;
	bool warn_packet, warn_call; // --non_fatal
	bool dry_run, verbose;
	struct script_define *defines;
};

struct script {
	const char *file;
	struct arena arena;
	struct script_conf conf;
	struct script_event *events;
};

struct script_option {
	const char *name, *value; // value NULL: none
};

// The text of one script, len bytes that may hold anything. `more` are options of the command
// line, which count after the script's own. 0; -EINVAL with "FILE:LINE: reason" in why.
// script_parse_fini is needed in both cases. file and more are borrowed until then.
int script_parse(struct script *script, const char *file, const char *text, size_t len,
                 const struct script_option *more, unsigned more_len, struct why *why) MUST_CHECK;
void script_parse_fini(struct script *script);

#endif
