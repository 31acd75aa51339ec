// pulse: see the header. The thread starts late, so that it runs on the cores of the
// control thread.
#include "apps/boot/pulse.h"

#include "core/mono.h"

#include <errno.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct timespec pulse_due(uint64_t period_us)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += (time_t)(period_us / SEC_US);
	at.tv_nsec += (long)(period_us % SEC_US) * 1000;
	at.tv_sec += at.tv_nsec / 1000000000;
	at.tv_nsec %= 1000000000;
	return at;
}

// A console is no socket. What does not fit is left out.
static void pulse_send(int fd)
{
	if (send(fd, " ", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == ENOTSOCK)
		(void)!write(fd, " ", 1);
}

static void *pulse_main(void *ctx)
{
	struct pulse *pulse = ctx;

	pthread_mutex_lock(&pulse->lock);
	while (!pulse->closing) {
		struct timespec due = pulse_due(pulse->period_us);
		unsigned call = pulse->calls;

		if (pulse->fd < 0)
			pthread_cond_wait(&pulse->changed, &pulse->lock);
		else if (pthread_cond_timedwait(&pulse->changed, &pulse->lock, &due) == ETIMEDOUT &&
		         pulse->fd >= 0 && pulse->calls == call)
			pulse_send(pulse->fd);
	}
	pthread_mutex_unlock(&pulse->lock);
	return NULL;
}

void pulse_init(struct pulse *pulse, uint64_t period_us)
{
	pthread_condattr_t attr;

	*pulse = (struct pulse){.fd = -1, .period_us = period_us};
	pthread_mutex_init(&pulse->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&pulse->changed, &attr);
	pthread_condattr_destroy(&attr);
}

void pulse_fini(struct pulse *pulse)
{
	if (pulse->running) {
		pthread_mutex_lock(&pulse->lock);
		pulse->closing = true;
		pthread_cond_signal(&pulse->changed);
		pthread_mutex_unlock(&pulse->lock);
		pthread_join(pulse->thread, NULL);
		pulse->running = false;
	}
	pthread_cond_destroy(&pulse->changed);
	pthread_mutex_destroy(&pulse->lock);
}

void pulse_begin(struct pulse *pulse, int fd)
{
	pthread_mutex_lock(&pulse->lock);
	if (!pulse->running)
		pulse->running = pthread_create(&pulse->thread, NULL, pulse_main, pulse) == 0;
	pulse->fd = fd;
	pulse->calls++;
	pthread_cond_signal(&pulse->changed);
	pthread_mutex_unlock(&pulse->lock);
}

void pulse_end(struct pulse *pulse)
{
	pthread_mutex_lock(&pulse->lock);
	pulse->fd = -1;
	pthread_mutex_unlock(&pulse->lock);
}
