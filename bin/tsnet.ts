// The executable's only entry: the name it was called by decides whether it is a CNI plugin or the command line.
import '../firewall/embedded.ts';
import '../native/embedded.ts';
import { basename } from 'node:path';
import { invokePlugin, processIo } from '../cni/index.ts';
import { plugins } from './plugins.ts';

const { TSNET_LOG: level } = process.env;
if (level) (await import('../log/stderr.ts')).logToStderr(level);

const name = basename(process.argv0);
const load = Object.hasOwn(plugins, name) ? plugins[name] : undefined;

if (load !== undefined) {
  process.exitCode = await invokePlugin(await load(), processIo);
} else {
  const { runCommandLine } = await import('../cli/main.ts');
  const { env, writeStdout, writeStderr } = processIo;
  process.exitCode = await runCommandLine(process.argv.slice(2), {
    env,
    out: writeStdout,
    err: writeStderr,
    executable: process.execPath,
    plugins: Object.keys(plugins),
    loaders: plugins,
  });
}
