using System.Globalization;
using System.Text.Json;
using ChainExec.Ethereum;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Policy;

/// <summary>
/// Reads a policy file. Strict: an unknown, missing or repeated key, or a value out of range, throws <see cref="SignerStartException"/>
/// with its path, because a limit that is misspelt would otherwise be no limit.
/// </summary>
internal static class PolicyReader
{
    private const int Version = 1;
    private const int FileBytesMax = 4 << 20;

    private static readonly string s_functions = string.Join(", ", CallDecoder.KnownFunctions);

    private static readonly JsonDocumentOptions s_options = new()
    {
        AllowDuplicateProperties = false,
        CommentHandling = JsonCommentHandling.Disallow,
        MaxDepth = 16,
    };

    internal static SigningPolicy ReadFile(string path)
    {
        try
        {
            if (new FileInfo(path).Length > FileBytesMax)
                throw new SignerStartException($"The policy file {path} is too long.");
            return Read(File.ReadAllBytes(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SignerStartException($"The policy file {path} cannot be read.", exception);
        }
    }

    internal static SigningPolicy Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, s_options);
            return ReadPolicy(document.RootElement);
        }
        catch (JsonException exception)
        {
            throw new SignerStartException($"The policy is not valid JSON: {exception.Message}", exception);
        }
    }

    private static SigningPolicy ReadPolicy(JsonElement element)
    {
        CheckKeys(element, "$", ["version", "chains"], []);
        if (!element.GetProperty("version").TryGetInt32Strict(out int version) || version != Version)
            throw Wrong("$.version", $"must be {Version}");

        var chains = new Dictionary<ulong, ChainPolicy>();
        foreach ((string key, JsonElement chain, string path) in Members(element.GetProperty("chains"), "$.chains"))
        {
            // The round trip refuses "031337" and "+31337", which would otherwise be a second name of the same chain.
            if (!ulong.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out ulong chainId)
                || chainId == 0 || chainId.ToString(CultureInfo.InvariantCulture) != key)
                throw Wrong(path, "is not a chain id");
            chains.Add(chainId, ReadChain(chain, path));
        }

        return new SigningPolicy(chains);
    }

    private static ChainPolicy ReadChain(JsonElement element, string path)
    {
        CheckKeys(element, path, ["contracts", "max_fee_per_transaction"], ["native", "fill_address", "batches"]);
        var contracts = new Dictionary<Address, ContractPolicy>();
        foreach ((string key, JsonElement contract, string contractPath) in Members(element.GetProperty("contracts"), path + ".contracts"))
        {
            if (!contracts.TryAdd(ReadAddress(key, contractPath), ReadContract(contract, contractPath)))
                throw Wrong(contractPath, "names a contract twice");
        }

        AssetLimits? native = null;
        if (element.TryGetProperty("native", out JsonElement limits))
        {
            CheckKeys(limits, path + ".native", ["max_per_call", "max_per_day", "destinations"], []);
            native = ReadLimits(limits, path + ".native");
        }

        Address? fill = element.TryGetProperty("fill_address", out JsonElement address)
            ? ReadAddress(ReadString(address, path + ".fill_address"), path + ".fill_address")
            : null;
        BatchPolicy? batches = element.TryGetProperty("batches", out JsonElement batch) ? ReadBatches(batch, path + ".batches") : null;
        return new ChainPolicy(contracts, native, ReadAmount(element, path, "max_fee_per_transaction"), fill, batches);
    }

    private static BatchPolicy ReadBatches(JsonElement element, string path)
    {
        CheckKeys(element, path, ["delegates", "calls_max"], []);
        var delegates = new HashSet<Address>();
        foreach ((JsonElement item, string itemPath) in Items(element.GetProperty("delegates"), path + ".delegates"))
        {
            // By the zero address an account would be no longer delegated.
            Address address = ReadAddress(ReadString(item, itemPath), itemPath);
            if (address == default(Address) || !delegates.Add(address))
                throw Wrong(itemPath, "is the zero address, or named twice");
        }

        UInt256 callsMax = ReadAmount(element, path, "calls_max");
        return callsMax >= 1 && callsMax <= BatchDecoder.CallsMax
            ? new BatchPolicy(delegates, (int)callsMax)
            : throw Wrong(path + ".calls_max", $"must be 1 to {BatchDecoder.CallsMax}");
    }

    private static ContractPolicy ReadContract(JsonElement element, string path)
    {
        CheckKeys(element, path, ["name", "functions", "max_per_call", "max_per_day", "destinations"], []);
        var functions = new HashSet<string>(StringComparer.Ordinal);
        foreach ((JsonElement item, string itemPath) in Items(element.GetProperty("functions"), path + ".functions"))
        {
            string function = ReadString(item, itemPath);
            if (!CallDecoder.KnownFunctions.Contains(function))
                throw Wrong(itemPath, $"is not one of the functions that this signer decodes: {s_functions}");
            functions.Add(function);
        }

        return new ContractPolicy(ReadString(element.GetProperty("name"), path + ".name"), functions, ReadLimits(element, path));
    }

    private static AssetLimits ReadLimits(JsonElement element, string path)
    {
        var destinations = new HashSet<Address>();
        bool anyone = false;
        foreach ((JsonElement item, string itemPath) in Items(element.GetProperty("destinations"), path + ".destinations"))
        {
            string text = ReadString(item, itemPath);
            if (text == "*")
                anyone = true;
            else
                destinations.Add(ReadAddress(text, itemPath));
        }

        if (anyone && destinations.Count > 0)
            throw Wrong(path + ".destinations", "must be either \"*\" alone or addresses");
        return new AssetLimits(
            ReadAmount(element, path, "max_per_call"), ReadAmount(element, path, "max_per_day"), anyone ? null : destinations);
    }

    private static UInt256 ReadAmount(JsonElement element, string path, string key)
    {
        string text = ReadString(element.GetProperty(key), $"{path}.{key}");
        return text.Length > 0 && text.All(char.IsAsciiDigit) && UInt256.TryParse(text, out UInt256 amount)
            ? amount
            : throw Wrong($"{path}.{key}", "must be a whole number of base units as a decimal string");
    }

    private static Address ReadAddress(string text, string path) =>
        Address.TryParse(text, out Address address, out string? error) ? address : throw Wrong(path, $"is not an address: {error}");

    private static string ReadString(JsonElement element, string path) =>
        element.ValueKind == JsonValueKind.String && element.GetString() is { Length: > 0 } text
            ? text
            : throw Wrong(path, "must be a text");

    private static bool TryGetInt32Strict(this JsonElement element, out int value)
    {
        value = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out value);
    }

    private static IEnumerable<(string Key, JsonElement Value, string Path)> Members(JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw Wrong(path, "must be an object");
        foreach (JsonProperty property in element.EnumerateObject())
            yield return (property.Name, property.Value, $"{path}.{property.Name}");
    }

    private static IEnumerable<(JsonElement Item, string Path)> Items(JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() == 0)
            throw Wrong(path, "must be a list with at least one item");
        int position = 0;
        foreach (JsonElement item in element.EnumerateArray())
            yield return (item, string.Create(CultureInfo.InvariantCulture, $"{path}[{position++}]"));
    }

    private static void CheckKeys(JsonElement element, string path, string[] required, string[] optional)
    {
        foreach ((string key, _, string keyPath) in Members(element, path))
        {
            if (!required.Contains(key) && !optional.Contains(key))
                throw Wrong(keyPath, "is an unknown key");
        }

        foreach (string key in required)
        {
            if (!element.TryGetProperty(key, out _))
                throw Wrong($"{path}.{key}", "is missing");
        }
    }

    private static SignerStartException Wrong(string path, string what) => new($"Policy: {path} {what}.");
}
