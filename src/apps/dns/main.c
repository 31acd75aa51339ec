// main: wadi-dns. What it does is in dns.c.
#include "apps/dns/dns.h"

int main(int argc, char **argv)
{
	return boot_main(&dns_app, argc, argv);
}
