// time_server: see the header.
#include "time_server.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#define EPOCH_1900 UINT64_C(2208988800) // seconds from 1900 to 1970

// Called once a second by the worker's timer wheel, and first by time_server_open, so that
// what the C library sets up for a first gmtime_r does not keep a worker.
static void prepare(struct wheel_timer *timer, mono_t now)
{
	struct time_server *server = CONTAINER_OF(timer, struct time_server, timer);
	time_t seconds = time(NULL);
	struct fill number = fill_of(server->number, sizeof(server->number));
	char line[32]; // "Sun Nov 29 12:00:00 2026\n"
	struct tm tm;

	fill_u32(&number, (uint32_t)((uint64_t)seconds + EPOCH_1900));
	gmtime_r(&seconds, &tm);
	server->text_len = (uint16_t)snprintf(server->text, sizeof(server->text), "%.24s-UTC\r\n",
	                                      asctime_r(&tm, line));
	wheel_add(server->wheel, timer, mono_add(now, SEC_US));
}

// Writes the answer over the request, in the page in which that came.
static void answer(struct udp_dgram *dgram, const void *bytes, uint16_t len)
{
	if (len > dgram->room) {
		dgram->drop = DROP_TX_TOO_LONG;
		return;
	}
	memcpy(dgram->payload, bytes, len);
	dgram->reply_len = len;
}

static void answer_number(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	const struct time_server *server = ctx;

	for (unsigned i = 0; i < n; i++)
		answer(&dgrams[i], server->number, sizeof(server->number));
}

static void answer_text(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	const struct time_server *server = ctx;

	for (unsigned i = 0; i < n; i++)
		answer(&dgrams[i], server->text, server->text_len);
}

int time_server_open(struct time_server *server, struct stack *stack, struct wheel *wheel,
                     uint16_t number_port, uint16_t text_port, struct why *why)
{
	struct udp_listener_conf number = {.port = number_port, .fn = answer_number, .ctx = server};
	struct udp_listener_conf text = {.port = text_port, .fn = answer_text, .ctx = server};
	int err = udp_listen(stack_udp(stack), &number, NULL);

	if (!err)
		err = udp_listen(stack_udp(stack), &text, NULL);
	if (err)
		return why_fail(why, err, "the UDP ports %u and %u cannot be used: %s", number_port,
		                text_port, strerror(-err));
	server->wheel = wheel;
	wheel_timer_init(&server->timer, prepare);
	prepare(&server->timer, clock_kernel());
	return 0;
}

void time_server_close(struct time_server *server)
{
	if (wheel_timer_armed(&server->timer))
		wheel_del(server->wheel, &server->timer);
}
