// stdin and stdout of any size, a reader that is late, and one that is not there.
import { describe, expect, test } from 'vitest';
import {
  addonAnswer,
  addonCall,
  assignments,
  bridge,
  call,
  config,
  inSeclusion,
  obstacle,
  start,
} from './executable.ts';

const reason = obstacle({ namespaces: true });
const names = Array.from({ length: 10_000 }, (_, number) => `domain-${number}.example.org`);

/** Calls about a container in a namespace of its own. */
const container = `
  touch /run/box
  unshare --net=/run/box true
  export ${assignments(call('ADD', '/run/box'))} TSNET_RUN_DIR=/run/tsnet TSNET_STATE_DIR=/run/state`;

describe('stdin', () => {
  test('of 1 MB is read to its end', () => {
    const input = config({ ignored: 'x'.repeat(1 << 20) });
    const { stdout } = start(bridge, { env: addonCall, input });
    expect(JSON.parse(stdout)).toEqual(addonAnswer);
  });

  test('that comes in pieces is read to its end', () => {
    const script = `{ printf '{"cniVersion":"1.0.0",'; sleep 0.2; printf '"name":"x"}'; } | "$0"`;
    const { stdout } = start('sh', {
      args: ['-c', script, bridge],
      env: { ...addonCall, PATH: '/usr/bin:/bin' },
    });
    expect(JSON.parse(stdout)).toEqual(addonAnswer);
  });
});

describe('stdout', () => {
  test('an error of 300 kB arrives whole, though its reader is late', () => {
    const cniVersion = '9'.repeat(300_000);
    const args = ['-c', '"$0" | { sleep 0.5; cat; }', bridge];
    const env = { ...addonCall, PATH: '/usr/bin:/bin' };
    const { stdout } = start('sh', { args, env, input: config({ cniVersion }) });
    const answer = JSON.parse(stdout) as { code: number; details: string };
    expect(answer.code).toBe(1);
    expect(answer.details).toContain(cniVersion);
  });

  test('whose reader is gone ends the process with an error, not with a hang or a signal', () => {
    const args = ['-c', '{ "$0"; echo $? >&2; } | true', bridge];
    const env = { ...addonCall, PATH: '/usr/bin:/bin' };
    const cniVersion = '9'.repeat(300_000);
    const { stderr } = start('sh', { args, env, input: config({ cniVersion }) });
    expect(stderr.trimEnd().split('\n').at(-1)).toBe('1');
  });

  test.skipIf(reason !== undefined)(
    `a result of 200 kB arrives whole ${reason ? `(skipped: ${reason})` : ''}`,
    () => {
      const input = config({ dns: { search: names } });
      const { stdout, stderr } = inSeclusion(
        `${container}\n/mnt/bridge | { sleep 0.5; cat; }`,
        'mode=1777',
        input,
      );
      expect(stderr).toBe('');
      expect(stdout.length).toBeGreaterThan(200_000);
      expect((JSON.parse(stdout) as { dns: unknown }).dns).toEqual({ search: names });
    },
  );

  test.skipIf(reason !== undefined)(
    `closed, it does no harm to the store ${reason ? `(skipped: ${reason})` : ''}`,
    () => {
      const script = `${container}
      cat >/run/config
      /mnt/bridge </run/config >&- 2>&-
      CNI_COMMAND=DEL /mnt/bridge </run/config
      /mnt/bridge </run/config
      CNI_COMMAND=DEL /mnt/bridge </run/config || echo failed >&2`;
      const { stdout, stderr } = inSeclusion(script, 'mode=1777', config());
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toMatchObject({ interfaces: [{ name: 'cni0' }, {}, { name: 'eth0' }] });
    },
  );
});
