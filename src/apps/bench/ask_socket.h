// ask_socket: one thread that asks through sockets, by sendmmsg(2) and recvmmsg(2). Each of its
// sources is a connected socket, so that the kernel keeps other hosts' datagrams away.
#ifndef APPS_BENCH_ASK_SOCKET_H
#define APPS_BENCH_ASK_SOCKET_H

#include "apps/bench/ask_worker.h"

#include <pthread.h>
#include <sys/socket.h>

#define ASK_SOCKETS_MAX 64 // of one thread

struct ask_socket_batch;
struct ask_socket_tcp;

struct ask_socket {
	struct ask_worker worker; // aligned, hence first
	int fd[ASK_SOCKETS_MAX];
	unsigned fds_len;
	int cpu; // to pin to, or -1
	struct ask_socket_batch *batch;
	struct ask_socket_tcp *tcp; // instead of fd; NULL: over UDP
	_Atomic bool stop;
	bool running;
	pthread_t thread;
};

// An address for the kernel; returns its length.
socklen_t ask_socket_addr(struct addr addr, uint16_t port, struct sockaddr_storage *to);

// Opens the sockets of the worker, which is open. 0, or negative errno with a sentence in why;
// ask_socket_close in any case.
int ask_socket_open(struct ask_socket *socket, struct why *why) MUST_CHECK;

// Starts the thread; 0 or negative errno.
int ask_socket_start(struct ask_socket *socket) MUST_CHECK;

// Ends the thread and closes the sockets.
void ask_socket_close(struct ask_socket *socket);

// Datagrams that the kernel had no room for in the sockets' buffers.
uint64_t ask_socket_missed(const struct ask_socket *socket);

#endif
