// Calls of batches with what must come of them: which logs they leave, told by the programs and amounts and not by any trace.
import { viem } from './chain.mjs';

const { encodeAbiParameters, encodeFunctionData, parseAbi, toHex, pad, concat, size } = viem;
const erc20 = parseAbi(['function transfer(address,uint256)', 'function transferFrom(address,address,uint256)']);
const emitter = parseAbi(['function run(address self, uint256 item, bytes program)']);
const numbered = viem.toEventSelector('Numbered(uint256,uint256)');
const transferred = viem.toEventSelector('Transfer(address,address,uint256)');
const word = (number) => toHex(BigInt(number), { size: 32 });

/** A call: what it leaves when it lasts. */
const call = (to, data, logs, more = {}) => ({ to, value: 0n, data, delegate: false, fails: false, logs, ...more });

export const transfer = (token, to, amount, more) => call(
  token, encodeFunctionData({ abi: erc20, functionName: 'transfer', args: [to, amount] }),
  [{ address: token, topic: transferred, data: word(amount) }], more);

export const transferFrom = (token, from, to, amount, more) => call(
  token, encodeFunctionData({ abi: erc20, functionName: 'transferFrom', args: [from, to, amount] }),
  [{ address: token, topic: transferred, data: word(amount) }], more);

export const pay = (to, value) => call(to, '0x', [], { value });

/** A call whose batch wants more gas than it has. */
export const burn = (self, item) => run(self, item, [['burn']], { fails: true });

// A program is a list of steps: a number is emitted, ['call', ...], ['delegate', ...], ['static', ...], ['little', ...] run a program.
const opcodes = { call: 1, delegate: 2, static: 3, little: 4 };

function encode(program) {
  return concat(program.map((step) => {
    if (typeof step === 'number') return concat(['0x00', toHex(step, { size: 2 })]);
    if (step[0] === 'burn') return '0xfe0000';
    if (step[0] === 'revert') return '0xff0000';
    const part = encode(step.slice(1));
    return concat([toHex(opcodes[step[0]], { size: 1 }), toHex(size(part), { size: 2 }), part]);
  }).concat('0x'));
}

// The numbers that last, in the order of emission: nothing below what fails, and nothing in a static call, in which an emission fails.
function lasting(program, isStatic) {
  const numbers = [];
  for (const step of program) {
    if (typeof step === 'number' && isStatic) return null;
    if (typeof step === 'number') numbers.push(step);
    else if (step[0] === 'burn' || step[0] === 'revert') return null;
    else numbers.push(...(lasting(step.slice(1), isStatic || step[0] === 'static') ?? []));
  }
  return numbers;
}

/** A run of the emitter. Its logs carry the item and a number each, under the address in whose name the code runs. */
export function run(self, item, program, more = {}) {
  const numbers = lasting(program, false);
  const address = more.delegate ? more.account : self;
  const logs = (numbers ?? []).map((number) => ({
    address, topic: numbered, data: '0x', topics: [numbered, word(item), word(number)],
  }));
  const data = encodeFunctionData({ abi: emitter, functionName: 'run', args: [self, BigInt(item), encode(program)] });
  return call(self, data, logs, { fails: numbers === null, ...more });
}

/** A random program from a stream of numbers in [0, 1). */
export function randomProgram(random, depth, next = { number: 0 }) {
  const steps = [];
  for (let i = Math.floor(random() * 5); i >= 0; i--) {
    const kind = random();
    if (depth === 0 || kind < 0.4) steps.push(next.number++);
    else if (kind < 0.92)
      steps.push([kind < 0.65 ? 'call' : kind < 0.85 ? 'delegate' : 'static', ...randomProgram(random, depth - 1, next)]);
    else if (kind < 0.97) steps.push(['little', ['call', next.number++], ['burn']]);
    else {
      steps.push(['revert']);
      break;
    }
  }
  return steps;
}

/** Repeatable random numbers in [0, 1). */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const tuples = (calls, withFlag, withValue) => calls.map((one) => ({
  target: one.to, ...(withFlag ? { allowFailure: one.allowFailure ?? true } : {}), ...(withValue ? { value: one.value } : {}),
  callData: one.data,
}));

/** The functions of accounts and libraries, each with the batch it is given. */
export const shape = {
  execute: (one) => fn('execute(address,uint256,bytes)', one.to, one.value, one.data),
  executeBatchV06: (calls) => fn('executeBatch(address[],bytes[])', calls.map((one) => one.to), calls.map((one) => one.data)),
  executeBatch: (calls, noValues) => fn(
    'executeBatch(address[],uint256[],bytes[])', calls.map((one) => one.to), noValues ? [] : calls.map((one) => one.value),
    calls.map((one) => one.data)),
  executeBatchV08: (calls) => fn('executeBatch((address,uint256,bytes)[])', calls.map((one) => [one.to, one.value, one.data])),
  erc7579: (mode, execution) => fn('execute(bytes32,bytes)', pad(mode, { dir: 'right', size: 32 }), execution),
  packed: (one) => concat([one.to, word(one.value), one.data]),
  listed: (calls) => encodeAbiParameters(
    viem.parseAbiParameters('(address,uint256,bytes)[]'), [calls.map((one) => [one.to, one.value, one.data])]),
  executeUserOp: (inner) => concat(['0x8dd7712f', inner]),
  multiSend: (calls) => fn('multiSend(bytes)', concat(calls.map((one) => concat([
    one.delegate ? '0x01' : '0x00', one.to, word(one.value), word(size(one.data)), one.data,
  ])))),
  aggregate: (name, calls) => fn(`${name}((address,bytes)[])`, calls.map((one) => [one.to, one.data])),
  tryAggregate: (name, calls) => fn(`${name}(bool,(address,bytes)[])`, false, calls.map((one) => [one.to, one.data])),
  aggregate3: (calls) => viem.encodeFunctionData({
    abi: parseAbi(['function aggregate3((address target, bool allowFailure, bytes callData)[])']), args: [tuples(calls, true, false)],
  }),
  aggregate3Value: (calls) => viem.encodeFunctionData({
    abi: parseAbi(['function aggregate3Value((address target, bool allowFailure, uint256 value, bytes callData)[])']),
    args: [tuples(calls, true, true)],
  }),
  fromModule: (name, one) => fn(`${name}(address,uint256,bytes,uint8)`, one.to, one.value, one.data, one.delegate ? 1 : 0),
};

export function fn(signature, ...args) {
  return viem.encodeFunctionData({ abi: parseAbi([`function ${signature}`]), args });
}

/** Names for each log of a receipt the call that it is of: what calls leave is looked for in the order in which they ran. */
export function resolve(receipt, operations) {
  let next = 0;
  // An EOA's call around operations of others tells of itself when they are done.
  for (const operation of operations.toSorted((a, b) => Number(a.around ?? false) - Number(b.around ?? false)))
    for (const one of operation.calls) {
      const lasts = one.success && receipt.status === '0x1';
      one.logs = (lasts ? one.logs : []).map((wanted) => {
        while (next < receipt.logs.length && !isLog(receipt.logs[next], wanted)) next++;
        if (next === receipt.logs.length) throw new Error(`no log for ${JSON.stringify(wanted)}`);
        return Number(receipt.logs[next++].logIndex);
      });
    }
  for (const operation of operations) delete operation.around;
  const named = new Set(operations.flatMap((operation) => operation.calls.flatMap((one) => one.logs)));
  const overhead = receipt.logs.map((log) => Number(log.logIndex)).filter((index) => !named.has(index));
  const forgotten = receipt.logs.filter((log) => overhead.includes(Number(log.logIndex)) && log.topics[0] === numbered);
  if (forgotten.length > 0) throw new Error('a numbered log was left over');
  return { operations, overhead_logs: overhead };
}

const isLog = (log, wanted) => log.address.toLowerCase() === wanted.address.toLowerCase() && log.data === (wanted.data ?? log.data)
  && (wanted.topics ? JSON.stringify(log.topics) === JSON.stringify(wanted.topics) : log.topics[0] === wanted.topic);
