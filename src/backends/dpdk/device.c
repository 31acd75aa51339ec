// device: see the header. Options are declared once, in a table.
#include "backends/dpdk/device.h"

#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *argument, *vdev;
} kinds[] = {
        [DEVICE_TAP] = {"tap", "NAME", "net_tap"},
        [DEVICE_AF_XDP] = {"af_xdp", "IFACE", "net_af_xdp"},
        [DEVICE_AF_PACKET] = {"af_packet", "IFACE", "net_af_packet"},
        [DEVICE_MEMIF] = {"memif", "SOCKET", "net_memif"},
        [DEVICE_PCAP] = {"pcap", "IN,OUT", "net_pcap"},
        [DEVICE_PCI] = {"pci", "DDDD:BB:DD.F", NULL},
};

enum option_type {
	OPTION_NUMBER,
	OPTION_ROLE,
	OPTION_MAC,
};

static const struct option {
	enum device_kind kind;
	const char *name;
	enum option_type type;
	size_t offset;
	uint32_t min, max;
} options[] = {
        {DEVICE_TAP, "mac", OPTION_MAC, offsetof(struct device, mac), 0, 0},
        {DEVICE_AF_XDP, "start", OPTION_NUMBER, offsetof(struct device, start), 0, 1023},
        {DEVICE_AF_XDP, "busy", OPTION_NUMBER, offsetof(struct device, busy), 0, 1024},
        {DEVICE_AF_XDP, "copy", OPTION_NUMBER, offsetof(struct device, copy), 0, 1},
        {DEVICE_AF_PACKET, "frames", OPTION_NUMBER, offsetof(struct device, frames), 64, 65536},
        {DEVICE_AF_PACKET, "bypass", OPTION_NUMBER, offsetof(struct device, bypass), 0, 1},
        {DEVICE_MEMIF, "role", OPTION_ROLE, offsetof(struct device, client), 0, 0},
        {DEVICE_MEMIF, "id", OPTION_NUMBER, offsetof(struct device, id), 0, UINT32_MAX},
        {DEVICE_MEMIF, "ring", OPTION_NUMBER, offsetof(struct device, ring), 5, 14},
        {DEVICE_MEMIF, "bsize", OPTION_NUMBER, offsetof(struct device, bsize), 256, 65535},
        {DEVICE_MEMIF, "mac", OPTION_MAC, offsetof(struct device, mac), 0, 0},
};

static int kind_find(const char *text, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strlen(kinds[i].name) == len && strncmp(kinds[i].name, text, len) == 0)
			return (int)i;
	return -1;
}

static const struct option *option_find(enum device_kind kind, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (options[i].kind == kind && strcmp(options[i].name, name) == 0)
			return &options[i];
	return NULL;
}

static void option_names(enum device_kind kind, char *text, size_t size)
{
	size_t len = 0;

	snprintf(text, size, "none");
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (options[i].kind == kind && len < size)
			len += (size_t)snprintf(text + len, size - len, "%s%s", len ? ", " : "",
			                        options[i].name);
}

// One unicast address, six pairs of hexadecimal digits between colons.
static bool mac_parse(const char *text, uint8_t mac[6])
{
	static const uint8_t none[6];

	if (strlen(text) != 17)
		return false;
	for (int i = 0; i < 6; i++, text += 3) {
		char pair[3] = {text[0], text[1], 0};

		if (!isxdigit((unsigned char)pair[0]) || !isxdigit((unsigned char)pair[1]))
			return false;
		if (text[2] != (i < 5 ? ':' : 0))
			return false;
		mac[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return !(mac[0] & 1) && memcmp(mac, none, 6) != 0;
}

static int number_parse(const struct option *option, const char *value, uint32_t *number,
                        struct why *why)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(value, &end, 10);
	if (!isdigit((unsigned char)*value) || *end || errno || n < option->min || n > option->max)
		return why_fail(why, -EINVAL, "option %s of %s: %s is not a number from %u to %u",
		                option->name, kinds[option->kind].name, value, option->min,
		                option->max);
	*number = (uint32_t)n;
	return 0;
}

static int option_set(struct device *device, const struct option *option, const char *value,
                      struct why *why)
{
	void *member = (char *)device + option->offset;

	switch (option->type) {
	case OPTION_NUMBER:
		return number_parse(option, value, member, why);
	case OPTION_ROLE:
		*(uint32_t *)member = strcmp(value, "client") == 0;
		if (strcmp(value, "client") != 0 && strcmp(value, "server") != 0)
			return why_fail(why, -EINVAL,
			                "option role of memif: %s is neither server nor client",
			                value);
		return 0;
	case OPTION_MAC:
		if (!mac_parse(value, member))
			return why_fail(why, -EINVAL,
			                "option mac of %s: %s is not a unicast Ethernet address "
			                "such as 02:00:00:00:00:01",
			                kinds[option->kind].name, value);
		return 0;
	}
	return -EINVAL;
}

// The options, each ended by a comma or the end; text is cut in place.
static int options_parse(struct device *device, char *text, struct why *why)
{
	char *save = NULL;

	for (char *word = strtok_r(text, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		char *value = strchr(word, '=');
		const struct option *option;
		char names[96];
		int err;

		if (value)
			*value++ = 0;
		option = option_find(device->kind, word);
		if (!option) {
			option_names(device->kind, names, sizeof(names));
			return why_fail(why, -EINVAL, "%s has no option %s; it has %s",
			                kinds[device->kind].name, word, names);
		}
		if (!value)
			return why_fail(why, -EINVAL, "option %s of %s needs a value: %s=...", word,
			                kinds[device->kind].name, word);
		err = option_set(device, option, value, why);
		if (err)
			return err;
	}
	return 0;
}

static bool is_iface_name(const char *name)
{
	for (const char *c = name; *c; c++)
		if (*c == '/' || isspace((unsigned char)*c) || !isprint((unsigned char)*c))
			return false;
	return *name && strlen(name) < IFNAMSIZ && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

// DDDD:BB:DD.F, in lower case as the kernel writes it.
static bool is_pci_address(const char *name)
{
	static const char form[] = "xxxx:xx:xx.x";

	for (size_t i = 0; i < sizeof(form); i++)
		if (form[i] == 'x' ? !isxdigit((unsigned char)name[i]) : name[i] != form[i])
			return false;
	return true;
}

static int name_check(const struct device *device, struct why *why)
{
	switch (device->kind) {
	case DEVICE_TAP:
	case DEVICE_AF_XDP:
	case DEVICE_AF_PACKET:
		if (!is_iface_name(device->name))
			return why_fail(why, -EINVAL,
			                "%s: \"%s\" cannot be the name of an interface (1 to %d "
			                "printable characters without a slash or a space)",
			                kinds[device->kind].name, device->name, IFNAMSIZ - 1);
		return 0;
	case DEVICE_MEMIF:
		if (strlen(device->name) > 107)
			return why_fail(why, -EINVAL,
			                "memif: the socket's path %s is longer than 107 bytes",
			                device->name);
		return 0;
	case DEVICE_PCI:
		if (!is_pci_address(device->name))
			return why_fail(why, -EINVAL,
			                "pci: %s is not an address such as 0000:01:00.0",
			                device->name);
		return 0;
	case DEVICE_PCAP:
		return 0;
	}
	return -EINVAL;
}

// Cuts the next word, which ends at a comma; NULL when nothing is left.
static char *word_next(char **rest)
{
	char *word = strsep(rest, ",");

	return word && *word ? word : NULL;
}

int device_parse(const char *text, struct device *device, struct why *why)
{
	const char *colon = strchr(text, ':');
	int kind = colon ? kind_find(text, (size_t)(colon - text)) : -1;
	char copy[2 * DEVICE_PATH_BYTES], *rest = copy, *word;

	if (kind < 0)
		return why_fail(why, -EINVAL,
		                "device %s is of no known kind; DPDK's kinds are tap:, af_xdp:, "
		                "af_packet:, memif:, pcap: and pci:",
		                text);
	*device = (struct device){.kind = (enum device_kind)kind,
	                          .frames = 512,
	                          .bypass = 1,
	                          .ring = 10,
	                          .bsize = 2048};
	if (strlen(colon + 1) >= DEVICE_PATH_BYTES)
		return why_fail(why, -EINVAL, "device %.40s... is longer than %d bytes", text,
		                DEVICE_PATH_BYTES);
	strcpy(copy, colon + 1);
	word = word_next(&rest);
	if (!word)
		return why_fail(why, -EINVAL, "device %s lacks its argument: %s:%s", text,
		                kinds[kind].name, kinds[kind].argument);
	strcpy(device->name, word);
	if (device->kind == DEVICE_PCAP) {
		word = word_next(&rest);
		if (!word)
			return why_fail(why, -EINVAL, "device %s lacks its output: pcap:IN,OUT",
			                text);
		strcpy(device->out, word);
	}
	if (name_check(device, why))
		return -EINVAL;
	if (device->kind == DEVICE_PCI) {
		snprintf(device->args, sizeof(device->args), "%s", rest ? rest : "");
		return 0;
	}
	return rest ? options_parse(device, rest, why) : 0;
}

bool device_is_iface(const struct device *device)
{
	return device->kind == DEVICE_AF_XDP || device->kind == DEVICE_AF_PACKET;
}

void device_name(const struct device *device, unsigned index, char *text, size_t size)
{
	if (device->kind == DEVICE_PCI)
		snprintf(text, size, "%s", device->name);
	else
		snprintf(text, size, "%s%u", kinds[device->kind].vdev, index);
}

void device_args(const struct device *device, unsigned first, unsigned queues, char *text,
                 size_t size)
{
	switch (device->kind) {
	case DEVICE_TAP:
		snprintf(text, size, "iface=%s", device->name);
		break;
	case DEVICE_AF_XDP:
		snprintf(text, size,
		         "iface=%s,start_queue=%u,queue_count=%u,busy_budget=%u,"
		         "force_copy=%u",
		         device->name, device->start + first, queues, device->busy, device->copy);
		break;
	case DEVICE_AF_PACKET:
		snprintf(text, size,
		         "iface=%s,qpairs=%u,blocksz=4096,framesz=%u,framecnt=%u,qdisc_bypass=%u",
		         device->name, queues, DEVICE_AF_PACKET_FRAME_BYTES, device->frames,
		         device->bypass);
		break;
	case DEVICE_MEMIF:
		snprintf(text, size, "socket=%s,socket-abstract=no,role=%s,id=%u,rsize=%u,bsize=%u",
		         device->name, device->client ? "client" : "server", device->id,
		         device->ring, device->bsize);
		break;
	case DEVICE_PCAP:
		snprintf(text, size, "rx_pcap=%s,tx_pcap=%s", device->name, device->out);
		break;
	case DEVICE_PCI:
		snprintf(text, size, "%s", device->args);
		break;
	}
}

void device_mac(const struct device *device, const char *host, uint8_t mac[6])
{
	const char *parts[] = {host, kinds[device->kind].name, device->name};
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ device->client ^ (uint64_t)device->id << 8;

	// FNV-1a; spread is wanted, not secrecy.
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		for (const char *c = parts[i]; *c; c++)
			hash = (hash ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
	memcpy(mac, &hash, 6);
	mac[0] = (uint8_t)((mac[0] & 0xfc) | 2);
}
