// The chain that recordings are made on: anvil, the contracts of the packages and those of Recording.sol, and what sends and traces.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { artifact, compile } from '../../../../anvil/compile.mjs';
import { rpc, sleep } from '../../../../anvil/rpc.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const anvilFolder = join(here, '../../../../anvil');
const requireViem = createRequire(join(here, '../../Differential/package.json'));
export const viem = requireViem('viem');
export const { privateKeyToAccount } = requireViem('viem/accounts');
// The package ships it and does not list it among what may be imported.
const { multicall3Bytecode } = requireViem(join(here, '../../Differential/node_modules/viem/_cjs/constants/contracts.js'));

const create2Deployer = '0x4e59b44847b379578588920ca78fbf26c0b4956c';
const entryPointSalts = {
  '0.6.0': `0x${'00'.repeat(32)}`,
  '0.7.0': '0x90d8084deab30c2a37c45e8d47f49f2f7965183cb6990a98943ef94940681de3',
  '0.8.0': '0x0a59dbff790c23c976a548690c27297883cc66b4c67024f9117b0238995e35e9',
};
// Accounts 0 to 9 of the public development mnemonic, which anvil unlocks.
export const senders = [
  '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266', '0x70997970C51812dc3A010C7d01b50e0d17dc79C8', '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC',
];

/** The artifact {abi, bytecode} of a package's contract. */
export function shipped(packageName, path) {
  return JSON.parse(readFileSync(join(here, 'node_modules', packageName, path), 'utf8'));
}

export const accountAbstraction = (version, name) => shipped(`account-abstraction_contracts_${version}`, `artifacts/${name}.json`);
export const safe = (path) => shipped('safe-global_safe-contracts_1.4.1', `build/artifacts/contracts/${path}`);
export const safe4337 = (name) => shipped('safe-global_safe-4337_0.3.0', `build/artifacts/contracts/${name}.sol/${name}.json`);

function compileOwn() {
  const solc = createRequire(join(anvilFolder, 'package.json'))('solc');
  const input = {
    language: 'Solidity',
    sources: { 'Recording.sol': { content: readFileSync(join(here, 'Recording.sol'), 'utf8') } },
    settings: {
      evmVersion: 'cancun', optimizer: { enabled: true, runs: 200 }, viaIR: true,
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
    },
  };
  const result = JSON.parse(solc.compile(JSON.stringify(input), {
    import: (path) => ({ contents: readFileSync(join(anvilFolder, 'node_modules', path), 'utf8') }),
  }));
  const errors = (result.errors ?? []).filter((error) => error.severity === 'error').map((error) => error.formattedMessage);
  if (errors.length > 0) throw new Error(errors.join('\n'));
  return Object.fromEntries(Object.entries(result.contracts['Recording.sol'])
    .map(([name, contract]) => [name, { abi: contract.abi, bytecode: `0x${contract.evm.bytecode.object}` }]));
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts anvil; `stop` ends it and removes what it wrote. */
export async function startChain() {
  compile();
  const cache = mkdtempSync(join(tmpdir(), 'chainexec-record-'));
  const port = await freePort();
  const node = spawn(
    join(anvilFolder, 'node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil'),
    ['--host', '127.0.0.1', '--port', String(port), '--quiet', '--gas-limit', '100000000', '--cache-path', cache],
    { stdio: 'inherit' });
  const ask = asking(`http://127.0.0.1:${port}`);
  for (let tries = 0; ; tries++) {
    try {
      await ask('eth_chainId', []);
      break;
    } catch (error) {
      if (tries > 100) throw error;
      await sleep(50);
    }
  }
  const stop = () => {
    node.kill();
    rmSync(cache, { recursive: true, force: true });
  };
  return Object.assign(new Chain(ask), { own: compileOwn(), stop });
}

/** A node that runs already, with a block gas limit as above, and that mines each transaction at once. */
export function connect(url) {
  compile();
  return Object.assign(new Chain(asking(url)), { own: compileOwn() });
}

const asking = (url) => (method, params) => rpc(url, method, params, 60_000);

class Chain {
  constructor(ask) {
    this.ask = ask;
  }

  /** Sends a transaction and gives its receipt, whatever its status. */
  async send({ from = senders[0], to, data = '0x', value = 0n, gas = 20_000_000 }) {
    const hash = await this.ask('eth_sendTransaction', [{ from, to, data, value: viem.toHex(value), gas: viem.toHex(gas) }]);
    return this.receiptOf(hash);
  }

  async sendRaw(raw) {
    return this.receiptOf(await this.ask('eth_sendRawTransaction', [raw]));
  }

  async receiptOf(hash) {
    for (let tries = 0; tries < 200; tries++) {
      const receipt = await this.ask('eth_getTransactionReceipt', [hash]);
      if (receipt) return receipt;
      await sleep(20);
    }
    throw new Error(`${hash} was not mined`);
  }

  /** Sends and insists on success. */
  async must(transaction) {
    const receipt = await this.send(transaction);
    if (receipt.status !== '0x1') throw new Error(`set-up failed: ${JSON.stringify(transaction).slice(0, 300)}`);
    return receipt;
  }

  async deploy({ abi, bytecode }, args = [], value = 0n) {
    const receipt = await this.must({ data: viem.encodeDeployData({ abi, bytecode, args }), value });
    return viem.getAddress(receipt.contractAddress);
  }

  async deployEntryPoint(version) {
    const { bytecode } = accountAbstraction(version, 'EntryPoint');
    const salt = entryPointSalts[version];
    await this.must({ to: create2Deployer, data: viem.concat([salt, bytecode]) });
    return viem.getContractAddress({ opcode: 'CREATE2', from: create2Deployer, salt, bytecode });
  }

  deployMulticall3() {
    return this.deploy({ abi: [], bytecode: multicall3Bytecode });
  }

  testDollar(owner) {
    return this.deploy(artifact('TestDollar'), [owner]);
  }

  async proxiedDollar(owner) {
    const logic = await this.deploy(artifact('TestDollarProxied'));
    const data = viem.encodeFunctionData({ abi: artifact('TestDollarProxied').abi, functionName: 'initialize', args: [owner] });
    return this.deploy({ abi: viem.parseAbi(['constructor(address,bytes)']), bytecode: artifact('ERC1967Proxy').bytecode }, [logic, data]);
  }

  async view(to, abi, functionName, args) {
    const data = await this.ask('eth_call', [{ to, data: viem.encodeFunctionData({ abi, functionName, args }) }, 'latest']);
    return viem.decodeFunctionResult({ abi, functionName, data });
  }

  trace(hash) {
    return this.ask('debug_traceTransaction', [hash, { tracer: 'callTracer', tracerConfig: { withLog: true } }]);
  }
}
