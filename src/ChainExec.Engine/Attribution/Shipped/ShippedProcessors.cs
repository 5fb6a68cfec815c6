using ChainExec.Attribution.Processors;
using ChainExec.Calls.Abis;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;
using Microsoft.Extensions.DependencyInjection;

namespace ChainExec.Attribution.Shipped;

/// <summary>The processors that come with the engine. Only <c>erc20.transfer</c>, <c>native</c> and <c>native.internal</c> make
/// movements.</summary>
internal static class ShippedProcessors
{
    public const string TokenPaused = "token_paused";
    public const string AccountBlocked = "account_blocked";

    // The EntryPoints of v0.6, v0.7 and v0.8, at the same addresses on every chain.
    private static readonly AddressSource EntryPoints = AddressSource.At(
        Address.Parse("0x5FF137D4b0FDCD49DcA30c7CF57E578a026d2789"), Address.Parse("0x0000000071727De22E5E9d8BAf0edAc6f37da032"),
        Address.Parse("0x4337084D9E255Ff0702461CF8895CE9E3b5Ff108"));

    private static readonly AddressSource Listed = new AddressSource.ListedAssets();
    private static readonly AddressSource Ours = new AddressSource.OurAccounts();

    public static IServiceCollection AddShippedProcessors(this IServiceCollection services)
    {
        services.AddLogProcessor<TokenMovements, Erc20.TransferEvent>();
        services.AddTransactionProcessor<NativeMovements>();
        services.AddTransactionProcessor<InternalMovements>();
        AddTokens(services);
        AddVaults(services);
        AddAccounts(services);
        AddSwitches(services);
        return services;
    }

    private static void AddTokens(IServiceCollection services)
    {
        Add<Erc20.ApprovalEvent>(services, "erc20.approval", Listed, log => log.Scope.IsOurs(log.Event.Owner)
            ? new ProcessorRecord("approval", new
            {
                Token = log.Emitter, log.Event.Owner, log.Event.Spender, Amount = TokenAmount.From(log.Event.Value),
            })
            : null);
        Add<FiatToken.MintEvent>(services, "fiat_token.mint", Listed, log => new ProcessorRecord("minted", new
        {
            Token = log.Emitter, log.Event.Minter, log.Event.To, Amount = TokenAmount.From(log.Event.Amount),
        }));
        Add<FiatToken.BurnEvent>(services, "fiat_token.burn", Listed, log => new ProcessorRecord("burned", new
        {
            Token = log.Emitter, log.Event.Burner, Amount = TokenAmount.From(log.Event.Amount),
        }));
    }

    private static void AddVaults(IServiceCollection services)
    {
        // A vault's shares are a token; a vault is one that is listed.
        Add<Erc4626.DepositEvent>(services, "erc4626.deposit", Listed, log => new ProcessorRecord("vault_deposit", new
        {
            Vault = log.Emitter, log.Event.Sender, log.Event.Owner, Assets = TokenAmount.From(log.Event.Assets),
            Shares = TokenAmount.From(log.Event.Shares),
        }));
        Add<Erc4626.WithdrawEvent>(services, "erc4626.withdraw", Listed, log => new ProcessorRecord("vault_withdrawal", new
        {
            Vault = log.Emitter, log.Event.Sender, log.Event.Receiver, log.Event.Owner, Assets = TokenAmount.From(log.Event.Assets),
            Shares = TokenAmount.From(log.Event.Shares),
        }));
    }

    private static void AddAccounts(IServiceCollection services)
    {
        Add<EntryPoint.UserOperationEventEvent>(services, "entry_point.user_operation", EntryPoints, log =>
            log.Scope.IsOurs(log.Event.Sender)
            ? new ProcessorRecord("user_operation", new
            {
                EntryPoint = log.Emitter, log.Event.UserOpHash, log.Event.Sender, log.Event.Paymaster,
                Nonce = log.Event.Nonce.ToString(), log.Event.Success, Cost = TokenAmount.From(log.Event.ActualGasCost),
                GasUsed = TokenAmount.From(log.Event.ActualGasUsed),
            })
            : null);
        // The hash is indexed from version 1.4 on: one topic, two shapes of log.
        Add<Safe.ExecutionSuccessEvent>(
            services, "safe.execution_success", Ours, log => Executed(log, log.Event.TxHash, log.Event.Payment, succeeded: true),
            topicCount: 2);
        Add<Safe.ExecutionFailureEvent>(
            services, "safe.execution_failure", Ours, log => Executed(log, log.Event.TxHash, log.Event.Payment, succeeded: false),
            topicCount: 2);
        Add<SafeV13.ExecutionSuccessEvent>(
            services, "safe_v13.execution_success", Ours, log => Executed(log, log.Event.TxHash, log.Event.Payment, succeeded: true),
            topicCount: 1);
        Add<SafeV13.ExecutionFailureEvent>(
            services, "safe_v13.execution_failure", Ours, log => Executed(log, log.Event.TxHash, log.Event.Payment, succeeded: false),
            topicCount: 1);
    }

    // Whoever switches a token off does it in a transaction of his own, so these are watched for.
    private static void AddSwitches(IServiceCollection services)
    {
        Switch<FiatToken.PauseEvent>(services, "fiat_token.pause", log => Paused(log, over: false));
        Switch<FiatToken.UnpauseEvent>(services, "fiat_token.unpause", log => Paused(log, over: true));
        Switch<Pausable.PausedEvent>(services, "pausable.paused", log => Paused(log, over: false));
        Switch<Pausable.UnpausedEvent>(services, "pausable.unpaused", log => Paused(log, over: true));
        Switch<TokenSwitch.PausedEvent>(services, "token_switch.paused", log => Paused(log, over: false));
        Switch<TokenSwitch.UnpausedEvent>(services, "token_switch.unpaused", log => Paused(log, over: true));
        Switch<FiatToken.BlacklistedEvent>(services, "fiat_token.blacklisted", log => Blocked(log, log.Event.Account, over: false));
        Switch<FiatToken.UnBlacklistedEvent>(services, "fiat_token.unblacklisted", log => Blocked(log, log.Event.Account, over: true));
        Switch<TokenSwitch.BlockedEvent>(services, "token_switch.blocked", log => Blocked(log, log.Event.Account, over: false));
        Switch<TokenSwitch.UnblockedEvent>(services, "token_switch.unblocked", log => Blocked(log, log.Event.Account, over: true));
    }

    private static ProcessorRecord Executed<TEvent>(DecodedLog<TEvent> log, Hash32 hash, UInt256 payment, bool succeeded) => new(
        "safe_execution",
        new { Safe = log.Emitter, SafeTxHash = hash, Payment = TokenAmount.From(payment), Succeeded = succeeded });

    private static ProcessorRecord Paused<TEvent>(DecodedLog<TEvent> log, bool over) => new(
        over ? "token_resumed" : "token_paused", new { Token = log.Emitter })
    {
        Alert = new ProcessorAlert(
            TokenPaused, $"{log.Transaction.Chain}:{log.Emitter}",
            $"Token {log.Scope.AssetOf(log.Emitter)} was paused: no transfer of it succeeds, and payments of it fail.", over),
    };

    // Tokens block strangers every week; that one of ours is blocked wakes somebody.
    private static ProcessorRecord Blocked<TEvent>(DecodedLog<TEvent> log, Address account, bool over) => new(
        over ? "account_unblocked" : "account_blocked", new { Token = log.Emitter, Account = account, Ours = log.Scope.IsOurs(account) })
    {
        Alert = log.Scope.IsOurs(account)
            ? new ProcessorAlert(
                AccountBlocked, $"{log.Transaction.Chain}:{log.Emitter}:{account}",
                $"Token {log.Scope.AssetOf(log.Emitter)} has blocked our account {account}: what lies there can neither come nor go.", over)
            : null,
    };

    private static void Switch<TEvent>(IServiceCollection services, string name, Func<DecodedLog<TEvent>, ProcessorRecord?> record)
        where TEvent : struct, IAbiEvent<TEvent> =>
        services.AddLogProcessor(new RecordingProcessor<TEvent>(name, Listed, record, watches: true));

    private static void Add<TEvent>(
        IServiceCollection services, string name, AddressSource source, Func<DecodedLog<TEvent>, ProcessorRecord?> record,
        int? topicCount = null)
        where TEvent : struct, IAbiEvent<TEvent> =>
        services.AddLogProcessor(new RecordingProcessor<TEvent>(name, source, record, watches: false, topicCount));
}
