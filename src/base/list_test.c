#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/list.h"

typedef struct item {
  int number;
  whorl__link_t link;
} item_t;

static int number_of(const whorl__link_t *link) { return link == NULL ? 0 : WHORL__CONTAINER(link, item_t, link)->number; }

static void links_keep_their_order(void **state)
{
  (void)state;
  item_t items[3] = {{.number = 1}, {.number = 2}, {.number = 3}};
  whorl__list_t list;
  whorl__list_init(&list);
  for (int i = 0; i < 3; i++) whorl__list_append(&list, &items[i].link);
  int expected = 1;
  for (whorl__link_t *link = whorl__list_first(&list); link != NULL; link = whorl__list_next(&list, link)) {
    assert_int_equal(number_of(link), expected++);
  }
  assert_int_equal(expected, 4);
  for (int i = 1; i <= 3; i++) assert_int_equal(number_of(whorl__list_pop(&list)), i);
  assert_null(whorl__list_pop(&list));
  assert_true(whorl__list_empty(&list));
}

static void any_link_can_be_removed_and_knows_it(void **state)
{
  (void)state;
  for (int removed = 0; removed < 3; removed++) {
    item_t items[3] = {{.number = 1}, {.number = 2}, {.number = 3}};
    whorl__list_t list;
    whorl__list_init(&list);
    assert_false(whorl__link_listed(&items[removed].link));
    for (int i = 0; i < 3; i++) whorl__list_append(&list, &items[i].link);
    assert_true(whorl__link_listed(&items[removed].link));
    whorl__list_remove(&items[removed].link);
    assert_false(whorl__link_listed(&items[removed].link));
    whorl__list_append(&list, &items[removed].link); // again, now last
    for (int i = 0; i < 3; i++) {
      if (i != removed) assert_int_equal(number_of(whorl__list_pop(&list)), i + 1);
    }
    assert_int_equal(number_of(whorl__list_pop(&list)), removed + 1);
  }
}

static void a_whole_list_moves_in_its_order(void **state)
{
  (void)state;
  for (int count = 0; count <= 3; count++) {
    item_t items[3] = {{.number = 1}, {.number = 2}, {.number = 3}};
    whorl__list_t from, to;
    whorl__list_init(&from);
    for (int i = 0; i < count; i++) whorl__list_append(&from, &items[i].link);
    whorl__list_move(&from, &to);
    assert_true(whorl__list_empty(&from));
    if (count == 3) {
      whorl__list_remove(&items[1].link);
      whorl__list_append(&from, &items[1].link); // both are lists of their own
      assert_int_equal(number_of(whorl__list_pop(&from)), 2);
    }
    for (int i = 1; i <= count; i++)
      if (count < 3 || i != 2) assert_int_equal(number_of(whorl__list_pop(&to)), i);
    assert_true(whorl__list_empty(&to));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(links_keep_their_order),
      cmocka_unit_test(any_link_can_be_removed_and_knows_it),
      cmocka_unit_test(a_whole_list_moves_in_its_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
