// The out-of-line part of child.h.
#include "tests/kernel/examples/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "tests/support/test.h"

namespace ebpf::test {
namespace {

constexpr int kPatience = 60'000;  // milliseconds without a word
constexpr std::size_t kMostLines = 2000;

// In the child: only what may be called between fork and exec of a process with threads.
[[noreturn]] void become(char* const* argv, int output) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execv(argv[0], argv);
  _exit(127);
}

}  // namespace

Child::Child(const std::vector<std::string>& command) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  pid_ = fork();
  if (pid_ == 0) become(argv.data(), ends[1]);
  close(ends[1]);
  pipe_ = ends[0];
  if (pid_ < 0) {
    const int error = errno;
    close(pipe_);
    throw std::system_error(error, std::generic_category(), "fork");
  }
}

Child::~Child() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(pipe_);
}

std::string Child::output() const {
  std::string all;
  for (const std::string& line : lines_) all += line + "\n";
  return all + unread_;
}

bool Child::read_line() {
  for (;;) {
    if (const auto newline = unread_.find('\n'); newline != std::string::npos) {
      lines_.push_back(unread_.substr(0, newline));
      unread_.erase(0, newline + 1);
      return true;
    }
    pollfd readable{pipe_, POLLIN, 0};
    if (poll(&readable, 1, kPatience) <= 0) FAIL("the program is silent; it said:\n" << output());
    char buffer[4096];
    const ssize_t length = read(pipe_, buffer, sizeof buffer);
    if (length <= 0) return false;
    unread_.append(buffer, static_cast<std::size_t>(length));
  }
}

std::string Child::wait_for(const std::function<bool(const std::string& line)>& wanted) {
  for (std::size_t i = 0; i < kMostLines; ++i) {
    if (!read_line()) FAIL("the program ended before it said what was waited for:\n" << output());
    if (wanted(lines_.back())) return lines_.back();
  }
  FAIL("what was waited for did not come:\n" << output());
  return {};
}

std::string Child::wait_for_prefix(const std::string& prefix) {
  return wait_for([&](const std::string& line) { return line.starts_with(prefix); });
}

int Child::wait() {
  while (read_line()) {
  }
  if (!unread_.empty()) lines_.push_back(unread_);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

Output run_program(const std::vector<std::string>& command) {
  Child child(command);
  const int status = child.wait();
  return {status, child.lines()};
}

}  // namespace ebpf::test
