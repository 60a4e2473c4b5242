// The queue of what may run, beside a plain sorted array.
#include "task/kit.h"
#include "task/ready.h"

enum { MANY = 40 };

static whorl__runnable_t runnables[MANY];

static whorl__runnable_t *expected_top(void)
{
  whorl__runnable_t *top = NULL;
  for (int i = 0; i < MANY; i++)
    if (runnables[i].node.queued && (top == NULL || whorl__key_before(&runnables[i].key, &top->key))) top = &runnables[i];
  return top;
}

static void the_smallest_key_is_on_top_whatever_the_order_of_coming(void **state)
{
  (void)state;
  whorl__ready_t ready;
  uint64_t random_state = 7, order = 0;
  whorl__ready_init(&ready);
  assert_null(whorl__ready_top(&ready));
  for (int step = 0; step < 100000; step++) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    whorl__runnable_t *runnable = &runnables[(random_state >> 33) % MANY];
    if (runnable->node.queued) {
      if (random_state >> 60 < 8) runnable = whorl__ready_top(&ready); // mostly the top goes
      whorl__ready_remove(&ready, runnable);
      assert_false(runnable->node.queued);
    } else {
      order++;
      bool late = random_state >> 60 == 0; // now and then one with an older key
      runnable->key = (whorl__key_t){.level = late ? 0 : 1 + order / 1000, .order = order};
      whorl__ready_add(&ready, runnable);
      assert_true(runnable->node.queued);
    }
    assert_ptr_equal(expected_top(), whorl__ready_top(&ready));
  }
}

static void equal_keys_keep_their_order(void **state)
{
  (void)state;
  whorl__ready_t ready;
  whorl__runnable_t first = {.key = {1, 1}}, second = {.key = {1, 1}};
  whorl__ready_init(&ready);
  whorl__ready_add(&ready, &first);
  whorl__ready_add(&ready, &second);
  assert_ptr_equal(&first, whorl__ready_top(&ready));
  whorl__ready_remove(&ready, &first);
  assert_ptr_equal(&second, whorl__ready_top(&ready));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_smallest_key_is_on_top_whatever_the_order_of_coming),
      cmocka_unit_test(equal_keys_keep_their_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
