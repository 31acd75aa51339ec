// main: wadi-web, an appliance of one service, which is in web.c.
#include "apps/manage/manage.h"
#include "apps/web/web.h"

static const struct manual_item examples[] = {
        {"wadi-web -c /etc/wadi/web.json", "Serves the sites of the configuration."},
        {"wadi-web check -c web.json", "Checks a configuration without serving it."},
        {"wadi-ctl /run/wadi/web.sock reload",
         "Has the running server read its configuration, certificates and files again."},
        {"wadi-ctl /run/wadi/web.sock sites", "The sites that it serves."},
        {0},
};

static const struct appliance appliance = {
        .name = "wadi-web",
        .summary = "a web server that owns its network port",
        .text = "Serves directories of files over HTTP/1.1, with and without TLS, on network ports "
                "of its own: packets go from the device to the answer and back inside this "
                "program.\n"
                "All files are held in memory. Files that change are read again at once; answers "
                "in progress keep the old ones, and when a file cannot be read everything stays as "
                "before.",
        .examples = examples,
        .services = (const struct service *const[]){&web_service, &manage_service, NULL},
};

int main(int argc, char **argv)
{
	return boot_main(&appliance, argc, argv);
}
