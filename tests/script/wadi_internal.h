// wadi_internal: what the files of wadi's target share: target_wadi.c (stack, time and
// packets), wadi_socket.c (sockets over tcp.h), wadi_io.c (bytes and poll), wadi_option.c
// (options of sockets), wadi_setting.c (sysctl), wadi_info.c (tcp_info) and wadi_count.c (what of
// it is counted by packets).
#ifndef SCRIPT_WADI_INTERNAL_H
#define SCRIPT_WADI_INTERNAL_H

#include "target.h"

#include "core/netif.h"
#include "core/wheel.h"
#include "proto/tcpip/stack.h"
#include "proto/tcpip/tcp/tcp.h"

#define WADI_SOCKS 64
#define WADI_HELD  64 // requests of MSG_ZEROCOPY that are outstanding

enum sock_kind {
	SOCK_FREE,
	SOCK_FRESH, // neither connected nor listening
	SOCK_LISTENS,
	SOCK_CONNECTS, // until the handshake is over
	SOCK_CONN,
};

// A socket as POSIX has it, over a connection or listener of tcp.h. It stays as long as
// either the script or the connection needs it.
struct sock {
	enum sock_kind kind;
	struct wadi *wadi;
	struct tcp_conn *conn; // NULL: none yet, or it has ended
	struct tcp_listener *listener;
	struct target_endpoint local; // of bind
	bool ipv6, bound;
	bool orphan; // the script has closed it
	bool ended;  // the peer has sent its FIN, and all before it was read
	bool shut_rd, shut_wr;
	bool syn_data;       // bytes came with the SYN (Fast Open)
	long double options; // tcpi_options when the connection ended; 0: see conn
	int error;           // to be reported once
	struct sock *queue;  // accepted connections, oldest first
	struct sock *next;   // in that queue
	struct sock *parent; // whose queue it is in; NULL when the script has it
	// A read in progress, and what was read already of the first part that waits.
	uint8_t *to;
	size_t want, got;
	bool peeks, discards;
	uint16_t skip;
	// Options.
	bool nodelay, linger, cork;
	int linger_s;
	// SO_KEEPALIVE and its times, TCP_USER_TIMEOUT.
	bool keepalive;
	int64_t keep_idle_s, keep_interval_s, keep_probes, user_timeout_ms;
	int64_t mss;           // TCP_MAXSEG
	int64_t mtu_discover;  // IP_MTU_DISCOVER: only the DF bit, which no script sees
	int64_t notsent_lowat; // TCP_NOTSENT_LOWAT; 0: none
	int64_t sndbuf; // most bytes that wait to be acknowledged; 0: as many as the stack takes
	int64_t rcvbuf; // of SO_RCVBUF; 0: not set
	// SO_ZEROCOPY: bytes sent, and where in them the requests end that are not acknowledged;
	// their numbers, and up to which they were reported.
	bool zerocopy;
	uint32_t sent, held_end[WADI_HELD], held_next, held_done, held_told;
	uint64_t connect_us; // after which connect is given up; 0: see wadi.syn_timeout_us
	uint32_t fast_open;  // TCP_FASTOPEN of a listener
	int64_t stored[8];   // of those without effect on packets (wadi_option.c)
};

// What wadi_count.c counts of a connection.
struct wadi_count {
	struct tcp_peers peers; // remote_port 0: none
	uint32_t iss, nxt;      // ours
	uint64_t retrans, data_segs_out, data_segs_in, bytes_sent, bytes_retrans;
	uint64_t data_sent_us, data_received_us, ack_received_us; // when the last one was
};

// A packet that the stack sent.
struct wadi_sent {
	struct wadi_sent *next;
	uint64_t at_us;
	size_t len;
	uint8_t bytes[];
};

struct wadi {
	struct stack *stack;
	struct tcp *tcp;
	struct stack_conf conf;
	struct netif netif;
	struct batch out;
	struct wheel wheel;
	struct page_array pages;
	struct worker_metric metric;
	mono_t now;
	struct wadi_sent *sent, **sent_end;
	int64_t keep_idle_s, keep_interval_s, keep_probes; // of sockets to be made
	uint64_t syn_timeout_us;                           // of connect; 0: the stack's
	bool bsd;                                          // settings of FreeBSD's were made
	int64_t bsd_recvspace;                             // net.inet.tcp.recvspace
	bool fast_open;                                    // each listener has it
	bool uto;                                          // sockets have the option of RFC 5482
	int icmp_errno;                                    // of the ICMP error that came last
	struct sock sock[WADI_SOCKS];
	struct wadi_count count[WADI_SOCKS];
	unsigned counts; // that were begun
};

// target_wadi.c: the end of a worker's turn: applications are called, and what is due is sent.
void wadi_turn(struct wadi *wadi);

// wadi_socket.c: the socket behind a descriptor of the target, or NULL.
struct sock *wadi_sock(struct wadi *wadi, int fd);
// Bytes that wait to be read.
uint32_t wadi_readable(const struct sock *sock);
// The error to be reported, which is then forgotten; 0: none.
int wadi_take_error(struct sock *sock);
// wadi_setting.c: how many connections of a listener may have sent data with their SYN.
void wadi_fast_open(struct sock *sock, uint32_t most);
// SO_RCVBUF: the window of all connections.
void wadi_receive_bytes(struct wadi *wadi, int64_t bytes);
// TCP_QUICKACK: acknowledges at once, or as with an application that answers.
void wadi_quick_ack(struct sock *sock, bool quick);
void wadi_sockets_close(struct wadi *wadi);
int wadi_socket(void *ctx, bool ipv6, int type, int protocol);
int wadi_bind(void *ctx, int fd, const struct target_endpoint *local);
int wadi_listen(void *ctx, int fd, int backlog);
int wadi_accept(void *ctx, int fd);
int wadi_connect(void *ctx, int fd, const struct target_endpoint *remote);
int wadi_shutdown(void *ctx, int fd, int how);
int wadi_close_socket(void *ctx, int fd);
bool wadi_socket_at(void *ctx, unsigned i, struct target_socket *socket);

// wadi_io.c
unsigned wadi_on_data(struct sock *sock, struct tcp_data *data, unsigned n);
int64_t wadi_send(void *ctx, int fd, const uint8_t *bytes, size_t len, int flags,
                  const struct target_endpoint *to);
int64_t wadi_recv(void *ctx, int fd, uint8_t *bytes, size_t len, int flags);
int wadi_hold(void *ctx, int fd);
int wadi_done(void *ctx, int fd, bool take, struct target_done *done);
int wadi_ioctl(void *ctx, int fd, int64_t request, int64_t *value);
int wadi_poll(void *ctx, int fd);

// wadi_option.c
// Has the connection keep alive, and time out, as the socket's options say.
void wadi_apply_options(struct sock *sock);
int wadi_set_option(void *ctx, int fd, int level, int name, const struct target_option *value);
int wadi_get_option(void *ctx, int fd, int level, int name, struct target_option *value);

// wadi_setting.c
// How long a SYN that is sent again so often is waited for.
uint64_t wadi_syn_timeout_us(unsigned retries) PURE;
int wadi_setting(void *ctx, const char *name, const char *value, struct why *why);

// wadi_count.c
// An IP packet has left, or comes.
void wadi_count_sent(struct wadi *wadi, const uint8_t *bytes, size_t len);
void wadi_count_received(struct wadi *wadi, const uint8_t *bytes, size_t len);
// The counts of a connection, or NULL.
struct wadi_count *wadi_count_of(struct wadi *wadi, struct tcp_peers peers);
bool wadi_count_info(struct wadi *wadi, struct tcp_peers peers, const char *name,
                     long double *value);

// wadi_info.c
// What of tcp_info is to be noted when the connection is opened, and when it ends.
void wadi_info_opened(struct sock *sock);
void wadi_info_closed(struct sock *sock);
// How many of the bytes sent the peer has acknowledged.
uint32_t wadi_info_acked(const struct sock *sock);
bool wadi_info(void *ctx, int fd, const char *name, long double *value);

#endif
