// Compiles contracts/*.sol with solc-js into out/<Contract>.json ({abi, bytecode, runtime}). Cached: a hash over sources, settings and
// package versions decides whether anything has to be done. `--abis` also refreshes the committed ../abis.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, 'out');
const settings = {
  evmVersion: 'cancun',
  optimizer: { enabled: true, runs: 200 },
  // No metadata in the bytecode: a comment or a path must not change the deterministic addresses.
  metadata: { appendCBOR: false, bytecodeHash: 'none' },
  outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
};
const emitted = [
  'TestDollar', 'TestDollarProxied', 'FalseToken', 'DataFeeOracle', 'ERC1967Proxy', 'IERC20Metadata', 'IERC20Permit', 'IERC20Errors',
];

function sources() {
  const folder = join(here, 'contracts');
  const names = readdirSync(folder).filter((name) => name.endsWith('.sol')).sort();
  return Object.fromEntries(names.map((name) => [`contracts/${name}`, { content: readFileSync(join(folder, name), 'utf8') }]));
}

// A rename is atomic: a reader sees the old file or the new one, never half of it.
function writeWhole(path, text) {
  writeFileSync(`${path}.${process.pid}`, text);
  renameSync(`${path}.${process.pid}`, path);
}

/** Compiles when anything changed since the last time; throws with the compiler's own message on an error. */
export function compile() {
  const input = { language: 'Solidity', sources: sources(), settings };
  const hash = createHash('sha256')
    .update(JSON.stringify([input, emitted])).update(readFileSync(join(here, 'package-lock.json'))).digest('hex');
  const stamp = join(out, '.hash');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return false;

  const solc = createRequire(import.meta.url)('solc');
  const result = JSON.parse(solc.compile(JSON.stringify(input), {
    import: (path) => ({ contents: readFileSync(join(here, 'node_modules', path), 'utf8') }),
  }));
  const problems = (result.errors ?? []).map((error) => error.formattedMessage);
  if (problems.length > 0) throw new Error(problems.join('\n'));

  mkdirSync(out, { recursive: true });
  for (const contracts of Object.values(result.contracts))
    for (const [name, contract] of Object.entries(contracts))
      if (emitted.includes(name)) {
        const [creation, runtime] = [contract.evm.bytecode, contract.evm.deployedBytecode].map((code) => `0x${code.object}`);
        const artifact = { abi: contract.abi, bytecode: creation, runtime };
        writeWhole(join(out, `${name}.json`), JSON.stringify(artifact, null, 1));
      }
  writeWhole(stamp, hash);
  return true;
}

/** The compiled {abi, bytecode} of one contract. */
export function artifact(name) {
  return JSON.parse(readFileSync(join(out, `${name}.json`), 'utf8'));
}

function writeAbis() {
  const abis = join(here, '..', 'abis');
  mkdirSync(abis, { recursive: true });
  // ERC-20 with the metadata functions and the error names of ERC-6093, which current tokens revert with.
  const erc20 = [...artifact('IERC20Metadata').abi, ...artifact('IERC20Errors').abi];
  writeWhole(join(abis, 'erc20.json'), `${JSON.stringify(erc20, null, 2)}\n`);
  writeWhole(join(abis, 'testdollar.json'), `${JSON.stringify(artifact('TestDollar').abi, null, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const started = Date.now();
  if (compile()) console.log(`compiled the contracts in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  if (process.argv.includes('--abis')) writeAbis();
}
