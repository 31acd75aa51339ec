// of_version: which version two peers speak (OpenFlow 1.5.1 section 6.3.1), also with a peer whose
// hello is not as it should be.
#ifndef OPENFLOW_OF_VERSION_H
#define OPENFLOW_OF_VERSION_H

#include "proto/openflow/of_msg.h"

// Versions as in the bitmap of a hello.
#define OF_VERSION_BIT(version) (1u << (version))
#define OF_VERSION_ALL                                                                             \
	(OF_VERSION_BIT(OF10) | OF_VERSION_BIT(OF13) | OF_VERSION_BIT(OF14) | OF_VERSION_BIT(OF15))

// The hello to send for the versions ours, a subset of OF_VERSION_ALL that is not empty.
struct of_msg of_version_hello(uint32_t ours, uint32_t xid);

// The version to speak with a peer, whose hello was decoded: 0 if there is none, and an error
// HELLO_FAILED, INCOMPATIBLE is due. With a bitmap, the highest that both have. Without, the
// lower one of the headers' versions, if it is one of ours.
//
// Where the peer gets it wrong: a bitmap that is empty, or has nothing of ours although the
// header's version is one of ours, counts as none; a malformed element is not looked at.
uint8_t of_version_negotiate(uint32_t ours, const struct of_msg *hello) PURE;

// "1.3"; NULL for a version that is not known, which may still be in a peer's hello.
const char *of_version_name(uint8_t version) PURE;

#endif
