// lwip: see the header. The library runs as it is packaged: its pools are malloc's, and it takes a
// lock around them. There is no thread of it, nor its timers; all is called by the caller.
#include "lwip.h"

#include "measure.h"

#include <dlfcn.h>
#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/tcp.h>
#include <netif/ethernet.h>
#include <string.h>

#define LIBRARY "liblwip.so.0"

// What is called of it.
#define FUNCTIONS(F)                                                                               \
	F(lwip_init)                                                                               \
	F(netif_add)                                                                               \
	F(netif_set_default)                                                                       \
	F(netif_set_up)                                                                            \
	F(ethernet_input)                                                                          \
	F(etharp_output)                                                                           \
	F(pbuf_alloc)                                                                              \
	F(pbuf_free)                                                                               \
	F(pbuf_take)                                                                               \
	F(tcp_new)                                                                                 \
	F(tcp_bind)                                                                                \
	F(tcp_listen_with_backlog)                                                                 \
	F(tcp_accept)                                                                              \
	F(tcp_recv)                                                                                \
	F(tcp_recved)                                                                              \
	F(tcp_write)                                                                               \
	F(tcp_output)                                                                              \
	F(tcp_close)

#define MEMBER(name) __typeof__(name) *name;
static struct {
	FUNCTIONS(MEMBER)
} lib;

static struct netif device;
static const struct lwip_conf *server;
static struct lwip_counts counts;

static void load(void)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);

	if (!library)
		measure_fail("%s; tools/deps bench installs it", dlerror());
#define LOAD(name)                                                                                 \
	*(void **)&lib.name = dlsym(library, #name);                                               \
	if (!lib.name)                                                                             \
		measure_fail("%s has no function %s", LIBRARY, #name);
	FUNCTIONS(LOAD)
}

static err_t on_data(void *ctx, struct tcp_pcb *pcb, struct pbuf *data, err_t err)
{
	static const uint8_t bytes[UINT16_MAX];

	if (!data) {
		counts.closed++;
		return lib.tcp_close(pcb);
	}
	lib.tcp_recved(pcb, data->tot_len);
	lib.pbuf_free(data);
	if (lib.tcp_write(pcb, bytes, server->answer_len, TCP_WRITE_FLAG_COPY) != ERR_OK)
		measure_fail("lwIP does not take the answer");
	counts.answered++;
	return lib.tcp_output(pcb);
}

static err_t on_open(void *ctx, struct tcp_pcb *pcb, err_t err)
{
	tcp_nagle_disable(pcb);
	lib.tcp_recv(pcb, on_data);
	return ERR_OK;
}

static err_t on_frame(struct netif *netif, struct pbuf *frame)
{
	server->sent(server->ctx, frame->payload, frame->len);
	return ERR_OK;
}

static err_t open_device(struct netif *netif)
{
	netif->mtu = 1500;
	netif->hwaddr_len = 6;
	memcpy(netif->hwaddr, server->mac, 6);
	netif->flags =
	        NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
	netif->output = lib.etharp_output;
	netif->linkoutput = on_frame;
	return ERR_OK;
}

void lwip_open(const struct lwip_conf *conf)
{
	ip4_addr_t address = {conf->address}, mask = {conf->mask}, gateway = {conf->gateway};
	static const ip_addr_t any = IPADDR4_INIT(0);
	struct tcp_pcb *listener;

	load();
	server = conf;
	lib.lwip_init();
	if (!lib.netif_add(&device, &address, &mask, &gateway, NULL, open_device,
	                   lib.ethernet_input))
		measure_fail("lwIP has no interface");
	lib.netif_set_default(&device);
	lib.netif_set_up(&device);
	listener = lib.tcp_new();
	if (!listener || lib.tcp_bind(listener, &any, conf->port) != ERR_OK)
		measure_fail("lwIP cannot be bound to the port");
	listener = lib.tcp_listen_with_backlog(listener, (u8_t)conf->backlog);
	if (!listener)
		measure_fail("lwIP cannot listen at the port");
	lib.tcp_accept(listener, on_open);
}

static struct pbuf *receive(const void *frame, size_t len)
{
	struct pbuf *pbuf = lib.pbuf_alloc(PBUF_RAW, (u16_t)len, PBUF_POOL);

	if (!pbuf || lib.pbuf_take(pbuf, frame, (u16_t)len) != ERR_OK)
		measure_fail("lwIP has no pbuf");
	return pbuf;
}

void lwip_receive(const void *frame, size_t len)
{
	if (lib.ethernet_input(receive(frame, len), &device) != ERR_OK)
		measure_fail("lwIP does not take a frame");
}

void lwip_receive_device(const void *frame, size_t len)
{
	lib.pbuf_free(receive(frame, len));
}

struct lwip_counts lwip_counts(void)
{
	return counts;
}
