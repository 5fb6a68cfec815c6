using System.Globalization;
using System.Text;
using System.Text.Json;
using ChainExec.Ethereum;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ChainExec.Benchmarks.Indexing;

/// <summary>
/// Serves a scripted chain as JSON-RPC over HTTP, in a process of its own: <c>--serve-chain blocks transactions logs accounts</c>. It
/// prints its address, ends with its standard input, counts what it is asked (<c>GET /count</c>) and grows (<c>POST /grow</c>).
/// </summary>
internal static class ScriptedRpcServer
{
    // As many providers have it; above, they refuse in these words.
    private const int LogsMax = 10_000;

    private static long s_requests;
    private static int s_final;

    public static async Task<int> RunAsync(string[] arguments)
    {
        int[] numbers = [.. arguments.Select(argument => int.Parse(argument, CultureInfo.InvariantCulture))];
        var chain = new ScriptedChain(new ChainShape(numbers[0], numbers[1], numbers[2], numbers[3]));
        s_final = chain.Head;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using WebApplication server = builder.Build();
        server.MapPost("/", (HttpRequest request) => ServeAsync(chain, request));
        server.MapGet("/count", () => $"{Interlocked.Read(ref s_requests)}");
        server.MapPost("/grow", (int transactions, int logs) =>
        {
            chain.Append(transactions, logs);
            return $"{chain.Head}";
        });
        await server.StartAsync();
        Console.WriteLine(server.Urls.Single());
        await Console.In.ReadToEndAsync();
        return 0;
    }

    private static async Task<IResult> ServeAsync(ScriptedChain chain, HttpRequest request)
    {
        using JsonDocument question = await JsonDocument.ParseAsync(request.Body);
        Interlocked.Increment(ref s_requests);
        var json = new StringBuilder(4096);
        if (question.RootElement.ValueKind != JsonValueKind.Array)
        {
            Answer(chain, json, question.RootElement);
            return Results.Text(json.ToString(), "application/json");
        }

        json.Append('[');
        foreach (JsonElement item in question.RootElement.EnumerateArray())
        {
            json.Append(json.Length == 1 ? "" : ",");
            Answer(chain, json, item);
        }

        json.Append(']');
        return Results.Text(json.ToString(), "application/json");
    }

    private static void Answer(ScriptedChain chain, StringBuilder json, JsonElement request)
    {
        json.Append("{\"jsonrpc\":\"2.0\",\"id\":").Append(request.GetProperty("id").GetRawText()).Append(',');
        JsonElement parameters = request.GetProperty("params");
        switch (request.GetProperty("method").GetString())
        {
            case "eth_chainId":
                json.Append("\"result\":\"0x7a69\"}");
                break;
            case "eth_getBlockByNumber":
                Result(Named(chain, parameters[0].GetString()!), header => chain.WriteBlock(json, header, parameters[1].GetBoolean()));
                break;
            case "eth_getBlockByHash":
                Result(
                    chain.At(Hash32.Parse(parameters[0].GetString()!)),
                    header => chain.WriteBlock(json, header, parameters[1].GetBoolean()));
                break;
            case "eth_getBlockReceipts":
                Result(chain.At(Hash32.Parse(parameters[0].GetString()!)), header => chain.WriteReceipts(json, header));
                break;
            case "eth_getLogs":
                Logs(chain, json, parameters[0]);
                break;
            default:
                json.Append("\"error\":{\"code\":-32601,\"message\":\"the method does not exist/is not available\"}}");
                break;
        }

        void Result(ScriptedChain.Header? header, Action<ScriptedChain.Header> write)
        {
            json.Append("\"result\":");
            if (header is null)
                json.Append("null");
            else
                write(header);
            json.Append('}');
        }
    }

    private static void Logs(ScriptedChain chain, StringBuilder json, JsonElement filter)
    {
        int from = Number(filter.GetProperty("fromBlock").GetString()!);
        int to = Math.Min(Number(filter.GetProperty("toBlock").GetString()!), chain.Head);
        int count = Enumerable.Range(from, to - from + 1).Sum(number => chain.At(number)!.Transactions * chain.At(number)!.Logs);
        if (count > LogsMax)
        {
            json.Append(
                CultureInfo.InvariantCulture,
                $"\"error\":{{\"code\":-32005,\"message\":\"query returned more than {LogsMax} results\"}}}}");
            return;
        }

        json.Append("\"result\":[");
        for (int number = from; number <= to; number++)
            chain.WriteLogs(json, chain.At(number)!);
        json.Append("]}");
    }

    private static ScriptedChain.Header? Named(ScriptedChain chain, string tag) => chain.At(tag switch
    {
        "latest" => chain.Head,
        "finalized" or "safe" => s_final,
        _ => Number(tag),
    });

    private static int Number(string quantity) =>
        int.Parse(quantity.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
