// Running checks in a process of their own, which may give up rights that a test is not to lose.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace ebpf::test {

// Runs `body`, which returns an empty text or what is wrong, in a child. Returns the same, or how the child ended.
template <class Body>
std::string in_child(Body body) {
  int ends[2];
  if (::pipe(ends) != 0) return "pipe failed";
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    const std::string problem = body();
    const ssize_t written = ::write(ends[1], problem.data(), problem.size());
    ::_exit(written == static_cast<ssize_t>(problem.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string problem;
  char buffer[512];
  for (ssize_t count; (count = ::read(ends[0], buffer, sizeof buffer)) > 0;)
    problem.append(buffer, static_cast<std::size_t>(count));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return problem + "; the child was killed by signal " + std::to_string(WTERMSIG(status));
  if (WEXITSTATUS(status) != 0) return problem + "; the child ended with " + std::to_string(WEXITSTATUS(status));
  return problem;
}

}  // namespace ebpf::test
