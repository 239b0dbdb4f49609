// Unix sockets: one system call a function. A message may carry descriptors (unix(7), SCM_RIGHTS).
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>

#include "result.h"

namespace tsnet {
namespace {

/** The address of a path; a leading "@" stands for the NUL of an abstract name. errno says why a path does not fit. */
class Address {
 public:
  explicit Address(const std::string& path) {
    if (path.empty() || path.size() >= sizeof address_.sun_path) {
      errno = path.empty() ? ENOENT : ENAMETOOLONG;
      return;
    }
    address_.sun_family = AF_UNIX;
    memcpy(address_.sun_path, path.data(), path.size());
    const bool isAbstract = path[0] == '@';
    if (isAbstract) address_.sun_path[0] = '\0';
    length_ = offsetof(sockaddr_un, sun_path) + path.size() + (isAbstract ? 0 : 1);
  }
  bool fits() const { return length_ > 0; }
  const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&address_); }
  socklen_t length() const { return length_; }

 private:
  sockaddr_un address_{};
  socklen_t length_ = 0;
};

/** (fd, path) */
Napi::Value bindUnix(const Napi::CallbackInfo& info) {
  const Address address(text(info, 1));
  return result(info, address.fits() ? bind(integer(info, 0), address.data(), address.length()) : -1);
}

/** (fd, path) */
Napi::Value connectUnix(const Napi::CallbackInfo& info) {
  const Address address(text(info, 1));
  return result(info, address.fits() ? connect(integer(info, 0), address.data(), address.length()) : -1);
}

/** (fd, backlog) */
Napi::Value listenOn(const Napi::CallbackInfo& info) {
  return result(info, listen(integer(info, 0), integer(info, 1)));
}

/** (fd) -> a descriptor that does not block, or -errno */
Napi::Value acceptOn(const Napi::CallbackInfo& info) {
  int accepted;
  do {
    accepted = accept4(integer(info, 0), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  } while (accepted < 0 && errno == EINTR);
  return result(info, accepted);
}

/** (fd, Int32Array that gets pid, uid, gid) */
Napi::Value peerCredentials(const Napi::CallbackInfo& info) {
  auto told = info[1].As<Napi::Int32Array>();
  ucred peer{};
  socklen_t length = sizeof peer;
  const int outcome = getsockopt(integer(info, 0), SOL_SOCKET, SO_PEERCRED, &peer, &length);
  if (outcome == 0) {
    told[0] = peer.pid;
    told[1] = static_cast<int>(peer.uid);
    told[2] = static_cast<int>(peer.gid);
  }
  return result(info, outcome);
}

/** (fd, Float64Array that gets the cookie of the network namespace that the socket, or the one it was accepted from, is of) */
Napi::Value networkCookie(const Napi::CallbackInfo& info) {
  auto told = info[1].As<Napi::Float64Array>();
  uint64_t cookie = 0;
  socklen_t length = sizeof cookie;
  // SO_NETNS_COOKIE of asm-generic/socket.h, which older headers do not have; Linux 5.14.
  const int outcome = getsockopt(integer(info, 0), SOL_SOCKET, 71, &cookie, &length);
  if (outcome == 0) told[0] = static_cast<double>(cookie);
  return result(info, outcome);
}

/** (fd, bytes, descriptor to pass or -1) */
Napi::Value sendMessage(const Napi::CallbackInfo& info) {
  auto bytes = info[1].As<Napi::Uint8Array>();
  const int passed = integer(info, 2);
  iovec data{bytes.Data(), bytes.ByteLength()};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  if (passed >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof passed);
    memcpy(CMSG_DATA(header), &passed, sizeof passed);
  }
  long sent;
  do {
    sent = sendmsg(integer(info, 0), &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return result(info, sent);
}

/**
 * (fd, bytes, Int32Array) -> the message's real length, which may exceed the buffer's, or -errno. The array gets the
 * number of descriptors received, 1 if there were more than it has room for, and the descriptors.
 */
Napi::Value receiveMessage(const Napi::CallbackInfo& info) {
  auto bytes = info[1].As<Napi::Uint8Array>();
  auto told = info[2].As<Napi::Int32Array>();
  const size_t room = told.ElementLength() - 2;
  constexpr size_t kMost = 16;
  alignas(cmsghdr) char control[CMSG_SPACE(kMost * sizeof(int))] = {};
  iovec data{bytes.Data(), bytes.ByteLength()};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = CMSG_LEN((room < kMost ? room : kMost) * sizeof(int));
  long received;
  do {
    received = recvmsg(integer(info, 0), &message, MSG_CMSG_CLOEXEC | MSG_TRUNC);
  } while (received < 0 && errno == EINTR);
  told[0] = 0;
  told[1] = received >= 0 && (message.msg_flags & MSG_CTRUNC) != 0;
  if (received < 0) return result(info, received);
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(told.Data() + 2, CMSG_DATA(header), count * sizeof(int));
    told[0] = static_cast<int>(count);
  }
  return result(info, received);
}

/** (fd, SHUT_RD, SHUT_WR or SHUT_RDWR) */
Napi::Value shutDown(const Napi::CallbackInfo& info) {
  return result(info, shutdown(integer(info, 0), integer(info, 1)));
}

}  // namespace

void exportUnix(Napi::Env env, Napi::Object exports) {
  exports["bindUnix"] = Napi::Function::New(env, bindUnix);
  exports["connectUnix"] = Napi::Function::New(env, connectUnix);
  exports["listenOn"] = Napi::Function::New(env, listenOn);
  exports["acceptOn"] = Napi::Function::New(env, acceptOn);
  exports["peerCredentials"] = Napi::Function::New(env, peerCredentials);
  exports["networkCookie"] = Napi::Function::New(env, networkCookie);
  exports["sendMessage"] = Napi::Function::New(env, sendMessage);
  exports["receiveMessage"] = Napi::Function::New(env, receiveMessage);
  exports["shutDown"] = Napi::Function::New(env, shutDown);
}

}  // namespace tsnet
