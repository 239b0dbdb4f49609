// Links of endpoints that are not as tsnet made them: on the host's side, and in the sandboxes.
import { openIfPresent } from '../../netns/namespace.ts';
import { interfaceOf, listEndpoints, ownerName } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import { getSandboxById } from '../../state/sandbox.ts';
import { deserialize } from '../attachment.ts';
import { readKept } from '../bridge/kept.ts';
import type { Host } from '../host.ts';
import { inspectSandbox } from '../interface/inspect.ts';
import { findDamage } from '../upkeep/find.ts';
import { BY_MENDING } from './finding.ts';
import type { Finding } from './finding.ts';

/** Looks at the bridges and pairs on record, and into the sandboxes on bridges. Throws KernelError. */
export function linkFindings(host: Host): Finding[] {
  const damaged = findDamage(host, new Set(['links'])).map(({ subject, problems }): Finding => {
    const what = problems.join('; ');
    return { severity: 'problem', code: 'link-damaged', where: subject, what, mend: BY_MENDING };
  });
  return [...damaged, ...listEndpoints(host.db, 'all').flatMap((endpoint) => insideOf(host, endpoint))];
}

function insideOf(host: Host, endpoint: Endpoint): Finding[] {
  const { mode, state, attachment, netns, container } = endpoint;
  if (mode !== 'bridge' || state !== 'ready' || attachment === undefined) return [];
  using namespace = openIfPresent(netns);
  if (namespace?.inode !== endpoint.inode) return [];
  const { addresses, routes, ...others } = deserialize(attachment);
  // The way out of a sandbox moves between its networks.
  const sandbox = getSandboxById(host.db, container);
  const laid = sandbox === undefined ? routes : routes.filter(({ dst }) => dst.prefix > 0);
  const problems = inspectSandbox(
    endpoint,
    { ...others, addresses, routes: laid },
    namespace,
    readKept(endpoint).inside,
  );
  if (problems.length === 0) return [];
  const network = endpoint.network.replace(/^tsnet:/, '');
  const mend =
    sandbox === undefined
      ? 'nobody but its runtime can make it anew: end the container, and start it again'
      : `tsnet network disconnect ${network} ${sandbox.name}, then tsnet network connect ${network} ${sandbox.name}`;
  const where = sandbox === undefined ? `endpoint ${ownerName(endpoint)}` : `sandbox ${sandbox.name}`;
  const what = `${interfaceOf(endpoint)}: ${problems.join('; ')}`;
  return [{ severity: 'problem', code: 'link-damaged', where, what, mend }];
}
