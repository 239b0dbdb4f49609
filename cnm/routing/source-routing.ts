// Mode sbr: packets of an interface's addresses leave by that interface, whatever the other interfaces of the sandbox are.
import { NETLINK, openConnection } from '../../netlink/connection.ts';
import { RT_TABLE } from '../../netlink/route/constants.ts';
import { findLink } from '../../netlink/route/link.ts';
import { deleteRoute, listRoutes, newRoute } from '../../netlink/route/route.ts';
import { deleteRule, listRules, newRule } from '../../netlink/route/rule.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { deleteEndpoint, interfaceOf, setKept } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import type { Attachment } from '../attachment.ts';
import type { Driver } from '../driver.ts';
import type { Host } from '../host.ts';
import type { SourceRoutingRequest } from '../request.ts';
import { attempt, isLaid, mainRoutes, parseRoutes, restoreRoutes } from './kept-route.ts';
import type { RouteJson } from './kept-route.ts';
import { parsePlan, planRouting } from './plan.ts';
import type { Plan } from './plan.ts';
import { linkOf, openAgain } from './sandbox-link.ts';
import { freeTables, tablesInUse } from './table.ts';

// What the claim decides by: the kernel's part is looked at before the transaction, not in it.
function look(request: SourceRoutingRequest, namespace: Namespace): string {
  using connection = openConnection(namespace.fd, NETLINK.ROUTE);
  const link = linkOf(connection, interfaceOf(request.key), namespace);
  return JSON.stringify({ routes: mainRoutes(connection, link.index), busy: tablesInUse(connection) });
}

function claim(host: Host, endpoint: Endpoint, request: SourceRoutingRequest): Plan {
  const { routes, busy } = JSON.parse(endpoint.kept ?? '{}') as { routes: RouteJson[]; busy: number[] };
  const count = request.table === undefined ? request.addresses.length : 0;
  const plan = planRouting(request, parseRoutes(routes), freeTables(host.db, endpoint, count, busy));
  setKept(host.db, endpoint.id, JSON.stringify(plan));
  return plan;
}

// The tables are filled before the main one loses anything; the hints come last, in the place of what was there.
function connect(endpoint: Endpoint, namespace: Namespace, { rules, laid, taken }: Plan): Attachment {
  using connection = openConnection(namespace.fd, NETLINK.ROUTE);
  const oif = linkOf(connection, interfaceOf(endpoint), namespace).index;
  const lay = (isInMain: boolean) =>
    laid
      .filter(({ table }) => (table === RT_TABLE.MAIN) === isInMain)
      .map((route) => newRoute({ ...route, oif }));
  connection.pipeline([...lay(false), ...rules.map(newRule)]);
  connection.pipeline([...taken.map((route) => deleteRoute({ ...route, oif })), ...lay(true)]);
  return { interfaces: [], addresses: [], routes: [] };
}

function disconnect(host: Host, endpoint: Endpoint): void {
  const plan = endpoint.kept === undefined ? undefined : parsePlan(endpoint.kept);
  if (plan !== undefined) undo(endpoint, plan);
  host.db.transaction(() => deleteEndpoint(host.db, endpoint.id));
}

function undo(endpoint: Endpoint, { rules, laid, taken }: Plan): void {
  using namespace = openAgain(endpoint);
  if (namespace === undefined) return;
  using connection = openConnection(namespace.fd, NETLINK.ROUTE);
  for (const rule of rules) attempt(connection, deleteRule(rule));
  const link = findLink(connection, { ifname: interfaceOf(endpoint) });
  if (link === undefined) return;
  for (const route of laid) attempt(connection, deleteRoute({ ...route, oif: link.index }));
  restoreRoutes(connection, link.index, taken);
}

function inspect({ kept, ...key }: Endpoint, namespace: Namespace): string[] {
  const { rules, laid } = parsePlan(kept ?? '');
  using connection = openConnection(namespace.fd, NETLINK.ROUTE);
  const ifname = interfaceOf(key);
  const link = findLink(connection, { ifname });
  if (link === undefined) return [`interface "${ifname}" is missing in the sandbox`];
  const presentRules = listRules(connection);
  const presentRoutes = listRoutes(connection);
  const lostRules = rules.filter(
    ({ source, table }) =>
      !presentRules.some((one) => one.table === table && one.source?.equals(source) === true),
  );
  const lostRoutes = laid.filter((route) => !isLaid(presentRoutes, link.index, route));
  return [
    ...lostRules.map(({ source, table }) => `rule from ${source.toString()} lookup ${table} is missing`),
    ...lostRoutes.map(
      ({ dst, table = RT_TABLE.MAIN }) => `route ${dst.toString()} is missing in table ${table}`,
    ),
  ];
}

export const sourceRoutingDriver: Driver<SourceRoutingRequest, Plan> = {
  sandbox: 'foreign',
  describe: (_host, request, namespace) => ({ kept: look(request, namespace) }),
  claim,
  connect: (_host, endpoint, _request, namespace, plan) => connect(endpoint, namespace, plan),
  disconnect,
  inspect: (_host, endpoint, _attachment, namespace) => inspect(endpoint, namespace),
};
