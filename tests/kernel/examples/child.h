// A program that a test runs beside itself, and whose output it reads while it runs.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace ebpf::test {

// Standard output and standard error are one stream of lines. The program inherits the thread's network namespace and
// cgroup. It is killed when the object is destroyed, and when this process dies.
//
// Waiting never depends on how fast the machine is: a program that says nothing for a minute counts as one that hangs.
class Child {
 public:
  // The first word is the program's path.
  explicit Child(const std::vector<std::string>& command);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Reads on until a line is `wanted`, and returns it, without its newline. Where the program ends before, or goes on
  // for hundreds of lines without one, the test case fails, with what there was.
  std::string wait_for(const std::function<bool(const std::string& line)>& wanted);
  // The next line that begins with this.
  std::string wait_for_prefix(const std::string& prefix);

  // Reads to the end of the output. Returns the exit status, 128 and the number of the signal for one that ended it.
  int wait();

  // What was read so far.
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  bool read_line();
  std::string output() const;

  pid_t pid_ = -1;
  int pipe_ = -1;
  std::string unread_;
  std::vector<std::string> lines_;
};

struct Output {
  int status;  // as of Child::wait()
  std::vector<std::string> lines;
};

// Runs a program to its end.
Output run_program(const std::vector<std::string>& command);

}  // namespace ebpf::test
