using ChainExec.Flows.Definitions;

namespace ChainExec.Payments.Lending;

/// <summary>What a flow remembers that may have lent to a customer.</summary>
internal interface ILent : IFlowContext
{
    /// <summary>What was announced and is not there.</summary>
    TokenAmount Missing { get; }

    /// <summary>What of it the customer was lent and has not paid back.</summary>
    Advance Advance { get; }

    /// <summary>
    /// What was taken from the customer's account because money was taken back, or never came, and did not come again since.
    /// </summary>
    TokenAmount TakenBack { get; }
}
