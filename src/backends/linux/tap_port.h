// tap_port: a kernel TAP as a netif: an Ethernet interface of this host whose other end is
// wadi. It is made at start and gone with the process. Each frame is a system call.
#ifndef BACKENDS_LINUX_TAP_PORT_H
#define BACKENDS_LINUX_TAP_PORT_H

#include "core/host/backend.h"

// The largest MTU of layer 3: a frame is read into one page.
#define TAP_MTU_MAX 2900

struct tap_options {
	uint8_t mac[6]; // ours; all zero: made from the host's name and the interface's
	bool gso;
};

extern const struct option_table tap_port_options;

// Makes the TAP; struct tap_options and the argument, its name, are conf's. 0, or a negative
// errno with a sentence that names the device.
int tap_port_open(const struct backend_conf *conf, struct netif **netif,
                  struct why *why) MUST_CHECK;

#endif
