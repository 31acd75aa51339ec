// sdn_tls: TLS between TCP and a switch's of_conn (sdn_switches.c). A turn of the worker does a few
// steps of handshakes (apps/tls/tls_line.h); other switches wait, their bytes in TCP's pages.
#ifndef APPS_SDN_SDN_TLS_H
#define APPS_SDN_SDN_TLS_H

#include "apps/sdn/sdn_switches.h"

// The line of handshakes, whose end is tls_line_fini.
void sdn_tls_init(struct sdn_switches *all);

// A switch that has just connected; false without memory.
bool sdn_tls_open(struct sdn_switch *sw) MUST_CHECK;
// No effect on one without TLS.
void sdn_tls_close(struct sdn_switch *sw);

// As `data` of struct tcp_ops: goes on with the handshake, and has what records hold read.
unsigned sdn_tls_data(struct sdn_switch *sw, struct tcp_data *data, unsigned n, mono_t now);
// As `writable`, but for what of_conn has to send.
void sdn_tls_writable(struct sdn_switch *sw, mono_t now);

// Sends what waits. False: something is left, for which the switch or TCP has to be waited for.
bool sdn_tls_output(struct sdn_switch *sw, mono_t now);
// All was sent: ends our direction (close_notify), as far as there is room.
void sdn_tls_bye(struct sdn_switch *sw);

// Whether the switch's certificate has its datapath id as a name, if sdn.tls.datapath_names asks.
bool sdn_tls_is_named(const struct sdn_switch *sw);
// Whether both showed the same certificate, or both none or came without TLS.
bool sdn_tls_is_same(const struct sdn_switch *a, const struct sdn_switch *b);

#endif
