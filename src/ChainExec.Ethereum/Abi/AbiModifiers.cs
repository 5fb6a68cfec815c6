namespace ChainExec.Ethereum.Abi;

/// <summary>The words behind the parameters of a function, constructor, <c>fallback</c> or <c>receive</c>.</summary>
/// <param name="StateMutability">What is declared, or <see cref="AbiStateMutability.Nonpayable"/>.</param>
/// <param name="Next">The first word that is none of them; empty when none follows.</param>
internal readonly record struct AbiModifiers(AbiStateMutability StateMutability, string Next)
{
    /// <summary>Reads the words in any order; visibility and mutability may each be given once.</summary>
    internal static AbiModifiers Read(ref AbiTextParser parser)
    {
        AbiStateMutability? mutability = null;
        bool hasVisibility = false;
        string word = parser.ReadWord();
        while (true)
        {
            AbiStateMutability? named = Named(word);
            bool isVisibility = word is "external" or "public";
            if (named is null && !isVisibility && word is not ("virtual" or "override"))
            {
                return new AbiModifiers(mutability ?? AbiStateMutability.Nonpayable, word);
            }

            if ((named is not null && mutability is not null) || (isVisibility && hasVisibility))
            {
                throw parser.Unexpected($"no second modifier of the kind of '{word}'");
            }

            mutability ??= named;
            hasVisibility |= isVisibility;
            word = parser.ReadWord();
        }
    }

    /// <summary>The mutability of that name as JSON and declarations write it, or null.</summary>
    internal static AbiStateMutability? Named(string? word) => word switch
    {
        "nonpayable" => AbiStateMutability.Nonpayable,
        "payable" => AbiStateMutability.Payable,
        "view" => AbiStateMutability.View,
        "pure" => AbiStateMutability.Pure,
        _ => null,
    };

    /// <summary>The mutability as a declaration ends with it; nothing for what is meant when nothing is said.</summary>
    internal static string Suffix(AbiStateMutability stateMutability) => stateMutability switch
    {
        AbiStateMutability.Payable => " payable",
        AbiStateMutability.View => " view",
        AbiStateMutability.Pure => " pure",
        _ => "",
    };
}
