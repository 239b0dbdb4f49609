// Imported first by the executable's entry: Bun's compiler puts the addon's file and the client's into the executable.
import addon from './build/tsnet.node' with { type: 'file' };
import client from './build/tsnet-client' with { type: 'file' };
import { setEmbeddedAddon } from './addon.ts';
import { setEmbeddedClient } from './client-file.ts';

setEmbeddedAddon(addon);
setEmbeddedClient(client);
