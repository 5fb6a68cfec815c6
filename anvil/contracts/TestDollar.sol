// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";

/// A dollar for tests that refuses for the same reasons as the real ones: an owner mints, blocks accounts and pauses.
/// Balances, blocklist, pause and permit are the same whether it stands alone or behind a proxy.
abstract contract TestDollarBase is ERC20, ERC20Permit {
    /// Refused because `account` is on the blocklist.
    error AccountBlocked(address account);

    /// Refused because `account` is not the owner.
    error NotOwner(address account);

    event OwnershipTransferred(address indexed from, address indexed to);
    event Blocked(address indexed account);
    event Unblocked(address indexed account);
    event Paused();
    event Unpaused();

    address public owner;
    bool public paused;
    mapping(address => bool) public isBlocked;

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function mint(address to, uint256 amount) external onlyOwner returns (bool) {
        _mint(to, amount);
        return true;
    }

    function burn(uint256 amount) external onlyOwner {
        _burn(msg.sender, amount);
    }

    function blockAccount(address account) external onlyOwner {
        isBlocked[account] = true;
        emit Blocked(account);
    }

    function unblockAccount(address account) external onlyOwner {
        isBlocked[account] = false;
        emit Unblocked(account);
    }

    function pause() external onlyOwner {
        paused = true;
        emit Paused();
    }

    function unpause() external onlyOwner {
        paused = false;
        emit Unpaused();
    }

    function transferOwnership(address to) external onlyOwner {
        _setOwner(to);
    }

    function _setOwner(address to) internal {
        emit OwnershipTransferred(owner, to);
        owner = to;
    }

    // The pause keeps a reason string and the blocklist a custom error, so that both ways of refusing occur on one token.
    function _update(address from, address to, uint256 value) internal override {
        require(!paused, "Pausable: paused");
        if (isBlocked[msg.sender]) revert AccountBlocked(msg.sender);
        if (isBlocked[from]) revert AccountBlocked(from);
        if (isBlocked[to]) revert AccountBlocked(to);
        super._update(from, to, value);
    }

    function _approve(address account, address spender, uint256 value, bool emitEvent) internal override {
        require(!paused, "Pausable: paused");
        if (isBlocked[account]) revert AccountBlocked(account);
        if (isBlocked[spender]) revert AccountBlocked(spender);
        super._approve(account, spender, value, emitEvent);
    }
}

/// The test dollar standing alone.
contract TestDollar is TestDollarBase {
    constructor(address firstOwner) ERC20("Test Dollar", "TUSD") ERC20Permit("Test Dollar") {
        _setOwner(firstOwner);
    }
}

/// The test dollar as the logic behind an ERC-1967 proxy. A constructor's storage belongs to the logic contract, not to the proxy:
/// so the owner comes from `initialize`, and name and symbol are code instead of storage.
contract TestDollarProxied is TestDollarBase, Initializable {
    constructor() ERC20("", "") ERC20Permit("Test Dollar Proxied") {
        _disableInitializers();
    }

    function initialize(address firstOwner) external initializer {
        _setOwner(firstOwner);
    }

    function name() public pure override returns (string memory) {
        return "Test Dollar Proxied";
    }

    function symbol() public pure override returns (string memory) {
        return "TUSDP";
    }
}
