using System.Collections.Concurrent;
using System.Diagnostics;
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

    private static readonly ConcurrentBag<JsonText> s_texts = [];
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
        server.MapPost("/", (HttpContext http) => ServeAsync(chain, http));
        server.MapGet("/count", () => $"{Interlocked.Read(ref s_requests)}");
        server.MapGet("/time", () => $"{(long)Process.GetCurrentProcess().TotalProcessorTime.TotalMilliseconds}");
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

    private static async Task ServeAsync(ScriptedChain chain, HttpContext http)
    {
        using JsonDocument question = await JsonDocument.ParseAsync(http.Request.Body);
        Interlocked.Increment(ref s_requests);
        if (!s_texts.TryTake(out JsonText? json))
            json = new JsonText();
        json.Clear();
        if (question.RootElement.ValueKind == JsonValueKind.Array)
        {
            json.Add("["u8);
            foreach (JsonElement item in question.RootElement.EnumerateArray())
            {
                json.Add(json.Written.Length == 1 ? ""u8 : ","u8);
                Answer(chain, json, item);
            }

            json.Add("]"u8);
        }
        else
        {
            Answer(chain, json, question.RootElement);
        }

        http.Response.ContentType = "application/json";
        http.Response.ContentLength = json.Written.Length;
        await http.Response.Body.WriteAsync(json.Written);
        s_texts.Add(json);
    }

    private static void Answer(ScriptedChain chain, JsonText json, JsonElement request)
    {
        json.Add("{\"jsonrpc\":\"2.0\",\"id\":"u8).Add(Encoding.UTF8.GetBytes(request.GetProperty("id").GetRawText())).Add(","u8);
        JsonElement parameters = request.GetProperty("params");
        switch (request.GetProperty("method").GetString())
        {
            case "eth_chainId":
                json.Add("\"result\":\"0x7a69\"}"u8);
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
                json.Add("\"error\":{\"code\":-32601,\"message\":\"the method does not exist/is not available\"}}"u8);
                break;
        }

        void Result(ScriptedChain.Header? header, Action<ScriptedChain.Header> write)
        {
            json.Add("\"result\":"u8);
            if (header is null)
                json.Add("null"u8);
            else
                write(header);
            json.Add("}"u8);
        }
    }

    private static void Logs(ScriptedChain chain, JsonText json, JsonElement filter)
    {
        int from = Number(filter.GetProperty("fromBlock").GetString()!);
        int to = Math.Min(Number(filter.GetProperty("toBlock").GetString()!), chain.Head);
        int count = Enumerable.Range(from, to - from + 1).Sum(number => chain.At(number)!.Transactions.Count * chain.At(number)!.Logs);
        if (count > LogsMax)
        {
            json.Add("\"error\":{\"code\":-32005,\"message\":\"query returned more than 10000 results\"}}"u8);
            return;
        }

        json.Add("\"result\":["u8);
        for (int number = from; number <= to; number++)
            chain.WriteLogs(json, chain.At(number)!);
        json.Add("]}"u8);
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
