// cputime: the processor time that domains have taken, in nanoseconds, as Xen counts it.
// xl tells it in tenths of a second only.
#include <stdio.h>
#include <stdlib.h>
#include <xenctrl.h>

int main(int argc, char **argv)
{
	xc_interface *xen = xc_interface_open(NULL, NULL, 0);

	if (!xen || argc < 2) {
		fprintf(stderr, "Usage: cputime DOMAIN..., numbers of domains, in dom0\n");
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		uint32_t number = (uint32_t)atoi(argv[i]);
		xc_domaininfo_t domain;

		// Xen 4.17 has no xc_domain_getinfo_single, 4.18 no xc_domain_getinfo.
		if (xc_domain_getinfolist(xen, number, 1, &domain) != 1 ||
		    domain.domain != number) {
			fprintf(stderr, "cputime: there is no domain %s\n", argv[i]);
			return 1;
		}
		printf("%ju\n", (uintmax_t)domain.cpu_time);
	}
	xc_interface_close(xen);
	return 0;
}
