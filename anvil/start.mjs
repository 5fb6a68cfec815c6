// Runs anvil for local work: saved between runs, mined by block time while something is unfinal, else once a minute.
//   node start.mjs --dir <folder> [--host A] [--port N] [--block-time seconds] [--idle-block-time seconds] [--chain-id N] [--deploy]
// Prints `ready <json>` when it answers ({pid, anvilPid, rpc, ws, chainId}), and with --deploy `tokens <json>`; both are also files in
// the folder (anvil.json, tokens.json). SIGTERM or SIGINT, or the end of the parent process, ends it; anvil never outlives it.
//
// Why it mines itself (measured with anvil 1.7.1):
// - Automine stalls under load, and interval mining goes on while nothing happens. An empty block is about 1.8 kB of state and the cost
//   of a block grows with the height, so idle hours must not mine once a second.
// - `--state-interval 1` writes the whole state every second whether or not anything changed, in place: 3 MB/s of disk at 1,700 blocks,
//   and a kill in between can leave half a file. `--preserve-historical-states` is 130 kB a block and kept half a core busy.
// - So: anvil_dumpState after each block, before the next is mined. A kill -9 of everything loses one block at most, and a block is final
//   only when two more are on top of it: nothing final is ever lost. To the indexer a lost block is a reorg of one.
// - `--prune-history` keeps that many states in memory and none on disk (1,700 blocks were 276 MB in the cache folder otherwise). Calls
//   and traces reach that far back; blocks, transactions, receipts and logs are all kept.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { deploy } from './deploy.mjs';
import { rpc, sleep } from './rpc.mjs';
import { StateStore } from './state.mjs';

const pollMs = 250;
const readyWaitMs = 30_000;
const statesInMemory = 512;
// finalized = head - 2 epochs, and an epoch is one slot here.
const blocksToFinality = 2;

const here = dirname(fileURLToPath(import.meta.url));
const binary = process.env.CHAINEXEC_ANVIL_BIN ?? join(here, 'node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil');

const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    // Another address than loopback is for a container's own network only: anvil signs for whoever can reach it.
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    'block-time': { type: 'string', default: '1' },
    'idle-block-time': { type: 'string', default: '60' },
    'chain-id': { type: 'string', default: '31337' },
    deploy: { type: 'boolean', default: false },
  },
});
if (!values.dir) throw new Error('--dir <folder> is required');
const folder = resolve(values.dir);
const cache = join(folder, 'anvil-cache');
const busyMs = Number(values['block-time']) * 1_000;
const idleMs = Number(values['idle-block-time']) * 1_000;
if (!(busyMs > 0) || !(idleMs >= busyMs)) throw new Error('block times must be positive and the idle one not below the busy one');

const parent = process.ppid;
const store = new StateStore(folder);
let anvil;
let anvilGone;
let url;
let ending = false;

function freePort() {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

function writeWhole(name, value) {
  const path = join(folder, name);
  writeFileSync(`${path}.new`, `${JSON.stringify(value)}\n`);
  renameSync(`${path}.new`, path);
}

async function launch() {
  if (!existsSync(binary)) throw new Error(`no anvil at ${binary}: run anvil/install.sh (x86-64 Linux), or set CHAINEXEC_ANVIL_BIN`);
  mkdirSync(folder, { recursive: true });
  rmSync(cache, { recursive: true, force: true });
  mkdirSync(cache);
  const port = Number(values.port) || await freePort();
  const state = join(cache, 'load.json');
  const loaded = store.unpack(state);
  const flags = ['--host', values.host, '--port', `${port}`, '--chain-id', values['chain-id'], '--quiet', '--no-mining',
    '--slots-in-an-epoch', '1', '--prune-history', `${statesInMemory}`, '--cache-path', cache,
    ...(loaded ? ['--load-state', state] : [])];
  // The kernel kills anvil when this process dies, also by SIGKILL.
  const bound = spawnSync('setpriv', ['--help'], { encoding: 'utf8' }).stdout?.includes('--pdeathsig');
  const [program, ...rest] = bound ? ['setpriv', '--pdeathsig', 'KILL', binary, ...flags] : [binary, ...flags];
  // Detached: a Ctrl-C in the terminal must reach this process alone, which saves the chain before it ends anvil.
  anvil = spawn(program, rest, { stdio: ['ignore', 'ignore', 'inherit'], detached: true });
  anvilGone = new Promise((done) => anvil.once('exit', (code, signal) => {
    done();
    if (!ending) end(1, `anvil ended by itself (${signal ?? code})`);
  }));
  url = `http://127.0.0.1:${port}`;
  await answering();
  // Only the newest block has its state after loading; with these on top the final block has one as well.
  if (loaded) for (let i = 0; i <= blocksToFinality; i++) await rpc(url, 'evm_mine');
  return { pid: process.pid, anvilPid: anvil.pid, rpc: url, ws: url.replace('http', 'ws'), chainId: Number(values['chain-id']) };
}

async function answering() {
  const deadline = Date.now() + readyWaitMs;
  while (Date.now() < deadline) {
    try {
      await rpc(url, 'eth_chainId', [], 1_000);
      return;
    } catch {
      // Not listening yet; should anvil have ended, its exit handler ends this process.
      await sleep(20);
    }
  }
  throw new Error(`anvil did not answer within ${readyWaitMs / 1_000} s`);
}

/** Whether a block that is not final yet holds a transaction. */
async function unfinal(head) {
  for (let number = Math.max(0, head - blocksToFinality + 1); number <= head; number++) {
    const count = await rpc(url, 'eth_getBlockTransactionCountByNumber', [`0x${number.toString(16)}`]);
    if (count !== null && BigInt(count) > 0n) return true;
  }
  return false;
}

async function saveIfChanged(saved) {
  const head = (await rpc(url, 'eth_getBlockByNumber', ['latest', false])).hash;
  if (head !== saved) store.save(await rpc(url, 'anvil_dumpState', [false], 60_000));
  return head;
}

async function mine() {
  let saved = await saveIfChanged(null);
  let seen = null;
  let working = true;
  let minedAt = Date.now();
  while (!ending) {
    await sleep(pollMs);
    if (ending) return;
    if (process.ppid !== parent) return end(0, 'the parent process ended');

    // Somebody else may mine, reorganise or roll back over RPC; that is saved as well.
    const head = Number(await rpc(url, 'eth_blockNumber'));
    if (head !== seen) working = await unfinal(head);
    seen = head;
    const pending = BigInt((await rpc(url, 'txpool_status')).pending) > 0n;
    if (Date.now() - minedAt < (pending || working ? busyMs : idleMs)) continue;

    saved = await saveIfChanged(saved);
    minedAt = Date.now();
    await rpc(url, 'evm_mine');
    saved = await saveIfChanged(saved);
  }
}

async function end(code, why) {
  if (ending) return;
  ending = true;
  if (why) console.error(why);
  if (anvil && anvil.exitCode === null && anvil.signalCode === null) {
    try {
      store.save(await rpc(url, 'anvil_dumpState', [false], 10_000));
    } catch (error) {
      console.error(`the chain was not saved a last time: ${error.message}`);
    }
    anvil.kill('SIGTERM');
    await Promise.race([anvilGone, sleep(5_000)]);
    anvil.kill('SIGKILL');
  }
  rmSync(cache, { recursive: true, force: true });
  rmSync(join(folder, 'anvil.json'), { force: true });
  process.exit(code);
}

process.on('SIGTERM', () => end(0));
process.on('SIGINT', () => end(0));
process.on('SIGHUP', () => end(0));
try {
  const ready = await launch();
  writeWhole('anvil.json', ready);
  console.log(`ready ${JSON.stringify(ready)}`);
  const mining = mine();
  if (values.deploy) {
    const tokens = await deploy(url, false);
    writeWhole('tokens.json', tokens);
    console.log(`tokens ${JSON.stringify(tokens)}`);
  }
  await mining;
} catch (error) {
  await end(1, error.message);
}
