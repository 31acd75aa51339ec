// main: wadi-bench. Each sub-command is a service with a tool: the tool makes the section of the
// service of its options, and runs the appliance.
#include "apps/bench/ask_ports.h"
#include "apps/bench/bench.h"
#include "apps/bench/http_ports.h"
#include "apps/bench/of_ports.h"
#include "apps/bench/reflect.h"
#include "apps/bench/stream_ports.h"
#include "apps/manage/manage.h"

static const struct manual_item examples[] = {
        {"wadi-bench dns --to 192.0.2.53 --device af_xdp:eth1 --from 192.0.2.1/24 --queries list",
         "As many answers as a server gives with 100 queries in flight."},
        {"wadi-bench dns --to 192.0.2.53 --device af_xdp:eth1 --from 192.0.2.1/24 --queries list "
         "--rate 100000",
         "How long answers take at 100,000 queries a second."},
        {"wadi-bench udp --to 192.0.2.53:7 --device af_xdp:eth1 --from 192.0.2.1/24 --find-max",
         "How many datagrams a second go there and back, to the next one."},
        {"wadi-bench udp --listen 7 --device af_xdp:eth1 --from 192.0.2.53/24", "The other end."},
        {"wadi-bench http --to 192.0.2.80 --device af_xdp:eth1 --from 192.0.2.1/24 --connections "
         "128",
         "How many requests a second an HTTP server answers on 128 connections."},
        {"wadi-bench of --to 192.0.2.6 --device af_xdp:eth1 --from 192.0.2.1/24 --switches 64",
         "How many packets a second an OpenFlow controller has forwarded by 64 switches."},
        {0},
};

const struct appliance bench_appliance = {
        .name = "wadi-bench",
        .summary = "measures DNS, HTTP and OpenFlow servers, and networks",
        .text = "Sends queries to a DNS server as fast as it answers or at a rate, from a network "
                "port of its own, and says how many answers came, how long they took, and "
                "whether wadi-bench itself was the limit. docs/benchmarking.md says how to "
                "measure honestly.",
        .examples = examples,
        .services = (const struct service *const[]){&ask_ports_service, &reflect_service,
                                                    &stream_ports_service, &http_ports_service,
                                                    &of_ports_service, &manage_service, NULL},
};

int main(int argc, char **argv)
{
	return boot_main(&bench_appliance, argc, argv);
}
