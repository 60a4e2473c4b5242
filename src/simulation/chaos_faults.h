// Test support: a chaos makes the network lose, delay, double and cut, and kills contexts.
#ifndef WHORL_SIMULATION_CHAOS_FAULTS_H
#define WHORL_SIMULATION_CHAOS_FAULTS_H

#include "simulation/chaos.h"

static whorl_simulation_link_t draw_link(chaos_t *chaos)
{
  whorl_simulation_link_t link = {0};
  if (chance(chaos, 3)) return link;
  link.delay_ns = some_time(chaos, 500);
  link.delay_spread_ns = chance(chaos, 2) ? US(draw(chaos, 500)) : 0;
  link.loss = 0.01 * draw(chaos, 40);
  link.duplication = 0.01 * draw(chaos, 20);
  link.reordering = 0.01 * draw(chaos, 20);
  link.reordering_delay_ns = TICK + some_time(chaos, 500);
  link.retransmission_ns = 4 * TICK + some_time(chaos, 1000);
  return link;
}

static void kill_a_context(chaos_t *chaos)
{
  expect(chaos, "kill", whorl_simulation_kill(chaos->world, chaos->contexts[1 + draw(chaos, CONTEXTS - 1)]), &GONE);
}

// It may still have an open node, or one whose end is on its way: then another time.
static void replace_a_dead_context(chaos_t *chaos)
{
  static const allowed_t open_still = {{WHORL_WOULD_DEADLOCK}};
  whorl_context_t *place = &chaos->contexts[1 + draw(chaos, CONTEXTS - 1)];
  if (!whorl_context_is_shutdown(*place)) return;
  if (expect(chaos, "end context", whorl_context_destroy(*place, WHORL_OK), &open_still) < 0) return;
  expect(chaos, "make context", whorl_simulation_create_context(chaos->world, place), &(allowed_t){{0}});
}

static void draw_network(chaos_t *chaos)
{
  whorl_simulation_network_t network = {.link = draw_link(chaos)};
  network.discovery_delay_ns = some_time(chaos, 300);
  network.lease_ns = 20 * TICK + some_time(chaos, 5000);
  network.spares_local = chance(chaos, 2);
  expect(chaos, "network", whorl_simulation_set_network(chaos->world, &network), &(allowed_t){{0}});
}

static void draw_one_link(chaos_t *chaos)
{
  whorl_simulation_link_t link = draw_link(chaos);
  whorl_context_t from = chaos->contexts[draw(chaos, CONTEXTS)], to = chaos->contexts[draw(chaos, CONTEXTS)];
  expect(chaos, "link", whorl_simulation_set_link(chaos->world, from, to, chance(chaos, 2) ? &link : NULL), &GONE_OR_SHUT);
}

static void change_network(chaos_t *chaos)
{
  unsigned what = draw(chaos, 60);
  if (what < 15)
    draw_network(chaos);
  else if (what < 20)
    draw_one_link(chaos);
  else if (what < 25)
    expect(chaos, "cut", whorl_simulation_partition(chaos->world, &chaos->contexts[draw(chaos, CONTEXTS)], 1), &GONE_OR_SHUT);
  else if (what < 40)
    expect(chaos, "heal", whorl_simulation_heal(chaos->world), &(allowed_t){{0}});
  else if (what < 41)
    kill_a_context(chaos);
  else
    replace_a_dead_context(chaos);
}

#endif
