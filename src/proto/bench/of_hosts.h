// of_hosts: the hosts behind emulated switches: their addresses, and the packets that make a switch
// ask its controller. All of it is computed from numbers: packet n of a switch is the same whenever
// it is made, so that an answer is compared with its packet without a copy having been kept.
//
// Each host first announces itself (RFC 5227 section 3), by packet n < per_switch; those after that
// are ARP requests, UDP datagrams and TCP SYNs from one host to another at a different port of the
// same switch.
#ifndef BENCH_OF_HOSTS_H
#define BENCH_OF_HOSTS_H

#include "proto/openflow/of_match.h"

#define OF_HOSTS_MAX         (1u << 24) // of all switches; their addresses are in 10.0.0.0/8
#define OF_HOSTS_PORTS_MAX   64         // of a switch
#define OF_HOSTS_FRAME_BYTES 74         // of the longest packet

struct of_hosts {
	uint32_t switches, per_switch; // their product is below OF_HOSTS_MAX - 1
	uint32_t ports;                // of a switch; from 2 to OF_HOSTS_PORTS_MAX and per_switch
	uint64_t seed;                 // of senders and receivers
};

enum of_hosts_kind { OF_HOSTS_ANNOUNCE, OF_HOSTS_ARP, OF_HOSTS_UDP, OF_HOSTS_TCP };

struct of_hosts_packet {
	uint32_t number;
	uint32_t from, to; // hosts of the switch; to: any, of an announcement
	enum of_hosts_kind kind;
	uint8_t len; // of the frame
};

// Host h of switch s, both counted from 0. Ports are counted from 1.
void of_hosts_mac(const struct of_hosts *hosts, uint32_t s, uint32_t h, uint8_t mac[6]);
uint32_t of_hosts_ipv4(const struct of_hosts *hosts, uint32_t s, uint32_t h) PURE;
static inline uint32_t of_hosts_port(const struct of_hosts *hosts, uint32_t h)
{
	return 1 + h % hosts->ports;
}

// The host of switch s with that address; false if there is none.
bool of_hosts_find(const struct of_hosts *hosts, uint32_t s, const uint8_t mac[6], uint32_t *h);

// Packet n of switch s.
struct of_hosts_packet of_hosts_packet(const struct of_hosts *hosts, uint32_t s, uint32_t n) PURE;

// Writes its frame, packet->len bytes.
void of_hosts_write(const struct of_hosts *hosts, uint32_t s, const struct of_hosts_packet *packet,
                    uint8_t frame[OF_HOSTS_FRAME_BYTES]);

// The number that the frame of a packet has in it. False when the bytes cannot be such a frame;
// true does not mean that they are one: compare them.
bool of_hosts_number(const uint8_t *frame, size_t len, uint32_t *n);

// Whether a match takes the packet, whose frame is given. Fields of which the packet has nothing
// have to match zero; those of other classes than OpenFlow basic are not looked at.
bool of_hosts_match(const struct of_hosts *hosts, const struct of_hosts_packet *packet,
                    const uint8_t *frame, const struct of_match *match);

#endif
