// capture: the frames of a file of captured packets: pcap's classic format, with microseconds or
// nanoseconds and in either byte order, or pcapng (draft-ietf-opsawg-pcapng; capture_ng.c). Such
// files come from anywhere: nothing in them is believed before it is checked.
#ifndef CORE_CAPTURE_H
#define CORE_CAPTURE_H

#include "core/span.h"
#include "core/why.h"

#define CAPTURE_INTERFACES 64 // of a section of pcapng; packets of further ones have no link

enum capture_link {
	CAPTURE_LINK_NONE, // one that is not known
	CAPTURE_LINK_ETHERNET = 1,
	CAPTURE_LINK_RAW = 101,    // IP
	CAPTURE_LINK_COOKED = 113, // Linux's, of interfaces of any kind
};

struct capture_interface {
	enum capture_link link;
	uint8_t resolution;
	uint64_t offset_us; // modulo 2^64
};

// All members are capture's own but `cut`.
struct capture {
	struct span rest;
	bool cut; // the file ends within a packet, or goes on with what is none
	bool ng, swapped;
	uint32_t per_us;     // classic: units of a time stamp's fraction in a microsecond
	uint32_t other_link; // of pcapng: the last one that is not known
	bool link_known;     // of one interface at least
	unsigned interfaces_len;
	struct capture_interface interface[CAPTURE_INTERFACES]; // the first is a classic file's
};

struct capture_frame {
	struct span bytes; // in the file, as much as was captured
	uint64_t at_us;    // since 1970; 0 where the file does not say
	enum capture_link link;
};

// Whether bytes begin as a capture does.
bool capture_is(const void *bytes, size_t len) PURE;

// Begins with bytes that do; they are borrowed. 0, or -EINVAL with a sentence that lacks its
// subject: what the file is, or that its link is not known.
int capture_open(struct capture *capture, const void *bytes, size_t len,
                 struct why *why) MUST_CHECK;

// The next packet; false at the end.
bool capture_next(struct capture *capture, struct capture_frame *frame) MUST_CHECK;

// At the end: 0, or -EINVAL likewise when there was no link that is known, and so no packet.
int capture_end(const struct capture *capture, struct why *why) MUST_CHECK;

// Takes the link's header and VLAN tags off a frame, and returns the type of Ethernet of the rest;
// 0 when there is none.
uint16_t capture_unwrap(struct capture_frame *frame);

#endif
