// The `firewall` plugin: a container's traffic passes the host's filters, and who may call the container.
import { checked, definePlugin, networkConfig, optional, text, withDefault } from '../../cni/index.ts';
import type { Call, Output, Result } from '../../cni/index.ts';
import { attach } from '../../cnm/attach.ts';
import { Host } from '../../cnm/host.ts';
import { ingressPolicies } from '../../cnm/request.ts';
import type { FirewallRequest, Ingress } from '../../cnm/request.ts';
import { isOfHost, partKey, partVerbs, previousOf } from '../chained.ts';

function ingressOf(policy: string): Ingress | undefined {
  return ingressPolicies.find((one) => one === policy);
}

const config = checked(
  networkConfig({
    /** By which tool the reference would work; tsnet always speaks to the kernel itself. */
    backend: optional(text),
    firewalldZone: optional(text),
    iptablesAdminChainName: withDefault('CNI-ADMIN', text),
    ingressPolicy: withDefault('open', text),
  }),
  ({ ingressPolicy, iptablesAdminChainName }, report) => {
    if (ingressOf(ingressPolicy) === undefined)
      report(['ingressPolicy'], `unknown ingress policy: "${ingressPolicy}"`);
    // XT_EXTENSION_MAXNAMELEN of linux/netfilter/x_tables.h, with the NUL that ends the name.
    if (!/^[^\s-][^\s]{0,27}$/.test(iptablesAdminChainName))
      report(['iptablesAdminChainName'], 'the name of a chain has 1 to 28 characters without white space');
  },
);

function toRequest(call: Call<Output<typeof config>>, result: Result): FirewallRequest {
  const { ingressPolicy, iptablesAdminChainName } = call.config;
  return {
    mode: 'firewall',
    key: partKey(call, 'firewall'),
    netns: call.netns,
    addresses: result.ips.map(({ address }) => address.ip),
    hostInterfaces: result.interfaces.filter(isOfHost).map(({ name }) => name),
    ingress: ingressOf(ingressPolicy) ?? 'open',
    adminChain: iptablesAdminChainName,
  };
}

export const firewall = definePlugin({
  type: 'firewall',
  about: "tsnet firewall: lets a container's traffic pass the host's filters, and says who may call it",
  config,
  ...partVerbs('firewall', () => true, { needs: ['nftables'] }),
  add: (call) => {
    const result = previousOf(call);
    Host.with(call.env, (host) => attach(host, toRequest(call, result)));
    return result;
  },
});
