// The two sides of making the mount. The file system belongs to the user namespace in which its context was opened
// (fsopen), so the child opens it; its delegate_* options take CAP_SYS_ADMIN in the first namespace, so the parent sets
// them and makes the mount; the child then puts it into its tree. The descriptors go through a socket.
#include "tests/support/user_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tests/support/test.h"

namespace ebpf::test {
namespace {

// <linux/mount.h>, which older <sys/mount.h> does not go together with.
constexpr unsigned kSetString = 1;  // FSCONFIG_SET_STRING
constexpr unsigned kCreate = 6;     // FSCONFIG_CMD_CREATE
constexpr unsigned kEmptyPath = 4;  // MOVE_MOUNT_F_EMPTY_PATH

bool send_fd(int socket, int fd) {
  char byte = 0;
  iovec data = {&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  return ::sendmsg(socket, &message, 0) == 1;
}

// -1 where the other side has gone or sent none.
int receive_fd(int socket) {
  char byte = 0;
  iovec data = {&byte, 1};
  int fd = -1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (::recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1) return -1;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return -1;
  std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

bool write_file(const char* path, const char* text) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool written = ::write(fd, text, std::strlen(text)) > 0;
  ::close(fd);
  return written;
}

std::string failed(const char* what) { return std::string(what) + ": " + std::strerror(errno); }

// Root of a user namespace in which root is the only user.
std::string enter_namespaces() {
  if (::unshare(CLONE_NEWUSER) != 0) return failed("no user namespace");
  (void)write_file("/proc/self/setgroups", "deny");
  if (!write_file("/proc/self/uid_map", "0 0 1")) return failed("uid_map");
  if (!write_file("/proc/self/gid_map", "0 0 1")) return failed("gid_map");
  if (::unshare(CLONE_NEWNS) != 0) return failed("no mount namespace");
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return failed("private mounts");
  return {};
}

// What the child says first: whether it came as far as to run `act`.
constexpr char kReady = '+';
constexpr char kNotReady = '-';

std::string child(int socket, const std::string& target, const std::function<std::string()>& act) {
  if (const std::string problem = enter_namespaces(); !problem.empty()) return kNotReady + problem;
  const long context = ::syscall(SYS_fsopen, "bpf", 0);
  if (context < 0) return kNotReady + failed("fsopen");
  if (!send_fd(socket, static_cast<int>(context))) return kNotReady + failed("send");
  const int mount = receive_fd(socket);
  if (mount < 0) return kNotReady + std::string("the kernel does not delegate to this bpf file system");
  if (::syscall(SYS_move_mount, mount, "", AT_FDCWD, target.c_str(), kEmptyPath) != 0)
    return kNotReady + failed("move_mount");
  ::close(mount);
  ::close(static_cast<int>(context));
  return kReady + act();
}

// The mount, or -1 with errno.
int make_mount(int context, const MountOptions& options) {
  for (const auto& [name, value] : options)
    if (::syscall(SYS_fsconfig, context, kSetString, name.c_str(), value.c_str(), 0) != 0) return -1;
  if (::syscall(SYS_fsconfig, context, kCreate, nullptr, nullptr, 0) != 0) return -1;
  return static_cast<int>(::syscall(SYS_fsmount, context, 0, 0));
}

void serve_mount(int socket, const MountOptions& options) {
  const int context = receive_fd(socket);
  if (context < 0) return;
  const int mount = make_mount(context, options);
  if (mount >= 0) {
    (void)send_fd(socket, mount);
    ::close(mount);
  } else {
    const char byte = 0;
    (void)!::write(socket, &byte, 1);
  }
  ::close(context);
}

std::string read_all(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
  return text;
}

}  // namespace

std::string in_user_namespace(const MountOptions& options, const std::string& target,
                              const std::function<std::string()>& act) {
  int sockets[2];
  int answer[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == 0);
  REQUIRE(::pipe2(answer, O_CLOEXEC) == 0);
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::close(sockets[0]);
    const std::string said = child(sockets[1], target, act);
    (void)!::write(answer[1], said.data(), said.size());
    ::_exit(0);
  }
  ::close(sockets[1]);
  ::close(answer[1]);
  serve_mount(sockets[0], options);
  const std::string said = read_all(answer[0]);
  ::close(sockets[0]);
  ::close(answer[0]);
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  if (said.empty() || !WIFEXITED(status)) return "the process in the user namespace died";
  if (said.front() == kNotReady) SKIP_TEST("needs a delegated bpf file system: " + said.substr(1));
  return said.substr(1);
}

}  // namespace ebpf::test
