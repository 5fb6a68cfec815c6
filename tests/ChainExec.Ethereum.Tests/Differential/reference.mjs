// The independent implementation, viem, behind a line protocol: one JSON request `{"op", …}` on each line of standard input, one JSON answer
// on each line of standard output, in order: what the operation gives, or `{"error"}`. Another operation is another member of `operations`.
// Values cross as text: integers in decimal digits, bytes in hexadecimal digits; arrays and tuples are arrays.
import { createInterface } from 'node:readline';
import {
  decodeAbiParameters,
  decodeEventLog,
  encodeAbiParameters,
  encodeEventTopics,
  encodePacked,
  parseAbiItem,
  toEventSelector,
  toFunctionSelector,
} from 'viem';
import { transactionOperations } from './transactions.mjs';

const array = /^(.*)\[(\d*)\]$/;

/** The element of an array parameter, or undefined. */
function elementOf(parameter) {
  const match = array.exec(parameter.type);
  return match ? { ...parameter, type: match[1] } : undefined;
}

/** What viem takes for a value of our protocol. */
function fromText(parameter, value) {
  const element = elementOf(parameter);
  if (element) return value.map((item) => fromText(element, item));
  if (parameter.type === 'tuple') {
    const items = parameter.components.map((component, i) => fromText(component, value[i]));
    const named = parameter.components.every((component) => component.name);
    return named ? Object.fromEntries(items.map((item, i) => [parameter.components[i].name, item])) : items;
  }
  return /^u?int/.test(parameter.type) ? BigInt(value) : value;
}

/** What our protocol has for a value of viem. */
function toText(parameter, value) {
  const element = elementOf(parameter);
  if (element) return value.map((item) => toText(element, item));
  if (parameter.type === 'tuple') {
    return parameter.components.map((component, i) => toText(component, Array.isArray(value) ? value[i] : value[component.name]));
  }
  if (/^u?int/.test(parameter.type)) return value.toString();
  return parameter.type === 'address' ? value.toLowerCase() : value;
}

const operations = {
  ...transactionOperations,

  /** Encodes `values` and decodes `data`. */
  abi: ({ types, values, data }) => ({
    data: encodeAbiParameters(types, types.map((type, i) => fromText(type, values[i]))),
    values: decodeAbiParameters(types, data).map((value, i) => toText(types[i], value)),
  }),

  packed: ({ types, values }) => ({ data: encodePacked(types, values.map((value, i) => fromText({ type: types[i] }, value))) }),

  /** The topics and data of a log, and the values that are read from `topics` and `data`; an indexed dynamic value is its hash. */
  event: ({ item, values, topics, data }) => {
    const at = item.inputs.map((input, i) => ({ input, value: fromText(input, values[i]) }));
    const plain = at.filter(({ input }) => !input.indexed);
    const args = at.filter(({ input }) => input.indexed).map(({ value }) => value);
    const read = decodeEventLog({ abi: [item], topics, data }).args ?? [];
    return {
      topics: encodeEventTopics({ abi: [item], args }),
      data: encodeAbiParameters(plain.map(({ input }) => input), plain.map(({ value }) => value)),
      values: item.inputs.map((input, i) => {
        const value = Array.isArray(read) ? read[i] : read[input.name];
        return input.indexed && /^(string|bytes)$/.test(input.type) ? value : toText(input, value);
      }),
    };
  },

  /** Reads a human-readable declaration. */
  declaration: ({ text }) => {
    const item = parseAbiItem(text);
    return {
      item,
      hash: item.type === 'event' ? toEventSelector(item) : toFunctionSelector({ ...item, type: 'function' }),
    };
  },
};

async function answer(line) {
  try {
    const { op, ...request } = JSON.parse(line);
    if (!Object.hasOwn(operations, op)) throw new Error(`there is no operation '${op}'`);
    return await operations[op](request);
  } catch (error) {
    return { error: String(error.message).slice(0, 1000) };
  }
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (!process.stdout.write(`${JSON.stringify(await answer(line))}\n`)) {
    await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
}
