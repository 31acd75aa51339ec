// main: wadi-web, an appliance of one service, which is in web.c.
#include "apps/manage/manage.h"
#include "apps/web/web.h"

static const struct appliance appliance = {
        .name = "wadi-web",
        .summary = "a web server that owns its network port",
        .text = "Answers HTTP/1.1 on network ports of its own.",
        .services = (const struct service *const[]){&web_service, &manage_service, NULL},
};

int main(int argc, char **argv)
{
	return boot_main(&appliance, argc, argv);
}
