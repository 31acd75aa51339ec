// acd: address conflict detection: searches the link for other hosts with the interface's
// addresses (RFC 5227, RFC 4862 section 5.4), then announces and defends them. The
// messages are those of arp.c and ndp.c; what workers share is iface_board.h.
#ifndef TCPIP_ACD_H
#define TCPIP_ACD_H

#include "proto/tcpip/iface_board.h"

struct iface;

// An address of the interface, used or not.
struct acd_addr {
	struct prefix prefix;
	uint8_t sent;     // probes or announcements of the current state
	uint8_t failures; // searches that found another host
	uint32_t seen;    // conflicts on the board that this worker acted on
	mono_t due;       // when the next step is; MONO_NEVER: none
	mono_t defend;    // earliest instant of the next defence
};

struct acd {
	bool decides; // this worker probes, announces and changes states
	enum stack_check check;
	bool hold;
	uint32_t version; // of the board, as last read
	uint64_t nonce;   // of our solicitations (RFC 7527)
	struct wheel_timer timer;
	mono_t report_due; // of the next report of groups
	uint8_t reports;
	unsigned len, link_local; // index of the link-local address, if there is one
	struct acd_addr addr[IFACE_BOARD_ADDRS];
};

// Enters the addresses of conf, the link-local one included.
void acd_init(struct iface *iface, const struct stack_iface_conf *conf, bool decides);
void acd_fini(struct iface *iface);

// Begins at stack_open. acd_relink: the link was re-established; announces again.
void acd_start(struct iface *iface, mono_t now);
void acd_relink(struct iface *iface, mono_t now);

// The index of an address of the interface that is used or probed; -1: of none.
int acd_find(const struct iface *iface, struct addr addr) PURE;

// Whether the address is being searched for.
bool acd_is_probed(const struct iface *iface, int index) PURE;

// Whether the address is the interface's, but not used: another host has it, or may.
bool acd_is_held(const struct iface *iface, struct addr addr) PURE;

// Another host claims the address: noted on the board, and answered by an announcement
// once in ten seconds, or by giving the address up while it is probed.
void acd_conflict(struct iface *iface, int index, struct mac mac, mono_t now);

#endif
