#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/heap.h"
#include "base/list.h"

typedef struct entry {
  whorl__heap_node_t node;
  unsigned key, id;
} entry_t;

static entry_t *entry_of(const whorl__heap_node_t *node) { return WHORL__CONTAINER(node, entry_t, node); }

static bool earlier(const whorl__heap_node_t *a, const whorl__heap_node_t *b)
{
  const entry_t *x = entry_of(a), *y = entry_of(b);
  return x->key != y->key ? x->key < y->key : x->id < y->id;
}

static void an_empty_heap_gives_nothing(void **state)
{
  (void)state;
  whorl__heap_t heap;
  whorl__heap_init(&heap, earlier);
  assert_null(whorl__heap_top(&heap));
  assert_null(whorl__heap_pop(&heap));
}

static void members_come_out_in_order(void **state)
{
  (void)state;
  enum { COUNT = 200 };
  static entry_t entries[COUNT];
  whorl__heap_t heap;
  whorl__heap_init(&heap, earlier);
  for (unsigned i = 0; i < COUNT; i++) {
    entries[i] = (entry_t){.key = i * 7919 % 50, .id = i};
    whorl__heap_push(&heap, &entries[i].node);
  }
  entry_t *last = entry_of(whorl__heap_pop(&heap));
  for (unsigned i = 1; i < COUNT; i++) {
    entry_t *next = entry_of(whorl__heap_pop(&heap));
    assert_true(earlier(&last->node, &next->node));
    assert_false(next->node.queued);
    last = next;
  }
  assert_int_equal(heap.count, 0);
}

static void a_sorted_row_does_not_recurse(void **state)
{
  (void)state;
  enum { COUNT = 100000 }; // as siblings and as a chain: deep recursion would end the program
  entry_t *entries = calloc(COUNT, sizeof *entries);
  for (int descending = 0; descending < 2; descending++) {
    whorl__heap_t heap;
    whorl__heap_init(&heap, earlier);
    for (unsigned i = 0; i < COUNT; i++) {
      entries[i] = (entry_t){.key = descending ? COUNT - i : i, .id = i};
      whorl__heap_push(&heap, &entries[i].node);
    }
    for (unsigned i = 0; i < COUNT; i++) assert_int_equal(entry_of(whorl__heap_pop(&heap))->key, descending ? i + 1 : i);
  }
  free(entries);
}

// Against a plain reference: pushes, pops and removals of any member in a fixed pseudo-random order. Keys come as they like, or grow but for one in `in_order`.
static void compare_with_a_plain_search(unsigned in_order)
{
  enum { COUNT = 64, STEPS = 50000 };
  static entry_t entries[COUNT];
  whorl__heap_t heap;
  whorl__heap_init(&heap, earlier);
  uint32_t seed = 12345;
  for (unsigned i = 0; i < COUNT; i++) entries[i] = (entry_t){.id = i};
  for (int step = 0; step < STEPS; step++) {
    seed = seed * 1664525u + 1013904223u;
    entry_t *chosen = &entries[(seed >> 16) % COUNT];
    if (!chosen->node.queued) {
      bool is_late = in_order == 0 || (seed >> 8) % in_order == 0;
      chosen->key = is_late ? (seed >> 8) % 32 : 32 + (unsigned)step / 10;
      whorl__heap_push(&heap, &chosen->node);
    } else if ((seed >> 24) % 2 == 0) {
      whorl__heap_remove(&heap, &chosen->node);
    } else {
      whorl__heap_pop(&heap);
    }
    entry_t *first = NULL;
    size_t queued = 0;
    for (unsigned i = 0; i < COUNT; i++) {
      if (!entries[i].node.queued) continue;
      queued++;
      if (first == NULL || earlier(&entries[i].node, &first->node)) first = &entries[i];
    }
    assert_int_equal(heap.count, queued);
    assert_ptr_equal(whorl__heap_top(&heap), first != NULL ? &first->node : NULL);
  }
}

static void any_member_can_be_removed(void **state)
{
  (void)state;
  compare_with_a_plain_search(0);
}

static void whether_members_come_in_order_or_not(void **state)
{
  (void)state;
  compare_with_a_plain_search(20);
}

static bool never(const whorl__heap_node_t *a, const whorl__heap_node_t *b)
{
  (void)a, (void)b;
  return false;
}

static void members_with_equal_keys_stay_in_the_order_of_their_coming(void **state)
{
  (void)state;
  entry_t entries[3] = {0};
  whorl__heap_t heap;
  whorl__heap_init(&heap, never);
  for (int i = 0; i < 3; i++) whorl__heap_push(&heap, &entries[i].node);
  whorl__heap_remove(&heap, &entries[1].node);
  whorl__heap_push(&heap, &entries[1].node);
  assert_ptr_equal(whorl__heap_pop(&heap), &entries[0].node);
  assert_ptr_equal(whorl__heap_pop(&heap), &entries[2].node);
  assert_ptr_equal(whorl__heap_pop(&heap), &entries[1].node);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_empty_heap_gives_nothing),          cmocka_unit_test(members_come_out_in_order),
      cmocka_unit_test(a_sorted_row_does_not_recurse),        cmocka_unit_test(any_member_can_be_removed),
      cmocka_unit_test(whether_members_come_in_order_or_not), cmocka_unit_test(members_with_equal_keys_stay_in_the_order_of_their_coming),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
