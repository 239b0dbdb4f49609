// Mode tuning: settings of an interface that another plugin has made, and of its namespace. What was before is recorded
// and put back.
import { Mac } from '../../address/index.ts';
import { isTsnetError, TsnetError } from '../../errors/tsnet-error.ts';
import { log } from '../../log/log.ts';
import { isSameNamespace, openIfPresent } from '../../netns/namespace.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { deleteEndpoint, interfaceOf, ownerName } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import type { Driver } from '../driver.ts';
import type { Tuning, TuningRequest } from '../request.ts';
import { changeLink, findInside, present, writeSysctls } from './settings.ts';

/** What is recorded: the interface by its index, what was asked for, and what was there before in its place. */
interface Kept {
  readonly index: number;
  readonly asked: Tuning;
  readonly before: Tuning;
}

function keptOf({ kept = '{}' }: Endpoint): Kept {
  // A MAC is text in JSON.
  return JSON.parse(kept, (key, value: unknown) =>
    key === 'mac' ? Mac.parse(value as string) : value,
  ) as Kept;
}

function describe(key: TuningRequest['key'], asked: Tuning, namespace: Namespace): Partial<Endpoint> {
  const ifname = interfaceOf(key);
  const link = findInside(namespace, { ifname });
  if (link === undefined)
    throw new TsnetError('TSNET_CONFIG', `interface "${ifname}" is not in the container's namespace`);
  const kept: Kept = { index: link.index, asked, before: present(namespace, link, asked) };
  return { kept: JSON.stringify(kept) };
}

function connect(endpoint: Endpoint, asked: Tuning, namespace: Namespace): void {
  writeSysctls(namespace, asked);
  changeLink(namespace, keptOf(endpoint).index, asked);
}

// What cannot be put back must not keep a container from being deleted: it goes with its namespace.
function putBack(endpoint: Endpoint): void {
  using namespace = openIfPresent(endpoint.netns);
  if (namespace === undefined || !isSameNamespace(namespace, endpoint)) return;
  const { index, before } = keptOf(endpoint);
  if (findInside(namespace, { index })?.ifname !== interfaceOf(endpoint)) return;
  const steps = [
    () => changeLink(namespace, index, before),
    ...before.sysctls.map((one) => () => writeSysctls(namespace, { sysctls: [one] })),
  ];
  for (const step of steps) {
    try {
      step();
    } catch (error) {
      log('info', 'could not be put back', () => ({ endpoint: ownerName(endpoint), error }));
    }
  }
}

// The kernel puts tabs between the values of a setting that has several.
const normal = (value: unknown): string => String(value).trim().replaceAll(/\s+/g, ' ');

function inspect(endpoint: Endpoint, namespace: Namespace): string[] {
  try {
    return differences(endpoint, namespace);
  } catch (error) {
    // A setting is not there any more.
    if (isTsnetError(error, 'TSNET_CONFIG')) return [error.message];
    throw error;
  }
}

function differences(endpoint: Endpoint, namespace: Namespace): string[] {
  const { asked } = keptOf(endpoint);
  const ifname = interfaceOf(endpoint);
  const link = findInside(namespace, { ifname });
  if (link === undefined) return [`interface "${ifname}" is missing in the sandbox`];
  const { sysctls, ...found } = present(namespace, link, asked);
  const wrong = (what: string, is: unknown, wanted: unknown): string[] =>
    normal(is) === normal(wanted) ? [] : [`${what} is ${normal(is)}, not ${normal(wanted)}`];
  return [
    ...sysctls.flatMap(({ key, value }) => {
      const wanted = asked.sysctls.find((one) => one.key.join('/') === key.join('/'))?.value;
      return wrong(`sysctl net.${key.join('.')}`, value, wanted);
    }),
    ...wrong('mac', found.mac, asked.mac),
    ...wrong('mtu', found.mtu, asked.mtu),
    ...wrong('promisc', found.isPromiscuous, asked.isPromiscuous),
    ...wrong('allmulti', found.isAllMulticast, asked.isAllMulticast),
    ...wrong('txQLen', found.queueLength, asked.queueLength),
  ];
}

export const tuningDriver: Driver<TuningRequest> = {
  sandbox: 'foreign',
  describe: (_host, { key, tuning }, namespace) => describe(key, tuning, namespace),
  claim: () => undefined,
  connect: (_host, endpoint, { tuning }, namespace) => {
    connect(endpoint, tuning, namespace);
    return { interfaces: [], addresses: [], routes: [] };
  },
  disconnect: (host, endpoint) => {
    putBack(endpoint);
    host.db.transaction(() => deleteEndpoint(host.db, endpoint.id));
  },
  inspect: (_host, endpoint, _attachment, namespace) => inspect(endpoint, namespace),
};
