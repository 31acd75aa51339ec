// gateway: a look at the gateways' entries every second; see the header.
#include "proto/tcpip/gateway.h"

#include "proto/tcpip/iface.h"
#include "proto/tcpip/iface_board.h"

#define LOOK_US SEC_US

// A silent gateway is solicited NEIGH_SOLICITS times, then left alone for QUIET_S seconds.
#define QUIET_S 7

static void note(struct iface *iface, unsigned family, enum iface_gateway_state state)
{
	if (iface->acd.decides)
		atomic_store_explicit(&iface->board->gateway[family], (uint8_t)state,
		                      memory_order_release);
}

static void look(struct iface *iface, unsigned family, struct addr gateway, mono_t now)
{
	struct gateway_watch *watch = &iface->watch;
	enum neigh_state state;

	if (watch->quiet[family]) {
		watch->quiet[family]--;
		if (!neigh_find(&iface->neigh, gateway))
			return;
	}
	state = neigh_resolve(&iface->neigh, gateway, now);
	if (state == NEIGH_INCOMPLETE)
		return;
	if (state != NEIGH_NONE) {
		note(iface, family, IFACE_GATEWAY_ANSWERS);
	} else if (watch->solicited[family]) {
		note(iface, family, IFACE_GATEWAY_SILENT);
		watch->quiet[family] = NEIGH_SOLICITS + QUIET_S;
	}
	watch->solicited[family] = true;
}

static void on_timer(struct wheel_timer *timer, mono_t now)
{
	struct iface *iface = CONTAINER_OF(timer, struct iface, watch.timer);

	// Without an address there is no source for a solicitation.
	if (iface->ipv4_len && !addr_is_any(iface->gateway4))
		look(iface, 0, iface->gateway4, now);
	if (iface->ipv6_len && !addr_is_any(iface->gateway6))
		look(iface, 1, iface->gateway6, now);
	wheel_add(iface->wheel, timer, mono_add(now, LOOK_US));
}

void gateway_start(struct iface *iface, mono_t now)
{
	iface->watch = (struct gateway_watch){0};
	wheel_timer_init(&iface->watch.timer, on_timer);
	on_timer(&iface->watch.timer, now);
}

void gateway_fini(struct iface *iface)
{
	wheel_del(iface->wheel, &iface->watch.timer);
}
