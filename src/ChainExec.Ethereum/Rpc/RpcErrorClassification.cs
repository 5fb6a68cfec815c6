namespace ChainExec.Ethereum.Rpc;

/// <summary>What an error means and which row of the catalogue said so.</summary>
/// <param name="Class">The meaning.</param>
/// <param name="Rule">The name of the row; <see cref="NoRule"/> when no row matched.</param>
public readonly record struct RpcErrorClassification(RpcErrorClass Class, string Rule)
{
    /// <summary>The <see cref="Rule"/> of an error that no row matched.</summary>
    public const string NoRule = "none";

    /// <summary>The class in snake case, such as <c>already_known</c>.</summary>
    public string ClassName => RpcErrorClassifier.NameOf(Class);
}
