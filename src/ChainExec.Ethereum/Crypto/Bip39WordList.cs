namespace ChainExec.Ethereum.Crypto;

/// <summary>The English word list of BIP-39: 2048 words in alphabetical order, so a word's place is its 11 bits.</summary>
internal static class Bip39WordList
{
    /// <summary>Words in the list.</summary>
    internal const int Count = 2048;

    /// <summary>Letters of the longest word.</summary>
    internal const int WordMax = 8;

    private const string ResourceName = "ChainExec.Ethereum.Crypto.Bip39English.txt";
    private static readonly string[] Words = Load();

    /// <summary>The word at a place from 0 to <see cref="Count"/> - 1.</summary>
    internal static string At(int index) => Words[index];

    /// <summary>The place of a word, or -1 when it is not in the list. Lower case only, and the whole word.</summary>
    internal static int IndexOf(ReadOnlySpan<char> word)
    {
        int low = 0;
        int high = Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            int order = Words[middle].AsSpan().SequenceCompareTo(word);
            if (order == 0)
            {
                return middle;
            }

            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return -1;
    }

    /// <summary>The list as it lies in the assembly, for the check of its published hash.</summary>
    internal static Stream Open() => typeof(Bip39WordList).Assembly.GetManifestResourceStream(ResourceName)
        ?? throw new InvalidOperationException($"{ResourceName} is missing from the assembly.");

    private static string[] Load()
    {
        string[] words = new string[Count];
        using var reader = new StreamReader(Open());
        for (int i = 0; i < Count; i++)
        {
            words[i] = reader.ReadLine() ?? throw new InvalidOperationException($"{ResourceName} is cut off.");
        }

        return words;
    }
}
