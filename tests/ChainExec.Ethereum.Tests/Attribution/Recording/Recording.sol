// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {CallType, ERC7579Utils, ExecType, Mode, ModeSelector, ModePayload} from
    "@openzeppelin/contracts/account/utils/draft-ERC7579Utils.sol";

struct PackedUserOperation {
    address sender;
    uint256 nonce;
    bytes initCode;
    bytes callData;
    bytes32 accountGasLimits;
    uint256 preVerificationGas;
    bytes32 gasFees;
    bytes paymasterAndData;
    bytes signature;
}

/// Does what a program says: emits numbered logs, and calls itself with parts of the program. Who reads a log knows by its item and its
/// number which call emitted it, whatever the trace says.
contract Emitter {
    error Stopped(uint256 item);

    event Numbered(uint256 indexed item, uint256 indexed number);

    uint256 private constant LITTLE_GAS = 60_000;

    /// A step is a byte and a number of two bytes: 0 emits the number; 1 calls, 2 delegates, 3 calls statically and 4 calls, the last two
    /// with little gas, with as many bytes of program as the number says; fe runs out of gas and ff reverts. Failures of calls are passed
    /// over.
    function run(address self, uint256 item, bytes calldata program) external payable {
        for (uint256 at = 0; at < program.length; at += 3) {
            uint8 step = uint8(program[at]);
            uint256 number = uint16(bytes2(program[at + 1:at + 3]));
            if (step == 0xff) revert Stopped(item);
            while (step == 0xfe) number++;
            if (step == 0) {
                emit Numbered(item, number);
                continue;
            }
            bytes memory part = abi.encodeCall(this.run, (self, item, program[at + 3:at + 3 + number]));
            at += number;
            bool done;
            if (step == 1) (done,) = self.call(part);
            if (step == 2) (done,) = self.delegatecall(part);
            if (step == 3) (done,) = self.staticcall{gas: LITTLE_GAS}(part);
            if (step == 4) (done,) = self.call{gas: LITTLE_GAS}(part);
        }
    }

    receive() external payable {}
}

/// Makes one call for whoever asks: a bundler's contract, a relayer, a module of a Safe.
contract Relay {
    event Relayed(address indexed target);

    function forward(address target, bytes calldata data, bool tell) external {
        (bool done, bytes memory answer) = target.call(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
        if (tell) emit Relayed(target);
    }
}

/// Takes a deposit in a token before and gives a part back after; reverts after when the operation's data ask for it.
contract TestPaymaster {
    event Settled(address indexed payer, uint256 cost);

    IERC20 private immutable token;

    constructor(IERC20 token_) {
        token = token_;
    }

    function validatePaymasterUserOp(PackedUserOperation calldata op, bytes32, uint256) external returns (bytes memory, uint256) {
        token.transferFrom(op.sender, address(this), 5000);
        return (abi.encode(op.sender, op.paymasterAndData.length > 52), 0);
    }

    function postOp(uint8, bytes calldata context, uint256 cost, uint256) external {
        (address payer, bool fails) = abi.decode(context, (address, bool));
        require(!fails, "no settlement");
        token.transfer(payer, 1000);
        emit Settled(payer, cost);
    }
}

/// An account by ERC-7579 that an EOA delegates to (EIP-7702). Its executions are those of the library.
contract Account7579 {
    address private immutable entryPoint;

    constructor(address entryPoint_) {
        entryPoint = entryPoint_;
    }

    modifier onlySelfOrEntryPoint() {
        require(msg.sender == address(this) || msg.sender == entryPoint, "not allowed");
        _;
    }

    function execute(bytes32 mode, bytes calldata execution) external payable onlySelfOrEntryPoint {
        (CallType kind, ExecType how,,) = ERC7579Utils.decodeMode(Mode.wrap(mode));
        if (kind == ERC7579Utils.CALLTYPE_SINGLE) ERC7579Utils.execSingle(execution, how);
        else if (kind == ERC7579Utils.CALLTYPE_BATCH) ERC7579Utils.execBatch(execution, how);
        else if (kind == ERC7579Utils.CALLTYPE_DELEGATECALL) ERC7579Utils.execDelegateCall(execution, how);
        else revert("kind");
    }

    function executeUserOp(PackedUserOperation calldata op, bytes32) external onlySelfOrEntryPoint {
        (bool done,) = address(this).delegatecall(op.callData[4:]);
        require(done, "failed");
    }

    function validateUserOp(PackedUserOperation calldata op, bytes32 hash, uint256 missing) external returns (uint256) {
        require(msg.sender == entryPoint, "not allowed");
        if (missing > 0) {
            (bool paid,) = msg.sender.call{value: missing}("");
            require(paid, "fund");
        }
        return ECDSA.recover(hash, op.signature) == address(this) ? 0 : 1;
    }

    receive() external payable {}
}

/// An account whose signature is proved together with those of others.
contract AggregatedAccount {
    address private immutable aggregator;

    constructor(address aggregator_) payable {
        aggregator = aggregator_;
    }

    function execute(address to, uint256 value, bytes calldata data) external {
        (bool done,) = to.call{value: value}(data);
        require(done, "failed");
    }

    function validateUserOp(PackedUserOperation calldata, bytes32, uint256 missing) external returns (uint256) {
        if (missing > 0) {
            (bool paid,) = msg.sender.call{value: missing}("");
            require(paid, "fund");
        }
        return uint160(aggregator);
    }

    receive() external payable {}
}

/// Accepts every aggregated signature.
contract TestAggregator {
    function validateSignatures(PackedUserOperation[] calldata, bytes calldata) external view {}
}
