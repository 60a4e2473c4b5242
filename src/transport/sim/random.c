// Steele, Lea and Flood's SplitMix64: one word of state, so that every path can have its own.
#include "transport/sim/network.h"

static uint64_t next(uint64_t *random)
{
  uint64_t z = *random += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

uint64_t whorl__sim_random_seed(uint64_t seed, const uint8_t writer[16], const uint8_t reader[16])
{
  uint64_t random = seed;
  for (int i = 8; i < 16; i++) { // what tells participants and endpoints apart
    random ^= (uint64_t)writer[i] << 8 | reader[i];
    random = next(&random);
  }
  return random;
}

bool whorl__sim_chance(uint64_t *random, double share)
{
  if (share <= 0) return false;
  if (share >= 1) return true;
  return (double)(next(random) >> 11) * 0x1p-53 < share;
}

int64_t whorl__sim_up_to(uint64_t *random, int64_t limit)
{
  if (limit <= 0) return 0;
  return (int64_t)(next(random) % ((uint64_t)limit + 1));
}

int64_t whorl__sim_discovery_delay(const whorl__sim_network_t *network, uint64_t *random)
{
  const whorl__sim_conditions_t *conditions = &network->options.conditions;
  return whorl__time_after(conditions->discovery_delay_ns, whorl__sim_up_to(random, conditions->discovery_spread_ns));
}
