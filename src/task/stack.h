// Stacks for fibers: cut from slabs of address space, mapped lazily, with a guard page below each.
//
// Guards are MADV_GUARD_INSTALL where the kernel has it (6.13): they cost no mapping. Elsewhere, and where a leak checker must be able to see from the mappings what is readable, mprotect is
// used up to 16,000 guards in the process (each costs two of the kernel's 65,530 mappings); beyond that a stack is refused unless `unguarded` is set. A slab belongs to one thread.
#ifndef WHORL_TASK_STACK_H
#define WHORL_TASK_STACK_H

#include <stdbool.h>
#include <stddef.h>

typedef struct whorl__stack {
  char *bottom; // lowest usable byte, just above the guard page
  size_t size;  // usable bytes
} whorl__stack_t;

typedef struct whorl__stack_slab {
  struct whorl__stack_slab *next; // the owner's use
  char *memory;
  size_t stride; // of a stack with its guard page
  unsigned count, used, guarded_by_mapping;
} whorl__stack_slab_t;

enum { WHORL__STACK_GUARDS_MAX = 16000 };

// The size that `requested` stands for: 0 the default of 64 KiB, rounded up to whole pages, at least 16 KiB; under sanitizers at least 256 KiB.
size_t whorl__stack_size(size_t requested);
// A slab of `count` stacks of a size from whorl__stack_size. NO_MEMORY.
int whorl__stack_slab_create(size_t stack_size, unsigned count, whorl__stack_slab_t **ret_slab);
// The next unused stack, guarded. NO_MEMORY: no guard could be had. WOULD_BLOCK: the slab is used up.
int whorl__stack_slab_take(whorl__stack_slab_t *slab, bool unguarded, whorl__stack_t *ret_stack);
// Unmaps all its stacks; nothing may run on them.
void whorl__stack_slab_destroy(whorl__stack_slab_t *slab);

// Tests: as if there were no room for a further slab; as if the kernel had no light guard pages; and how many guards cost a mapping now.
void whorl__stack_pretend_full(bool full);
void whorl__stack_pretend_old_kernel(bool old);
unsigned whorl__stack_mapped_guards(void);

#endif
