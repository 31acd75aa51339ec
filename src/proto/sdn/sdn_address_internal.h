// sdn_address_internal: what sdn_host.c asks of sdn_address.c.
#ifndef SDN_SDN_ADDRESS_INTERNAL_H
#define SDN_SDN_ADDRESS_INTERNAL_H

#include "proto/sdn/sdn_host.h"

// The frame, which came in by the port, claims its address for the host.
enum sdn_host_fault sdn_address_see(struct sdn_hosts *hosts, uint32_t host,
                                    const struct sdn_frame *frame, uint32_t port, mono_t now);

// The address is as if it had been seen now.
void sdn_address_refresh(struct sdn_hosts *hosts, uint32_t address, mono_t now);

void sdn_address_del(struct sdn_hosts *hosts, uint32_t address);

#endif
