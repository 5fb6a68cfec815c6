// Transactions of EOAs: plain calls, Multicall3, Safes.
import { burn, fn, pay, randomOf, randomProgram, run, shape, transfer, transferFrom } from './calls.mjs';
import { privateKeyToAccount, safe, senders, viem } from './chain.mjs';

const zero = viem.zeroAddress;
const [eoa, other, module] = senders;
export const payee = (number) => viem.getAddress(`0x${(0x1000 + number).toString(16).padStart(40, 'a')}`);
const owners = ['0x11', '0x22'].map((byte) => privateKeyToAccount(byte.padEnd(66, byte.slice(2))))
  .sort((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1));
const safeAbi = viem.parseAbi([
  'function setup(address[],uint256,address,bytes,address,address,uint256,address)',
  'function nonce() view returns (uint256)',
  'function execTransaction(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,uint256 gasPrice,'
    + 'address gasToken,address refundReceiver,bytes signatures)',
  'function createProxyWithNonce(address,bytes,uint256) returns (address)',
]);
const safeTx = ['address to', 'uint256 value', 'bytes data', 'uint8 operation', 'uint256 safeTxGas', 'uint256 baseGas', 'uint256 gasPrice',
  'address gasToken', 'address refundReceiver', 'uint256 nonce'].map((field) => ({ type: field.split(' ')[0], name: field.split(' ')[1] }));

/** Makes Safes and the data of their transactions. */
export async function safes(chain) {
  const factory = await chain.deploy(safe('proxies/SafeProxyFactory.sol/SafeProxyFactory.json'));
  const handler = await chain.deploy(safe('handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler.json'));
  const singletons = {
    plain: await chain.deploy(safe('Safe.sol/Safe.json')), l2: await chain.deploy(safe('SafeL2.sol/SafeL2.json')),
  };
  let salt = 0n;
  return {
    owners,
    async create({ kind = 'plain', signers = owners.map((owner) => owner.address), to = zero, data = '0x', fallback = handler } = {}) {
      const setup = viem.encodeFunctionData({
        abi: safeAbi, functionName: 'setup', args: [signers, BigInt(signers.length), to, data, fallback, zero, 0n, zero],
      });
      const args = [singletons[kind], setup, salt++];
      const address = await chain.view(factory, safeAbi, 'createProxyWithNonce', args);
      await chain.must({ to: factory, data: viem.encodeFunctionData({ abi: safeAbi, functionName: 'createProxyWithNonce', args }) });
      return address;
    },
    /** The call data of execTransaction for one call, signed by the owners. */
    async transaction(address, one, more = {}) {
      const { safeTxGas = 0n, gasPrice = 0n, gasToken = zero, baseGas = 0n, spoil = false } = more;
      const message = {
        to: one.to, value: one.value, data: one.data, operation: one.delegate ? 1 : 0, safeTxGas, baseGas, gasPrice, gasToken,
        refundReceiver: zero, nonce: (await chain.view(address, safeAbi, 'nonce', [])) + (spoil ? 1n : 0n),
      };
      const signatures = await Promise.all(owners.map((owner) => owner.signTypedData({
        domain: { chainId: 31337, verifyingContract: address }, types: { SafeTx: safeTx }, primaryType: 'SafeTx', message,
      })));
      return viem.encodeFunctionData({
        abi: safeAbi, functionName: 'execTransaction',
        args: [message.to, message.value, message.data, message.operation, safeTxGas, baseGas, gasPrice, gasToken, zero,
          viem.concat(signatures)],
      });
    },
  };
}

const direct = (one, more = {}) => ({ kind: 'direct', account: eoa, success: true, calls: [one], ...more });

export async function plainScenarios(chain, record) {
  const token = await chain.testDollar(eoa);
  const proxied = await chain.proxiedDollar(eoa);
  const emitter = await chain.deploy(chain.own.Emitter);
  const multicall = await chain.deployMulticall3();
  const relay = await chain.deploy(chain.own.Relay);
  const mint = (coin, to, amount = 1_000_000_000n) => chain.must({ to: coin, data: fn('mint(address,uint256)', to, amount) });
  const maker = await safes(chain);
  const multiSend = await chain.deploy(safe('libraries/MultiSend.sol/MultiSend.json'));
  const callOnly = await chain.deploy(safe('libraries/MultiSendCallOnly.sol/MultiSendCallOnly.json'));
  await mint(token, eoa);
  await mint(proxied, eoa);
  for (const coin of [token, proxied])
    await chain.must({ to: coin, data: fn('approve(address,uint256)', multicall, viem.maxUint256) });

  const send = async (one, operation, more = {}) => ({
    receipt: await chain.send({ to: one.to, data: one.data, value: one.value, ...more }), operations: [operation],
  });
  for (const [name, one] of [
    ['transfer', transfer(token, payee(1), 5n)], ['proxied-transfer', transfer(proxied, payee(1), 6n)],
    ['five-logs', run(emitter, 1, [1, 2, ['call', 3, ['delegate', 4]], 5])], ['no-logs', run(emitter, 1, [])],
    ['native', pay(payee(2), 7n)],
    ['tricky-positions', run(emitter, 1, [1, ['call', 2, ['revert']], 3, ['call', ['call', 4], ['revert']], ['static', 5], 6,
      ['little', 7, ['burn']], 8, ['delegate', 9, ['call', 10]], 11])],
  ]) await record(`direct-${name}`, () => send(one, direct(one)));
  const failing = transfer(token, payee(1), 10n ** 18n, { fails: true });
  await record('direct-fails', () => send(failing, direct(failing, { success: false })));
  await record('direct-creation', async () => {
    const receipt = await chain.send({ data: viem.encodeDeployData({ ...chain.own.Relay, args: [] }) });
    const to = viem.getAddress(receipt.contractAddress);
    return { receipt, operations: [direct({ to, value: 0n, selector: '0x', data: '0x', logs: [] })] };
  });

  const many = (number) => [1, 2, 3, 4, 5].map((i) => transferFrom(token, eoa, payee(i), number === 'same' ? 9n : BigInt(i * 10)));
  const mixed = many('other');
  mixed[3] = transferFrom(token, payee(9), payee(4), 40n, { fails: true });
  const multicalls = {
    'aggregate3-one-fails': [shape.aggregate3(mixed), mixed],
    'aggregate3-identical': [shape.aggregate3(many('same').map((one) => ({ ...one, to: token }))), many('same')],
    aggregate: [shape.aggregate('aggregate', many('other')), many('other')],
    'block-and-aggregate': [shape.aggregate('blockAndAggregate', many('other')), many('other')],
    'try-aggregate': [shape.tryAggregate('tryAggregate', mixed), mixed],
    'try-block-and-aggregate': [shape.tryAggregate('tryBlockAndAggregate', mixed), mixed],
  };
  const operation = (kind, account, calls, more = {}) => ({ kind, account, success: true, calls, ...more });
  for (const [name, [data, calls]] of Object.entries(multicalls))
    await record(`multicall3-${name}`, () => send({ to: multicall, data, value: 0n }, operation('multicall3', eoa, calls)));
  const valued = [pay(payee(6), 3n), transferFrom(proxied, eoa, payee(7), 8n), run(emitter, 2, [1, ['call', 2]], { value: 4n })];
  await record('multicall3-aggregate3-value', () => send(
    { to: multicall, data: shape.aggregate3Value(valued), value: 7n }, operation('multicall3', eoa, valued)));
  const strict = mixed.map((one) => ({ ...one, allowFailure: false }));
  await record('multicall3-reverts', () => send(
    { to: multicall, data: shape.aggregate3(strict), value: 0n }, operation('multicall3', eoa, strict, { success: false })));
  for (let seed = 1; seed <= 12; seed++) {
    const random = randomOf(seed);
    const calls = Array.from({ length: 2 + Math.floor(random() * 4) }, (_, item) => run(emitter, item, randomProgram(random, 4)));
    await record(`multicall3-random-${seed}`, () => send(
      { to: multicall, data: shape.aggregate3(calls), value: 0n }, operation('multicall3', eoa, calls)));
  }

  for (const kind of ['plain', 'l2']) {
    const account = await maker.create({ kind });
    await mint(token, account);
    await chain.must({ to: account, value: 10n ** 18n });
    const exec = (one, more) => maker.transaction(account, one, more);
    const batch = (calls, library = multiSend) => ({ to: library, value: 0n, data: shape.multiSend(calls), delegate: true });
    const safeOp = (calls, more) => operation('safe', account, calls, more);
    const asSafe = async (one, calls, more, expected) => send(
      { to: account, data: await exec(one, more), value: 0n }, safeOp(calls, expected));
    const three = [transfer(token, payee(1), 100n), run(emitter, 3, [1, 2, ['call', 3]]), transfer(token, payee(1), 100n)];
    const single = transfer(token, payee(3), 77n);
    const tooMuch = transfer(token, payee(3), 10n ** 18n, { fails: true });
    await record(`safe-${kind}-single`, () => asSafe(single, [single]));
    await record(`safe-${kind}-multisend3`, () => asSafe(batch(three), three));
    await record(`safe-${kind}-multisend-call-only`, () => asSafe(batch(three, callOnly), three));
    await record(`safe-${kind}-nested`, () => asSafe(batch([three[0], batch([...three, pay(payee(4), 5n)]), three[1]]),
      [three[0], ...three, pay(payee(4), 5n), three[1]]));
    const delegated = run(emitter, 4, [1, 2], { delegate: true, account });
    await record(`safe-${kind}-delegatecall`, () => asSafe(delegated, [delegated]));
    await record(`safe-${kind}-inner-fails`, () => asSafe(
      batch([...three, tooMuch, single]), [...three, tooMuch, single], { safeTxGas: 500_000n }, { success: false }));
    await record(`safe-${kind}-reverts`, () => asSafe(batch([three[0], tooMuch]), [three[0], tooMuch], {}, { success: false }));
    await record(`safe-${kind}-bad-signature`, () => asSafe(batch(three), three, { spoil: true }, { success: false }));
    await record(`safe-${kind}-refund-in-token`, () => asSafe(
      batch(three), three, { safeTxGas: 500_000n, gasPrice: 1n, gasToken: token, baseGas: 20_000n }));
    for (const by of [module, relay])
      await chain.must({ to: account, data: await exec({ to: account, value: 0n, data: fn('enableModule(address)', by) }) });
    for (const name of ['execTransactionFromModule', 'execTransactionFromModuleReturnData'])
      await record(`safe-${kind}-${name}`, () => send(
        { to: account, data: shape.fromModule(name, batch(three)), value: 0n }, safeOp(three), { from: module }));
    await record(`safe-${kind}-module-contract`, () => {
      const data = fn('forward(address,bytes,bool)', account, shape.fromModule('execTransactionFromModule', batch(three)), false);
      return send({ to: relay, data, value: 0n }, safeOp(three));
    });
    await record(`safe-${kind}-relayed-with-a-log`, async () => {
      const data = fn('forward(address,bytes,bool)', account, await exec(batch(three)), true);
      const told = { address: relay, topic: viem.toEventSelector('Relayed(address)'), data: '0x' };
      return {
        receipt: await chain.send({ to: relay, data }),
        operations: [direct({ to: relay, value: 0n, data, logs: [told] }, { around: true }), safeOp(three)],
      };
    });
    await record(`safe-${kind}-self-call`, () => {
      const change = { to: account, value: 0n, data: fn('enableModule(address)', payee(8)),
        logs: [{ address: account, topic: viem.toEventSelector('EnabledModule(address)'), data: '0x' }] };
      return asSafe(batch([change, single]), [change, single]);
    });
    await record(`safe-${kind}-burns`, () => asSafe(
      batch([single, burn(emitter, 1)]), [single, burn(emitter, 1)], { safeTxGas: 300_000n }, { success: false }));
  }
  return { token, proxied, emitter, multicall, relay, mint, maker, multiSend, eoa, other };
}
