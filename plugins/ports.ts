// The ports that a runtime wants to have published.
import type { Call } from '../cni/index.ts';
import type { PortRequest } from '../cnm/request.ts';

/** runtimeConfig.portMappings as the model knows them. */
export function portsOf({ config }: Call): PortRequest[] {
  const mappings = config.runtimeConfig?.portMappings ?? [];
  return mappings.map(({ protocol, hostPort, containerPort, hostIP }) => {
    return { protocol, hostPort, containerPort, hostIp: hostIP };
  });
}
