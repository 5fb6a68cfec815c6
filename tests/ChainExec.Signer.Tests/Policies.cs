using System.Text;
using ChainExec.Signer.Policy;

namespace ChainExec.Signer.Tests;

/// <summary>Policies as JSON, so that tests read what operators write.</summary>
internal static class Policies
{
    /// <summary>What <see cref="Json"/> takes as extra so that batches of up to three calls are allowed.</summary>
    public const string Batches =
        ", \"batches\": { \"delegates\": [\"0xe6Cae83BdE06E4c305530e199D7217f42808555B\"], \"calls_max\": \"3\" }";

    public static string Json(
        string functions = "\"transfer(address,uint256)\", \"approve(address,uint256)\"",
        string perCall = "1000",
        string perDay = "2500",
        string destinations = "\"*\"",
        string feeMax = "1000000000",
        string extra = "") => $$"""
        {
          "version": 1,
          "chains": {
            "31337": {
              "contracts": {
                "0x00000000000000000000000000000000000000aa": {
                  "name": "test dollar",
                  "functions": [{{functions}}],
                  "max_per_call": "{{perCall}}",
                  "max_per_day": "{{perDay}}",
                  "destinations": [{{destinations}}]
                }
              },
              "native": { "max_per_call": "100", "max_per_day": "150", "destinations": ["*"] },
              "max_fee_per_transaction": "{{feeMax}}"{{extra}}
            }
          }
        }
        """;

    public static SigningPolicy Read(string json) => PolicyReader.Read(Encoding.UTF8.GetBytes(json));
}
