// links: the memory that workers share; see the header.
#include "apps/boot/links.h"

#include "core/host/seed.h"

#include <stdlib.h>

int links_open(struct links *links, const struct boot_conf *conf, struct why *why)
{
	const struct boot_port_conf *ports = conf->ports.items;

	links->board = calloc(conf->ports.len, sizeof(*links->board));
	if (!links->board)
		return why_no_memory(why, "%zu ports", conf->ports.len);
	for (size_t i = 0; i < conf->ports.len; i++) {
		struct stack_iface_conf iface = {0};

		boot_conf_port_stack(&ports[i], &iface);
		neigh_board_init(&links->board[i], seed_os(), iface.gateway4, iface.gateway6);
	}
	return 0;
}

void links_close(struct links *links)
{
	free(links->board);
	links->board = NULL;
}
