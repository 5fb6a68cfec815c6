namespace ChainExec.Attribution;

/// <summary>Texts of nodes, contracts and processors, which may hold anything.</summary>
internal static class PlainText
{
    /// <summary>The text on one line, without what cannot be stored: control characters and halves of surrogate pairs.</summary>
    public static string Of(string text)
    {
        char[] letters = text.ToCharArray();
        for (int i = 0; i < letters.Length; i++)
        {
            if (char.IsHighSurrogate(letters[i]) && i + 1 < letters.Length && char.IsLowSurrogate(letters[i + 1]))
                i++;
            else if (char.IsControl(letters[i]) || char.IsSurrogate(letters[i]))
                letters[i] = char.IsWhiteSpace(letters[i]) ? ' ' : '?';
        }

        return new string(letters);
    }
}
