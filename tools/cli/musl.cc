// For --config=musl: what libstdc++'s headers, made for glibc, refer to and musl does not have.

// glibc's word for "this process never had a second thread", by which std::shared_ptr saves itself atomic operations.
// Never said here.
extern "C" {
extern const char __libc_single_threaded;
const char __libc_single_threaded = 0;
}
