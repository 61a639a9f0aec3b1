// For --config=musl: what libstdc++'s headers, made for glibc, refer to and musl does not have; and what the commands,
// which have one thread, need less of.
#include <pthread.h>

// glibc's word for "this process never had a second thread", by which std::shared_ptr saves itself atomic operations.
// Never said here.
extern "C" {
extern const char __libc_single_threaded;
const char __libc_single_threaded = 0;
}

// The library's locks, of which nobody else can be the owner: musl's know of clocks, priorities and owners that died,
// 2 KB.
extern "C" {
int pthread_mutex_lock(pthread_mutex_t*) { return 0; }
int pthread_mutex_unlock(pthread_mutex_t*) { return 0; }
}
