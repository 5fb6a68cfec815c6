// Ends with 0 when the local chain answers and carries the test dollars: the files of an earlier run prove neither.
//   node chain-ready.mjs <folder> <url>
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rpc } from './rpc.mjs';

const [folder, url] = process.argv.slice(2);
const { tokens } = JSON.parse(readFileSync(join(folder, 'tokens.json')));
for (const { address } of Object.values(tokens))
  if (await rpc(url, 'eth_getCode', [address, 'latest'], 3_000) === '0x') throw new Error(`no code at ${address}`);
