// What the tsnet service may do: what it needs, and nothing else. SECURITY.md tells of each capability what needs it.
//
// Nothing here gives the service a mount namespace of its own (ProtectSystem=, PrivateTmp=, PrivateDevices=,
// ProtectKernelTunables=, ProtectProc= and the like would): it has to see the namespaces that runtimes pin below /run, and it
// serves only callers of its own mount namespace. MemoryDenyWriteExecute= forbids what a JavaScript engine does.
import { systemCalls } from './system-calls.ts';

/** What the runtime that tsnet is built with, and the dynamic loader, obey before any code of tsnet runs. */
const obeyed = [
  'BUN_OPTIONS BUN_BE_BUN BUN_BYTECODE_ORDER_OUT BUN_INSPECT BUN_CONFIG_VERBOSE_FETCH',
  'NODE_OPTIONS LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT GLIBC_TUNABLES',
];

/** Lines of a [Service] section. systemd.exec(5), systemd.resource-control(5) */
export const hardening: readonly string[] = [
  'CapabilityBoundingSet=CAP_NET_ADMIN CAP_SYS_ADMIN CAP_SYS_PTRACE',
  'AmbientCapabilities=',
  'NoNewPrivileges=yes',
  'UMask=0077',
  'LockPersonality=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'RestrictNamespaces=net',
  'RestrictAddressFamilies=AF_UNIX AF_NETLINK',
  'KeyringMode=private',
  'DevicePolicy=closed',
  'DeviceAllow=/dev/net/tun rw',
  ...obeyed.map((names) => `UnsetEnvironment=${names}`),
  'SystemCallArchitectures=native',
  'SystemCallErrorNumber=EPERM',
  ...Object.values(systemCalls).map((names) => `SystemCallFilter=${names}`),
];
