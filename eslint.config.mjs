// The rules of the house: who may import whom (ARCHITECTURE.md), who may speak to the outside, and strict
// types.
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * Every folder of the product with the folders that it may import. `netlink` stands for its own files only.
 * What is not named is forbidden, but for errors/, address/ and log/, which are open to all.
 */
const mayImport = {
  bin: ['cli', 'plugins', 'cni', 'firewall', 'native', 'log'],
  cli: ['install', 'daemon', 'cni', 'cnm', 'audit', 'ipam', 'firewall', 'netns', 'state', 'native'],
  plugins: ['cni', 'cnm', 'netns'],
  install: [],
  daemon: ['cni', 'cnm', 'netns', 'state', 'native'],
  cni: [],
  cnm: [
    'native',
    'ipam',
    'firewall',
    'netns',
    'state',
    'netlink',
    'netlink/route',
    'netlink/netfilter',
    'netlink/diag',
    'audit',
  ],
  audit: ['firewall', 'state', 'netlink', 'netlink/route', 'netlink/netfilter', 'netlink/diag'],
  ipam: ['state'],
  firewall: ['state', 'netlink', 'netlink/netfilter', 'netns'],
  state: ['native'],
  netns: ['native'],
  'netlink/route': ['netlink'],
  'netlink/netfilter': ['netlink'],
  'netlink/diag': ['netlink'],
  netlink: ['native'],
  native: [],
  address: [],
  errors: [],
  log: [],
};
const folders = Object.keys(mayImport);
const openToAll = { address: ['errors'], errors: [], log: ['errors'] };

/** Returns the pattern of a relative import that ends in `target`, written in a file of `folder`. */
function importOf(target, folder) {
  if (target === 'netlink') {
    return '^(\\.\\./)+netlink/[^/]+$';
  }
  const [parent, child] = target.split('/');
  return child === undefined || !folder.startsWith(parent)
    ? `^(\\.\\./)+${target}/`
    : `^(\\./|(\\.\\./)+(${parent}/)?)${child}/`;
}

function restrictedImports(folder, ...patterns) {
  const allowed = [folder, ...mayImport[folder], ...(openToAll[folder] ?? Object.keys(openToAll))];
  const message = `${folder}/ may import only ${allowed.join(', ')}`;
  for (const target of folders.filter((each) => !allowed.includes(each))) {
    patterns.push({ regex: importOf(target, folder), message });
  }
  patterns.push({ regex: '^(node:)?process$', message: 'use the global process, whose members are checked' });
  if (folder !== 'address') {
    patterns.push({ regex: '^ip-cidr$', message: 'only address/ imports ip-cidr' });
  }
  if (folder !== 'native') {
    patterns.push({ regex: '\\.node$', message: 'only native/ loads the addon' });
  }
  return { 'no-restricted-imports': ['error', { patterns }] };
}

function restrictedCalls(folder) {
  const properties = [
    { object: 'process', property: 'exit', message: 'set process.exitCode: exit() cuts output off' },
  ];
  const syntax = [{ selector: 'ExportDefaultDeclaration', message: 'give the export a name' }];
  if (folder !== 'native') {
    properties.push({ object: 'process', property: 'dlopen', message: 'only native/ loads the addon' });
    syntax.push({
      selector: ':matches(CallExpression, ImportExpression) > Literal[value=/\\.node$/]',
      message: 'only native/ loads the addon',
    });
  }
  if (folder !== 'cni' && folder !== 'cli/output') {
    const message = 'only cni/ and cli/output/ write to stdout';
    properties.push({ object: 'process', property: 'stdout', message });
    syntax.push({ selector: 'CallExpression[callee.name="writeSync"][arguments.0.value=1]', message });
  }
  return {
    'no-console': 'error',
    'no-restricted-properties': ['error', ...properties],
    'no-restricted-syntax': ['error', ...syntax],
  };
}

function house(folder) {
  // Tests may reach everywhere; a declaration file describes what is not ours.
  const files = [folder === 'netlink' ? 'netlink/*.ts' : `${folder}/**/*.ts`];
  return {
    files,
    ignores: ['**/*.test.ts', '**/*.d.ts'],
    rules: { ...restrictedImports(folder), ...restrictedCalls(folder) },
  };
}

export default defineConfig(
  globalIgnores(['dist/', 'native/build/']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // What is held for a scope is used by ending with it.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreUsingDeclarations: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  folders.map(house),
  {
    files: ['plugins/*/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: restrictedImports('plugins', {
      regex: '^\\.\\./[^./][^/]*/',
      message: 'a plugin imports no other plugin',
    }),
  },
  { files: ['cli/output/**/*.ts'], ignores: ['**/*.test.ts'], rules: restrictedCalls('cli/output') },
);
