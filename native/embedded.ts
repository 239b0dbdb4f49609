// Imported first by the executable's entry: Bun's compiler puts the addon's file into the executable.
import path from './build/tsnet.node' with { type: 'file' };
import { setEmbeddedAddon } from './addon.ts';

setEmbeddedAddon(path);
