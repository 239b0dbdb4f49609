// The `sbr` plugin: packets of an interface's addresses leave by that interface (source-based routing).
import {
  boolean,
  checked,
  CniError,
  cniCodes,
  definePlugin,
  integer,
  ips,
  networkConfig,
  optional,
  withDefault,
} from '../../cni/index.ts';
import type { Call, Output, Result } from '../../cni/index.ts';
import { attach } from '../../cnm/attach.ts';
import { Host } from '../../cnm/host.ts';
import type { SourceRoutingRequest } from '../../cnm/request.ts';
import { partKey, partVerbs, previousOf } from '../chained.ts';

const config = checked(
  networkConfig({
    table: optional(integer(1, 0xffff_ffff)),
    gateways: withDefault([], ips),
    addSourceHints: withDefault(false, boolean),
  }),
  ({ gateways }, report) => {
    for (const family of [4, 6] as const) {
      const [first, second] = gateways.filter((gateway) => gateway.family === family);
      if (first === undefined || second === undefined) continue;
      report(
        ['gateways'],
        `gateways list contains multiple IPv${family} addresses: ${first.toString()} and ${second.toString()}`,
      );
    }
  },
);

// An address that does not say which interface it is on is taken as of this one, as the reference does.
function addressesOf({ ips: all, interfaces }: Result, ifname: string): Result['ips'] {
  const own = all.filter(({ interface: at }) => at === undefined || interfaces[at]?.name === ifname);
  if (own.length > 0) return own;
  throw new CniError(cniCodes.invalidConfig, `No IP addresses supplied on interface: ${ifname}`);
}

function toRequest(call: Call<Output<typeof config>>, result: Result): SourceRoutingRequest {
  const { table, gateways, addSourceHints } = call.config;
  return {
    mode: 'sbr',
    key: partKey(call, 'sbr'),
    netns: call.netns,
    addresses: addressesOf(result, call.ifname),
    gateways,
    table,
    hasSourceHints: addSourceHints,
  };
}

export const sbr = definePlugin({
  type: 'sbr',
  about: 'tsnet sbr: lets packets of an interface leave by that interface, whatever the others are',
  config,
  ...partVerbs('sbr', () => true),
  add: (call) => {
    const result = previousOf(call);
    Host.with(call.env, (host) => attach(host, toRequest(call, result)));
    return result;
  },
});
