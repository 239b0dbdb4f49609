// `tsnet trace`: sends one connection, or waits for one, and follows it through the tables of all namespaces on its way.
import { HERE, waitReadable } from '../../native/index.ts';
import { openNamespace } from '../../netns/namespace.ts';
import { conclude } from './conclusion.ts';
import type { Conclusion } from './conclusion.ts';
import { stepsIn } from './journey.ts';
import type { Direction, Step } from './journey.ts';
import type { Match } from './match.ts';
import { Probe } from './probe.ts';
import type { Answer } from './probe.ts';
import type { Place, Question } from './question.ts';
import { Watch } from './watch.ts';

/** What was seen, and what it comes to. */
export interface Trace {
  readonly question: Question;
  readonly steps: readonly Step[];
  readonly conclusion: Conclusion;
  /** Some of what the kernel told was lost. */
  readonly hasGaps: boolean;
}

const HOST: Place = { name: 'host', netns: undefined, isHere: true };
/** So long nothing more has to come until all is taken for seen. */
const QUIET_MS = 60;
/** So long a packet may be on its way on a machine that has much to do. */
const ON_WAY_MS = 1_000;
const STEP_US = 20_000;

// Where the packets come from, the host, and where they go, each once.
function placesOf({ from, to }: Question): Place[] {
  const places: Place[] = [];
  for (const place of [from, HOST, to])
    if (place.isHere && !places.some(({ netns }) => netns === place.netns)) places.push(place);
  return places;
}

function inPlace<T>({ netns }: Place, work: (namespace: number) => T): T {
  if (netns === undefined) return work(HERE);
  using namespace = openNamespace(netns);
  return work(namespace.fd);
}

/** Watches all places while `work` goes on. */
function watching<T>(question: Question, matches: readonly Match[], work: (all: Watch[]) => T): T {
  const watches: Watch[] = [];
  try {
    for (const place of placesOf(question)) {
      const { name, netns } = place;
      const where = netns === undefined ? HOST.name : name;
      watches.push(inPlace(place, (namespace) => new Watch(where, netns, namespace, matches)));
    }
    return work(watches);
  } finally {
    for (const watch of watches) watch.close();
  }
}

function count(watches: readonly Watch[]): number {
  return watches.reduce((sum, watch) => sum + watch.read().length, 0);
}

/** Waits until nothing more comes. */
function settle(watches: readonly Watch[]): void {
  for (let seen = -1; seen < count(watches);) {
    seen = count(watches);
    const end = performance.now() + QUIET_MS;
    while (performance.now() < end && count(watches) === seen) waitAny(watches);
  }
}

function waitAny(watches: readonly Watch[]): void {
  for (const { fd } of watches) if (waitReadable(fd, Math.ceil(STEP_US / watches.length))) return;
}

function stepsOf(watches: readonly Watch[], directionOf: Direction): Step[] {
  const all = watches.flatMap((watch) => stepsIn(watch, directionOf));
  const back = watches
    .toReversed()
    .flatMap(({ where }) => all.filter((one) => one.where === where && one.direction === 'back'));
  return [...all.filter(({ direction }) => direction === 'there'), ...back];
}

function finish(
  question: Question,
  watches: readonly Watch[],
  directionOf: Direction,
  answer: Answer | undefined,
): Trace {
  settle(watches);
  const steps = stepsOf(watches, directionOf);
  const conclusion = conclude({ question, answer, steps, watches });
  return { question, steps, conclusion, hasGaps: watches.some(({ isWhole }) => !isWhole) };
}

function sendOne(question: Question): Trace {
  const { from, destination, port = 0, protocol = 'icmp', patience } = question;
  const { family } = destination;
  const probe = inPlace(from, (namespace) => new Probe(namespace, protocol, destination));
  try {
    const own = probe.port;
    const matches: Match[] =
      protocol === 'icmp'
        ? [{ family, protocol, echoId: own }]
        : [
            { family, protocol, sourcePort: own, tcp: protocol === 'tcp' ? 'begin' : undefined },
            { family, protocol, destinationPort: own, tcp: protocol === 'tcp' ? 'answer' : undefined },
          ];
    const directionOf: Direction = ({ destinationPort, isReply }) =>
      isReply || destinationPort === own ? 'back' : 'there';
    return watching(question, matches, (watches) => {
      const end = performance.now() + patience;
      const isLost = (): boolean => stepsOf(watches, directionOf).some((one) => one.isDropped);
      const answer = probe.send(port, () => performance.now() < end && !isLost());
      return finish(question, watches, directionOf, answer);
    });
  } finally {
    probe.close();
  }
}

function awaitOne(question: Question): Trace {
  const { source, destination, doors, protocol, patience } = question;
  const matches = doors.map((door): Match => {
    const kind = door.protocol ?? protocol;
    return {
      ...{ family: destination.family, protocol: kind, source, destination: door.address },
      ...{ destinationPort: door.port, tcp: kind === 'tcp' ? 'begin' : undefined },
    };
  });
  const there: Direction = () => 'there';
  return watching(question, matches, (watches) => {
    const end = performance.now() + patience;
    while (performance.now() < end && count(watches) === 0) waitAny(watches);
    const begun = performance.now();
    for (;;) {
      const found = finish(question, watches, there, undefined);
      const isClear = ['allowed', 'dropped', 'nothing seen'].includes(found.conclusion.outcome);
      if (isClear || performance.now() - begun > ON_WAY_MS) return found;
    }
  });
}

/** Sends, or waits, and concludes. Throws KernelError, SystemError, TSNET_NETNS. */
export function trace(question: Question): Trace {
  return question.source === undefined ? sendOne(question) : awaitOne(question);
}
