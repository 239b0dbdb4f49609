// Netlink sockets: one system call a function.
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "result.h"

namespace tsnet {
namespace {

/** (fd, index) -> 0 when the socket's namespace has a link of that index, or -errno. No lock is waited for (netdevice(7)). */
Napi::Value findLink(const Napi::CallbackInfo& info) {
  ifreq asked{};
  asked.ifr_ifindex = integer(info, 1);
  return result(info, ioctl(integer(info, 0), SIOCGIFNAME, &asked));
}

/** (fd, name) -> the index of the link of that name in the socket's namespace, or -errno. No lock is waited for either. */
Napi::Value linkIndex(const Napi::CallbackInfo& info) {
  const std::string name = text(info, 1);
  ifreq asked{};
  errno = ENODEV;
  if (name.size() >= sizeof asked.ifr_name) return result(info, -1);
  memcpy(asked.ifr_name, name.data(), name.size());
  const int outcome = ioctl(integer(info, 0), SIOCGIFINDEX, &asked);
  return result(info, outcome < 0 ? outcome : asked.ifr_ifindex);
}

/** A socket address as bytes; longer ones are cut, and bind or connect says that they are no address. */
class Address {
 public:
  explicit Address(const Napi::Uint8Array& bytes)
      : length_(static_cast<socklen_t>(std::min(bytes.ByteLength(), sizeof address_))) {
    memcpy(&address_, bytes.Data(), length_);
  }
  const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&address_); }
  socklen_t length() const { return length_; }

 private:
  sockaddr_storage address_{};
  socklen_t length_;
};

/** (fd, struct sockaddr) */
Napi::Value bindAddress(const Napi::CallbackInfo& info) {
  const Address address(info[1].As<Napi::Uint8Array>());
  return result(info, bind(integer(info, 0), address.data(), address.length()));
}

/** (fd, struct sockaddr) */
Napi::Value connectAddress(const Napi::CallbackInfo& info) {
  const Address address(info[1].As<Napi::Uint8Array>());
  return result(info, connect(integer(info, 0), address.data(), address.length()));
}

Napi::Value setOption(const Napi::CallbackInfo& info) {
  const int value = integer(info, 3);
  return result(info, setsockopt(integer(info, 0), integer(info, 1), integer(info, 2), &value, sizeof value));
}

/** (fd, Int32Array of level, option and value of each) -> 0, or -errno of the first that failed for more than a lack of privilege */
Napi::Value setOptions(const Napi::CallbackInfo& info) {
  const auto options = info[1].As<Napi::Int32Array>();
  for (size_t at = 0; at + 2 < options.ElementLength(); at += 3) {
    const int value = options[at + 2];
    const int outcome = setsockopt(integer(info, 0), options[at], options[at + 1], &value, sizeof value);
    if (outcome != 0 && errno != EPERM) return result(info, outcome);
  }
  return result(info, 0);
}

Napi::Value setReceiveTimeout(const Napi::CallbackInfo& info) {
  const int milliseconds = integer(info, 1);
  const timeval value{milliseconds / 1000, milliseconds % 1000 * 1000};
  return result(info, setsockopt(integer(info, 0), SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value));
}

Napi::Value sendBytes(const Napi::CallbackInfo& info) {
  const auto bytes = info[1].As<Napi::Uint8Array>();
  long sent;
  do {
    sent = send(integer(info, 0), bytes.Data(), bytes.ByteLength(), 0);
  } while (sent < 0 && errno == EINTR);
  return result(info, sent);
}

// MSG_TRUNC makes the kernel tell the datagram's real length, also when the buffer was too short for it.
Napi::Value receiveBytes(const Napi::CallbackInfo& info) {
  auto bytes = info[1].As<Napi::Uint8Array>();
  long received;
  do {
    received = recv(integer(info, 0), bytes.Data(), bytes.ByteLength(), MSG_TRUNC);
  } while (received < 0 && errno == EINTR);
  return result(info, received);
}

}  // namespace

void exportSocket(Napi::Env env, Napi::Object exports) {
  exports["linkIndex"] = Napi::Function::New(env, linkIndex);
  exports["findLink"] = Napi::Function::New(env, findLink);
  exports["bindAddress"] = Napi::Function::New(env, bindAddress);
  exports["connectAddress"] = Napi::Function::New(env, connectAddress);
  exports["setOption"] = Napi::Function::New(env, setOption);
  exports["setOptions"] = Napi::Function::New(env, setOptions);
  exports["setReceiveTimeout"] = Napi::Function::New(env, setReceiveTimeout);
  exports["sendBytes"] = Napi::Function::New(env, sendBytes);
  exports["receiveBytes"] = Napi::Function::New(env, receiveBytes);
}

}  // namespace tsnet
