// icmp_name: two tables of numbers and names, one for each family. What a message quotes is
// in packet.c.
#include "icmp_name.h"

#include <stdlib.h>
#include <string.h>

struct icmp_name_row {
	uint8_t number;
	const char *name;
};

static const struct icmp_name_row icmp_name_types4[] = {
        {0, "echo_reply"},          {3, "unreachable"},
        {4, "source_quench"},       {5, "redirect"},
        {8, "echo_request"},        {11, "time_exceeded"},
        {12, "parameter_problem"},  {13, "timestamp_request"},
        {14, "timestamp_reply"},    {15, "information_request"},
        {16, "information_reply"},  {17, "address_mask_request"},
        {18, "address_mask_reply"},
};

static const struct icmp_name_row icmp_name_types6[] = {
        {1, "unreachable"},       {2, "packet_too_big"}, {3, "time_exceeded"},
        {4, "parameter_problem"}, {128, "echo_request"}, {129, "echo_reply"},
};

// Of all types: no name is in two of them.
static const struct icmp_name_row icmp_name_codes4[] = {
        {0, "net_unreachable"},
        {1, "host_unreachable"},
        {2, "protocol_unreachable"},
        {3, "port_unreachable"},
        {4, "frag_needed"},
        {5, "source_route_failed"},
        {6, "net_unknown"},
        {7, "host_unknown"},
        {8, "source_host_isolated"},
        {9, "net_prohibited"},
        {10, "host_prohibited"},
        {11, "net_unreachable_for_tos"},
        {12, "host_unreachable_for_tos"},
        {13, "packet_filtered"},
        {14, "precedence_violation"},
        {15, "precedence_cutoff"},
        {0, "ttl_exceeded_in_transit"},
        {1, "frag_reass_exceeded"},
};

// Of all types: no name is in two of them.
static const struct icmp_name_row icmp_name_codes6[] = {
        {0, "net_unreachable"},     {0, "no_route"},
        {1, "admin_prohibited"},    {2, "not_neighbour"},
        {3, "address_unreachable"}, {4, "port_unreachable"},
        {0, "exceeded_hop_limit"},  {1, "exceeded_frag_time"},
        {0, "header_field"},        {1, "unknown_next_header"},
        {2, "unknown_option"},
};

static bool icmp_name_row_find(const struct icmp_name_row *rows, size_t len, const char *name,
                               uint8_t *number)
{
	for (size_t i = 0; i < len; i++) {
		if (strcmp(rows[i].name, name) != 0)
			continue;
		*number = rows[i].number;
		return true;
	}
	return false;
}

// "type_3": a number of 0 to 255 behind the prefix.
static bool icmp_name_number(const char *name, const char *prefix, uint8_t *number)
{
	size_t len = strlen(prefix);
	long value;
	char *end;

	if (strncmp(name, prefix, len) != 0)
		return false;
	value = strtol(name + len, &end, 10);
	if (end == name + len || *end != '\0' || value < 0 || value > UINT8_MAX)
		return false;
	*number = (uint8_t)value;
	return true;
}

bool icmp_name_find(bool ipv6, const char *type, const char *code, uint8_t *type_number,
                    uint8_t *code_number)
{
	const struct icmp_name_row *types = ipv6 ? icmp_name_types6 : icmp_name_types4;
	const struct icmp_name_row *codes = ipv6 ? icmp_name_codes6 : icmp_name_codes4;
	size_t types_len = ipv6 ? ARRAY_LEN(icmp_name_types6) : ARRAY_LEN(icmp_name_types4);
	size_t codes_len = ipv6 ? ARRAY_LEN(icmp_name_codes6) : ARRAY_LEN(icmp_name_codes4);

	if (!icmp_name_number(type, "type_", type_number) &&
	    !icmp_name_row_find(types, types_len, type, type_number))
		return false;
	*code_number = 0;
	return !code || icmp_name_number(code, "code_", code_number) ||
	       icmp_name_row_find(codes, codes_len, code, code_number);
}

const char *icmp_name_of(bool ipv6, uint8_t type)
{
	const struct icmp_name_row *types = ipv6 ? icmp_name_types6 : icmp_name_types4;
	size_t len = ipv6 ? ARRAY_LEN(icmp_name_types6) : ARRAY_LEN(icmp_name_types4);

	for (size_t i = 0; i < len; i++)
		if (types[i].number == type)
			return types[i].name;
	return NULL;
}
