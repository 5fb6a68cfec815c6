// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

/// Stands where rollups of the OP Stack have their GasPriceOracle. Its fee is one price per byte of the unsigned transaction, with what it
/// adds for the signature. It has no constructor: tests put its runtime code at the predeploy's address and the price into slot 0.
contract DataFeeOracle {
    uint256 public constant SIGNATURE_BYTES = 68;

    uint256 public weiPerByte;

    /// Millionths of a wei per gas for the operator. 0: from before Isthmus, without such a function.
    uint256 public operatorScalar;

    function getOperatorFee(uint256 gasUsed) external view returns (uint256) {
        if (operatorScalar == 0) {
            revert();
        }
        return (gasUsed * operatorScalar) / 1_000_000;
    }

    function getL1Fee(bytes memory data) external view returns (uint256) {
        return (data.length + SIGNATURE_BYTES) * weiPerByte;
    }
}
