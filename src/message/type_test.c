// What a user may hand in as a type.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <example_interfaces/action/fibonacci.h>
#include <rosidl_typesupport_introspection_c/field_types.h>
#include <rosidl_typesupport_introspection_c/identifier.h>
#include <rosidl_typesupport_introspection_c/service_introspection.h>
#include <std_msgs/msg/header.h>
#include <std_msgs/msg/string.h>
#include <std_srvs/srv/set_bool.h>
#include <test_msgs/msg/arrays.h>
#include <test_msgs/msg/multi_nested.h>
#include <test_msgs/msg/nested.h>

#include "base/memory.h"
#include "message/contents.h"
#include "message/members.h"
#include "message/pool.h"
#include "message/type.h"
#include "whorl/status.h"

static const rosidl_message_type_support_t *no_support(const rosidl_message_type_support_t *support, const char *identifier)
{
  (void)support;
  (void)identifier;
  return NULL;
}

static const rosidl_service_type_support_t *no_service_support(const rosidl_service_type_support_t *support, const char *identifier)
{
  (void)support;
  (void)identifier;
  return NULL;
}

static const rosidl_message_type_support_t *same_support(const rosidl_message_type_support_t *support, const char *identifier)
{
  (void)identifier;
  return support;
}

static void a_type_is_interned(void **state)
{
  (void)state;
  const whorl__type_t *first = NULL, *second = NULL;
  assert_int_equal(whorl__type_get(WHORL_MESSAGE(std_msgs, msg, String), &first), WHORL_OK);
  assert_int_equal(whorl__type_get(WHORL_MESSAGE(std_msgs, msg, String), &second), WHORL_OK);
  assert_ptr_equal(first, second);
  assert_int_equal(first->size, sizeof(std_msgs__msg__String));
}

static void a_service_has_two_types(void **state)
{
  (void)state;
  const whorl__type_t *request = NULL, *response = NULL, *alone = NULL;
  assert_int_equal(whorl__service_type_get(WHORL_SERVICE(std_srvs, srv, SetBool), &request, &response), WHORL_OK);
  assert_string_equal(request->dds_name, "std_srvs::srv::dds_::SetBool_Request_");
  assert_string_equal(response->dds_name, "std_srvs::srv::dds_::SetBool_Response_");
  assert_int_equal(whorl__type_get(WHORL_MESSAGE(std_srvs, srv, SetBool_Request), &alone), WHORL_OK);
  assert_ptr_equal(request, alone);
}

static void a_type_tells_its_name_and_hash(void **state)
{
  (void)state;
  whorl_message_type_info_t info, request = {0}, response;
  assert_int_equal(whorl_message_type_read_info(WHORL_MESSAGE(std_msgs, msg, String), &info), WHORL_OK);
  assert_string_equal(info.name, "std_msgs/msg/String");
  assert_string_equal(info.hash, "RIHS01_df668c740482bbd48fb39d76a70dfd4bd59db1288021743503259e948f6b1a18");
  assert_int_equal(info.size, sizeof(std_msgs__msg__String));
  assert_int_equal(whorl_service_type_read_info(WHORL_SERVICE(std_srvs, srv, SetBool), NULL, &response), WHORL_OK);
  assert_string_equal(response.name, "std_srvs/srv/SetBool_Response");
  assert_int_equal(whorl_service_type_read_info(NULL, &request, &response), WHORL_INVALID_TYPE);
  assert_int_equal(whorl_message_type_read_info(NULL, &info), WHORL_INVALID_TYPE);
  assert_null(request.name);
}

static void an_action_has_its_services_and_topics(void **state)
{
  (void)state;
  whorl_action_type_t action = WHORL_ACTION(example_interfaces, Fibonacci);
  const whorl__type_t *request = NULL, *response = NULL, *type = NULL;
  assert_int_equal(whorl__service_type_get(action->goal_service_type_support, &request, &response), WHORL_OK);
  assert_string_equal(request->ros_name, "example_interfaces/action/Fibonacci_SendGoal_Request");
  assert_int_equal(whorl__service_type_get(action->result_service_type_support, &request, &response), WHORL_OK);
  assert_string_equal(response->ros_name, "example_interfaces/action/Fibonacci_GetResult_Response");
  assert_int_equal(whorl__service_type_get(action->cancel_service_type_support, &request, &response), WHORL_OK);
  assert_string_equal(request->ros_name, "action_msgs/srv/CancelGoal_Request");
  assert_int_equal(whorl__type_get(action->feedback_message_type_support, &type), WHORL_OK);
  assert_string_equal(type->ros_name, "example_interfaces/action/Fibonacci_FeedbackMessage");
  assert_int_equal(whorl__type_get(action->status_message_type_support, &type), WHORL_OK);
  assert_string_equal(type->ros_name, "action_msgs/msg/GoalStatusArray");
}

static void what_is_no_type_is_refused_with_a_sentence(void **state)
{
  (void)state;
  const rosidl_message_type_support_t cpp = {"rosidl_typesupport_introspection_cpp", "", no_support},
                                      hollow = {"hollow", NULL, same_support}, functionless = {"functionless", NULL, NULL},
                                      tableless = {"tableless", (const void *)8, same_support};
  const whorl_message_type_t BAD[] = {NULL, &cpp, &hollow, &functionless, &tableless};
  for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
    const whorl__type_t *type = (void *)1;
    assert_int_equal(whorl__type_get(BAD[i], &type), WHORL_INVALID_TYPE);
    assert_true(strlen(whorl_detail()) > 0);
    assert_ptr_equal(type, (void *)1);
  }
  const whorl__type_t *request = (void *)1, *response = (void *)1;
  assert_int_equal(whorl__service_type_get(NULL, &request, &response), WHORL_INVALID_TYPE);
  assert_ptr_equal(request, (void *)1);
  assert_ptr_equal(response, (void *)1);
}

// A table of two fields, right until a test breaks it.
static whorl__member_t two_fields[2];
static whorl__members_t table;

static int get_table(void)
{
  const rosidl_message_type_support_t support = {rosidl_typesupport_introspection_c__identifier, &table, same_support};
  const whorl__type_t *type = NULL;
  return whorl__type_get(&support, &type);
}

static void make_table(void)
{
  two_fields[0] = (whorl__member_t){.name_ = "x", .type_id_ = rosidl_typesupport_introspection_c__ROS_TYPE_DOUBLE, .offset_ = 0};
  two_fields[1] = (whorl__member_t){.name_ = "y", .type_id_ = rosidl_typesupport_introspection_c__ROS_TYPE_INT32, .offset_ = 8};
  table = (whorl__members_t){
      .message_namespace_ = "my_msgs__msg", .message_name_ = "Odd", .member_count_ = 2, .size_of_ = 16, .members_ = two_fields};
}

// Before the next test, which makes the table a type for good.
static void nested_tables_are_looked_at_too(void **state)
{
  (void)state;
  rosidl_message_type_support_t nested = {rosidl_typesupport_introspection_c__identifier, &table, same_support};
  make_table();
  two_fields[1].type_id_ = rosidl_typesupport_introspection_c__ROS_TYPE_MESSAGE;
  two_fields[1].members_ = &nested;
  assert_int_equal(get_table(), WHORL_INVALID_TYPE); // itself, in less room than it takes
  assert_non_null(strstr(whorl_detail(), "larger than the struct"));

  table.size_of_ = 8 + sizeof(whorl__sequence_t);
  two_fields[1].is_array_ = true;
  assert_int_equal(get_table(), WHORL_INVALID_TYPE); // a sequence of itself
  assert_non_null(strstr(whorl_detail(), "deep"));

  nested.typesupport_identifier = "rosidl_typesupport_introspection_cpp";
  assert_int_equal(get_table(), WHORL_INVALID_TYPE);
  assert_non_null(strstr(whorl_detail(), "no C introspection"));
}

static void tables_of_another_rosidl_are_refused(void **state)
{
  (void)state;
  for (int fault = 0; fault < 14; fault++) {
    make_table();
    switch (fault) {
    case 0: table.member_count_ = 0; break;
    case 1: table.members_ = (const void *)1; break; // a flag where the pointer was
    case 2: table.size_of_ = 12 - 1; break;
    case 3: table.message_name_ = "not a name"; break;
    case 4: table.message_namespace_ = NULL; break;
    case 5: two_fields[1].type_id_ = 0; break;
    case 6: two_fields[1].type_id_ = 99; break;
    case 7: two_fields[1].type_id_ = rosidl_typesupport_introspection_c__ROS_TYPE_LONG_DOUBLE; break;
    case 8: two_fields[1].type_id_ = rosidl_typesupport_introspection_c__ROS_TYPE_MESSAGE; break; // without its table
    case 9: two_fields[1].offset_ = 4; break;                                                     // within the first field
    case 10: two_fields[1].array_size_ = 2; break;                                                // without being an array
    case 11: two_fields[1].is_array_ = true, two_fields[1].array_size_ = SIZE_MAX; break;
    case 12: two_fields[1].is_upper_bound_ = true; break;
    case 13: two_fields[0].name_ = (const char *)3; break;
    }
    if (get_table() != WHORL_INVALID_TYPE) fail_msg("fault %d went unseen", fault);
    assert_true(strlen(whorl_detail()) > 0);
  }
  make_table();
  assert_int_equal(get_table(), WHORL_OK); // and without a fault it is one
}

static void a_service_needs_introspection_as_well(void **state)
{
  (void)state;
  const rosidl_service_type_support_t dead_end = {"rosidl_typesupport_cpp", "", no_service_support};
  const whorl__type_t *request = NULL, *response = NULL;
  assert_int_equal(whorl__service_type_get(&dead_end, &request, &response), WHORL_INVALID_TYPE);
  assert_non_null(strstr(whorl_detail(), "rosidl_typesupport_cpp"));
}

static void tables_laid_out_as_in_jazzy_are_refused(void **state)
{
  (void)state;
  if (offsetof(whorl__members_t, members_) != 32) skip(); // then these are the headers of Jazzy
  static struct { // rosidl 4.6: a flag in front of the pointer. Static as the generated ones are: the bytes behind the flag are 0
    const char *message_namespace, *message_name;
    uint32_t member_count;
    size_t size;
    bool has_any_key_member;
    const void *members;
    void (*init)(void *), (*fini)(void *);
  } jazzy;
  memset(&jazzy, 0, sizeof jazzy); // padding too, as in the constants that rosidl generates
  jazzy.message_namespace = "my_msgs__msg";
  jazzy.message_name = "Odd";
  jazzy.member_count = 2;
  jazzy.size = 16;
  jazzy.members = two_fields;
  make_table();
  for (int key = 0; key <= 1; key++) {
    jazzy.has_any_key_member = key;
    const rosidl_message_type_support_t support = {rosidl_typesupport_introspection_c__identifier, &jazzy, same_support};
    const whorl__type_t *type = NULL;
    assert_int_equal(whorl__type_get(&support, &type), WHORL_INVALID_TYPE);
  }
}

static void *get_types(void *arg)
{
  const whorl__type_t **ret_types = arg;
  assert_int_equal(whorl__type_get(WHORL_MESSAGE(test_msgs, msg, Nested), &ret_types[0]), WHORL_OK);
  assert_int_equal(whorl__type_get(WHORL_MESSAGE(test_msgs, msg, Arrays), &ret_types[1]), WHORL_OK);
  return NULL;
}

static void threads_get_the_same_types(void **state)
{
  (void)state;
  pthread_t threads[4];
  const whorl__type_t *types[4][2];
  for (int i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, get_types, types[i]), 0);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  for (int i = 1; i < 4; i++) assert_memory_equal(types[i], types[0], sizeof types[0]);
}

static void every_allocation_of_a_new_type_may_fail(void **state)
{
  (void)state;
  int64_t blocks = whorl__memory_blocks();
  const whorl__type_t *type = NULL;
  uint64_t nth = 1;
  for (;; nth++) {
    whorl__memory_fail_at(nth);
    int status = whorl__type_get(WHORL_MESSAGE(test_msgs, msg, MultiNested), &type); // asked for by no other test here
    whorl__memory_fail_at(0);
    if (status == WHORL_OK) break;
    assert_int_equal(status, WHORL_NO_MEMORY);
    assert_null(type);
    assert_int_equal(whorl__memory_blocks(), blocks);
  }
  assert_true(nth > 5);
  assert_string_equal(type->ros_name, "test_msgs/msg/MultiNested");
  assert_int_equal(whorl__memory_blocks(), blocks);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_allocation_of_a_new_type_may_fail),
      cmocka_unit_test(a_type_is_interned),
      cmocka_unit_test(a_service_has_two_types),
      cmocka_unit_test(a_type_tells_its_name_and_hash),
      cmocka_unit_test(an_action_has_its_services_and_topics),
      cmocka_unit_test(what_is_no_type_is_refused_with_a_sentence),
      cmocka_unit_test(nested_tables_are_looked_at_too),
      cmocka_unit_test(tables_of_another_rosidl_are_refused),
      cmocka_unit_test(a_service_needs_introspection_as_well),
      cmocka_unit_test(tables_laid_out_as_in_jazzy_are_refused),
      cmocka_unit_test(threads_get_the_same_types),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
