// The messages of Kubernetes' container runtime interface that the tests send and read (k8s.io/cri-api, runtime.v1,
// api.proto). Fields that no test looks at are left out.
import { flag, many, message, number, one, text } from './protobuf.ts';

const metadata = message({
  name: one(1, text),
  uid: one(2, text),
  namespace: one(3, text),
  attempt: one(4, number),
});

/** Protocol. */
export const protocols = { tcp: 0, udp: 1, sctp: 2 } as const;

/** NamespaceMode. */
export const namespaceModes = { pod: 0, container: 1, node: 2 } as const;

/** PodSandboxState. */
export const sandboxStates = { ready: 0, notReady: 1 } as const;

const portMapping = message({
  protocol: one(1, number),
  containerPort: one(2, number),
  hostPort: one(3, number),
  hostIp: one(4, text),
});

const namespaceOption = message({ network: one(1, number), pid: one(2, number), ipc: one(3, number) });

/** PodSandboxConfig. */
export const sandboxConfig = message({
  metadata: one(1, metadata),
  hostname: one(2, text),
  logDirectory: one(3, text),
  portMappings: many(5, portMapping),
  linux: one(
    8,
    message({
      securityContext: one(2, message({ namespaceOptions: one(1, namespaceOption) })),
    }),
  ),
});

/** A request that names a sandbox, as most do. */
export const sandboxId = message({ id: one(1, text) });

/** RunPodSandboxRequest; the response is a sandboxId. */
export const runRequest = message({ config: one(1, sandboxConfig) });

/** PodSandboxStatusRequest and StatusRequest differ in the number of `verbose`. */
export const sandboxStatusRequest = message({ id: one(1, text), verbose: one(2, flag) });

/** PodSandboxStatusResponse. `info` is a map whose entry "info" is JSON. */
export const sandboxStatusResponse = message({
  status: one(
    1,
    message({
      id: one(1, text),
      metadata: one(2, metadata),
      state: one(3, number),
      network: one(5, message({ ip: one(1, text), additionalIps: many(2, message({ ip: one(1, text) })) })),
    }),
  ),
  info: many(2, message({ key: one(1, text), value: one(2, text) })),
});

/** ListPodSandboxResponse. */
export const sandboxList = message({
  items: many(1, message({ id: one(1, text), metadata: one(2, metadata), state: one(3, number) })),
});

/** StatusResponse. */
export const runtimeStatus = message({
  status: one(
    1,
    message({
      conditions: many(
        1,
        message({ type: one(1, text), isTrue: one(2, flag), reason: one(3, text), message: one(4, text) }),
      ),
    }),
  ),
});

/** ImageStatusRequest. */
export const imageRequest = message({ image: one(1, message({ image: one(1, text) })) });

/** ImageStatusResponse. The id is empty where there is no such image. */
export const imageStatus = message({ image: one(1, message({ id: one(1, text) })) });

/** A message without fields, as requests for everything and answers that say "done" are. */
export const nothing = message({});
