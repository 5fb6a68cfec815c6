using System.Text.Json;
using ChainExec.Ethereum.TypedData;

namespace ChainExec.Cli.Offline;

/// <summary><c>typed-data hash</c>.</summary>
internal static class TypedDataTools
{
    /// <summary><c>{"types","primaryType","domain","message"}</c> to <c>{"digest","domainSeparator","structHash"}</c>.</summary>
    public static void Hash(JsonElement request, Utf8JsonWriter answer)
    {
        Request fields = Request.Open(request, "types", "primaryType", "domain", "message");
        fields.Required("types");
        fields.Required("primaryType");
        fields.Required("domain");
        try
        {
            TypedMessage message = TypedMessage.FromJson(request, numbersAreExact: true);
            answer.WriteString("digest", message.Digest.ToString());
            answer.WriteString("domainSeparator", message.DomainSeparator.ToString());
            answer.WriteString("structHash", message.StructHash.ToString());
        }
        catch (TypedDataException exception)
        {
            throw OfflineException.Value(exception.Message);
        }
    }
}
