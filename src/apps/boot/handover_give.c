// handover_give: the side of the process that serves; see handover.h. It has no rights left
// and needs none: what it hands over is open, and a message of a socket carries it.
#include "apps/boot/boot_internal.h"

#include "core/host/clock.h"
#include "core/host/log.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *refuse(const char *sentence)
{
	return json_pack("{s:o}", "error", json_text(sentence));
}

static json_t *numbers_of(const struct netif_handover *given)
{
	json_t *numbers = json_array();

	for (unsigned i = 0; i < given->numbers_len; i++)
		json_array_append_new(numbers, json_integer((json_int_t)given->number[i]));
	return numbers;
}

// One port, whose descriptors are added to fds of which *len are in use.
static json_t *give_port(struct netif *netif, const char *device, int *fds, unsigned *len)
{
	struct netif_handover given = {.fds_len = 0};
	struct why why;

	if (netif->ops->give)
		netif->ops->give(netif, &given);
	if (!netif->ops->give || *len + given.fds_len > CONTROL_FDS_MAX) {
		why_set(&why,
		        "%s cannot be handed over from process to process: stop the appliance, and "
		        "start the new one",
		        device);
		return json_pack("{s:s, s:o}", "device", device, "error", json_text(why.text));
	}
	memcpy(fds + *len, given.fd, given.fds_len * sizeof(*fds));
	*len += given.fds_len;
	return json_pack("{s:s, s:i, s:o}", "device", device, "descriptors", (int)given.fds_len,
	                 "numbers", numbers_of(&given));
}

static json_t *give_ports(struct boot *boot, unsigned *fds_len)
{
	const struct boot_port_conf *ports = boot->values->ports.items;
	json_t *rows = json_array();

	for (size_t i = 0; i < boot->values->ports.len; i++)
		json_array_append_new(
		        rows, give_port(boot->netifs[i], ports[i].device, boot->give.fds, fds_len));
	return rows;
}

static json_t *give_offer(struct boot *boot, const struct control_peer *peer, const char *protocol)
{
	struct handover_give *give = &boot->give;
	unsigned fds_len = 0;
	json_t *ports;

	if (!protocol || atoi(protocol) != HANDOVER_PROTOCOL)
		return refuse("the two versions hand over in different ways: stop the appliance, "
		              "and start the new one");
	if (give->to && give->to != peer)
		return refuse("another process is taking over");
	give->to = peer;
	give->fds[fds_len++] = boot->control.listener.fd;
	ports = give_ports(boot, &fds_len);
	control_send_fds(peer, give->fds, fds_len);
	return json_pack("{s:i, s:i, s:i, s:I, s:o}", "protocol", HANDOVER_PROTOCOL, "pid",
	                 (int)getpid(), "workers", (int)boot->workers_len, "watchdog_us",
	                 (json_int_t)boot->notify.watchdog_us, "ports", ports);
}

static void add_neighbours(const struct boot *boot, const struct worker *worker, unsigned port,
                           json_t *list)
{
	struct stack_neigh *neigh = calloc(HANDOVER_NEIGHBOURS, sizeof(*neigh));
	unsigned len = 0;

	if (neigh)
		len = stack_neighbours(worker->self.stack, boot->netifs[port], neigh,
		                       HANDOVER_NEIGHBOURS - (unsigned)json_array_size(list));
	for (unsigned i = 0; i < len; i++) {
		const uint8_t *m = neigh[i].mac;
		char addr[ADDR_TEXT_BYTES];

		json_array_append_new(list, json_sprintf("%s %02x:%02x:%02x:%02x:%02x:%02x",
		                                         addr_text(neigh[i].addr, addr), m[0], m[1],
		                                         m[2], m[3], m[4], m[5]));
	}
	free(neigh);
}

// Of each port, so that the new process need not solicit those that it answers next.
static json_t *neighbours_of(const struct boot *boot)
{
	json_t *ports = json_array();

	for (unsigned i = 0; i < boot->values->ports.len; i++) {
		json_t *list = json_array();

		for (unsigned w = 0; w < boot->workers_len; w++)
			add_neighbours(boot, &boot->workers[w], i, list);
		json_array_append_new(ports, list);
	}
	return ports;
}

// The new process did not come as far as serving.
static void give_resume(struct boot *boot)
{
	struct why why;
	int err = control_resume(&boot->control);

	wheel_del(&boot->loop.wheel, &boot->give.patience);
	boot->give.stopped = false;
	boot->give.leave_until = (mono_t){0};
	for (unsigned i = 0; i < boot->workers_len; i++)
		tcp_set_accept(stack_tcp(boot->workers[i].self.stack), TCP_ACCEPTS);
	if (err)
		why_set(&why, "control.socket: clients cannot be accepted again");
	for (unsigned i = 0; i < boot->workers_len && !err; i++)
		err = worker_start(&boot->workers[i], &why);
	if (!err) {
		services_resume(&boot->services);
		return;
	}
	log_error("the handover failed, and this process cannot serve again: %s", why.text);
	boot->exit_status = TOOL_EXIT_FAILED;
	control_loop_stop(&boot->loop);
}

static void on_patience(struct wheel_timer *timer, mono_t now)
{
	struct boot *boot = CONTAINER_OF(timer, struct boot, give.patience);

	log_error("the new process did not say in time that it serves: this one serves again");
	give_resume(boot);
	boot->give.to = NULL;
}

// Others, and those that come, are served as ever until the stop.
static json_t *give_leave(struct boot *boot)
{
	struct handover_give *give = &boot->give;
	bool begins = give->leave_until.us == 0;
	mono_t now = clock_kernel();
	struct tcp_left left;

	if (begins)
		give->leave_until = mono_add(now, boot->values->drain_ms * MS_US);
	left = conns_look(&boot->conns, boot->workers, boot->workers_len,
	                  begins ? TCP_LEAVE_BUSY : TCP_LEAVE_AGAIN, TCP_ACCEPTS);
	return json_pack("{s:I, s:I}", "in_progress", (json_int_t)left.in_progress, "wait_ms",
	                 (json_int_t)(mono_until(now, give->leave_until) / MS_US));
}

static json_t *give_stop(struct boot *boot)
{
	struct handover_give *give = &boot->give;
	unsigned fds_len = 0;

	services_drain(&boot->services);
	conns_leave(&boot->conns, boot->workers, boot->workers_len, TCP_IGNORES);
	control_pause(&boot->control);
	for (unsigned i = 0; i < boot->workers_len; i++)
		worker_stop(&boot->workers[i]);
	give->stopped = true;
	wheel_timer_init(&give->patience, on_patience);
	wheel_add(&boot->loop.wheel, &give->patience,
	          mono_add(clock_kernel(), HANDOVER_PATIENCE_US));
	return json_pack("{s:o, s:o}", "ports", give_ports(boot, &fds_len), "neighbours",
	                 neighbours_of(boot));
}

static json_t *give_done(struct boot *boot, const struct control_peer *peer)
{
	handover_give_end(boot);
	boot->give.done = true;
	control_share(&boot->control, true);
	control_loop_stop(&boot->loop);
	log_info("process %d serves now: this one ends", (int)peer->pid);
	return json_pack("{s:b}", "done", 1);
}

json_t *handover_give(struct boot *boot, const json_t *request, const struct control_peer *peer)
{
	const json_t *words = json_object_get(request, "words");
	const char *step = json_string_value(json_array_get(words, 0));
	const char *protocol = json_string_value(json_array_get(words, 1));
	struct handover_give *give = &boot->give;
	char who[128];

	control_peer_text(&boot->control, peer, who, sizeof(who));
	if (give->leave_until.us == 0 || !step || strcmp(step, "leave") != 0) // which comes often
		log_each(LOG_INFO, "%s: handover %s", who, step ? step : "");
	if (peer->console || (peer->uid != 0 && peer->uid != geteuid()))
		return refuse("only the user of the appliance, and root, can take it over");
	if (step && strcmp(step, "offer") == 0 && !give->stopped)
		return give_offer(boot, peer, protocol);
	if (step && strcmp(step, "leave") == 0 && give->to == peer && !give->stopped)
		return give_leave(boot);
	if (step && strcmp(step, "stop") == 0 && give->to == peer && !give->stopped)
		return give_stop(boot);
	if (step && strcmp(step, "done") == 0 && give->to == peer && give->stopped && !give->done)
		return give_done(boot, peer);
	return refuse("handover takes offer, then leave or stop, then done");
}

void handover_give_gone(void *ctx, const struct control_peer *peer)
{
	struct boot *boot = ctx;
	struct handover_give *give = &boot->give;

	if (give->to != peer || give->done)
		return;
	give->to = NULL;
	give->leave_until = (mono_t){0};
	log_warning("the new process is gone before it served: this one %s",
	            give->stopped ? "serves again" : "goes on serving");
	if (give->stopped)
		give_resume(boot);
}

void handover_give_end(struct boot *boot)
{
	if (boot->give.stopped)
		wheel_del(&boot->loop.wheel, &boot->give.patience);
}
