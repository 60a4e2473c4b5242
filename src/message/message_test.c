// Pooled messages: what a publisher borrows and a callback may keep.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <geometry_msgs/msg/twist.h>
#include <rosidl_runtime_c/string_functions.h>
#include <sensor_msgs/msg/image.h>
#include <std_msgs/msg/string.h>
#include <test_msgs/msg/strings.h>

#include "base/memory.h"
#include "message/contents.h"
#include "message/pool.h"
#include "message/sample.h"
#include "whorl/message.h"
#include "whorl/status.h"

static const whorl__type_t *type_of(whorl_message_type_t support)
{
  const whorl__type_t *type = NULL;
  assert_int_equal(whorl__type_get(support, &type), WHORL_OK);
  return type;
}

static int trim(void **state)
{
  (void)state;
  whorl__pools_trim();
  return 0;
}

static void a_new_message_is_empty_and_printable(void **state)
{
  (void)state;
  whorl__message_t *message = whorl__message_new(type_of(WHORL_MESSAGE(test_msgs, msg, Strings)));
  const test_msgs__msg__Strings *native = (const void *)message->native;
  assert_string_equal(native->string_value.data, "");
  assert_string_equal(native->string_value_default1.data, ""); // default values are for rosidl's own init functions
  whorl__message_unref(message);
}

static void a_message_comes_back_with_what_it_owned(void **state)
{
  (void)state;
  const whorl__type_t *type = type_of(WHORL_MESSAGE(std_msgs, msg, String));
  whorl__message_t *message = whorl__message_new(type);
  std_msgs__msg__String *native = (void *)message->native;
  assert_true(rosidl_runtime_c__String__assign(&native->data, "a text of some length")); // rosidl's functions and ours share the memory
  whorl__message_unref(message);
  whorl__message_t *again = whorl__message_new(type);
  assert_ptr_equal(again, message);
  assert_true(native->data.capacity >= 22);
  whorl__message_unref(again);
}

static void a_pool_neither_allocates_nor_leaks_once_it_is_warm(void **state)
{
  (void)state;
  const whorl__type_t *type = type_of(WHORL_MESSAGE(geometry_msgs, msg, Twist));
  int64_t blocks = whorl__memory_blocks();
  uint64_t allocations = 0;
  for (int round = 0; round < 100; round++) {
    whorl__message_t *messages[10];
    if (round == 1) allocations = whorl__memory_allocations();
    for (int i = 0; i < 10; i++) messages[i] = whorl__message_new(type);
    for (int i = 0; i < 10; i++) whorl__message_unref(messages[i]);
  }
  assert_int_equal(whorl__memory_allocations(), allocations);
  assert_int_equal(whorl__memory_blocks(), blocks + 10);
  whorl__pools_trim();
  assert_int_equal(whorl__memory_blocks(), blocks);
}

static void a_pool_is_bounded_by_what_its_messages_own(void **state)
{
  (void)state;
  const whorl__type_t *type = type_of(WHORL_MESSAGE(sensor_msgs, msg, Image));
  int64_t blocks = whorl__memory_blocks();
  whorl__message_t *messages[6];
  for (int i = 0; i < 6; i++) {
    messages[i] = whorl__message_new(type);
    sensor_msgs__msg__Image *native = (void *)messages[i]->native;
    assert_true(whorl__contents_reserve((void *)&native->data, WHORL__POOL_LARGEST / 4, 1));
  }
  for (int i = 0; i < 6; i++) whorl__message_unref(messages[i]);
  assert_int_equal(whorl__memory_blocks(), blocks + 3); // with its struct a message counts a little more than a quarter
  whorl__message_t *message = whorl__message_new(type);
  sensor_msgs__msg__Image *native = (void *)message->native;
  assert_true(whorl__contents_reserve((void *)&native->data, 2 * (size_t)WHORL__POOL_LARGEST, 1));
  whorl__message_unref(message); // alone too large to be kept
  assert_int_equal(whorl__memory_blocks(), blocks + 2);
}

static void every_allocation_of_a_new_message_may_fail(void **state)
{
  (void)state;
  const whorl__type_t *type = type_of(WHORL_MESSAGE(test_msgs, msg, Strings));
  int64_t blocks = whorl__memory_blocks();
  whorl__memory_fail_at(1);
  assert_null(whorl__message_new(type));
  whorl__memory_fail_at(0);
  whorl__message_t *message = NULL;
  uint64_t nth = 1;
  for (; message == NULL; nth++) {
    assert_int_equal(whorl__memory_blocks(), blocks);
    whorl__contents_fail_at(nth);
    message = whorl__message_new(type);
    whorl__contents_fail_at(0);
    assert_true(message != NULL || strlen(whorl_detail()) > 0);
  }
  assert_int_equal(nth, 12 + 2); // one for each of the twelve strings, and the one that went well
  whorl__message_unref(message);
}

static void a_kept_message_stays_as_it_was(void **state)
{
  (void)state;
  const whorl__type_t *type = type_of(WHORL_MESSAGE(std_msgs, msg, String));
  whorl__message_t *message = whorl__message_new(type);
  std_msgs__msg__String *native = (void *)message->native;
  assert_true(rosidl_runtime_c__String__assign(&native->data, "kept"));
  assert_ptr_equal(whorl_message_keep(native), native);
  whorl__message_unref(message); // the callback ends
  whorl__message_t *other = whorl__message_new(type);
  assert_ptr_not_equal(other, message);
  assert_string_equal(native->data.data, "kept");
  whorl_message_release(native);
  whorl__message_unref(other);
}

static void only_messages_can_be_kept(void **state)
{
  (void)state;
  const whorl__type_t *type = type_of(WHORL_MESSAGE(std_msgs, msg, String));
  whorl__message_t *message = whorl__message_new(type);
  _Alignas(64) unsigned char block[128] = {0};
  memcpy(block, message, sizeof *message); // a copy of a message, header and all
  void *heap = test_malloc(sizeof(std_msgs__msg__String));
  std_msgs__msg__String on_stack = {0};
  const void *const BAD[] = {NULL, &on_stack, heap, block + 32, message, message->native + 8, (const void *)"a literal"};
  for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
    assert_null(whorl_message_keep(BAD[i]));
    assert_true(strlen(whorl_detail()) > 0);
    whorl_message_release(BAD[i]);
    assert_null(whorl__message_of(BAD[i], type));
  }
  assert_ptr_equal(whorl__message_of(message->native, type), message);
  assert_ptr_equal(whorl__message_of(message->native, NULL), message);
  assert_null(whorl__message_of(message->native, type_of(WHORL_MESSAGE(geometry_msgs, msg, Twist)))); // of another type
  void *native = message->native;
  whorl__message_unref(message);
  assert_null(whorl__message_of(native, type)); // it rests in the pool
  whorl_message_release(native);                // once too often: nothing happens
  test_free(heap);
}

static void a_lent_message_comes_back_once(void **state)
{
  (void)state;
  whorl__message_t *message = whorl__message_new(type_of(WHORL_MESSAGE(std_msgs, msg, String)));
  assert_false(whorl__message_reclaim(message)); // as one that was received
  whorl__message_lend(message);
  assert_null(whorl_message_keep(message->native)); // nobody reads what is being filled
  whorl_message_release(message->native);           // and nobody gives back what he has not kept
  assert_true(whorl__message_reclaim(message));
  assert_false(whorl__message_reclaim(message)); // published twice
  assert_ptr_equal(whorl_message_keep(message->native), message->native);
  whorl_message_release(message->native);
  whorl__message_lend(message);
  whorl__message_unref(message);
  whorl__message_t *again = whorl__message_new(type_of(WHORL_MESSAGE(std_msgs, msg, String)));
  assert_ptr_equal(again, message);
  assert_false(whorl__message_reclaim(again)); // what the pool gives out is not lent
  whorl__message_unref(again);
}

static void *borrow_and_return(void *arg)
{
  const whorl__type_t *type = arg;
  for (int i = 0; i < 2000; i++) {
    whorl__message_t *message = whorl__message_new(type);
    geometry_msgs__msg__Twist *native = (void *)message->native;
    native->linear.x = i;
    const void *kept = whorl_message_keep(native);
    whorl__message_unref(message);
    assert_true(native->linear.x == i); // nobody else has it
    whorl_message_release(kept);
  }
  return NULL;
}

static void threads_share_a_pool(void **state)
{
  (void)state;
  const whorl__type_t *type = type_of(WHORL_MESSAGE(geometry_msgs, msg, Twist));
  int64_t blocks = whorl__memory_blocks();
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, borrow_and_return, (void *)(uintptr_t)type), 0);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  assert_true(whorl__memory_blocks() <= blocks + 4); // never more of them than were in use at a time
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(a_new_message_is_empty_and_printable, trim),
      cmocka_unit_test_teardown(a_message_comes_back_with_what_it_owned, trim),
      cmocka_unit_test_teardown(a_pool_neither_allocates_nor_leaks_once_it_is_warm, trim),
      cmocka_unit_test_teardown(a_pool_is_bounded_by_what_its_messages_own, trim),
      cmocka_unit_test_teardown(every_allocation_of_a_new_message_may_fail, trim),
      cmocka_unit_test_teardown(a_kept_message_stays_as_it_was, trim),
      cmocka_unit_test_teardown(only_messages_can_be_kept, trim),
      cmocka_unit_test_teardown(a_lent_message_comes_back_once, trim),
      cmocka_unit_test_teardown(threads_share_a_pool, trim),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
