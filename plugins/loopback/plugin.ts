// The `loopback` plugin: takes the interface lo of a namespace up and down. Nothing is on record of it: runtimes call it
// beside the plugin of the container's network, at the same time and in the same namespace.
import { definePlugin, networkConfig } from '../../cni/index.ts';
import { inspectLoopback, lowerLoopback, raiseLoopback } from '../../cnm/loopback-interface.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { openForeignNamespace, openForeignUnlessGone } from '../../netns/namespace.ts';
import { toResult } from '../endpoint.ts';

export const loopback = definePlugin({
  type: 'loopback',
  about: 'tsnet loopback: takes the loopback interface of a container up',
  config: networkConfig({}),
  add: ({ netns, prevResult }) => {
    using namespace = openForeignNamespace(netns);
    const attachment = raiseLoopback(namespace);
    return prevResult ?? toResult(attachment);
  },
  check: ({ netns }) => {
    using namespace = openForeignNamespace(netns);
    const problems = inspectLoopback(namespace);
    if (problems.length > 0)
      throw new TsnetError('TSNET_CHECK', `network namespace "${netns}": ${problems.join('; ')}`);
  },
  del: ({ netns }) => {
    using namespace = openForeignUnlessGone(netns);
    if (namespace !== undefined) lowerLoopback(namespace);
  },
});
