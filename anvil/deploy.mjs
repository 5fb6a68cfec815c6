// Deploys the test tokens through the CREATE2 deployer that anvil has from genesis. An address depends only on the bytecode and the
// owner, so it is the same on every chain and running again does nothing.
//   node deploy.mjs --rpc http://127.0.0.1:8545 [--mine] [--batching] [--out addresses.json]
// `--mine` mines the block itself, for a node that mines only when told. `--batching` deploys Simple7702Account of ERC-4337 v0.8 too, to
// which an account can be delegated. Prints {chainId, owner, tokens, batchAccount} as one line of JSON.
import { renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { artifact, compile } from './compile.mjs';
import { rpc, sleep } from './rpc.mjs';

const require = createRequire(import.meta.url);
const { keccak256 } = require('js-sha3');

const create2Deployer = '0x4e59b44847b379578588920ca78fbf26c0b4956c';
const salt = '00'.repeat(32);
// Account 0 of the public development mnemonic that anvil unlocks. Never a key that holds anything of value.
const owner = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266';
const receiptWaitMs = 30_000;

const hexToBytes = (hex) => Buffer.from(hex.replace(/^0x/, ''), 'hex');
const word = (hex) => hex.replace(/^0x/, '').toLowerCase().padStart(64, '0');
const selector = (signature) => keccak256(signature).slice(0, 8);

/** EIP-55 spelling of an address. */
function checksum(address) {
  const lower = address.replace(/^0x/, '').toLowerCase();
  const hash = keccak256(lower);
  return `0x${[...lower].map((digit, i) => (parseInt(hash[i], 16) >= 8 ? digit.toUpperCase() : digit)).join('')}`;
}

/** EIP-1014: the last 20 bytes of keccak(0xff, deployer, salt, keccak(init code)). */
function create2Address(initCode) {
  return checksum(keccak256(hexToBytes(`ff${create2Deployer.slice(2)}${salt}${keccak256(hexToBytes(initCode))}`)).slice(-40));
}

function plan(batching) {
  const logic = artifact('TestDollarProxied').bytecode;
  const initialize = selector('initialize(address)') + word(owner);
  // constructor(address implementation, bytes data): address, offset of the bytes, their length, the bytes padded to words.
  const proxyArguments = word(create2Address(logic)) + word('40') + word((initialize.length / 2).toString(16))
    + initialize.padEnd(Math.ceil(initialize.length / 64) * 64, '0');
  const initCodes = {
    TUSD: artifact('TestDollar').bytecode + word(owner),
    TUSDP_LOGIC: logic,
    TUSDP: artifact('ERC1967Proxy').bytecode + proxyArguments,
    TFALSE: artifact('FalseToken').bytecode,
  };
  if (batching) initCodes.BATCH_ACCOUNT = require('@account-abstraction/contracts/artifacts/Simple7702Account.json').bytecode;
  return Object.entries(initCodes).map(([name, initCode]) => ({ name, initCode, address: create2Address(initCode) }));
}

/** Deploys what is missing at `url` and returns {chainId, owner, tokens, batchAccount}. */
export async function deploy(url, mine, batching = false) {
  compile();
  const contracts = plan(batching);
  const hashes = [];
  for (const contract of contracts) {
    if ((await rpc(url, 'eth_getCode', [contract.address, 'latest'])) !== '0x') continue;
    // An explicit gas limit: the proxy cannot be estimated before its logic, sent just above, is in a block.
    const transaction = { from: owner, to: create2Deployer, data: `0x${salt}${contract.initCode.slice(2)}`, gas: '0x4c4b40' };
    hashes.push(await rpc(url, 'eth_sendTransaction', [transaction]));
  }
  if (mine && hashes.length > 0) await rpc(url, 'evm_mine');

  const deadline = Date.now() + receiptWaitMs;
  for (const hash of hashes) {
    let receipt = null;
    while (!(receipt = await rpc(url, 'eth_getTransactionReceipt', [hash]))) {
      if (Date.now() > deadline) throw new Error(`deployment ${hash} was not mined within ${receiptWaitMs / 1000} s`);
      await sleep(50);
    }
    if (receipt.status !== '0x1') throw new Error(`deployment ${hash} reverted`);
  }
  for (const contract of contracts)
    if ((await rpc(url, 'eth_getCode', [contract.address, 'latest'])) === '0x')
      throw new Error(`${contract.name} has no code at ${contract.address}`);

  const token = (name) => ({ address: contracts.find((contract) => contract.name === name).address, decimals: 6 });
  return {
    chainId: Number(await rpc(url, 'eth_chainId')),
    owner,
    tokens: { TUSD: token('TUSD'), TUSDP: token('TUSDP'), TFALSE: token('TFALSE') },
    batchAccount: contracts.find((contract) => contract.name === 'BATCH_ACCOUNT')?.address ?? null,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: {
    rpc: { type: 'string' }, mine: { type: 'boolean' }, batching: { type: 'boolean' }, out: { type: 'string' },
  } });
  if (!values.rpc) throw new Error('--rpc <url> is required');
  const result = JSON.stringify(await deploy(values.rpc, values.mine ?? false, values.batching ?? false));
  if (values.out) {
    writeFileSync(`${values.out}.new`, `${result}\n`);
    renameSync(`${values.out}.new`, values.out);
  }
  console.log(result);
}
