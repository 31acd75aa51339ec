// sdn_group: ids of our range without collisions, what is read back of what was written in each
// version, groups of others; and sdn_diff of groups, in its order among flows.
#include "intent_lab.h"

#include "proto/sdn/sdn_diff.h"
#include "proto/sdn/sdn_group.h"

static struct sdn_group group_of(uint64_t key, uint8_t type, unsigned ports)
{
	struct sdn_group group = {.key = key, .type = type, .watches = true};

	for (unsigned i = 0; i < ports; i++)
		group.buckets[group.buckets_len++] =
		        (struct sdn_bucket){.port = i + 1, .pop_vlan = i % 2};
	return group;
}

static void ids_differ_and_stay(void **state)
{
	struct sdn_group room[3], a = group_of(7, OF_GROUP_TYPE_FF, 2), b = a,
	                          c = group_of(0x99000007, OF_GROUP_TYPE_SELECT, 3);
	struct sdn_tables tables = {.groups = room, .groups_max = 3};

	(void)state;
	b.key = UINT64_C(0x100000007); // the same id, by its low bits
	sdn_group_add(&tables, &a);
	sdn_group_add(&tables, &b);
	sdn_group_add(&tables, &c);
	assert_int_equal(a.id, SDN_GROUP_OWNER | 7);
	assert_int_equal(b.id, SDN_GROUP_OWNER | 8);
	assert_int_equal(c.id, SDN_GROUP_OWNER | 9);
	assert_true(sdn_group_owned(c.id));
	assert_false(sdn_group_owned(9));
	assert_ptr_equal(sdn_group_find(&tables, b.id), &room[1]);
	assert_ptr_equal(sdn_group_find_key(&tables, c.key), &room[2]);
	sdn_group_add(&tables, &c);
	assert_int_equal(tables.groups_len, 4);
	assert_true(sdn_tables_full(&tables));
}

// The group as a switch lists it.
static void read_back(const struct sdn_group *group, uint8_t version, struct sdn_tables *to)
{
	static struct sdn_scratch scratch;
	uint8_t bytes[1024], body[1024];
	struct fill out = fill_of(bytes, sizeof(bytes)), list = fill_of(body, sizeof(body));
	struct of_msg msg, decoded;
	struct of_group_desc desc;
	struct of_list groups;

	assert_int_equal(sdn_group_message(group, SDN_GROUP_ADD, version, &scratch, &msg),
	                 OF_FAULT_NONE);
	assert_int_equal(of_encode(&msg, &out), OF_FAULT_NONE);
	assert_int_equal(of_decode(&decoded, bytes, fill_len(&out), NULL), OF_FAULT_NONE);
	assert_int_equal(decoded.group_mod.group_id, group->id);
	desc = (struct of_group_desc){.type = decoded.group_mod.type,
	                              .group_id = decoded.group_mod.group_id,
	                              .buckets = decoded.group_mod.buckets};
	assert_int_equal(of_group_desc_put(&list, (enum of_version)version, &desc), OF_FAULT_NONE);
	groups = of_list_of(OF_FAMILY_GROUP_DESC, (enum of_version)version, &list);
	assert_true(of_group_desc_next(&groups, &desc));
	sdn_group_read(to, &desc);
}

static void what_was_written_is_read(void **state)
{
	static const uint8_t versions[] = {OF13, OF14, OF15};
	static const uint8_t types[] = {OF_GROUP_TYPE_SELECT, OF_GROUP_TYPE_FF};

	(void)state;
	for (unsigned v = 0; v < ARRAY_LEN(versions); v++) {
		for (unsigned t = 0; t < ARRAY_LEN(types); t++) {
			for (unsigned ports = 1; ports <= SDN_BUCKETS_MAX; ports++) {
				struct sdn_group room, group = group_of(ports, types[t], ports);
				struct sdn_tables tables = {.groups = &room, .groups_max = 1};

				group.id = SDN_GROUP_OWNER | ports;
				group.watches = types[t] == OF_GROUP_TYPE_FF || ports % 2;
				read_back(&group, versions[v], &tables);
				assert_int_equal(room.id, group.id);
				assert_true(sdn_group_eq(&room, &group));
				room.buckets[ports - 1].pop_vlan ^= true;
				assert_false(sdn_group_eq(&room, &group));
			}
		}
	}
}

static void version_10_has_none(void **state)
{
	static struct sdn_scratch scratch;
	struct sdn_group group = group_of(1, OF_GROUP_TYPE_FF, 2);
	struct of_msg msg;

	(void)state;
	assert_int_equal(sdn_group_message(&group, SDN_GROUP_ADD, OF10, &scratch, &msg),
	                 OF_FAULT_INEXPRESSIBLE);
}

static void a_text_names_what_it_does(void **state)
{
	struct sdn_group group = group_of(1, OF_GROUP_TYPE_FF, 2);
	char text[256] = "";
	struct of_text out = {.out = fill_of(text, sizeof(text) - 1)};

	(void)state;
	group.id = SDN_GROUP_OWNER | 1;
	sdn_group_text(&group, &out);
	assert_string_equal(
	        text, "group 0x77000001: the first with a link of output:1, pop_vlan,output:2");
}

// Groups before flows, which are before deletions of groups; those of others are not touched.
static void changes_are_in_order(void **state)
{
	struct sdn_group has_room[4], wants_room[4], foreign = group_of(5, OF_GROUP_TYPE_FF, 1);
	struct sdn_action to_group = {.type = SDN_GROUP};
	struct sdn_flow was = {.cookie = SDN_COOKIE_INTENT}, is = was;
	struct sdn_tables has = {
	        .groups = has_room, .groups_max = 4, .flows = &was, .flows_len = 1};
	struct sdn_tables wants = {
	        .groups = wants_room, .groups_max = 4, .flows = &is, .flows_len = 1};
	struct sdn_diff_change changes[8];
	struct sdn_group gone = group_of(1, OF_GROUP_TYPE_FF, 2),
	                 kept = group_of(2, OF_GROUP_TYPE_FF, 2),
	                 other = group_of(3, OF_GROUP_TYPE_SELECT, 2),
	                 fresh = group_of(4, OF_GROUP_TYPE_SELECT, 3);

	(void)state;
	sdn_group_add(&has, &gone);
	sdn_group_add(&has, &kept);
	sdn_group_add(&has, &other);
	has_room[has.groups_len++] = foreign;
	other.buckets_len = 1;
	sdn_group_add(&wants, &kept);
	sdn_group_add(&wants, &other);
	sdn_group_add(&wants, &fresh);
	to_group.number = fresh.id;
	is.actions = &to_group;
	is.actions_len = 1;
	assert_int_equal(sdn_diff(&has, &wants, changes, ARRAY_LEN(changes)), 4);
	assert_int_equal(changes[0].kind, SDN_DIFF_GROUP_MODIFY);
	assert_int_equal(changes[0].group->id, other.id);
	assert_int_equal(changes[1].kind, SDN_DIFF_GROUP_ADD);
	assert_int_equal(changes[1].group->id, fresh.id);
	assert_int_equal(changes[2].kind, SDN_DIFF_MODIFY);
	assert_true(changes[2].barrier);
	assert_int_equal(changes[3].kind, SDN_DIFF_GROUP_DELETE);
	assert_int_equal(changes[3].group->id, gone.id);
	assert_true(changes[3].barrier);
	assert_int_equal(sdn_diff(&wants, &wants, changes, ARRAY_LEN(changes)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(ids_differ_and_stay),  cmocka_unit_test(what_was_written_is_read),
	        cmocka_unit_test(version_10_has_none),  cmocka_unit_test(a_text_names_what_it_does),
	        cmocka_unit_test(changes_are_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
