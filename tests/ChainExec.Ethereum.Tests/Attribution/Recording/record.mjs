// Records receipts and traces of real contracts on anvil, each with what must be found in it, into recordings.jsonl.gz.
//   ./install.sh && node record.mjs [name]
// The truth of a recording is told by how its transaction was made, not by its trace. With a name only those recordings are made whose
// name contains it, and printed instead of written.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { resolve } from './calls.mjs';
import { startChain } from './chain.mjs';
import { accountScenarios } from './accounts.mjs';
import { plainScenarios } from './plain.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv[2] ?? '';
const chain = await startChain();
const lines = [];

/** Records one transaction. `make` sends it and gives {receipt, operations}. */
async function record(name, make) {
  if (!name.includes(wanted)) return;
  const { receipt, operations } = await make();
  const trace = await chain.trace(receipt.transactionHash);
  for (const operation of operations)
    operation.calls = operation.calls.map((one) => ({
      to: one.to, value: String(one.delegate ? 0n : one.value), selector: one.selector ?? selectorOf(one.data),
      success: operation.success && !one.fails && receipt.status === '0x1', logs: one.logs,
    }));
  const expected = resolve(receipt, operations);
  lines.push(JSON.stringify({ name, expected, receipt, trace }));
  if (wanted !== '') console.log(lines.at(-1));
  const calls = operations.map((operation) => `${operation.kind}${operation.success ? '' : '!'}(${operation.calls.length})`);
  console.log(`${name}: ${receipt.logs.length} logs, ${expected.overhead_logs.length} of them overhead; ${calls.join(' ')}`);
}

const selectorOf = (data) => (data.length >= 10 ? data.slice(0, 10) : '0x');

try {
  const setting = await plainScenarios(chain, record);
  await accountScenarios(chain, record, setting);
  if (wanted === '') writeFileSync(join(here, '..', 'recordings.jsonl.gz'), gzipSync(`${lines.join('\n')}\n`, { level: 9 }));
} finally {
  chain.stop();
}
