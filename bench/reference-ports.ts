// Published ports of the reference plugin portmap, as rules that are laid at once: it would take portmap itself, which
// starts iptables for each of three rules of a port, some ten minutes for 5,000.

/** How many ports a rule of the extension multiport takes. */
const AT_ONCE = 15;

function portRules(chain: string, address: string, port: number): string[] {
  const match = `-p tcp -m tcp --dport ${port}`;
  return [
    `-A ${chain} -s 10.88.0.0/16 ${match} -j CNI-HOSTPORT-SETMARK`,
    `-A ${chain} -s 127.0.0.1/32 ${match} -j CNI-HOSTPORT-SETMARK`,
    `-A ${chain} ${match} -j DNAT --to-destination ${address}:80`,
  ];
}

/**
 * The rules that portmap 1.1.1 has for a container at `address` that publishes so many ports from `first` on, as input of
 * iptables-restore(8) with --noflush; portmap must have published something before.
 */
export function publishedRules(chain: string, address: string, first: number, count: number): string {
  const ports = Array.from({ length: count }, (_, at) => first + at);
  const groups = Array.from({ length: Math.ceil(count / AT_ONCE) }, (_, at) =>
    ports.slice(at * AT_ONCE, (at + 1) * AT_ONCE),
  );
  const comment = `-m comment --comment "dnat ${chain}"`;
  return [
    '*nat',
    `:${chain} - [0:0]`,
    ...ports.flatMap((port) => portRules(chain, address, port)),
    ...groups.map(
      (group) =>
        `-A CNI-HOSTPORT-DNAT -p tcp ${comment} -m multiport --dports ${group.join(',')} -j ${chain}`,
    ),
    'COMMIT\n',
  ].join('\n');
}
