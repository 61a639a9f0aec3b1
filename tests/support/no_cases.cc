// Not a test: a test binary without a test case, which must not count as success.
#include "tests/support/test.h"
