// The least that the kernel must do for one container, and for taking it away: no store, no lock, no check, one request
// after the other, all of them ready-made in C++. What the engine takes beyond this is its own.
//
// usage: floor <bridge> <address>     in a host namespace with that bridge and table inet tsnet
// stdin:  for each container that is to come and go a line, the path of its network namespace
// stdout: a line for each, "add <tab> del" in ns
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <thread>

namespace {

constexpr int kMtu = 1500;
constexpr const char* kHostEnd = "floor0";
constexpr const char* kSandboxEnd = "eth0";
constexpr const char* kOwner = "bench/floor/eth0";

void require(bool isFine, const char* call) {
  if (isFine) return;
  perror(call);
  exit(1);
}

long long now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/** Messages one behind the other, to go out in one system call. */
class Messages {
 public:
  template <typename Header>
  void begin(int type, int flags, const Header& header) {
    start_ = bytes_.size();
    const nlmsghdr message{0, static_cast<__u16>(type), static_cast<__u16>(NLM_F_REQUEST | flags), ++count_, 0};
    append(&message, sizeof message);
    append(&header, sizeof header);
  }
  void end() { reinterpret_cast<nlmsghdr*>(&bytes_[start_])->nlmsg_len = bytes_.size() - start_; }
  void put(int type, const void* data, size_t length) {
    const rtattr head{static_cast<unsigned short>(RTA_LENGTH(length)), static_cast<unsigned short>(type)};
    append(&head, sizeof head);
    append(data, length);
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  }
  void put(int type, const std::string& value) { put(type, value.c_str(), value.size() + 1); }
  void put(int type, int value) { put(type, &value, sizeof value); }
  void putBare(const void* data, size_t length) { append(data, length); }
  template <typename Inner>
  void nest(int type, Inner inner) {
    const size_t at = bytes_.size();
    put(type, nullptr, 0);
    inner();
    reinterpret_cast<rtattr*>(&bytes_[at])->rta_len = bytes_.size() - at;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  void append(const void* data, size_t length) {
    if (length > 0) bytes_.append(static_cast<const char*>(data), length);
  }
  std::string bytes_;
  size_t start_ = 0;
  __u32 count_ = 0;
};

int open(int protocol) {
  const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
  require(fd >= 0, "socket");
  const int yes = 1;
  setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &yes, sizeof yes);
  return fd;
}

/** Sends and waits for so many acknowledgements; returns the first refusal, or 0. */
int ask(int fd, const Messages& messages, int acknowledgements) {
  require(send(fd, messages.bytes().data(), messages.bytes().size(), 0) > 0, "send");
  int refusal = 0;
  while (acknowledgements > 0) {
    alignas(nlmsghdr) char buffer[16384];
    int length = recv(fd, buffer, sizeof buffer, 0);
    require(length > 0, "recv");
    for (auto* message = reinterpret_cast<nlmsghdr*>(buffer); NLMSG_OK(message, length);
         message = NLMSG_NEXT(message, length)) {
      if (message->nlmsg_type != NLMSG_ERROR) continue;
      acknowledgements--;
      if (refusal == 0) refusal = -static_cast<nlmsgerr*>(NLMSG_DATA(message))->error;
    }
  }
  return refusal;
}

void demand(int fd, const Messages& messages, int acknowledgements, const char* what) {
  errno = ask(fd, messages, acknowledgements);
  require(errno == 0, what);
}

// With one queue per end, as the engine makes it: that saves two grace periods.
void addPair(int route, int sandbox, int bridge) {
  const unsigned char hostMac[] = {2, 0, 0, 0, 0, 1}, sandboxMac[] = {2, 0, 0, 0, 0, 2};
  Messages messages;
  messages.begin(RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{});
  messages.put(IFLA_IFNAME, kHostEnd);
  messages.put(IFLA_ADDRESS, hostMac, sizeof hostMac);
  messages.put(IFLA_MTU, kMtu);
  messages.put(IFLA_NUM_TX_QUEUES, 1);
  messages.put(IFLA_NUM_RX_QUEUES, 1);
  messages.nest(IFLA_LINKINFO, [&] {
    messages.put(IFLA_INFO_KIND, "veth");
    messages.nest(IFLA_INFO_DATA, [&] {
      messages.nest(VETH_INFO_PEER, [&] {
        const ifinfomsg peer{};
        messages.putBare(&peer, sizeof peer);
        messages.put(IFLA_IFNAME, kSandboxEnd);
        messages.put(IFLA_ADDRESS, sandboxMac, sizeof sandboxMac);
        messages.put(IFLA_MTU, kMtu);
        messages.put(IFLA_NUM_TX_QUEUES, 1);
        messages.put(IFLA_NUM_RX_QUEUES, 1);
        messages.put(IFLA_NET_NS_FD, sandbox);
      });
    });
  });
  messages.end();
  ifinfomsg up{};
  up.ifi_flags = up.ifi_change = IFF_UP;
  messages.begin(RTM_NEWLINK, NLM_F_ACK, up);
  messages.put(IFLA_IFNAME, kHostEnd);
  messages.put(IFLA_MASTER, bridge);
  messages.end();
  demand(route, messages, 2, "veth pair");
}

// As the engine has it: the address is announced on the way up, within the call that brings the link up.
void announce() {
  const int fd = ::open((std::string("/proc/sys/net/ipv4/conf/") + kSandboxEnd + "/arp_notify").c_str(), O_WRONLY);
  require(fd >= 0 && write(fd, "1", 1) == 1, "arp_notify");
  close(fd);
}

void configure(int inside, int index, in_addr address, in_addr gateway) {
  Messages messages;
  ifaddrmsg own{};
  own.ifa_family = AF_INET;
  own.ifa_prefixlen = 16;
  own.ifa_index = index;
  messages.begin(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, own);
  messages.put(IFA_LOCAL, &address, sizeof address);
  messages.put(IFA_ADDRESS, &address, sizeof address);
  messages.end();
  ifinfomsg up{};
  up.ifi_index = index;
  up.ifi_flags = up.ifi_change = IFF_UP;
  messages.begin(RTM_NEWLINK, NLM_F_ACK, up);
  messages.end();
  rtmsg route{};
  route.rtm_family = AF_INET;
  route.rtm_table = RT_TABLE_MAIN;
  route.rtm_protocol = RTPROT_BOOT;
  route.rtm_type = RTN_UNICAST;
  messages.begin(RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE, route);
  messages.put(RTA_GATEWAY, &gateway, sizeof gateway);
  messages.put(RTA_OIF, index);
  messages.end();
  demand(inside, messages, 3, "addresses");
}

/** A key of concatenated fields, each padded to 4 bytes. */
class Key {
 public:
  Key& field(const void* data, size_t length) {
    bytes_.append(static_cast<const char*>(data), length);
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

void element(Messages& messages, int operation, const char* set, const Key& key, const Key* value = nullptr) {
  nfgenmsg inet{};
  inet.nfgen_family = NFPROTO_INET;
  const bool isNew = operation == NFT_MSG_NEWSETELEM;
  messages.begin(NFNL_SUBSYS_NFTABLES << 8 | operation, NLM_F_ACK | (isNew ? NLM_F_CREATE | NLM_F_EXCL : 0), inet);
  messages.put(NFTA_SET_ELEM_LIST_TABLE, "tsnet");
  messages.put(NFTA_SET_ELEM_LIST_SET, set);
  messages.nest(NLA_F_NESTED | NFTA_SET_ELEM_LIST_ELEMENTS, [&] {
    messages.nest(NLA_F_NESTED | NFTA_LIST_ELEM, [&] {
      const auto data = [&](int type, const Key& bytes) {
        messages.nest(NLA_F_NESTED | type,
                      [&] { messages.put(NFTA_DATA_VALUE, bytes.bytes().data(), bytes.bytes().size()); });
      };
      data(NFTA_SET_ELEM_KEY, key);
      if (value != nullptr) data(NFTA_SET_ELEM_DATA, *value);
      if (isNew) messages.put(NFTA_SET_ELEM_USERDATA, kOwner);
    });
  });
  messages.end();
}

// The elements of a container with masquerade and one published port on every address (firewall/ruleset.ts).
void changeElements(int netfilter, int operation, in_addr address, const std::string& bridge) {
  char device[IFNAMSIZ] = {};
  bridge.copy(device, IFNAMSIZ - 1);
  const unsigned char tcp = IPPROTO_TCP;
  const in_port_t published = htons(19000), own = htons(80);
  nfgenmsg batch{};
  batch.res_id = htons(NFNL_SUBSYS_NFTABLES);
  Messages messages;
  messages.begin(NFNL_MSG_BATCH_BEGIN, 0, batch);
  messages.end();
  element(messages, operation, "endpoints4", Key().field(&address, sizeof address).field(device, sizeof device));
  element(messages, operation, "masquerade4", Key().field(&address, sizeof address));
  const Key value = Key().field(&address, sizeof address).field(&own, sizeof own);
  const bool isNew = operation == NFT_MSG_NEWSETELEM;
  const Key key = Key().field(&tcp, sizeof tcp).field(&published, sizeof published);
  element(messages, operation, "any_ports4", key, isNew ? &value : nullptr);
  messages.begin(NFNL_MSG_BATCH_END, 0, batch);
  messages.end();
  demand(netfilter, messages, 3, "elements");
}

// The kernel answers only after a grace period; the link is gone for everybody long before. Asking waits for the lock
// under which it goes.
std::thread removePair(int route, int deleter) {
  std::thread thread([deleter] {
    Messages messages;
    messages.begin(RTM_DELLINK, NLM_F_ACK, ifinfomsg{});
    messages.put(IFLA_IFNAME, kHostEnd);
    messages.end();
    demand(deleter, messages, 1, "delete");
  });
  Messages question;
  question.begin(RTM_GETLINK, NLM_F_ACK, ifinfomsg{});
  question.put(IFLA_IFNAME, kHostEnd);
  question.end();
  while (ask(route, question, 1) != ENODEV) usleep(50);
  return thread;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const std::string bridge = arguments[1];
  in_addr address{}, gateway{};
  require(inet_pton(AF_INET, arguments[2], &address) == 1, "address");
  gateway.s_addr = htonl((ntohl(address.s_addr) & 0xffff0000) | 1);
  const int route = open(NETLINK_ROUTE), deleter = open(NETLINK_ROUTE), netfilter = open(NETLINK_NETFILTER);
  const int bridgeIndex = if_nametoindex(bridge.c_str());
  require(bridgeIndex > 0, "bridge");
  const int home = ::open("/proc/self/ns/net", O_RDONLY);
  for (std::string path; std::getline(std::cin, path);) {
    const int sandbox = ::open(path.c_str(), O_RDONLY);
    require(sandbox >= 0, path.c_str());

    const long long begin = now();
    addPair(route, sandbox, bridgeIndex);
    require(setns(sandbox, CLONE_NEWNET) == 0, "setns");
    const int inside = open(NETLINK_ROUTE);
    const int index = if_nametoindex(kSandboxEnd);
    announce();
    require(setns(home, CLONE_NEWNET) == 0, "setns");
    configure(inside, index, address, gateway);
    changeElements(netfilter, NFT_MSG_NEWSETELEM, address, bridge);
    const long long added = now();
    close(inside);

    const long long start = now();
    changeElements(netfilter, NFT_MSG_DELSETELEM, address, bridge);
    std::thread thread = removePair(route, deleter);
    const long long removed = now();
    thread.join();
    close(sandbox);
    printf("%lld\t%lld\n", added - begin, removed - start);
    fflush(stdout);
  }
}
