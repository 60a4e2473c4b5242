// What ThreadSanitizer must be told: Cyclone is not instrumented, so it does not see how Cyclone orders the threads that our objects go through.
//
// An object is given before a call into Cyclone that shows it to other threads, and at the end of each callback that touched it; it is taken at the beginning of each
// callback, and after the call that ends Cyclone's use of it. What Whorl itself does between threads is seen without help. Without the sanitizer: nothing.
#ifndef WHORL_TRANSPORT_CYCLONE_TSAN_H
#define WHORL_TRANSPORT_CYCLONE_TSAN_H

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WHORL__TSAN 1
#endif
#elif defined(__SANITIZE_THREAD__)
#define WHORL__TSAN 1
#endif

#ifdef WHORL__TSAN
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#define WHORL__TAKE(object) __tsan_acquire((void *)(object))
#define WHORL__GIVE(object) __tsan_release((void *)(object))
#else
#define WHORL__TAKE(object) ((void)(object))
#define WHORL__GIVE(object) ((void)(object))
#endif

#endif
