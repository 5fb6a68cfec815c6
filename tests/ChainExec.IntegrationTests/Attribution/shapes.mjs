// Sends batches of real contracts (Safe, EntryPoint, Multicall3, EIP-7702) to a running anvil and says what must be found in each.
//   node shapes.mjs RPC OUT NAME...
// Writes {token, senders, shapes: [{name, hash, operations: [{kind, account, success, calls: [{to, value, data, success, delegate,
// logs}]}], overhead}]}. The truth is told by how a transaction was made, as in the recordings of the toolkit.
import { writeFileSync } from 'node:fs';
import { accountScenarios } from '../../ChainExec.Ethereum.Tests/Attribution/Recording/accounts.mjs';
import { resolve } from '../../ChainExec.Ethereum.Tests/Attribution/Recording/calls.mjs';
import { connect, senders } from '../../ChainExec.Ethereum.Tests/Attribution/Recording/chain.mjs';
import { plainScenarios } from '../../ChainExec.Ethereum.Tests/Attribution/Recording/plain.mjs';

const [url, out, ...wanted] = process.argv.slice(2);
const chain = connect(url);
const shapes = [];

async function record(name, make) {
  if (!wanted.includes(name)) return;
  const { receipt, operations } = await make();
  for (const operation of operations)
    operation.calls = operation.calls.map((one) => ({
      to: one.to, value: String(one.delegate ? 0n : one.value), data: one.data, delegate: one.delegate ?? false, logs: one.logs,
      success: operation.success && !one.fails && receipt.status === '0x1',
    }));
  const { overhead_logs: overhead } = resolve(receipt, operations);
  shapes.push({ name, hash: receipt.transactionHash, operations, overhead });
}

await chain.ask('evm_setAutomine', [true]);
const setting = await plainScenarios(chain, record);
await accountScenarios(chain, record, setting);
await chain.ask('evm_setAutomine', [false]);
writeFileSync(out, JSON.stringify({ token: setting.token, senders, shapes }));
