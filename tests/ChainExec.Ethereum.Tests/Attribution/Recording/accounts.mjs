// User operations of smart accounts through EntryPoints, and accounts by EIP-7702.
import { burn, fn, pay, randomOf, randomProgram, run, shape, transfer } from './calls.mjs';
import { accountAbstraction, privateKeyToAccount, safe4337, senders, viem } from './chain.mjs';
import { payee } from './plain.mjs';

const { concat, toHex, zeroAddress: zero } = viem;
const bundler = senders[2];
const gas = { verification: 1_500_000n, call: 4_000_000n, pre: 60_000n, fee: 3_000_000_000n };
const keys = (number) => privateKeyToAccount(`0x${number.toString(16).padStart(64, '7')}`);
const halves = (high, low) => concat([toHex(high, { size: 16 }), toHex(low, { size: 16 })]);

class EntryPoint {
  constructor(chain, version, address, factory) {
    Object.assign(this, { chain, version, address, factory });
    this.abi = accountAbstraction(version, 'EntryPoint').abi;
  }

  static async deploy(chain, version) {
    const address = await chain.deployEntryPoint(version);
    return new EntryPoint(chain, version, address, await chain.deploy(accountAbstraction(version, 'SimpleAccountFactory'), [address]));
  }

  /** A SimpleAccount of an owner, deployed unless its first operation is to do that; with money in the EntryPoint. */
  async account(owner, { deployed = true } = {}) {
    const { abi } = accountAbstraction(this.version, 'SimpleAccountFactory');
    const create = viem.encodeFunctionData({ abi, functionName: 'createAccount', args: [owner.address, 0n] });
    const address = await this.chain.view(this.factory, abi, 'getAddress', [owner.address, 0n]);
    const made = { address, owner, initCode: concat([this.factory, create]) };
    if (!deployed) {
      await this.chain.must({ to: address, value: 10n ** 18n });
      return made;
    }
    await this.deposit(address);
    // From v0.8 on only an operation can deploy an account.
    if (this.version === '0.8.0') await this.handle([await this.op(made, shape.executeBatchV08([]), { initCode: made.initCode })]);
    else await this.chain.must({ to: this.factory, data: create });
    return made;
  }

  deposit(address) {
    return this.chain.must({ to: this.address, data: fn('depositTo(address)', address), value: 10n ** 18n });
  }

  async op(account, callData, { initCode = '0x', paymasterAndData = '0x', callGas = gas.call, sign } = {}) {
    const nonce = await this.chain.view(this.address, this.abi, 'getNonce', [account.address, account.lane ?? 0n]);
    const common = { sender: account.address, nonce, initCode, callData, paymasterAndData, preVerificationGas: gas.pre, signature: '0x' };
    const op = this.version === '0.6.0'
      ? { ...common, callGasLimit: callGas, verificationGasLimit: gas.verification, maxFeePerGas: gas.fee, maxPriorityFeePerGas: 1n }
      : { ...common, accountGasLimits: halves(gas.verification, callGas), gasFees: halves(1n, gas.fee) };
    const hash = await this.chain.view(this.address, this.abi, 'getUserOpHash', [op]);
    op.signature = await (sign ?? (this.version === '0.8.0'
      ? () => account.owner.sign({ hash }) : () => account.owner.signMessage({ message: { raw: hash } })))(op);
    return { op, hash };
  }

  handleData(ops) {
    return viem.encodeFunctionData({ abi: this.abi, functionName: 'handleOps', args: [ops.map(({ op }) => op), bundler] });
  }

  handle(ops, more = {}) {
    return this.chain.send({ from: bundler, to: this.address, data: this.handleData(ops), ...more });
  }
}

/** What an operation must turn out as. */
const expected = (account, { hash }, calls, more = {}) => (
  { kind: 'erc4337', account: account.address, user_op_hash: hash, success: true, calls, ...more });

export async function accountScenarios(chain, record, setting) {
  const { token, proxied, emitter, relay, mint, maker, multiSend } = setting;
  const batches = {
    '0.6.0': shape.executeBatchV06, '0.7.0': shape.executeBatch, '0.8.0': shape.executeBatchV08,
  };
  const points = {};
  for (const version of ['0.6.0', '0.7.0', '0.8.0']) {
    const point = points[version] = await EntryPoint.deploy(chain, version);
    const name = `v${version.slice(0, 3).replace('.', '')}`;
    const batch = batches[version];
    const [first, second, third] = [await point.account(keys(1)), await point.account(keys(2)), await point.account(keys(3))];
    for (const { address } of [first, second, third]) {
      await mint(token, address);
      await mint(proxied, address);
      await chain.must({ to: address, value: 10n ** 17n });
    }
    const payment = [transfer(token, payee(1), 500_000_000n), transfer(token, payee(2), 1_100_000n)];
    const tooMuch = transfer(token, payee(3), 10n ** 18n, { fails: true });
    const one = async (label, account, calls, data, more = {}) => record(`${name}-${label}`, async () => {
      const made = await point.op(account, data ?? batch(calls), more);
      return { receipt: await point.handle([made]), operations: [expected(account, made, calls, { success: more.success ?? true })] };
    });
    await mint(token, first.address, 10_000_000_000n);
    await one('batch2', first, payment);
    await one('single', first, [payment[1]], shape.execute(payment[1]));
    await one('native', first, [pay(payee(4), 5n)], shape.execute(pay(payee(4), 5n)));
    await one('inner-reverts', first, [...payment, tooMuch, payment[0]], undefined, { success: false });
    await one('out-of-gas', first, [payment[1], burn(emitter, 1)], undefined, { success: false, callGas: 200_000n });
    await one('proxied-token', first, [transfer(proxied, payee(1), 9n), transfer(token, payee(1), 9n)]);
    await one('emitter', first, [run(emitter, 0, [1, 2, 3, ['call', 4], 5]), run(emitter, 1, []),
      run(emitter, 2, [1, ['call', 2, ['revert']], 3, ['little', 4, ['burn']], ['static', 5], 6])]);
    await one('no-call', first, [], '0x');
    await record(`${name}-bundle3-second-reverts`, async () => {
      const calls = [payment, [payment[0], tooMuch], [payment[1], payment[1]]];
      const accounts = [first, second, third];
      const ops = [];
      for (let i = 0; i < 3; i++) ops.push(await point.op(accounts[i], batch(calls[i])));
      return {
        receipt: await point.handle(ops),
        operations: accounts.map((account, i) => expected(account, ops[i], calls[i], { success: i !== 1 })),
      };
    });
    await record(`${name}-bundle3-identical`, async () => {
      const accounts = [first, second, third];
      const ops = [];
      for (const account of accounts) ops.push(await point.op(account, batch([payment[1], payment[1], payment[1]])));
      return {
        receipt: await point.handle(ops),
        operations: accounts.map((account, i) => expected(account, ops[i], [payment[1], payment[1], payment[1]])),
      };
    });
    await record(`${name}-init-code`, async () => {
      const account = await point.account(keys(40), { deployed: false });
      await mint(token, account.address);
      const made = await point.op(account, batch(payment), { initCode: account.initCode });
      return { receipt: await point.handle([made]), operations: [expected(account, made, payment)] };
    });
    await record(`${name}-refused-bundle`, async () => {
      const ops = [await point.op(first, batch(payment)), await point.op({ ...second, owner: keys(99) }, batch([payment[1]]))];
      return {
        receipt: await point.handle(ops),
        operations: [[first, payment], [second, [payment[1]]]].map(([account, calls]) => expected(account, {}, calls, { success: false })),
      };
    });
    for (let seed = 1; seed <= 3; seed++) {
      const random = randomOf(seed * 1000 + Number(version[2]));
      const calls = Array.from({ length: 3 }, (_, item) => run(emitter, item, randomProgram(random, 3)));
      await one(`random-${seed}`, first, calls, batch(calls), { callGas: 5_000_000n, success: !calls.some((call) => call.fails) });
    }
    points[version].first = first;
    points[version].second = second;
  }

  await v07(chain, record, setting, points['0.7.0']);
  await safeModule(chain, record, setting, points['0.7.0'], { maker, multiSend, mint, token, emitter, relay });
  await delegated(chain, record, setting, points['0.8.0']);
}

async function v07(chain, record, { token, emitter, relay }, point) {
  const { first, second } = point;
  const payment = [transfer(token, payee(1), 50n), transfer(token, payee(2), 11n)];
  const hundred = Array.from({ length: 100 }, (_, i) => transfer(token, payee(100 + i), BigInt(i + 1)));
  await record('v07-batch100', async () => {
    const made = await point.op(first, shape.executeBatch(hundred, true), { callGas: 8_000_000n });
    return { receipt: await point.handle([made]), operations: [expected(first, made, hundred)] };
  });
  await record('v07-through-a-contract', async () => {
    const ops = [await point.op(first, shape.executeBatch(payment)), await point.op(second, shape.executeBatch(payment))];
    return {
      receipt: await chain.send({ to: relay, data: fn('forward(address,bytes,bool)', point.address, point.handleData(ops), false) }),
      operations: [expected(first, ops[0], payment), expected(second, ops[1], payment)],
    };
  });
  await record('v07-bundle-out-of-gas', async () => {
    const ops = [
      await point.op(first, shape.executeBatch(payment), { callGas: 1_000_000n }), await point.op(second, shape.executeBatch(payment)),
    ];
    return {
      receipt: await point.handle(ops, { gas: 4_150_000 }),
      operations: [expected(first, ops[0], payment, { success: false }), expected(second, ops[1], payment, { success: false })],
    };
  });
  await record('v07-unknown-function', async () => {
    const data = fn('addDeposit()');
    const made = await point.op(first, data);
    const logs = [{ address: point.address, topic: viem.toEventSelector('Deposited(address,uint256)') }];
    return { receipt: await point.handle([made]), operations: [expected(first, made, [{ to: first.address, value: 0n, data, logs }])] };
  });

  const paymaster = await chain.deploy(chain.own.TestPaymaster, [token]);
  await point.deposit(paymaster);
  const approval = { to: token, value: 0n, data: fn('approve(address,uint256)', paymaster, 10n ** 12n) };
  await point.handle([await point.op(first, shape.execute(approval))]);
  const sponsored = (data) => concat([paymaster, halves(300_000n, 300_000n), data]);
  for (const [label, data, success] of [['paymaster', '0x', true], ['paymaster-reverts-after', '0x01', false]])
    await record(`v07-${label}`, async () => {
      const made = await point.op(first, shape.executeBatch(payment), { paymasterAndData: sponsored(data) });
      return { receipt: await point.handle([made]), operations: [expected(first, made, payment, { success })] };
    });

  const aggregator = await chain.deploy(chain.own.TestAggregator);
  const accounts = [];
  for (let i = 0; i < 2; i++) {
    accounts.push({ address: await chain.deploy(chain.own.AggregatedAccount, [aggregator], 10n ** 18n), owner: keys(5) });
    await chain.must({ to: token, data: fn('mint(address,uint256)', accounts[i].address, 1000n) });
  }
  await record('v07-aggregated', async () => {
    const ops = [];
    for (const account of accounts) ops.push(await point.op(account, shape.execute(payment[1])));
    const data = viem.encodeFunctionData({
      abi: point.abi, functionName: 'handleAggregatedOps',
      args: [[{ userOps: ops.map(({ op }) => op), aggregator, signature: '0x' }], bundler],
    });
    return {
      receipt: await chain.send({ from: bundler, to: point.address, data }),
      operations: accounts.map((account, i) => expected(account, ops[i], [payment[1]])),
    };
  });
}

async function safeModule(chain, record, setting, point, { maker, multiSend, mint, token, emitter }) {
  const module = await chain.deploy(safe4337('Safe4337Module'), [point.address]);
  const setup = await chain.deploy(safe4337('SafeModuleSetup'));
  const address = await maker.create({ kind: 'l2', to: setup, data: fn('enableModules(address[])', [module]), fallback: module });
  await point.deposit(address);
  await mint(token, address);
  const account = { address };
  const sign = async (op) => {
    const limits = `0x${'00'.repeat(12)}`;
    const hash = await chain.view(module, safe4337('Safe4337Module').abi, 'getOperationHash', [{ ...op, signature: limits }]);
    return concat([limits, ...await Promise.all(maker.owners.map((owner) => owner.sign({ hash })))]);
  };
  const batch = (calls) => ({ to: multiSend, value: 0n, data: shape.multiSend(calls), delegate: true });
  const pair = [transfer(token, payee(1), 7n), transfer(token, payee(1), 7n)];
  const tooMuch = transfer(token, payee(3), 10n ** 18n, { fails: true });
  const random = randomOf(77);
  const programs = Array.from({ length: 4 }, (_, item) => run(emitter, item, randomProgram(random, 3)));
  for (const [label, name, one, calls, success] of [
    ['single', 'executeUserOp', pair[0], [pair[0]], true],
    ['multisend2', 'executeUserOp', batch(pair), pair, true],
    ['nested', 'executeUserOp', batch([pair[0], batch(pair), pair[1]]), [pair[0], ...pair, pair[1]], true],
    ['with-error-string', 'executeUserOpWithErrorString', batch(pair), pair, true],
    ['random', 'executeUserOp', batch(programs), programs, !programs.some((call) => call.fails)],
    ['inner-reverts', 'executeUserOp', batch([...pair, tooMuch, pair[0]]), [...pair, tooMuch, pair[0]], false],
    ['inner-reverts-with-error-string', 'executeUserOpWithErrorString', batch([pair[0], tooMuch]), [pair[0], tooMuch], false],
  ])
    await record(`v07-safe4337-${label}`, async () => {
      const made = await point.op(account, shape.fromModule(name, one), { sign });
      return { receipt: await point.handle([made]), operations: [expected(account, made, calls, { success })] };
    });
}

async function delegated(chain, record, { token, mint, emitter }, point) {
  const implementations = {
    simple: await chain.deploy(accountAbstraction('0.8.0', 'Simple7702Account')),
    erc7579: await chain.deploy(chain.own.Account7579, [point.address]),
  };
  const send = async (owner, to, data, authorizationList) => {
    const nonce = Number(await chain.ask('eth_getTransactionCount', [owner.address, 'latest']));
    return chain.sendRaw(await owner.signTransaction({
      type: authorizationList ? 'eip7702' : 'eip1559', chainId: 31337, nonce, to, data, gas: 4_000_000n, maxFeePerGas: 10n ** 10n,
      maxPriorityFeePerGas: 1n, authorizationList,
    }));
  };
  const prepare = async (number, implementation) => {
    const owner = keys(number);
    await chain.must({ to: owner.address, value: 10n ** 18n });
    await mint(token, owner.address);
    await point.deposit(owner.address);
    return { owner, address: owner.address, implementation };
  };
  const authorize = async ({ owner, implementation }) => [
    await owner.signAuthorization({ contractAddress: implementation, chainId: 31337, nonce: 1 }),
  ];
  const pair = [transfer(token, payee(1), 500n), transfer(token, payee(2), 1n)];
  const tooMuch = transfer(token, payee(3), 10n ** 18n, { fails: true });
  const self = (account, calls, success = true) => ({ kind: 'eip7702', account: account.address, success, calls });

  const simple = await prepare(60, implementations.simple);
  await record('eip7702-self-batch2', async () => ({
    receipt: await send(simple.owner, simple.address, shape.executeBatchV08(pair), await authorize(simple)),
    operations: [self(simple, pair)],
  }));
  // A recording by name leaves others out, whose transactions would have made the delegation.
  if (await chain.ask('eth_getCode', [simple.address, 'latest']) === '0x')
    await send(simple.owner, simple.address, shape.executeBatchV08([]), await authorize(simple));
  await record('eip7702-self-single', async () => ({
    receipt: await send(simple.owner, simple.address, shape.execute(pair[0])), operations: [self(simple, [pair[0]])],
  }));
  await record('eip7702-self-reverts', async () => ({
    receipt: await send(simple.owner, simple.address, shape.executeBatchV08([pair[0], tooMuch, pair[1]])),
    operations: [self(simple, [pair[0], tooMuch, pair[1]], false)],
  }));
  const userOp = async (account, data, calls, more = {}) => {
    const made = await point.op(account, data, more);
    return { receipt: await point.handle([made]), operations: [expected(account, made, calls, { success: more.success ?? true })] };
  };
  await record('v08-eip7702-batch2', () => userOp(simple, shape.executeBatchV08(pair), pair));

  const modular = await prepare(61, implementations.erc7579);
  await send(modular.owner, modular.address, '0x', await authorize(modular));
  const delegatedRun = run(emitter, 3, [1, 2], { delegate: true, account: modular.address });
  const three = [...pair, run(emitter, 1, [1, ['call', 2]])];
  const shapes = {
    single: [shape.erc7579('0x00', shape.packed(pair[0])), [pair[0]]],
    batch: [shape.erc7579('0x01', shape.listed(three)), three],
    delegatecall: [shape.erc7579('0xff', concat([emitter, delegatedRun.data])), [delegatedRun]],
    'try-batch': [shape.erc7579('0x0101', shape.listed([pair[0], tooMuch, pair[1]])), [pair[0], tooMuch, pair[1]]],
  };
  for (const [name, [data, calls]] of Object.entries(shapes)) {
    await record(`eip7702-erc7579-${name}`, async () => ({
      receipt: await send(modular.owner, modular.address, data), operations: [self(modular, calls)],
    }));
    await record(`v08-erc7579-${name}`, () => userOp(modular, data, calls));
    await record(`v08-executeUserOp-${name}`, () => userOp(modular, shape.executeUserOp(data), calls));
  }
  await record('v08-erc7579-reverts', () => userOp(
    modular, shape.erc7579('0x01', shape.listed([pair[0], tooMuch])), [pair[0], tooMuch], { success: false }));
}
