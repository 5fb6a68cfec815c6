// Operations of viem on transactions, accounts and signed messages, for reference.mjs. Integers cross as decimal text.
import {
  getContractAddress,
  hashDomain,
  hashMessage,
  hashStruct,
  hashTypedData,
  keccak256,
  recoverAddress,
  serializeTransaction,
} from 'viem';
import { getUserOperationHash } from 'viem/account-abstraction';
import { privateKeyToAccount, sign } from 'viem/accounts';
import { hashAuthorization, recoverAuthorizationAddress } from 'viem/utils';

const bigints = [
  'nonce',
  'gas',
  'gasPrice',
  'maxFeePerGas',
  'maxPriorityFeePerGas',
  'maxFeePerBlobGas',
  'value',
  'callGasLimit',
  'verificationGasLimit',
  'preVerificationGas',
  'paymasterVerificationGasLimit',
  'paymasterPostOpGasLimit',
];

function fromText(fields) {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (bigints.includes(name)) return [name, BigInt(value)];
      if (name === 'chainId') return [name, Number(value)];
      if (name === 'yParity') return [name, Number(value)];
      return [name, name === 'authorizationList' ? value.map(fromText) : value];
    }),
  );
}

const domainTypes = { name: 'string', version: 'string', chainId: 'uint256', verifyingContract: 'address', salt: 'bytes32' };

export const transactionOperations = {
  transaction: async ({ key, tx }) => {
    const transaction = { ...fromText(tx), sidecars: false };
    const signingHash = keccak256(serializeTransaction(transaction));
    const signature = await sign({ hash: signingHash, privateKey: key });
    const raw = serializeTransaction(transaction, signature);
    return {
      raw,
      hash: keccak256(raw),
      signingHash,
      // Not from the bytes: reading them, viem takes no nonce above 2^53.
      from: await recoverAddress({ hash: signingHash, signature }),
      authorities: await Promise.all(
        (transaction.authorizationList ?? []).map((authorization) => recoverAuthorizationAddress({ authorization })),
      ),
    };
  },

  authorization: async ({ key, authorization }) => {
    const plain = fromText(authorization);
    const signed = await privateKeyToAccount(key).signAuthorization(plain);
    return { hash: hashAuthorization(plain), yParity: String(signed.yParity), r: signed.r, s: signed.s };
  },

  typedData: ({ message }) => {
    const fields = Object.keys(domainTypes).filter((name) => name in message.domain);
    const types = { EIP712Domain: fields.map((name) => ({ name, type: domainTypes[name] })), ...message.types };
    return {
      digest: hashTypedData(message),
      domainSeparator: hashDomain({ domain: message.domain, types }),
      structHash: hashStruct({ data: message.message, primaryType: message.primaryType, types }),
    };
  },

  personalMessage: ({ data }) => ({ digest: hashMessage({ raw: data }) }),

  userOperation: ({ version, chainId, entryPoint, operation }) => ({
    hash: getUserOperationHash({
      chainId: Number(chainId),
      entryPointAddress: entryPoint,
      entryPointVersion: version,
      userOperation: fromText(operation),
    }),
  }),

  contract: ({ from, nonce, salt, bytecode }) => ({
    create: getContractAddress({ from, nonce: BigInt(nonce) }),
    create2: getContractAddress({ opcode: 'CREATE2', from, salt, bytecode }),
  }),
};
