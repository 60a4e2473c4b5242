#define _GNU_SOURCE
#include "task/stack.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/detail.h"
#include "base/memory.h"
#include "task/sanitizer.h"
#include "whorl/status.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

// The tops of all stacks are busy, and at equal distances of a power of two they would fight for the same few cache lines: the guard page makes the distance odd, and the color shifts the top within its
// page (by little, so that a sleeping task still needs one page).
enum { CACHE_LINE = 64, COLORS = 8 };

// Larger than anybody's, and small enough for what a sanitizer keeps of each byte, a slab of it included.
#define LARGEST_SIZE ((size_t)4 << 30)

enum { DEFAULT_SIZE = 64 * 1024, SMALLEST_SIZE = 16 * 1024, SANITIZER_SIZE = 256 * 1024 };

static atomic_uint mapped_guards; // of the whole process, as the kernel's limit is
static atomic_bool no_light_guards, no_room;

static size_t page_size(void) { return (size_t)sysconf(_SC_PAGESIZE); }

size_t whorl__stack_size(size_t requested)
{
  size_t size = requested == 0 ? DEFAULT_SIZE : requested < SMALLEST_SIZE ? SMALLEST_SIZE : requested;
#if defined(WHORL__ASAN) || defined(WHORL__TSAN)
  if (size < SANITIZER_SIZE) size = SANITIZER_SIZE;
#else
  (void)SANITIZER_SIZE;
#endif
  size_t page = page_size();
  if (size > SIZE_MAX / 2) return SIZE_MAX / 2 / page * page; // no slab of it can be mapped, which is the answer
  return (size + page - 1) / page * page;
}

int whorl__stack_slab_create(size_t stack_size, unsigned count, whorl__stack_slab_t **ret_slab)
{
  size_t stride = stack_size + page_size(), size = stride * count;
  if (stack_size > LARGEST_SIZE)
    return whorl__fail(WHORL_NO_MEMORY, "no address space for a stack of %zu bytes: at most %zu", stack_size, LARGEST_SIZE);
  whorl__stack_slab_t *slab = atomic_load_explicit(&no_room, memory_order_relaxed) ? NULL : whorl__alloc(sizeof *slab);
  if (slab == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a slab of stacks");
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) {
    whorl__free(slab);
    return whorl__fail(WHORL_NO_MEMORY, "no address space for %u stacks of %zu bytes", count, stack_size);
  }
  madvise(memory, size, MADV_NOHUGEPAGE); // else the first touch of one stack could make 2 MiB resident
#ifdef WHORL__ASAN
  __lsan_register_root_region(memory, size); // memory that only a suspended task knows is no leak
#endif
  *slab = (whorl__stack_slab_t){.memory = memory, .stride = stride, .count = count};
  *ret_slab = slab;
  return WHORL_OK;
}

#ifdef WHORL__ASAN
// LeakSanitizer reads what /proc/self/maps calls readable, and a light guard does not show there.
static bool install_light_guard(const char *page)
{
  (void)page;
  return false;
}
#else
static atomic_bool light_guards_proven;

// An emulator of another machine (qemu's user mode) takes advice that it does not know for heeded. Whether the kernel itself can still read the page tells.
static bool is_guarded(const char *page)
{
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return true; // as it was said
  bool readable = write(ends[1], page, 1) == 1;
  close(ends[0]);
  close(ends[1]);
  return !readable;
}

static bool install_light_guard(char *page)
{
  if (RUNNING_ON_VALGRIND) return false; // its backtraces and its leak check read the page, and die of it
  if (atomic_load_explicit(&no_light_guards, memory_order_relaxed) || madvise(page, page_size(), MADV_GUARD_INSTALL) != 0) return false;
  if (atomic_load_explicit(&light_guards_proven, memory_order_relaxed)) return true;
  bool guarded = is_guarded(page);
  atomic_store_explicit(guarded ? &light_guards_proven : &no_light_guards, true, memory_order_relaxed);
  return guarded;
}
#endif

static bool install_mapped_guard(whorl__stack_slab_t *slab, char *page)
{
  if (atomic_fetch_add(&mapped_guards, 1) < WHORL__STACK_GUARDS_MAX && mprotect(page, page_size(), PROT_NONE) == 0) {
    slab->guarded_by_mapping++;
    return true;
  }
  atomic_fetch_sub(&mapped_guards, 1);
  return false;
}

int whorl__stack_slab_take(whorl__stack_slab_t *slab, bool unguarded, whorl__stack_t *ret_stack)
{
  if (slab->used == slab->count) return WHORL_WOULD_BLOCK;
  char *memory = slab->memory + (size_t)slab->used * slab->stride;
  size_t color = slab->used % COLORS * CACHE_LINE;
  if (!install_light_guard(memory) && !install_mapped_guard(slab, memory) && !unguarded)
    return whorl__fail(WHORL_NO_MEMORY, "no more than %d stacks can have a guard page on this kernel", WHORL__STACK_GUARDS_MAX);
  slab->used++;
  *ret_stack = (whorl__stack_t){.bottom = memory + page_size(), .size = slab->stride - page_size() - color};
  return WHORL_OK;
}

void whorl__stack_slab_destroy(whorl__stack_slab_t *slab)
{
  size_t size = slab->stride * slab->count;
#ifdef WHORL__ASAN
  __lsan_unregister_root_region(slab->memory, size);
  ASAN_UNPOISON_MEMORY_REGION(slab->memory, size); // the next owner of these addresses is no stack
#endif
  munmap(slab->memory, size);
  atomic_fetch_sub(&mapped_guards, slab->guarded_by_mapping);
  whorl__free(slab);
}

void whorl__stack_pretend_full(bool full) { atomic_store(&no_room, full); }
void whorl__stack_pretend_old_kernel(bool old) { atomic_store(&no_light_guards, old); }
unsigned whorl__stack_mapped_guards(void) { return atomic_load(&mapped_guards); }
