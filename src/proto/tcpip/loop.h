// loop: an interface without a device, by which a stack answers a datagram of its own: the
// datagram takes the way of one that was received, and the reply ends here instead of on
// the link. stack_probe is its only user.
#ifndef TCPIP_LOOP_H
#define TCPIP_LOOP_H

#include "proto/tcpip/iface.h"

struct loop {
	struct iface iface;
	struct batch out; // what the stack sends by it
};

// 0 or -ENOMEM, then loop_fini is not needed. Pools and batches of conf are not used.
int loop_init(struct loop *loop, const struct stack_conf *conf) MUST_CHECK;
void loop_fini(struct loop *loop);

// Takes on the hardware address, tag, MTU and addresses in use of another interface.
void loop_mirror(struct loop *loop, const struct iface *of);

// The probe's datagram to an address of the mirrored interface, as a device would have
// received it; sets probe->dst. NULL, with the result in *result, when there is none.
struct pkt *loop_request(struct loop *loop, struct stack_probe *probe,
                         enum stack_probe_result *result) MUST_CHECK;

// Copies the reply out of what the stack has sent, and puts all of that.
enum stack_probe_result loop_reply(struct loop *loop, struct stack_probe *probe) MUST_CHECK;

#endif
