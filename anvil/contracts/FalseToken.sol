// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// A token that does not do what it was told without reverting. With `lying` on, `transfer` and `transferFrom` return false and move
/// nothing; with a fee set, the recipient receives less than was sent. Anyone may mint and switch: it exists for tests only.
contract FalseToken is ERC20 {
    uint256 public constant BASIS_POINTS = 10_000;

    bool public lying;
    uint256 public feeBasisPoints;

    constructor() ERC20("False Token", "TFALSE") {}

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function mint(address to, uint256 amount) external returns (bool) {
        _mint(to, amount);
        return true;
    }

    function setLying(bool value) external {
        lying = value;
    }

    function setFee(uint256 basisPoints) external {
        require(basisPoints <= BASIS_POINTS, "FalseToken: fee above 100 %");
        feeBasisPoints = basisPoints;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return lying ? false : super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        return lying ? false : super.transferFrom(from, to, value);
    }

    // The fee stays with the token contract itself, as a second Transfer log of the same call.
    function _update(address from, address to, uint256 value) internal override {
        uint256 fee = from == address(0) || to == address(0) ? 0 : (value * feeBasisPoints) / BASIS_POINTS;
        if (fee > 0) super._update(from, address(this), fee);
        super._update(from, to, value - fee);
    }
}
