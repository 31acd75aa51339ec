// devices: see the header. rtnetlink says when to look; the tick is for devices that are
// no interface of Linux, and for counters of the kernel that are too narrow to be left alone.
#include "apps/boot/devices.h"

#include "core/host/ifinfo.h"
#include "core/host/log.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define TICK_US SEC_US

static enum device_state state_of(const struct netif_status *status)
{
	if (status->lost)
		return DEVICE_LOST;
	return status->link_up ? DEVICE_UP : DEVICE_DOWN;
}

const char *devices_state_name(const struct netif_status *status)
{
	static const char *const names[] = {
	        [DEVICE_UP] = "up", [DEVICE_DOWN] = "down", [DEVICE_LOST] = "lost"};

	return names[state_of(status)];
}

void devices_add(struct devices *devices, const char *port, struct netif *netif, unsigned on_loss)
{
	struct device_watch *device = &devices->device[devices->len++];

	assert(devices->len <= ARRAY_LEN(devices->device));
	*device = (struct device_watch){.port = port, .netif = netif, .on_loss = on_loss};
	memcpy(device->mac, netif->mac, sizeof(device->mac));
}

static enum device_state device_look(const struct device_watch *device)
{
	struct netif_status status = {.link_up = 1};

	if (device->netif->ops->status)
		device->netif->ops->status(device->netif, &status);
	return state_of(&status);
}

static void device_lost(struct devices *devices, const struct device_watch *device)
{
	const char *name = device->netif->device;

	if (device->on_loss == DEVICE_LOSS_EXIT) {
		why_set(&devices->fatal,
		        "%s (%s): the device is lost; the appliance ends, as "
		        "ports[].on_device_loss says",
		        device->port, name);
		control_loop_stop(devices->loop);
	} else if (device->netif->ops->reopen) {
		log_error("%s (%s): the device is lost; it is taken up again when it is back",
		          device->port, name);
	} else {
		log_error("%s (%s): the device is lost, and only a restart can take it up again",
		          device->port, name);
	}
}

// Whether the device, which was lost, is back.
static bool device_reopen(struct devices *devices, struct device_watch *device)
{
	struct why why = {""};
	int err;

	if (!device->netif->ops->reopen)
		return false;
	err = device->netif->ops->reopen(device->netif, &why);
	if (err == -ERESTART) {
		why_set(&devices->fatal,
		        "%s (%s): the device is back, and only a new process can take it up; the "
		        "appliance ends, to be started again",
		        device->port, device->netif->device);
		control_loop_stop(devices->loop);
		return false;
	}
	if (err && err != -ENODEV && err != -EAGAIN && !device->complained) {
		log_error("%s (%s): %s", device->port, device->netif->device, why.text);
		device->complained = true;
	}
	if (err) {
		log_debug("%s (%s): not back yet: %s", device->port, device->netif->device,
		          strerror(-err));
		return false;
	}
	devices->wake(devices->ctx);
	device->complained = false;
	log_info("%s (%s): the device is back", device->port, device->netif->device);
	return true;
}

static void note_address(struct devices *devices, struct device_watch *device)
{
	const uint8_t *mac = device->netif->mac;

	if (memcmp(device->mac, mac, sizeof(device->mac)) == 0)
		return;
	memcpy(device->mac, mac, sizeof(device->mac));
	devices->wake(devices->ctx);
	log_info("%s (%s): its Ethernet address is %02x:%02x:%02x:%02x:%02x:%02x now", device->port,
	         device->netif->device, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static void device_changed(struct devices *devices, const struct device_watch *device,
                           enum device_state before)
{
	const char *name = device->netif->device;

	switch (device->state) {
	case DEVICE_LOST:
		device_lost(devices, device);
		break;
	case DEVICE_DOWN:
		log_warning("%s (%s): the link is down", device->port, name);
		break;
	default:
		if (before != DEVICE_STARTS)
			log_info("%s (%s): the link is up", device->port, name);
		break;
	}
}

static void device_check(struct devices *devices, struct device_watch *device)
{
	enum device_state before = device->state;

	if (before == DEVICE_LOST && device_reopen(devices, device))
		before = DEVICE_STARTS;
	device->state = device_look(device);
	// A device that went and came between two looks is taken up at once.
	if (before != DEVICE_LOST && device->state == DEVICE_LOST) {
		device_changed(devices, device, before);
		if (device->on_loss == DEVICE_LOSS_EXIT || !device_reopen(devices, device))
			return;
		before = DEVICE_STARTS;
		device->state = device_look(device);
	}
	if (device->state != before)
		device_changed(devices, device, before);
	note_address(devices, device);
}

// Where a device cannot indicate that a checksum was left to it, every query of a sender on
// this host is dropped, which only a counter would show.
static void hint_checksums(struct devices *devices)
{
	if (devices->hinted || !devices->bad_checksums(devices->ctx))
		return;
	devices->hinted = true;
	log_warning("a UDP datagram was dropped for its checksum (udp.cksum); if its sender is on "
	            "this host, in a container or a virtual machine, let it complete checksums: "
	            "ethtool -K IFACE tx off, at its end of the link");
}

static void devices_check(struct devices *devices, mono_t now)
{
	for (unsigned i = 0; i < devices->len && !*devices->fatal.text; i++)
		device_check(devices, &devices->device[i]);
	hint_checksums(devices);
	wheel_add(&devices->loop->wheel, &devices->timer, mono_add(now, TICK_US));
}

static void on_events(struct control_watch *watch, unsigned events, mono_t now)
{
	ifinfo_events_drain(watch->fd);
	devices_check(CONTAINER_OF(watch, struct devices, events), now);
}

static void on_tick(struct wheel_timer *timer, mono_t now)
{
	devices_check(CONTAINER_OF(timer, struct devices, timer), now);
}

void devices_watch(struct devices *devices, struct control_loop *loop, mono_t now)
{
	int fd = ifinfo_events_open();

	devices->loop = loop;
	devices->events = (struct control_watch){fd, on_events};
	wheel_timer_init(&devices->timer, on_tick);
	if (fd >= 0 && control_loop_add(loop, &devices->events, POLLIN)) {
		close(fd);
		devices->events.fd = -1;
	}
	// Without events the tick sees it, up to a second later.
	if (devices->events.fd < 0)
		log_warning("changes of interfaces are seen late: there is no rtnetlink: %s",
		            strerror(fd < 0 ? -fd : ENOMEM));
	wheel_add(&loop->wheel, &devices->timer, now);
}

void devices_unwatch(struct devices *devices)
{
	if (!devices->loop)
		return;
	wheel_del(&devices->loop->wheel, &devices->timer);
	if (devices->events.fd >= 0) {
		control_loop_del(devices->loop, &devices->events);
		close(devices->events.fd);
	}
	devices->loop = NULL;
}
