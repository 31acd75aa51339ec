// vmdata: what a toolstack wrote into a store, taken as an image's configuration,
// keys and files; what it should not have written; and reloads of an appliance
// that lives by it.
#include "harness.h"

#include "apps/boot/boot_internal.h"
#include "apps/boot/tree.h"
#include "backends/mem/mem.h"
#include "core/host/log.h"
#include "xen_fake.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOT "/local/domain/7/vm-data/wadi/"

static struct store_fake *store;
static char base[64]; // holds the image's folder and that of fresh ones
static char image_file[80], run[80];
static struct why why;
static struct conf_source image;
static struct vmdata data;

static void write_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static const char *text_of(const char *format, ...) PRINTF(1, 2);

static const char *text_of(const char *format, ...)
{
	static char text[65536];
	char path[512];
	va_list args;
	FILE *in;
	size_t n;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	in = fopen(path, "r");
	if (!in)
		return "(none)";
	n = fread(text, 1, sizeof(text) - 1, in);
	text[n] = '\0';
	fclose(in);
	return text;
}

// How many folders lie in run.
static unsigned folders(void)
{
	struct dirent *entry;
	unsigned n = 0;
	DIR *dir = opendir(run);

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

static void give(const char *node, const char *value)
{
	char path[300];

	snprintf(path, sizeof(path), ROOT "%s", node);
	store_fake_set(store, path, value);
}

static int open_data(void)
{
	struct vmdata_conf conf = {&image, run, true};

	why.text[0] = '\0';
	return vmdata_open(&data, &conf, &why);
}

// It fails with that errno and sentence, and nothing is left of it.
static void refused(int err, const char *sentence)
{
	assert_int_equal(open_data(), err);
	assert_string_equal(why.text, sentence);
	assert_int_equal(folders(), 0);
}

static int setup(void **state)
{
	char path[100];

	strcpy(base, "/tmp/wadi-vmdata-XXXXXX");
	if (!mkdtemp(base))
		return -1;
	snprintf(run, sizeof(run), "%s/run", base);
	mkdir(run, 0755);
	snprintf(path, sizeof(path), "%s/image", base);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/image/zones", base);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/image/zones/a.zone", base);
	write_file(path, "the image's a");
	snprintf(path, sizeof(path), "%s/image/zones/b.zone", base);
	write_file(path, "the image's b");
	snprintf(image_file, sizeof(image_file), "%s/image/toy.json", base);
	write_file(image_file, "{}");
	image = (struct conf_source){.file = image_file};
	store = store_fake_open();
	xen_fake_open(store, 16);
	return 0;
}

static int teardown(void **state)
{
	xen_fake_close();
	store_fake_close(store);
	tree_remove(base);
	return access(base, F_OK) == 0 ? -1 : 0;
}

static void without_anything_the_image_is_what_there_is(void **state)
{
	static const char *const sets[] = {"a=1"};

	image.sets = sets;
	image.sets_len = 1;
	assert_int_equal(open_data(), 0);
	assert_string_equal(data.source.file, image_file);
	assert_int_equal(data.source.sets_len, 1);
	assert_string_equal(data.source.sets[0], "a=1");
	assert_null(data.folder);
	vmdata_close(&data);
	give("", ""); // the folder alone
	assert_int_equal(open_data(), 0);
	assert_string_equal(data.source.file, image_file);
	assert_int_equal(folders(), 0);
	vmdata_close(&data);
}

static void a_configuration_comes_whole_or_in_pieces(void **state)
{
	char node[32];

	give("config", "{\"a\":1}");
	assert_int_equal(open_data(), 0);
	assert_string_equal(text_of("%s", data.source.file), "{\"a\":1}");
	assert_string_equal(data.source.file_place, "xenstore vm-data/wadi/config");
	// What it names lies beside it.
	assert_string_equal(text_of("%s/zones/a.zone", data.folder), "the image's a");
	vmdata_close(&data);
	assert_int_equal(folders(), 0);
	give("config", "");
	for (int i = 0; i < 12; i++) {
		char text[8];

		sprintf(node, "config/%d", i);
		sprintf(text, "<%d>", i);
		give(node, text);
	}
	assert_int_equal(open_data(), 0);
	assert_string_equal(text_of("%s", data.source.file),
	                    "<0><1><2><3><4><5><6><7><8><9><10><11>");
	vmdata_close(&data);
}

static void keys_come_as_paths_in_the_order_of_their_numbers(void **state)
{
	static const char *const sets[] = {"workers=2"}, *const places[] = {"wadi.set=workers=2"};
	static const char *const wanted[] = {
	        "workers=2",       "dns.zones[0].origin=example.org",
	        "ports[0].ipv4=a", "ports[0].ipv4[1]=b",
	        "ports[2].name=c", "ports[10].name=d",
	        "workers=1",
	};

	image.sets = sets;
	image.sets_len = 1;
	image.set_places = places;
	give("set/workers", "1");
	give("set/ports/10/name", "d");
	give("set/ports/2/name", "c");
	give("set/ports/0/ipv4/1", "b");
	give("set/ports/0/ipv4", "a");
	give("set/ports/0/gateway4", "");
	give("set/dns/zones/0/origin", "example.org");
	assert_int_equal(open_data(), 0);
	assert_int_equal(data.source.sets_len, ARRAY_LEN(wanted));
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		assert_string_equal(data.source.sets[i], wanted[i]);
	assert_string_equal(data.source.set_places[0], "wadi.set=workers=2");
	assert_string_equal(data.source.set_places[3], "xenstore vm-data/wadi/set/ports/0/ipv4/1");
	assert_string_equal(data.source.file, image_file);
	assert_int_equal(folders(), 0);
	vmdata_close(&data);
}

static void files_stand_in_front_of_the_images(void **state)
{
	char long_text[4000], name[64];

	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	give("files/0/name", "zones/a.zone");
	give("files/0/text", "the toolstack's a");
	give("files/1/name", "zones/new/c.zone");
	give("files/1/text", "");
	give("files/1/text/0", long_text);
	give("files/1/text/1", "end");
	assert_int_equal(open_data(), 0);
	assert_string_equal(text_of("%s/zones/a.zone", data.folder), "the toolstack's a");
	assert_string_equal(text_of("%s/zones/b.zone", data.folder), "the image's b");
	assert_int_equal(strlen(text_of("%s/zones/new/c.zone", data.folder)),
	                 sizeof(long_text) - 1 + 3);
	// The image's configuration is read where names in it lead to these files.
	snprintf(name, sizeof(name), "%s/toy.json", data.folder);
	assert_string_equal(data.source.file, name);
	assert_string_equal(data.source.file_place, image_file);
	assert_string_equal(text_of("%s", data.source.file), "{}");
	vmdata_close(&data);
	assert_int_equal(folders(), 0);
	assert_string_equal(text_of("%s/image/zones/a.zone", base), "the image's a");
	assert_string_equal(text_of("%s/image/zones/b.zone", base), "the image's b");
}

static void a_name_must_stay_in_the_folder(void **state)
{
	static const char *const bad[] = {
	        "",     "/etc/passwd", "../a", "a/../b", "a/..", ".",   ".hidden", "a/.b",
	        "a//b", "a/",          "a b",  "a\nb",   "a\\b", "a;b", "\xff",    "vm-data.json"};
	static const char *const good[] = {"a", "a/b", "a-b_c.d+e@f", "a..b", "zones/9.zone"};
	char longest[130];

	give("files/x/text", "t");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		give("files/x/name", bad[i]);
		refused(-EINVAL, "xenstore vm-data/wadi/files/x/name: must be a name below the "
		                 "configuration's folder, such as zones/example.org.zone");
	}
	memset(longest, 'n', sizeof(longest));
	longest[129] = '\0';
	assert_false(tree_is_name(longest));
	longest[128] = '\0';
	assert_true(tree_is_name(longest));
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		give("files/x/name", good[i]);
		assert_int_equal(open_data(), 0);
		assert_string_equal(text_of("%s/%s", data.folder, good[i]), "t");
		vmdata_close(&data);
	}
}

static void a_folder_of_the_image_is_no_file(void **state)
{
	give("files/0/name", "zones");
	give("files/0/text", "t");
	refused(-EEXIST, "xenstore vm-data/wadi/files/0/text: File exists");
	give("files/0/name", "toy.json/x");
	refused(-ENOTDIR, "xenstore vm-data/wadi/files/0/text: Not a directory");
}

static void what_is_missing_is_named(void **state)
{
	give("files/3/text", "t");
	refused(-ENOENT, "xenstore vm-data/wadi/files/3/name: No such file or directory");
	store_fake_remove(store, ROOT "files");
	give("files/3/name", "a");
	refused(-ENOENT, "xenstore vm-data/wadi/files/3/text: No such file or directory");
}

static void too_much_is_refused(void **state)
{
	static const char deep[] = "set/a/b/c/d/e/f/g/h/i";
	char node[64], text[16];

	give(deep, "1");
	refused(-E2BIG, "xenstore vm-data/wadi/set/a/b/c/d/e/f/g/h/i: is deeper than any key");
	store_fake_remove(store, ROOT "set");
	for (int i = 0; i <= VMDATA_FILES_MAX; i++) {
		snprintf(node, sizeof(node), "files/%d/name", i);
		snprintf(text, sizeof(text), "f%d", i);
		give(node, text);
		snprintf(node, sizeof(node), "files/%d/text", i);
		give(node, "t");
	}
	refused(-E2BIG, "xenstore vm-data/wadi/files: these are too many files");
}

static void too_many_keys_are_refused(void **state)
{
	char node[64];

	for (int i = 0; i <= VMDATA_SETS_MAX; i++) {
		snprintf(node, sizeof(node), "set/k%d", i);
		give(node, "1");
	}
	refused(-E2BIG, "xenstore vm-data/wadi/set: these are too many keys");
	store_fake_remove(store, ROOT "set/k0");
	assert_int_equal(open_data(), 0);
	assert_int_equal(data.source.sets_len, VMDATA_SETS_MAX);
	vmdata_close(&data);
}

static void too_many_pieces_are_refused(void **state)
{
	char node[64];

	for (int i = 0; i <= VMDATA_PIECES_MAX; i++) {
		snprintf(node, sizeof(node), "config/%d", i);
		give(node, "1");
	}
	refused(-E2BIG, "xenstore vm-data/wadi/config/1024: these are too many pieces");
	store_fake_remove(store, ROOT "config/1024");
	assert_int_equal(open_data(), 0);
	assert_int_equal(strlen(text_of("%s", data.source.file)), VMDATA_PIECES_MAX);
	vmdata_close(&data);
}

static void a_store_that_lies_is_no_store(void **state)
{
	store_fake_lie(store, STORE_FAKE_LEN);
	refused(-EPROTO, "xenstore vm-data/wadi/config: Protocol error");
	store_fake_lie(store, STORE_FAKE_HONEST);
}

static void a_guest_has_the_name_that_the_toolstack_gave_it(void **state)
{
	char name[16];

	vmdata_name(name, sizeof(name));
	assert_string_equal(name, "");
	store_fake_set(store, "/local/domain/7/name", "ns1");
	vmdata_name(name, sizeof(name));
	assert_string_equal(name, "ns1");
	store_fake_set(store, "/local/domain/7/name", "a-name-that-is-too-long");
	vmdata_name(name, sizeof(name));
	assert_string_equal(name, "");
}

// An appliance that remembers what it was last given.
struct toy_conf {
	uint64_t number;
	const char *file;
};

static const struct conf_key toy_keys[] = {
        {"number", CONF_UNSIGNED, offsetof(struct toy_conf, number), "0", 0, 99, .help = "n"},
        {"file", CONF_PATH, offsetof(struct toy_conf, file), "zones/a.zone", .max = 500,
         .help = "f"},
        {0},
};
static const struct conf_section toy_section = {sizeof(struct toy_conf), toy_keys};

static struct {
	uint64_t number;
	char text[64];
} toy;

static int toy_take(const struct toy_conf *conf, struct why *sentence)
{
	const char *text = text_of("%s", conf->file);

	if (strcmp(text, "bad") == 0)
		return why_fail(sentence, -EINVAL, "%s is bad", strrchr(conf->file, '/') + 1);
	toy.number = conf->number;
	snprintf(toy.text, sizeof(toy.text), "%s", text);
	return 0;
}

static int toy_open(void **state, const void *conf, const struct service_env *env,
                    struct why *sentence)
{
	*state = &toy;
	return toy_take(conf, sentence);
}

static int toy_reload(void *state, const void *conf, bool all, json_t *reply, struct why *sentence)
{
	return toy_take(conf, sentence);
}

static const struct service toy_service = {.name = "toy",
                                           .help = "The toy.",
                                           .section = &toy_section,
                                           .open = toy_open,
                                           .reload = toy_reload};
static const struct appliance appliance = {
        .name = "wadi-toy", .services = (const struct service *const[]){&toy_service, NULL}};

static int reload(struct boot *boot)
{
	json_t *reply = json_object();
	int err = boot_reload(boot, &(struct boot_reload){0}, reply, &why);

	json_decref(reply);
	return err;
}

static void remember(uint64_t number, const char *text)
{
	assert_int_equal(toy.number, number);
	assert_string_equal(toy.text, text);
	assert_true(folders() <= 1);
}

#define IMAGE                                                                                      \
	"{\"ports\":[{\"name\":\"net0\",\"device\":\"mem:vmdata\",\"pages\":128}],\n"              \
	"\"toy\":{\"number\":1}}"

static void a_reload_takes_all_or_nothing(void **state)
{
	static const struct {
		const char *node, *value; // value NULL: removed
		const char *error;        // NULL: it is taken
		uint64_t number;
		const char *text;
	} steps[] = {
	        {"set/toy/number", "2", NULL, 2, "the image's a"},
	        {"files/0/name", "zones/a.zone",
	         "xenstore vm-data/wadi/files/0/text: No such file or directory", 2,
	         "the image's a"},
	        {"files/0/text", "theirs", NULL, 2, "theirs"},
	        {"set/toy/number", "100",
	         "xenstore vm-data/wadi/set/toy/number: toy.number: must be from 0 to 99, not 100",
	         2, "theirs"},
	        {"files/0/text", "bad",
	         "xenstore vm-data/wadi/set/toy/number: toy.number: must be from 0 to 99, not 100",
	         2, "theirs"},
	        {"set/toy/number", "3", "a.zone is bad", 2, "theirs"},
	        {"set/toy/nummer", "3",
	         "xenstore vm-data/wadi/set/toy/nummer: toy.nummer: is not a known key; did you "
	         "mean \"number\"?",
	         2, "theirs"},
	        {"set/toy/nummer", NULL, "a.zone is bad", 2, "theirs"},
	        {"files", NULL, NULL, 3, "the image's a"},
	        {"config", "{\"ports\":[],\n\"toy\":{}}",
	         "xenstore vm-data/wadi/config:1: ports: must hold 1 to 16 sections, not 0", 3,
	         "the image's a"},
	        {"config", "{", "xenstore vm-data/wadi/config:1: this is not JSON", 3,
	         "the image's a"},
	        {"config", IMAGE, NULL, 3, "the image's a"},
	        {"set", NULL, NULL, 1, "the image's a"},
	        {"config", NULL, NULL, 1, "the image's a"},
	};
	struct boot_start start = {.vmdata = true, .run = run, .source = image, .console_fd = -1};
	static struct boot boot;
	struct netif *wire;

	log_init("test", -1);
	write_file(image_file, IMAGE);
	assert_int_equal(mem_open("vmdata", 1, 64, &wire), 0);
	assert_int_equal(boot_open(&boot, &appliance, &start, &why), 0);
	remember(1, "the image's a");
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		char path[100];

		snprintf(path, sizeof(path), ROOT "%s", steps[i].node);
		if (steps[i].value)
			store_fake_set(store, path, steps[i].value);
		else
			store_fake_remove(store, path);
		assert_int_equal(reload(&boot) != 0, steps[i].error != NULL);
		if (steps[i].error &&
		    strncmp(why.text, steps[i].error, strlen(steps[i].error)) != 0)
			assert_string_equal(why.text, steps[i].error);
		remember(steps[i].number, steps[i].text);
	}
	boot_close(&boot);
	wire->ops->close(wire);
	assert_int_equal(folders(), 0);
}

#define VMDATA_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        VMDATA_TEST(without_anything_the_image_is_what_there_is),
	        VMDATA_TEST(a_configuration_comes_whole_or_in_pieces),
	        VMDATA_TEST(keys_come_as_paths_in_the_order_of_their_numbers),
	        VMDATA_TEST(files_stand_in_front_of_the_images),
	        VMDATA_TEST(a_name_must_stay_in_the_folder),
	        VMDATA_TEST(a_folder_of_the_image_is_no_file),
	        VMDATA_TEST(what_is_missing_is_named),
	        VMDATA_TEST(too_much_is_refused),
	        VMDATA_TEST(too_many_keys_are_refused),
	        VMDATA_TEST(too_many_pieces_are_refused),
	        VMDATA_TEST(a_store_that_lies_is_no_store),
	        VMDATA_TEST(a_guest_has_the_name_that_the_toolstack_gave_it),
	        VMDATA_TEST(a_reload_takes_all_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
