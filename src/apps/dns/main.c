// main: wadi-dns, an appliance of one service, which is in dns.c.
#include "apps/dns/dns.h"
#include "apps/manage/manage.h"

static const struct manual_item examples[] = {
        {"wadi-dns -c /etc/wadi/dns.json", "Serves the zones of the configuration."},
        {"wadi-dns check example.org zones/example.org.zone",
         "Reports every error and warning of a zone file."},
        {"wadi-dns answer --zone example.org=zones/example.org.zone www.example.org A",
         "Prints what the server would answer."},
        {"wadi-dns compile --zone example.org=example.org.zone -o example.org.image",
         "Compiles a big zone, so that servers start with it at once."},
        {"wadi-ctl /run/wadi/dns.sock reload",
         "Has the running server read its configuration and the zones that changed."},
        {"wadi-ctl /run/wadi/dns.sock zones", "The zones that it serves."},
        {0},
};

static const struct appliance appliance = {
        .name = "wadi-dns",
        .summary = "an authoritative DNS server that owns its network port",
        .text = "Answers DNS queries over UDP and TCP from zone files, on network ports of its "
                "own: "
                "packets go from the device to the answer and back inside this program.\n"
                "A reload reads the zones whose files have changed, those that they include among "
                "them, and takes all of them into use between two packets. A zone with an "
                "error is served as before; an error in the configuration leaves everything as "
                "before.",
        .examples = examples,
        .services = (const struct service *const[]){&dns_service, &manage_service, NULL},
};

int main(int argc, char **argv)
{
	return boot_main(&appliance, argc, argv);
}
